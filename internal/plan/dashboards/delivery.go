package dashboards

import (
	"crypto/sha256"
	"fmt"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	tuxv1alpha1 "github.com/tux-io/tux-monitoring-operator/api/v1alpha1"
	"github.com/tux-io/tux-monitoring-operator/internal/plan/env"
)

// maxSize of the JSON of a dashboard. A ConfigMap holds 1 MiB with everything in it, an object of
// grafana-operator little more; the rest is for metadata, managed fields and what is around the JSON.
const maxSize = 700 << 10

// Render returns the objects that bring the dashboards to Grafana: one ConfigMap per dashboard, or one
// GrafanaDashboard each and a GrafanaFolder. There are none if dashboards are disabled. It fails for a
// dashboard that does not fit into an object.
func Render(e *env.Environment) ([]env.Object, error) {
	wrap := configMap
	var out []env.Object
	if e.Dashboards.Delivery == tuxv1alpha1.DeliveryGrafanaOperator {
		wrap = grafanaDashboard
	}
	for _, c := range of(e) {
		text, err := c.build(e).JSON()
		if err == nil && len(text) > maxSize {
			err = fmt.Errorf("%d bytes are more than the %d an object has room for: "+
				"watch fewer Deployments in one resource, or leave the dashboard out of spec.dashboards.include", len(text), maxSize)
		}
		if err != nil {
			return nil, fmt.Errorf("cannot render dashboard %q: %w", c.choice, err)
		}
		out = append(out, wrap(e, c.page, string(text)))
	}
	if len(out) > 0 && e.Dashboards.Delivery == tuxv1alpha1.DeliveryGrafanaOperator {
		out = append(out, grafanaFolder(e))
	}
	return out, nil
}

// configMap is what the sidecar of the Grafana chart loads.
func configMap(e *env.Environment, d *page, text string) env.Object {
	meta := objectMeta(e, d)
	meta.Annotations = map[string]string{env.FolderAnnotation: e.Dashboards.Folder}
	return &corev1.ConfigMap{
		TypeMeta:   metav1.TypeMeta{APIVersion: "v1", Kind: "ConfigMap"},
		ObjectMeta: meta,
		Data:       map[string]string{fileName(e, d.name): text},
	}
}

func objectMeta(e *env.Environment, d *page) metav1.ObjectMeta {
	return e.Meta(env.OutputDashboards, "dashboard-"+d.name, e.Dashboards.Labels)
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
