package dashboards

import (
	"strconv"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/tux-io/tux-monitoring-operator/internal/plan/env"
	"github.com/tux-io/tux-monitoring-operator/internal/plan/rules"
)

func TestConfigMapIsWhatTheSidecarLoads(t *testing.T) {
	object := render(t, production())
	object.Data = nil
	want := &corev1.ConfigMap{TypeMeta: metav1.TypeMeta{APIVersion: "v1", Kind: "ConfigMap"}}
	want.Name, want.Namespace = "tux-dashboard-overview", "shop"
	want.Annotations = map[string]string{"grafana_folder": "TUX"}
	want.Labels = map[string]string{
		"grafana_dashboard":             "1",
		"app.kubernetes.io/managed-by":  "tuxmonitoring",
		"app.kubernetes.io/part-of":     "tux-monitoring",
		"monitoring.tux.io/owner":       "tux",
		"monitoring.tux.io/output":      "dashboards",
		"monitoring.tux.io/environment": "production",
	}
	if diff := cmp.Diff(want, object); diff != "" {
		t.Error(diff)
	}
}

func TestGoldenOverview(t *testing.T) {
	const path = "testdata/overview.json"
	got := text(t, production())
	if *update {
		writeFile(t, path, got)
	}
	if diff := cmp.Diff(readFile(t, path), got); diff != "" {
		t.Errorf("run go test with -update if this is meant:\n%s", diff)
	}
}

func TestSameInputSameBytes(t *testing.T) {
	for name, e := range environments {
		t.Run(name, func(t *testing.T) {
			if diff := cmp.Diff(render(t, e), render(t, e)); diff != "" {
				t.Error(diff)
			}
		})
	}
}

// TestEnvironmentsDoNotMeetInGrafana uses pairs that a careless join of the names would confuse.
func TestEnvironmentsDoNotMeetInGrafana(t *testing.T) {
	seen := map[string]string{}
	for _, id := range [][2]string{{"shop", "tux"}, {"shop", "tux-2"}, {"shop-tux", "2"}, {"shop", "tux.2"}, {"blog", "tux"}} {
		e := production(func(e *env.Environment) { e.Namespace, e.Name = id[0], id[1] })
		object := render(t, e)
		for key, data := range object.Data {
			b := decode(t, data)
			for _, must := range []string{"file " + key, "uid " + b.UID, "title " + b.Title} {
				if other, ok := seen[must]; ok {
					t.Errorf("%v and %s share the %s", id, other, must)
				}
				seen[must] = strings.Join(id[:], "/")
			}
		}
	}
}

func TestDisabledDashboardsAreNotThere(t *testing.T) {
	e := production(func(e *env.Environment) { e.Dashboards.Enabled = false })
	objects, err := Render(e)
	if err != nil || len(objects) != 0 {
		t.Errorf("got %d objects, %v", len(objects), err)
	}
	if n, q := Panels(e), Queries(e); n != 0 || len(q) != 0 {
		t.Errorf("got %d panels and %d queries", n, len(q))
	}
}

func TestDashboardTooBigForAConfigMapIsRefused(t *testing.T) {
	e := production(func(e *env.Environment) {
		for i := range 12000 {
			e.Backends = append(e.Backends, backend("a-deployment-with-a-long-name-"+strconv.Itoa(i)))
		}
	})
	_, err := Render(e)
	if err == nil || !strings.Contains(err.Error(), `cannot render dashboard "overview"`) {
		t.Errorf("got %v", err)
	}
}

func TestPanelsAndQueriesAreThoseOfTheJSON(t *testing.T) {
	for name, e := range environments {
		t.Run(name, func(t *testing.T) {
			pictures := decode(t, text(t, e)).pictures()
			if got := Panels(e); got != len(pictures) {
				t.Errorf("got %d panels, want %d", got, len(pictures))
			}
			var want []Query
			for _, p := range pictures {
				for _, q := range p.Targets {
					want = append(want, Query{Dashboard: "overview", Panel: p.Title, Expr: q.Expr, Legend: q.LegendFormat})
				}
			}
			if diff := cmp.Diff(want, Queries(e)); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func TestThresholdsAreThoseOfTheAlerts(t *testing.T) {
	defaults := map[string]string{}
	for _, a := range rules.Catalogue() {
		defaults[a.Name] = a.Threshold
	}
	changed := map[string]string{"TuxHighErrorRate": "0.2", "TuxSlowResponses": "5", "TuxPropagationFailures": "0.5"}
	overridden := production(func(e *env.Environment) {
		for name, threshold := range changed {
			e.Alerts.Overrides[name] = env.Override{Threshold: threshold}
		}
	})
	panels := map[string]string{
		"5xx ratio, worst backend":               "TuxHighErrorRate",
		"p95, slowest backend":                   "TuxSlowResponses",
		"Response times":                         "TuxSlowResponses",
		"Propagation jobs failed or beyond 10 s": "TuxPropagationFailures",
	}
	for title, alert := range panels {
		t.Run(title, func(t *testing.T) {
			if got := redFrom(t, production(), title); got != defaults[alert] {
				t.Errorf("red from %s, the catalogue says %s", got, defaults[alert])
			}
			if got := redFrom(t, overridden, title); got != changed[alert] {
				t.Errorf("red from %s, the override says %s", got, changed[alert])
			}
		})
	}
}

func redFrom(t *testing.T, e *env.Environment, title string) string {
	t.Helper()
	for _, p := range decode(t, text(t, e)).pictures() {
		if p.Title == title {
			steps := p.FieldConfig.Defaults.Thresholds.Steps
			return strconv.FormatFloat(*steps[len(steps)-1].Value, 'f', -1, 64)
		}
	}
	t.Fatalf("no panel %q", title)
	return ""
}
