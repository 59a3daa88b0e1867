package rules

import (
	"os"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	monitoringv1 "github.com/prometheus-operator/prometheus-operator/pkg/apis/monitoring/v1"
	"sigs.k8s.io/yaml"
)

// TestWhatTheSeedDidNotSee runs the alerts the project began with beside ours. They all load; in these
// outages they stay silent, or blame the database for a dead exporter.
func TestWhatTheSeedDidNotSee(t *testing.T) {
	seed := seedGroups(t)
	cases := map[string]struct {
		fault      fault
		seed, ours []string
	}{
		"the database is down and every request fails": {
			fault: func(w world, _ time.Duration) {
				databaseDown(w)
				w.traffic(0, 4)
			},
			ours: []string{"TuxDatabaseUnavailable", "TuxUnhandledExceptions"},
		},
		"every request fails": {
			fault: func(w world, _ time.Duration) { w.traffic(0, 4) },
			ours:  []string{"TuxHighErrorRate"},
		},
		"every request takes 20 s": {
			fault: func(w world, _ time.Duration) {
				w.latency("a", 4, 20)
				w.latency("b", 4, 20)
			},
			ours: []string{"TuxErrorBudgetBurn", "TuxSlowResponses"},
		},
		"a third of the jobs fail": {
			fault: func(w world, _ time.Duration) {
				w.jobs("a", "acme", "error", 0.04)
				w.jobs("b", "acme", "error", 0.04)
			},
			ours: []string{"TuxErrorBudgetBurn", "TuxPropagationFailures"},
		},
		"all pods are dead": {
			fault: func(w world, _ time.Duration) {
				w.dead("ab")
				w.entry(0, 0)
			},
			ours: []string{"TuxBackendAbsent"},
		},
		"the blackbox exporter is down and the database is fine": {
			fault: func(w world, _ time.Duration) {
				w.drop("probe_")
				w.set(seedProbeUp, 0)
			},
			seed: []string{"DatabaseConnectionIssues"},
			ours: []string{"TuxProbeAbsent"},
		},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if diff := cmp.Diff(tc.seed, alertNames(play(t, &usual, seed, seedWorld, tc.fault))); diff != "" {
				t.Errorf("the seed fired (-want +got):\n%s", diff)
			}
			if diff := cmp.Diff(tc.ours, alertNames(play(t, &usual, groups(t, production()), seedWorld, tc.fault))); diff != "" {
				t.Errorf("ours fired (-want +got):\n%s", diff)
			}
		})
	}
}

// seedProbeUp is the target the seed asks about its database: up says whether the exporter answered.
const seedProbeUp = `up{namespace="tux-production",job="tux-backend-health"}`

func seedWorld() world {
	w := healthyWorld()
	w.set(seedProbeUp, 1)
	return w
}

func seedGroups(t *testing.T) []monitoringv1.RuleGroup {
	t.Helper()
	content, err := os.ReadFile("testdata/seed-alerts.yaml")
	if err != nil {
		t.Fatal(err)
	}
	var spec monitoringv1.PrometheusRuleSpec
	if err := yaml.UnmarshalStrict(content, &spec); err != nil {
		t.Fatal(err)
	}
	return spec.Groups
}
