package plan

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	tuxv1alpha1 "github.com/tux-io/tux-monitoring-operator/api/v1alpha1"
	"github.com/tux-io/tux-monitoring-operator/internal/fault"
	"github.com/tux-io/tux-monitoring-operator/internal/plan/env"
)

// TestADashboardTooBigForAnObjectIsSaidInTheCondition: the reason has a page, and the message says what to change.
func TestADashboardTooBigForAnObjectIsSaidInTheCondition(t *testing.T) {
	e := &env.Environment{Name: "tux", Namespace: "shop", Title: "production", Dashboards: env.Dashboards{Enabled: true}}
	for i := range 6000 {
		e.Backends = append(e.Backends, env.Backend{Deployment: fmt.Sprintf("a-deployment-with-a-long-name-%d", i)})
	}
	at := slices.IndexFunc(Outputs, func(o Output) bool { return o.Name == env.OutputDashboards })
	got := (&Plan{Environment: e}).render(Outputs[at])
	if len(got.Objects) != 0 || got.Err == nil {
		t.Fatalf("%d objects, error %v", len(got.Objects), got.Err)
	}
	if terminal, ok := fault.AsTerminal(got.Err); !ok || terminal.Reason != tuxv1alpha1.ReasonRenderFailed {
		t.Errorf("it is no terminal error with that reason: %#v", got.Err)
	}
	for _, want := range []string{`"Overview"`, "spec.dashboards.include"} {
		if !strings.Contains(got.Err.Error(), want) {
			t.Errorf("the message does not say %s: %v", want, got.Err)
		}
	}
}
