package rules

import (
	"cmp"
	"fmt"

	"github.com/tux-io/tux-monitoring-operator/internal/plan/env"
)

// CheckOverride returns why the threshold of o makes no sense for the alert, as a message about
// spec.alerts.overrides[name].threshold; nil if it does or is unset. The other knobs cannot be wrong
// once the API server has accepted them.
func CheckOverride(name string, o env.Override) error {
	entries := variants(name)
	if len(entries) == 0 {
		return fmt.Errorf("no alert %q in the catalogue", name)
	}
	if o.Threshold == "" {
		return nil
	}
	if entries[0].Threshold == nil {
		return fmt.Errorf("alert %q has no threshold", name)
	}
	return entries[0].Threshold.Unit.check(o.Threshold)
}

// adjusted returns the entry with the override of e applied.
func adjusted(a *alert, e *env.Environment) alert {
	out, o := *a, e.Alerts.Overrides[a.Name]
	out.For = cmp.Or(o.For, a.For)
	out.Severity = cmp.Or(o.Severity, a.Severity)
	if a.Threshold != nil {
		t := *a.Threshold
		t.Value = cmp.Or(o.Threshold, t.Value)
		out.Threshold = &t
	}
	return out
}
