// Package controllers reconciles TuxMonitorings: gather, plan, apply, report.
//
//	tuxmonitoring_controller.go  the steps
//	gather.go                    all reads that feed the plan, from caches
//	apply.go                     one output after the other, then prune those that are complete
//	report.go                    one status write if different, events for changes, next look
//	setup.go, predicates.go      what wakes us; kinds.go the CRDs that may come later
//
// Nothing is remembered between passes but what a cache holds, and nothing is sent when nothing
// changed. What to produce is decided in internal/plan, how to write it in internal/apply.
package controllers
