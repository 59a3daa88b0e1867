//go:build e2e

package e2e

import (
	"testing"

	tuxv1alpha1 "github.com/tux-io/tux-monitoring-operator/api/v1alpha1"
	"github.com/tux-io/tux-monitoring-operator/hack/e2e/live"
)

// TestTenants breaks what single workspaces do. The limit leaves the sample limit above what 100 workspaces
// more cost.
func TestTenants(t *testing.T) {
	adjust := func(spec *tuxv1alpha1.TuxMonitoringSpec) {
		spec.Workspaces = &tuxv1alpha1.Workspaces{Limit: 100}
		override(spec, "TuxPropagationFailures").Threshold = "0.6" // one of three workspaces is a third of all jobs
	}
	tryAt(t, Tenants, live.BackendOptions{Replicas: 1}, adjust, map[string]injection{
		"string generations fail":                  diluted(switches(live.Faults{"generation_fail_ratio": 1})),
		"the jobs of one of three workspaces fail": switches(live.Faults{"jobs_fail_workspaces": []string{"acme"}}),
		"there are more workspaces than expected":  switches(live.Faults{"workspaces": 100}),
	})
}
