package dashboards

import (
	"encoding/json"
	"flag"
	"os"
	"testing"

	corev1 "k8s.io/api/core/v1"

	"github.com/tux-io/tux-monitoring-operator/internal/plan/env"
)

var update = flag.Bool("update", false, "write the golden dashboard and the table of docs/dashboards.md")

// production returns an environment with one backend, changed by edit.
func production(edit ...func(*env.Environment)) *env.Environment {
	e := &env.Environment{
		Name: "tux", Namespace: "shop", Title: "production",
		Backends:   []env.Backend{backend("web")},
		Workspaces: env.Workspaces{Label: "workspace_id", Limit: 500, Top: 20},
		Probes:     env.Probes{Enabled: true},
		Alerts:     env.Alerts{Disabled: map[string]bool{}, Overrides: map[string]env.Override{}},
		Dashboards: env.Dashboards{
			Enabled: true, Folder: "TUX", Labels: map[string]string{"grafana_dashboard": "1"},
		},
	}
	for _, f := range edit {
		f(e)
	}
	return e
}

func backend(deployment string) env.Backend {
	return env.Backend{
		Entry: deployment, Deployment: deployment,
		Metrics: env.Metrics{Interval: "30s", ExcludedViews: `prometheus-django-metrics|(.*[:.])?health.*`},
		Health:  env.Health{Components: []string{"cache", "database"}},
	}
}

// environments are the shapes every property must hold for.
var environments = map[string]*env.Environment{
	"one backend":          production(),
	"without probes":       production(func(e *env.Environment) { e.Probes.Enabled = false }),
	"no backend found yet": production(func(e *env.Environment) { e.Backends = nil }),
	"two backends that exclude other views": production(func(e *env.Environment) {
		other := backend("api")
		other.Metrics.ExcludedViews = `internal:.*|"quoted"\d+`
		other.Metrics.Interval = "1m"
		other.Health.Components = []string{"queue"}
		e.Backends = append([]env.Backend{other}, e.Backends...)
	}),
}

// render returns the only dashboard of e.
func render(t *testing.T, e *env.Environment) *corev1.ConfigMap {
	t.Helper()
	objects, err := Render(e)
	if err != nil {
		t.Fatal(err)
	}
	if len(objects) != 1 {
		t.Fatalf("got %d objects, want 1", len(objects))
	}
	return objects[0].(*corev1.ConfigMap)
}

func text(t *testing.T, e *env.Environment) string {
	t.Helper()
	for _, data := range render(t, e).Data {
		return data
	}
	t.Fatal("the ConfigMap is empty")
	return ""
}

// board is the JSON of a dashboard as Grafana reads it, independent of the model that wrote it.
type board struct {
	UID, Title string
	Panels     []panel
	Templating struct{ List []variable }
}

type variable struct{ Name, Type, Query string }

type panel struct {
	ID                       int
	Type, Title, Description string
	DataSource               *source
	GridPos                  struct{ H, W, X, Y int }
	Targets                  []query
	FieldConfig              struct {
		Defaults struct {
			Unit, NoValue string
			Thresholds    struct {
				Steps []struct {
					Color string
					Value *float64
				}
			}
			Custom struct{ SpanNulls *bool }
		}
	}
}

type source struct{ Type, UID string }

type query struct {
	RefID, Expr, LegendFormat, Interval string
	DataSource                          *source
	Instant, Range                      bool
}

func decode(t *testing.T, text string) *board {
	t.Helper()
	var b board
	if err := json.Unmarshal([]byte(text), &b); err != nil {
		t.Fatal(err)
	}
	return &b
}

// pictures are the panels that are no titles of rows.
func (b *board) pictures() []*panel {
	var out []*panel
	for i := range b.Panels {
		if b.Panels[i].Type != "row" {
			out = append(out, &b.Panels[i])
		}
	}
	return out
}

func readFile(t *testing.T, path string) string {
	t.Helper()
	content, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return string(content)
}

func writeFile(t *testing.T, path, content string) {
	t.Helper()
	if err := os.WriteFile(path, []byte(content), 0o644); err != nil {
		t.Fatal(err)
	}
}
