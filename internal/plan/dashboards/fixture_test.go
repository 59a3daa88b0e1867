package dashboards

import (
	"encoding/json"
	"flag"
	"os"
	"slices"
	"strings"
	"testing"

	corev1 "k8s.io/api/core/v1"

	tuxv1alpha1 "github.com/tux-io/tux-monitoring-operator/api/v1alpha1"
	"github.com/tux-io/tux-monitoring-operator/internal/plan/env"
)

var update = flag.Bool("update", false, "write the golden dashboards and the tables of docs/dashboards.md")

// production returns an environment with one backend, changed by edit.
func production(edit ...func(*env.Environment)) *env.Environment {
	e := &env.Environment{
		Name: "tux", Namespace: "shop", Title: "production",
		Backends:   []env.Backend{backend("web")},
		Workspaces: env.Workspaces{Label: "workspace_id", Limit: 500, Top: 20},
		Probes:     env.Probes{Enabled: true, Interval: "30s", Timeout: "10s"},
		Objectives: []env.Objective{
			objective("availability", tuxv1alpha1.IndicatorAvailability, "99.5"),
			objective("latency", tuxv1alpha1.IndicatorLatency, "95"),
		},
		Alerts: env.Alerts{Disabled: map[string]bool{}, Overrides: map[string]env.Override{}},
		Dashboards: env.Dashboards{
			Enabled: true, Delivery: tuxv1alpha1.DeliverySidecar, Folder: "TUX", Labels: map[string]string{"grafana_dashboard": "1"},
		},
	}
	for _, f := range edit {
		f(e)
	}
	return e
}

func backend(deployment string) env.Backend {
	return env.Backend{
		Entry: deployment, Deployment: deployment, Container: "django",
		Metrics: env.Metrics{Interval: "30s", Timeout: "10s", SampleLimit: 16200, ExcludedViews: `prometheus-django-metrics|(.*[:.])?health.*`},
		Health:  env.Health{Components: []string{"cache", "database"}},
		Service: &env.Service{Name: deployment, Port: 80}, Hosts: []string{"https://" + deployment + ".example/health/live/"},
	}
}

func objective(name string, kind tuxv1alpha1.IndicatorType, target string) env.Objective {
	return env.Objective{
		Name: name, Type: kind, Source: tuxv1alpha1.SourceMetrics, Target: target, Window: "28d", Threshold: "2.5",
		MinRequests: 100, Pages: true, Tickets: true,
	}
}

// environments are the shapes every property must hold for.
var environments = map[string]*env.Environment{
	"one backend":          production(),
	"without probes":       production(func(e *env.Environment) { e.Probes.Enabled = false }),
	"without objectives":   production(func(e *env.Environment) { e.Objectives = nil }),
	"no backend found yet": production(func(e *env.Environment) { e.Backends = nil }),
	"several processes": production(func(e *env.Environment) {
		e.Backends[0].Multiprocess = true
		e.Backends[0].Service, e.Backends[0].Hosts = nil, nil
	}),
	"workspaces of another label": production(func(e *env.Environment) { e.Workspaces.Label = "tenant" }),
	"a single workspace":          production(func(e *env.Environment) { e.Workspaces.Limit, e.Workspaces.Top = 1, 1 }),
	"only two dashboards": production(func(e *env.Environment) {
		e.Dashboards.Include = []tuxv1alpha1.DashboardName{tuxv1alpha1.DashboardOverview, tuxv1alpha1.DashboardBusiness}
	}),
	"two backends that exclude other views": production(func(e *env.Environment) {
		other := backend("api")
		other.Metrics.ExcludedViews = `internal:.*|"quoted"\d+`
		other.Metrics.Interval = "1m"
		other.Health.Components = []string{"queue"}
		other.Multiprocess = true
		e.Backends = append([]env.Backend{other}, e.Backends...)
	}),
}

// render returns the ConfigMaps of e.
func render(t *testing.T, e *env.Environment) []*corev1.ConfigMap {
	t.Helper()
	objects, err := Render(e)
	if err != nil {
		t.Fatal(err)
	}
	out := make([]*corev1.ConfigMap, 0, len(objects))
	for _, o := range objects {
		out = append(out, o.(*corev1.ConfigMap))
	}
	return out
}

// texts are the JSON of the dashboards of e by name.
func texts(t *testing.T, e *env.Environment) map[string]string {
	t.Helper()
	out := map[string]string{}
	for _, c := range render(t, e) {
		for _, data := range c.Data {
			out[strings.TrimPrefix(c.Name, e.Name+"-dashboard-")] = data
		}
	}
	return out
}

func boards(t *testing.T, e *env.Environment) map[string]*board {
	t.Helper()
	out := map[string]*board{}
	for name, text := range texts(t, e) {
		out[name] = decode(t, text)
	}
	return out
}

func uids(t *testing.T, e *env.Environment) []string {
	t.Helper()
	var out []string
	for _, b := range boards(t, e) {
		out = append(out, b.UID)
	}
	return out
}

// board is the JSON of a dashboard as Grafana reads it, independent of the model that wrote it.
type board struct {
	UID, Title  string
	Tags        []string
	Links       []link
	Panels      []panel
	Templating  struct{ List []variable }
	Annotations struct{ List []annotation }
}

type link struct {
	Type, Title, URL      string
	KeepTime, IncludeVars bool
}

type variable struct{ Name, Type, Definition string }

type annotation struct {
	Name       string
	DataSource *source
	Target     struct{ RefID, Expr string }
}

type panel struct {
	ID                       int
	Type, Title, Description string
	DataSource               *source
	GridPos                  struct{ H, W, X, Y int }
	Links                    []link
	Targets                  []query
	Options                  struct {
		Legend struct {
			Calcs    []string
			SortBy   string
			SortDesc bool
		}
	}
	FieldConfig struct {
		Defaults struct {
			Unit, NoValue string
			Thresholds    thresholds
			Mappings      []any
			Links         []link
			Custom        struct{ SpanNulls *bool }
		}
		Overrides []struct {
			Matcher    struct{ Options string }
			Properties []struct {
				ID    string
				Value json.RawMessage
			}
		}
	}
}

type thresholds struct {
	Steps []struct {
		Color string
		Value *float64
	}
}

type source struct{ Type, UID string }

type query struct {
	RefID, Expr, LegendFormat, Interval string
	DataSource                          *source
	Instant, Range                      bool
}

// overTime says whether the panel draws what happened and not what is.
func (p *panel) overTime() bool {
	return slices.Contains([]string{"timeseries", "state-timeline", "heatmap"}, p.Type)
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

func fileExists(path string) bool {
	_, err := os.Stat(path)
	return err == nil
}
