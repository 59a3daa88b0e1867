// Package live is a running environment as the tests and the demo use it: backends that can be broken
// (backend.go), traffic (traffic.go), and what Prometheus (prometheus.go) and a receiver behind
// Alertmanager (receiver.go) say about them. environment.go puts it together.
package live
