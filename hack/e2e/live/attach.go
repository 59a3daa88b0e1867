package live

import "github.com/tux-io/tux-monitoring-operator/hack/cluster"

// Attach returns an environment that somebody else has made, with a route of its own to the receiver.
func Attach(c *cluster.Cluster, p *Prometheus, r *Receiver, namespace string) *Environment {
	return &Environment{Namespace: namespace, Prometheus: p, Receiver: r, cluster: c}
}
