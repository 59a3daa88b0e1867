package logcollector

import (
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"

	"github.com/tux-io/tux-monitoring-operator/internal/plan/env"
	"github.com/tux-io/tux-monitoring-operator/internal/plan/retention/collector"
)

const (
	// podLogs is the directory of the node that is read.
	podLogs = "/var/log/pods"
	// memory is what the Collector gets: it refuses lines at 80 % of it, and holds a few batches of 2 MiB.
	memory = "512Mi"
)

// resource is the OpenTelemetryCollector, unstructured: the Go types of its operator would bring the Collector along. It has
// what the configuration needs and nothing else, so that tolerations, image and the like are for others to apply.
//
// It runs as root, since only root may read the logs of pods, and without anything else that root could do: no privilege,
// no capability but to read what belongs to others, and the node's files read-only but for its own directory.
func resource(e *env.Environment) ([]env.Object, error) {
	config, err := collector.New(input(e)).Tree()
	if err != nil {
		return nil, err
	}
	storage := e.Logs.Collector.Storage
	object := &unstructured.Unstructured{Object: map[string]any{"spec": map[string]any{
		"mode":   "daemonset",
		"config": config,
		"resources": map[string]any{
			"requests": map[string]any{"cpu": "50m", "memory": "128Mi"},
			"limits":   map[string]any{"memory": memory},
		},
		"securityContext": map[string]any{
			"runAsUser": int64(0), "runAsGroup": int64(0), "allowPrivilegeEscalation": false, "readOnlyRootFilesystem": true,
			"capabilities":   map[string]any{"drop": []any{"ALL"}, "add": []any{"DAC_READ_SEARCH"}},
			"seccompProfile": map[string]any{"type": "RuntimeDefault"},
		},
		"volumes": []any{
			map[string]any{"name": "pods", "hostPath": map[string]any{"path": podLogs}},
			map[string]any{"name": "storage", "hostPath": map[string]any{"path": storage, "type": "DirectoryOrCreate"}},
		},
		"volumeMounts": append(logMounts(), map[string]any{"name": "storage", "mountPath": storage}),
	}}}
	object.SetGroupVersionKind(env.CollectorVersion.WithKind(env.CollectorKind))
	object.SetNamespace(e.Namespace)
	object.SetName(e.Logs.Collector.ConfigMapName)
	object.SetLabels(e.Meta(env.OutputCollector, "", nil).Labels)
	return []env.Object{object}, nil
}

// logMounts are read-only. Files of pods are links to where the container runtime has them; containerd writes them there
// itself.
func logMounts() []any {
	return []any{map[string]any{"name": "pods", "mountPath": podLogs, "readOnly": true}}
}
