// Package network gives a cluster on this machine what a real one gets from its CNI plugin, CoreDNS and
// kube-proxy: an address and a network namespace for every pod, names, and ClusterIPs.
//
//	          this machine                        namespaces
//	                                      .2  +-----------------+
//	kube-apiserver         +-----------+------| pod web-1       |
//	DNS .1:53 -------------| tuxmon0   |  .3  +-----------------+
//	proxy, dials from .1   | .1        |------| pod prometheus  |
//	                       |           | .254 +-----------------+
//	                       +-----------+------| 10.77.128.0/24  |  only the sockets the proxy
//	                         10.77.0.0/24     +-----------------+  accepts ClusterIPs with
//
// Why do ClusterIPs not live on the node? A process of this machine that listens on all addresses would
// answer at every one of them, where a pod must be refused, and would keep the proxy from listening.
//
// The proxy is one of connections, not of packets, and three things differ from kube-proxy: a pod sees
// the node as its client, a connection to an endpoint that refuses is accepted first and reset then, and
// an address in the range that no Service has refuses. Services are TCP and IPv4 only.
//
// Nothing needs ip_forward: pods reach each other, the proxy and the node in one step. But where
// /proc/sys/net/bridge/bridge-nf-call-iptables is 1, frames between pods pass the FORWARD chain of
// iptables. Docker may set both that and the policy DROP, which needs a rule for the bridge then.
//
// Start reading at network.go; services.go and dns.go are pure.
package network
