package dashboards

import (
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"

	tuxv1alpha1 "github.com/tux-io/tux-monitoring-operator/api/v1alpha1"
	"github.com/tux-io/tux-monitoring-operator/internal/plan/env"
)

func TestConfigMapIsWhatTheSidecarLoads(t *testing.T) {
	object := render(t, production())[0]
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

func TestGoldenDashboards(t *testing.T) {
	for name, got := range texts(t, production()) {
		path := "testdata/" + name + ".json"
		if *update {
			writeFile(t, path, got)
		}
		if diff := cmp.Diff(readFile(t, path), got); diff != "" {
			t.Errorf("%s: run go test with -update if this is meant:\n%s", name, diff)
		}
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
		for _, object := range render(t, e) {
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

// TestOnlyWhatCanShowSomethingIsThere also holds the names of the API against the dashboards.
func TestOnlyWhatCanShowSomethingIsThere(t *testing.T) {
	every := []string{"overview", "http", "objectives", "health", "database-cache", "business", "saturation", "monitoring"}
	without := func(name string) []string {
		return slices.DeleteFunc(slices.Clone(every), func(n string) bool { return n == name })
	}
	for shape, want := range map[string][]string{
		"one backend": every, "no backend found yet": every, "without probes": without("health"), "without objectives": without("objectives"),
		"only two dashboards": {"overview", "business"},
	} {
		var got []string
		for _, c := range render(t, environments[shape]) {
			got = append(got, strings.TrimPrefix(c.Name, "tux-dashboard-"))
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%s: %s", shape, diff)
		}
	}
	for _, p := range pages {
		e := production(func(e *env.Environment) { e.Dashboards.Include = []tuxv1alpha1.DashboardName{p.choice} })
		if got := render(t, e); len(got) != 1 || got[0].Name != "tux-dashboard-"+p.name {
			t.Errorf("including %q gives %d dashboards", p.choice, len(got))
		}
	}
}

func TestGrafanaOperatorGetsResources(t *testing.T) {
	e := production(func(e *env.Environment) {
		e.Dashboards.Delivery, e.Dashboards.Labels = tuxv1alpha1.DeliveryGrafanaOperator, nil
		e.Dashboards.Instances = map[string]string{"dashboards": "grafana"}
	})
	objects, err := Render(e)
	if err != nil {
		t.Fatal(err)
	}
	if len(objects) != len(pages)+1 {
		t.Fatalf("got %d objects", len(objects))
	}
	json := texts(t, production())
	first, folder := objects[0].(*unstructured.Unstructured).Object, objects[len(pages)].(*unstructured.Unstructured).Object
	instances := map[string]any{"matchLabels": map[string]any{"dashboards": "grafana"}}
	if diff := cmp.Diff(map[string]any{
		"allowCrossNamespaceImport": true, "instanceSelector": instances,
		"uid": decode(t, json["overview"]).UID, "folderRef": "tux-dashboards", "json": json["overview"],
	}, first["spec"]); diff != "" {
		t.Error(diff)
	}
	if diff := cmp.Diff(map[string]any{
		"allowCrossNamespaceImport": true, "instanceSelector": instances,
		"uid": uid(e, "folder"), "title": "TUX production (shop/tux)",
	}, folder["spec"]); diff != "" {
		t.Error(diff)
	}
	if name := objects[len(pages)].GetName(); name != "tux-dashboards" {
		t.Errorf("the folder is called %q", name)
	}
}

// TestDashboardTooBigForAnObjectIsRefused: the limit leaves room for what the API server adds.
func TestDashboardTooBigForAnObjectIsRefused(t *testing.T) {
	e := production(func(e *env.Environment) {
		for i := range 6000 {
			e.Backends = append(e.Backends, backend("a-deployment-with-a-long-name-"+strconv.Itoa(i)))
		}
	})
	_, err := Render(e)
	if err == nil || !strings.Contains(err.Error(), `cannot render dashboard "Overview"`) || !strings.Contains(err.Error(), "spec.dashboards.include") {
		t.Errorf("got %v", err)
	}
	if maxSize > 1<<20*3/4 {
		t.Errorf("%d bytes are too near 1 MiB", maxSize)
	}
}

func TestPanelsAndQueriesAreThoseOfTheJSON(t *testing.T) {
	for name, e := range environments {
		t.Run(name, func(t *testing.T) {
			var panels int
			var want, got []Query
			for _, c := range of(e) {
				pictures := boards(t, e)[c.name].pictures()
				panels += len(pictures)
				for _, p := range pictures {
					for _, q := range p.Targets {
						want = append(want, Query{Dashboard: c.name, Panel: p.Title, Expr: q.Expr, Legend: q.LegendFormat})
					}
				}
			}
			for _, q := range Queries(e) {
				q.EmptyUntil = ""
				got = append(got, q)
			}
			if diff := cmp.Diff(want, got); diff != "" {
				t.Error(diff)
			}
			if n := Panels(e); n != panels {
				t.Errorf("got %d panels, want %d", n, panels)
			}
		})
	}
}

// TestIDsOfObjectivesStay: a link to a panel survives other objectives that come and go.
func TestIDsOfObjectivesStay(t *testing.T) {
	ids := func(e *env.Environment) map[string]int {
		out := map[string]int{}
		for i := range boards(t, e)["objectives"].Panels {
			p := &boards(t, e)["objectives"].Panels[i]
			out[p.Title] = p.ID
		}
		return out
	}
	before := ids(production())
	after := ids(production(func(e *env.Environment) {
		e.Objectives = append([]env.Objective{objective("a-new-one", tuxv1alpha1.IndicatorPropagation, "99")}, e.Objectives[1])
	}))
	const title = "Burn rate of latency"
	if before[title] == 0 || before[title] != after[title] {
		t.Errorf("the id was %d and is %d", before[title], after[title])
	}
}
