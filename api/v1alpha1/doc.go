// Package v1alpha1 is the API group monitoring.tux.io/v1alpha1: TuxMonitoring, and TuxLogErasure for
// requests to erase somebody's log lines.
//
// It holds types, condition types and reasons, and getters; no logic. Defaults are not here either:
// they are filled in by internal/plan/defaults.go, so that the CLI, which never meets an API
// server, plans the same objects. Validation that needs one resource only is CEL, written beside
// the smallest struct it concerns; every rule has fixtures in testdata/valid and testdata/invalid.
//
// Start reading at TuxMonitoringSpec, then conditions.go.
//
// +kubebuilder:object:generate=true
// +groupName=monitoring.tux.io
package v1alpha1
