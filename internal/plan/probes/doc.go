// Package probes renders how the health questions of every backend are asked, and by whom.
//
//	Prometheus --PodMonitor <deployment>-health--> blackbox exporter --each question--> every pod
//	Prometheus --Probe <deployment>-entry-*------> blackbox exporter --live-----------> Service, hosts
//
// Why of the pods and not through the Service? In a database outage readiness fails on all pods, the
// Service has no endpoints, and a probe through it can only say "unreachable". So the diagnosis comes
// from the pods, ready or not, and the impact on users from the entry.
//
// Pure. Start with probes.go, the list of what is rendered; modules.go says when an answer is good,
// pods.go and entry.go who is asked, exporter.go and network.go who asks.
package probes
