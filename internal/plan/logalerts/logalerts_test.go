package logalerts_test

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"

	"github.com/tux-io/tux-monitoring-operator/internal/plan/env"
	"github.com/tux-io/tux-monitoring-operator/internal/plan/logalerts"
	"github.com/tux-io/tux-monitoring-operator/internal/plan/retention"
)

func environment() *env.Environment {
	return &env.Environment{
		Name: "production", Namespace: "shop", Title: "prod",
		Backends: []env.Backend{{Entry: "web", Deployment: "tux-web"}, {Entry: "worker", Deployment: "tux-worker", ScaledToZero: true}},
		Missing:  []env.Backend{{Entry: "gone", Deployment: "tux-gone"}},
		Logs: &env.Logs{Policy: retention.Policy{Tenant: "tux-prod"}, Alerts: &env.LogAlerts{
			ConfigMapName: "rules", Labels: map[string]string{"loki_rule": "1", env.OutputLabel: "mine"}, FolderAnnotation: "folder",
		}},
	}
}

func TestTheFileComesToTheDirectoryOfTheTenant(t *testing.T) {
	objects, err := logalerts.Render(environment())
	if err != nil || len(objects) != 1 {
		t.Fatalf("%d objects, %v", len(objects), err)
	}
	got := objects[0].(*corev1.ConfigMap)
	text := strings.Join(strings.Fields(got.Data["shop-production.yaml"]), " ")
	for what, want := range map[string]string{
		got.Namespace + "/" + got.Name: "shop/rules", got.Annotations["folder"]: "tux-prod", got.Labels["loki_rule"]: "1",
		got.Labels[env.OutputLabel]: env.OutputLogAlerts,
	} {
		if what != want {
			t.Errorf("%q, want %q", what, want)
		}
	}
	for _, want := range []string{
		"service_name=\"tux-web\"", "service_name=\"tux-worker\"", "backend: tux-web", "environment: prod", "namespace: shop",
		"absent_over_time({service_name=\"tux-web\"} [15m])", "docs/alerts/TuxLogErrorBurst.md",
	} {
		if !strings.Contains(text, want) {
			t.Errorf("%q is not in\n%s", want, text)
		}
	}
	for _, unwanted := range []string{"absent_over_time({service_name=\"tux-worker\"}", "tux-gone"} {
		if strings.Contains(text, unwanted) {
			t.Errorf("%q is in\n%s", unwanted, text)
		}
	}
	again, err := logalerts.Render(environment())
	if diff := cmp.Diff(objects, again); diff != "" || err != nil {
		t.Errorf("%s, %v", diff, err)
	}
}

func TestNothingWithoutAlerts(t *testing.T) {
	for name, change := range map[string]func(*env.Environment){
		"no alerts": func(e *env.Environment) { e.Logs.Alerts = nil },
		"no logs":   func(e *env.Environment) { e.Logs = nil },
	} {
		t.Run(name, func(t *testing.T) {
			e := environment()
			change(e)
			if objects, err := logalerts.Render(e); len(objects) != 0 || err != nil {
				t.Errorf("%v, %v", objects, err)
			}
		})
	}
}

// TestALokiStackGetsAnAlertingRule with what its webhook wants: for, severity, summary, description, and whose namespace.
func TestALokiStackGetsAnAlertingRule(t *testing.T) {
	e := environment()
	e.Logs.Policy.Backend = retention.LokiStack
	objects, err := logalerts.Render(e)
	if err != nil || len(objects) != 1 {
		t.Fatalf("%d objects, %v", len(objects), err)
	}
	got := objects[0].(*unstructured.Unstructured)
	tenant, _, _ := unstructured.NestedString(got.Object, "spec", "tenantID")
	if got.GetAPIVersion() != "loki.grafana.com/v1" || got.GetKind() != "AlertingRule" || got.GetName() != "rules" || tenant != "tux-prod" ||
		got.GetLabels()["loki_rule"] != "1" || got.GetLabels()[env.OwnerLabel] != "production" || got.GetLabels()[env.OutputLabel] != env.OutputLogAlerts {
		t.Errorf("%+v", got.Object)
	}
	groups, _, _ := unstructured.NestedSlice(got.Object, "spec", "groups")
	if len(groups) != 2 || groups[0].(map[string]any)["name"] != "tux-logs-shop-tux-web" {
		t.Fatalf("%v", groups)
	}
	rules := groups[0].(map[string]any)["rules"].([]any)
	if len(rules) != 3 {
		t.Fatalf("%v", rules)
	}
	for _, one := range rules {
		rule := one.(map[string]any)
		annotations, labels := rule["annotations"].(map[string]any), rule["labels"].(map[string]any)
		if rule["for"] == nil || annotations["summary"] == nil || annotations["description"] == nil || labels["severity"] != "warning" ||
			!strings.Contains(rule["expr"].(string), `k8s_namespace_name="shop"`) {
			t.Errorf("%v", rule)
		}
	}
}
