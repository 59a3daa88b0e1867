package plan_test

import (
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	monitoringv1 "github.com/prometheus-operator/prometheus-operator/pkg/apis/monitoring/v1"

	tuxv1alpha1 "github.com/tux-io/tux-monitoring-operator/api/v1alpha1"
	"github.com/tux-io/tux-monitoring-operator/internal/plan"
)

// scaled is the plan of the ten lines whose Deployment wants replicas; nil is what nobody set.
func scaled(t *testing.T, replicas *int32) *plan.Plan {
	t.Helper()
	in := input(t, "ten-lines")
	in.Cluster.Deployments[0].Spec.Replicas = replicas
	return plan.Build(in)
}

func TestHowManyPodsAreWantedChangesNothing(t *testing.T) {
	unset := scaled(t, nil)
	for _, replicas := range []int32{1, 2, 3, 100} {
		p := scaled(t, &replicas)
		if diff := cmp.Diff(files(t, unset), files(t, p)); diff != "" {
			t.Errorf("%d replicas give other objects:\n%s", replicas, diff)
		}
		if diff := cmp.Diff(unset.Backends, p.Backends); diff != "" {
			t.Errorf("%d replicas give another status:\n%s", replicas, diff)
		}
	}
}

// TestScaledToZeroOnlyLeavesOutAlertsThatExpectPods: everything else stays, byte for byte, so that
// scaling up again needs nothing and no alert begins to blame what the missing ones explained.
func TestScaledToZeroOnlyLeavesOutAlertsThatExpectPods(t *testing.T) {
	running, zero := scaled(t, nil), scaled(t, new(int32(0)))
	want := []string{"TuxBackendAbsent", "TuxEntryDown", "TuxErrorBudgetBurn", "TuxObjectiveNoData", "TuxProbeAbsent", "TuxTrafficDrop"}
	before, after := rulesByName(running), rulesByName(zero)
	for _, name := range want {
		if before[name] == nil {
			t.Errorf("%s is not rendered while there are pods", name)
		}
		delete(before, name)
	}
	if diff := cmp.Diff(before, after); diff != "" {
		t.Errorf("other rules (-with pods +at zero):\n%s", diff)
	}
	if diff := cmp.Diff(withoutRules(files(t, running)), withoutRules(files(t, zero))); diff != "" {
		t.Errorf("other objects (-with pods +at zero):\n%s", diff)
	}
	var omitted []string
	for _, o := range zero.Omitted {
		if slices.Contains(running.Omitted, o) {
			continue
		}
		if !strings.Contains(o.Reason, "spec.replicas") || o.Deployment != "tux-backend" {
			t.Errorf("%s of %s is left out because %q", o.Alert, o.Deployment, o.Reason)
		}
		omitted = append(omitted, o.Alert)
	}
	if diff := cmp.Diff(want, omitted); diff != "" {
		t.Errorf("omitted (-want +got):\n%s", diff)
	}
	if got := zero.Backends[0].Scale; got != tuxv1alpha1.ScaleZero || running.Backends[0].Scale != "" {
		t.Errorf("status says scale %q, and %q with pods", got, running.Backends[0].Scale)
	}
	if len(zero.Findings) > 0 {
		t.Errorf("it is nothing to worry about: %v", zero.Findings)
	}
}

func rulesByName(p *plan.Plan) map[string]*monitoringv1.Rule {
	found := map[string]*monitoringv1.Rule{}
	for _, output := range p.Outputs {
		for _, object := range output.Objects {
			rule, ok := object.(*monitoringv1.PrometheusRule)
			if !ok {
				continue
			}
			for _, group := range rule.Spec.Groups {
				for i := range group.Rules {
					found[group.Rules[i].Alert+group.Rules[i].Record] = &group.Rules[i]
				}
			}
		}
	}
	return found
}

func withoutRules(all map[string]string) map[string]string {
	kept := maps.Clone(all)
	maps.DeleteFunc(kept, func(name, _ string) bool {
		return name == "findings.txt" || strings.HasPrefix(name, "prometheusrule-")
	})
	return kept
}
