package plan_test

import (
	"strings"
	"testing"

	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"

	tuxv1alpha1 "github.com/tux-io/tux-monitoring-operator/api/v1alpha1"
	"github.com/tux-io/tux-monitoring-operator/internal/plan"
	"github.com/tux-io/tux-monitoring-operator/internal/plan/discover"
	"github.com/tux-io/tux-monitoring-operator/internal/plan/env"
	"github.com/tux-io/tux-monitoring-operator/internal/testutil"
)

func TestWithoutAnyBackendEverythingIsLeftAsItIs(t *testing.T) {
	p := plan.Build(plan.Input{Tux: testutil.Tux("tux-production", "production")})
	for _, output := range p.Outputs {
		if output.Name == env.OutputRouting || output.Name == env.OutputVariables {
			continue // it is about no backend, or must be there before one
		}
		if !output.Held || len(output.Objects) > 0 {
			t.Errorf("%s is planned from nothing: %d objects", output.Name, len(output.Objects))
		}
	}
}

// TestAMissingBackendKeepsItsModules: the exporter serves all backends with one file, and the monitor of a
// backend that is missing for now still asks for its modules.
func TestAMissingBackendKeepsItsModules(t *testing.T) {
	tux := testutil.Tux("tux-production", "production")
	tux.Spec.Backends = append(tux.Spec.Backends, tuxv1alpha1.Backend{Name: "admin", Deployment: "tux-admin",
		Health: &tuxv1alpha1.Health{Components: []tuxv1alpha1.ComponentName{"search"}}})
	web, admin := *testutil.Deployment("tux-production", "tux-backend"), *testutil.Deployment("tux-production", "tux-admin")
	modules := func(deployments ...appsv1.Deployment) string {
		p := plan.Build(plan.Input{Tux: tux, Cluster: discover.Cluster{Deployments: deployments}})
		for _, output := range p.Outputs {
			for _, object := range output.Objects {
				if m, ok := object.(*corev1.ConfigMap); ok && strings.HasSuffix(m.Name, "blackbox-modules") {
					return m.Data["blackbox.yml"]
				}
			}
		}
		t.Fatal("no modules are planned")
		return ""
	}
	if both, one := modules(web, admin), modules(web); both != one || !strings.Contains(one, "_admin_search:") {
		t.Errorf("the modules change while a Deployment is missing:\n%s\n---\n%s", both, one)
	}
}
