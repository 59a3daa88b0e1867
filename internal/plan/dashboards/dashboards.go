package dashboards

import (
	"crypto/sha256"
	"fmt"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/tux-io/tux-monitoring-operator/internal/plan/dashboards/grafana"
	"github.com/tux-io/tux-monitoring-operator/internal/plan/env"
)

// all is every dashboard of an environment. The name is part of the UID, of the ConfigMap and of the
// file: renaming a dashboard breaks every link to it.
var all = []struct {
	name  string
	build func(*env.Environment) *grafana.Dashboard
}{
	{"overview", overview}, // is everything well, and if not, what is it
}

// maxSize of the JSON of a dashboard. A ConfigMap holds 1 MiB with everything in it; the rest is for
// metadata and managed fields.
const maxSize = 900 << 10

// Render returns one ConfigMap per dashboard, none if dashboards are disabled. It fails for a
// dashboard that does not fit into a ConfigMap.
func Render(e *env.Environment) ([]env.Object, error) {
	if !e.Dashboards.Enabled {
		return nil, nil
	}
	out := make([]env.Object, 0, len(all))
	for _, d := range all {
		object, err := configMap(e, d.name, d.build(e))
		if err != nil {
			return nil, fmt.Errorf("cannot render dashboard %q: %w", d.name, err)
		}
		out = append(out, object)
	}
	return out, nil
}

func configMap(e *env.Environment, name string, d *grafana.Dashboard) (*corev1.ConfigMap, error) {
	d.UID = uid(e, name)
	text, err := d.JSON()
	if err != nil {
		return nil, err
	}
	if len(text) > maxSize {
		return nil, fmt.Errorf("%d bytes are more than the %d a ConfigMap has room for", len(text), maxSize)
	}
	meta := e.Meta(env.OutputDashboards, "dashboard-"+name, e.Dashboards.Labels)
	meta.Annotations = map[string]string{env.FolderAnnotation: e.Dashboards.Folder}
	return &corev1.ConfigMap{
		TypeMeta:   metav1.TypeMeta{APIVersion: "v1", Kind: "ConfigMap"},
		ObjectMeta: meta,
		Data:       map[string]string{fileName(e, name): string(text)},
	}, nil
}

// fileName is unique in a cluster: the sidecar writes the files of all namespaces into one directory.
// The separator is a character names cannot contain, else a/b-c and a-b/c would share a file.
func fileName(e *env.Environment, dashboard string) string {
	return e.Namespace + "_" + e.Name + "_" + dashboard + ".json"
}

// uid is the same whenever the dashboard is rendered, and differs between environments. Grafana allows
// 40 characters.
func uid(e *env.Environment, dashboard string) string {
	sum := sha256.Sum256([]byte(fileName(e, dashboard)))
	return fmt.Sprintf("tux-%.18s-%x", dashboard, sum[:8])
}

// title is unique in a cluster. Grafana stops loading every dashboard of the sidecar when two in a
// folder share a title (grafana/grafana#127619), and two environments may both be called production.
func title(e *env.Environment, dashboard string) string {
	return fmt.Sprintf("TUX / %s / %s (%s/%s)", e.Title, dashboard, e.Namespace, e.Name)
}

// Panels counts the panels of all dashboards; titles of rows are none.
func Panels(e *env.Environment) int {
	count := 0
	for range panels(e) {
		count++
	}
	return count
}

// Query is one query of a panel.
type Query struct {
	Dashboard, Panel string
	// Expr is PromQL with Grafana variables in it.
	Expr string
	// Legend names the series, with {{label}}.
	Legend string
}

// Queries returns every query of every dashboard in the order they are shown, so that others can check
// them against a Prometheus.
func Queries(e *env.Environment) []Query {
	var out []Query
	for dashboard, panel := range panels(e) {
		for i := range panel.Targets {
			t := &panel.Targets[i]
			out = append(out, Query{Dashboard: dashboard, Panel: panel.Title, Expr: t.Expr, Legend: t.Legend})
		}
	}
	return out
}

// panels goes through all panels with the names of their dashboards.
func panels(e *env.Environment) func(yield func(string, *grafana.Panel) bool) {
	return func(yield func(string, *grafana.Panel) bool) {
		if !e.Dashboards.Enabled {
			return
		}
		for _, d := range all {
			rows := d.build(e).Rows
			for i := range rows {
				for j := range rows[i].Panels {
					if !yield(d.name, &rows[i].Panels[j]) {
						return
					}
				}
			}
		}
	}
}
