// Package monitors renders what makes Prometheus scrape the Django metrics of every backend.
//
//	backend --Service selects it--> ServiceMonitor \
//	backend --no Service----------> PodMonitor     --> job=<Deployment>, one target per pod
//
// Both give the same series but for the labels service and endpoint: every pod is scraped once,
// ready or not, and only pods of the Deployment are. Pure. Start with monitors.go; samples.go is
// what happens to the samples, with the reasons.
package monitors
