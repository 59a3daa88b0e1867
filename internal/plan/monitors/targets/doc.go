// Package targets says how Prometheus finds the pods of one backend: which pods a monitor selects,
// at which port, and the relabelling rules that leave only them.
//
//	PodMonitor, ServiceMonitor --PodSelector, PodPort--> candidates --KeepPods--> pods of one Deployment
//
// It is what packages monitors and probes have in common. Pure, and it knows neither the paths nor
// the questions asked there. Start with pods.go. Package targetstest evaluates what is made here the
// way prometheus-operator and Prometheus do.
package targets
