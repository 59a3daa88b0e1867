package cmd

import (
	"testing"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"sigs.k8s.io/controller-runtime/pkg/client"
)

// TestDashboardsAreFoundInWhatBringsThem: a ConfigMap of the sidecar, or a resource of grafana-operator.
func TestDashboardsAreFoundInWhatBringsThem(t *testing.T) {
	const text = `{"title": "HTTP", "panels": [{"type": "text"}]}`
	resource := func(spec map[string]any) *unstructured.Unstructured {
		return &unstructured.Unstructured{Object: map[string]any{
			"kind": "GrafanaDashboard", "metadata": map[string]any{"name": "production-dashboard-http"}, "spec": spec,
		}}
	}
	cases := map[string]struct {
		object client.Object
		want   []string
		fails  bool
	}{
		"a ConfigMap": {object: &corev1.ConfigMap{
			ObjectMeta: metav1.ObjectMeta{Name: "production-dashboard-http"}, Data: map[string]string{"shop_tux_http.json": text},
		}, want: []string{"http"}},
		"a GrafanaDashboard":         {object: resource(map[string]any{"json": text}), want: []string{"http"}},
		"a GrafanaFolder":            {object: resource(map[string]any{"title": "TUX"})},
		"something that is no JSON":  {object: resource(map[string]any{"json": "title: HTTP"}), fails: true},
		"JSON that is not even text": {object: resource(map[string]any{"json": int64(1)}), fails: true},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			got, err := dashboardsIn(tc.object)
			if (err != nil) != tc.fails || len(got) != len(tc.want) {
				t.Fatalf("got %v, %v", got, err)
			}
			for i := range got {
				if got[i].name != tc.want[i] || got[i].Title != "HTTP" {
					t.Errorf("got %q titled %q", got[i].name, got[i].Title)
				}
			}
		})
	}
}
