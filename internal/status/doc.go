// Package status turns what a pass found and did into the status of a TuxMonitoring.
//
//	Pass{findings, outputs, ...} --Compute--> TuxMonitoringStatus
//
// It is pure: the same pass gives the same status, and the only clock is the transition time handed
// in, which is used only where the status of a condition changes. Texts are sorted and capped, so that
// a problem that stays the same is never written twice. The table of situations, and how kstatus,
// Flux, Helm and Argo CD must read each, is in status_test.go.
package status
