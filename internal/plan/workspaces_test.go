package plan_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"
	monitoringv1 "github.com/prometheus-operator/prometheus-operator/pkg/apis/monitoring/v1"

	tuxv1alpha1 "github.com/tux-io/tux-monitoring-operator/api/v1alpha1"
	"github.com/tux-io/tux-monitoring-operator/internal/plan"
	"github.com/tux-io/tux-monitoring-operator/internal/plan/env"
)

// TestWorkspacesAndTheSampleLimit: the limit of workspaces decides how many samples a scrape may have, unless
// the backend says so itself.
func TestWorkspacesAndTheSampleLimit(t *testing.T) {
	cases := map[string]struct {
		spec    *tuxv1alpha1.Workspaces
		samples int64
		want    env.Workspaces
		limit   int64
	}{
		"nothing is set": {
			want: env.Workspaces{Label: "workspace_id", Limit: 500, Top: 20}, limit: 16200,
		},
		"everything is set": {
			spec: &tuxv1alpha1.Workspaces{Label: "tenant", Limit: 5000, Top: 200},
			want: env.Workspaces{Label: "tenant", Limit: 5000, Top: 200}, limit: 155700,
		},
		"few workspaces": {
			spec: &tuxv1alpha1.Workspaces{Limit: 5},
			want: env.Workspaces{Label: "workspace_id", Limit: 5, Top: 5}, limit: 855,
		},
		"a sample limit of its own": {
			spec: &tuxv1alpha1.Workspaces{Limit: 5}, samples: 1000,
			want: env.Workspaces{Label: "workspace_id", Limit: 5, Top: 5}, limit: 1000,
		},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			in := input(t, "ten-lines")
			in.Tux.Spec.Workspaces = tc.spec
			if tc.samples > 0 {
				in.Tux.Spec.Backends[0].Metrics = &tuxv1alpha1.Metrics{SampleLimit: tc.samples}
			}
			p := plan.Build(in)
			if diff := cmp.Diff(tc.want, p.Environment.Workspaces); diff != "" {
				t.Errorf("workspaces (-want +got):\n%s", diff)
			}
			if got := sampleLimit(t, p); got != tc.limit {
				t.Errorf("the sample limit is %d, want %d", got, tc.limit)
			}
		})
	}
}

func sampleLimit(t *testing.T, p *plan.Plan) int64 {
	t.Helper()
	for _, output := range p.Outputs {
		for _, object := range output.Objects {
			if m, ok := object.(*monitoringv1.ServiceMonitor); ok && m.Spec.SampleLimit != nil {
				return *m.Spec.SampleLimit
			}
		}
	}
	t.Fatal("no ServiceMonitor has a sample limit")
	return 0
}
