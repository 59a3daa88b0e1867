package logcollector

import (
	"cmp"
	"slices"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/tux-io/tux-monitoring-operator/internal/plan/env"
	"github.com/tux-io/tux-monitoring-operator/internal/plan/retention/collector"
)

// Key of the ConfigMap.
const Key = "collector.yaml"

// anyContainer is read while it is not known which container of a Deployment is the backend.
const anyContainer = "*"

// Render returns the ConfigMap, or the OpenTelemetryCollector, or nothing without spec.logs.collector. The policy has no findings.
func Render(e *env.Environment) ([]env.Object, error) {
	if e.Logs == nil || e.Logs.Collector == nil {
		return nil, nil
	}
	if e.Logs.Collector.Resource {
		return resource(e)
	}
	text, err := collector.New(input(e)).YAML()
	if err != nil {
		return nil, err
	}
	meta := e.Meta(env.OutputCollector, "", nil)
	meta.Name = e.Logs.Collector.ConfigMapName
	return []env.Object{&corev1.ConfigMap{
		TypeMeta:   metav1.TypeMeta{APIVersion: "v1", Kind: "ConfigMap"},
		ObjectMeta: meta,
		Data:       map[string]string{Key: text},
	}}, nil
}

func input(e *env.Environment) collector.Input {
	return collector.Input{
		Policy: e.Logs.Policy,
		// No name in Kubernetes has an underscore, so that no two environments get the same.
		Name:        e.Namespace + "_" + e.Name,
		Environment: e.Title,
		Namespace:   e.Namespace,
		Sources:     sources(e),
		URL:         e.Logs.Collector.URL,
		Storage:     e.Logs.Collector.Storage,
	}
}

// sources are the containers of all backends. A Deployment that is missing for now, or whose container cannot be told,
// is still read: what its pods have said is in files on the nodes.
func sources(e *env.Environment) []collector.Source {
	var all []collector.Source
	for i := range e.Backends {
		all = append(all, collector.Source{Deployment: e.Backends[i].Deployment, Container: e.Backends[i].Container})
	}
	for i := range e.Missing {
		if deployment := e.Missing[i].Deployment; deployment != "" {
			all = append(all, collector.Source{Deployment: deployment, Container: anyContainer})
		}
	}
	slices.SortFunc(all, func(a, b collector.Source) int { return cmp.Compare(a.Deployment, b.Deployment) })
	return slices.CompactFunc(all, func(a, b collector.Source) bool { return a.Deployment == b.Deployment })
}
