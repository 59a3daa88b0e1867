// Package e2e proves on a real cluster (hack/cluster) what the operator promises: make e2e.
//
//	faults.go    the table: fault -> alerts expected, allowed; everything else is forbidden
//	*_test.go    the run; each environment is a namespace of its own, and they run side by side
//	live/        backends to break, traffic, and what Prometheus and Alertmanager say
//
// The tests have the build tag e2e, because they need root and minutes. The table has not: docs/alerts.md
// says which alert is proven how.
package e2e
