package rules

import (
	"testing"

	"github.com/tux-io/tux-monitoring-operator/internal/plan/env"
)

func TestInForceIsWhatIsRendered(t *testing.T) {
	e := &env.Environment{
		Namespace: "shop", Title: "production", Probes: env.Probes{Enabled: true, Interval: "30s"},
		Backends: []env.Backend{{Deployment: "web", ScaledToZero: true, Metrics: env.Metrics{Interval: "30s"}}},
		Alerts: env.Alerts{
			Disabled:  map[string]bool{"TuxMemoryHigh": true},
			Overrides: map[string]env.Override{"TuxHighErrorRate": {Threshold: "0.2", Severity: "warning"}},
		},
	}
	if info, ok := InForce("TuxHighErrorRate", e); !ok || info.Threshold != "0.2" || info.Severity != "warning" || info.Unit != "ratio" {
		t.Errorf("with an override: got %+v, %v", info, ok)
	}
	for name, want := range map[string]bool{
		"TuxSlowResponses":       true,
		"TuxBackendAbsent":       true, // scaled to zero changes nothing
		"TuxMemoryHigh":          false,
		"TuxDatabaseUnavailable": false, // no component is asked for
		"TuxErrorBudgetBurn":     false, // there is no objective
		"TuxNothing":             false,
	} {
		if _, ok := InForce(name, e); ok != want {
			t.Errorf("%s: got %v, want %v", name, ok, want)
		}
	}
	if _, ok := InForce("TuxSlowResponses", &env.Environment{}); ok {
		t.Error("nothing is in force without a backend")
	}
}
