// Package targetstest evaluates monitors the way a cluster does: it adds the relabelling rules that
// prometheus-operator puts around ours (v0.85 to v0.93 agree on them) and runs all of them through
// Prometheus' own relabelling, from what discovery finds to the labels of the target.
//
//	Pod, Endpoint --ForPodMonitor, ForServiceMonitor--> Target
//
// For tests only. Start with operator.go.
package targetstest
