package dashboards

import (
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"

	"github.com/tux-io/tux-monitoring-operator/internal/plan/env"
)

// Objects of grafana-operator are unstructured: its Go types would bring a client of Grafana and all it is
// made of along for two small structs. Tests hold what is written here against its own schemas.

// grafanaDashboard is what grafana-operator sends to each Grafana the selector finds.
func grafanaDashboard(e *env.Environment, d *page, text string) env.Object {
	spec := importSpec(e)
	spec["uid"] = uid(e, d.name)
	spec["folderRef"] = folderMeta(e).Name
	spec["json"] = text
	return grafanaObject(env.GrafanaDashboardKind, objectMeta(e, d), spec)
}

// grafanaFolder is a folder of this environment alone. Deleting a GrafanaFolder deletes the folder with
// everything in it, so environments must not share one; and Grafana knows no two folders of one title.
func grafanaFolder(e *env.Environment) env.Object {
	spec := importSpec(e)
	spec["uid"] = uid(e, "folder")
	spec["title"] = e.Dashboards.Folder + " " + e.Title + " (" + e.Namespace + "/" + e.Name + ")"
	return grafanaObject(env.GrafanaFolderKind, folderMeta(e), spec)
}

func folderMeta(e *env.Environment) metav1.ObjectMeta {
	return e.Meta(env.OutputDashboards, "dashboards", e.Dashboards.Labels)
}

// importSpec selects Grafanas in all namespaces: few run one in that of the environment.
func importSpec(e *env.Environment) map[string]any {
	return map[string]any{
		"allowCrossNamespaceImport": true,
		"instanceSelector":          map[string]any{"matchLabels": anyMap(e.Dashboards.Instances)},
	}
}

func grafanaObject(kind string, meta metav1.ObjectMeta, spec map[string]any) env.Object {
	object := &unstructured.Unstructured{Object: map[string]any{"spec": spec}}
	object.SetGroupVersionKind(env.GrafanaVersion.WithKind(kind))
	object.SetName(meta.Name)
	object.SetNamespace(meta.Namespace)
	object.SetLabels(meta.Labels)
	return object
}

func anyMap(in map[string]string) map[string]any {
	out := make(map[string]any, len(in))
	for key, value := range in {
		out[key] = value
	}
	return out
}
