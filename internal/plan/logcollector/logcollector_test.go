package logcollector_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"
	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"sigs.k8s.io/yaml"

	"github.com/tux-io/tux-monitoring-operator/internal/plan/env"
	"github.com/tux-io/tux-monitoring-operator/internal/plan/logcollector"
	"github.com/tux-io/tux-monitoring-operator/internal/plan/retention"
)

func environment(resource bool) *env.Environment {
	policy := retention.Defaults()
	policy.Backend, policy.Tenant = retention.Loki, "tux-prod"
	return &env.Environment{
		Name: "production", Namespace: "shop", Title: "prod",
		Backends: []env.Backend{{Entry: "web", Deployment: "tux-web", Container: "web"}},
		Logs: &env.Logs{Policy: policy, Collector: &env.LogCollector{
			ConfigMapName: "collector", URL: "http://loki:3100", Storage: "/var/lib/otelcol/tux", Resource: resource,
		}},
	}
}

func render[T env.Object](t *testing.T, resource bool) T {
	t.Helper()
	objects, err := logcollector.Render(environment(resource))
	if err != nil || len(objects) != 1 {
		t.Fatalf("%d objects, %v", len(objects), err)
	}
	return objects[0].(T)
}

// TestTheResourceHasTheSameConfiguration as the ConfigMap, and the directories of the node that it names.
func TestTheResourceHasTheSameConfiguration(t *testing.T) {
	var want any
	if err := yaml.Unmarshal([]byte(render[*corev1.ConfigMap](t, false).Data[logcollector.Key]), &want); err != nil {
		t.Fatal(err)
	}
	got := render[*unstructured.Unstructured](t, true)
	text, err := yaml.Marshal(got.Object["spec"].(map[string]any)["config"])
	if err != nil {
		t.Fatal(err)
	}
	var config any
	if err := yaml.Unmarshal(text, &config); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(want, config); diff != "" {
		t.Error(diff)
	}
	if got.GetAPIVersion() != "opentelemetry.io/v1beta1" || got.GetName() != "collector" || got.GetLabels()[env.OwnerLabel] != "production" {
		t.Errorf("%v", got.Object["metadata"])
	}
	mode, _, _ := unstructured.NestedString(got.Object, "spec", "mode")
	limit, _, _ := unstructured.NestedString(got.Object, "spec", "resources", "limits", "memory")
	mounts, _, _ := unstructured.NestedSlice(got.Object, "spec", "volumeMounts")
	want = []any{
		map[string]any{"name": "pods", "mountPath": "/var/log/pods", "readOnly": true},
		map[string]any{"name": "storage", "mountPath": "/var/lib/otelcol/tux"},
	}
	if diff := cmp.Diff(want, any(mounts)); mode != "daemonset" || limit == "" || diff != "" {
		t.Error(mode, limit, diff)
	}
}

func TestNothingWithoutACollector(t *testing.T) {
	e := environment(false)
	e.Logs.Collector = nil
	if objects, err := logcollector.Render(e); len(objects) != 0 || err != nil {
		t.Errorf("%v, %v", objects, err)
	}
}
