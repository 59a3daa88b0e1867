package rules

import "github.com/tux-io/tux-monitoring-operator/internal/plan/env"

// InForce returns an alert as it is rendered, with the overrides of e, so that others can show where it
// begins. It is false for an alert that is disabled, works for no backend of e, or does not exist. Whether a
// backend is scaled to zero makes no difference: what shows alerts shall not change every night.
func InForce(name string, e *env.Environment) (AlertInfo, bool) {
	if e.Alerts.Disabled[name] {
		return AlertInfo{}, false
	}
	for i := range e.Backends {
		withPods := e.Backends[i]
		withPods.ScaledToZero = false
		for _, entry := range variants(name) {
			if a := adjusted(entry, e); a.missing(e, &withPods) == "" {
				return a.info(""), true
			}
		}
	}
	return AlertInfo{}, false
}
