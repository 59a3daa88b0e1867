package env

import tuxv1alpha1 "github.com/tux-io/tux-monitoring-operator/api/v1alpha1"

// Routing is who hears of the alerts of an environment.
type Routing struct {
	// Receivers are sorted by name.
	Receivers []Receiver
	// GroupBy are names of labels, in the order of the spec.
	GroupBy []string
	// GroupWait, GroupInterval and RepeatInterval are Prometheus durations.
	GroupWait, GroupInterval, RepeatInterval string
	// Heartbeat is nil where no dead man's switch listens.
	Heartbeat *Heartbeat
}

// Receiver is one place that is told of alerts.
type Receiver struct {
	Name string
	// Severities it gets: critical, warning and info, in this order.
	Severities   []string
	SendResolved bool
	// Spec has exactly one of slack, pagerDuty, webhook and email.
	Spec *tuxv1alpha1.Receiver
}

// Heartbeat is where a dead man's switch listens.
type Heartbeat struct {
	// URL is empty where Secret is set.
	URL    string
	Secret *tuxv1alpha1.SecretKeyReference
	// Interval is a Prometheus duration.
	Interval string
}

// HasHeartbeat says whether a dead man's switch is to be told.
func (e *Environment) HasHeartbeat() bool { return e.Routing != nil && e.Routing.Heartbeat != nil }
