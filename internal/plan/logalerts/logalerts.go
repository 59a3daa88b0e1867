package logalerts

import (
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"

	"github.com/tux-io/tux-monitoring-operator/internal/plan/env"
	"github.com/tux-io/tux-monitoring-operator/internal/plan/retention"
	"github.com/tux-io/tux-monitoring-operator/internal/plan/retention/loki"
)

// File is the name of the file in the directory of the tenant, and the key of the ConfigMap. Files of several
// environments may come to one directory.
func File(e *env.Environment) string { return e.Namespace + "-" + e.Name + ".yaml" }

// Render returns the ConfigMap, or the AlertingRule for a LokiStack, or nothing without spec.logs.alerts.
func Render(e *env.Environment) ([]env.Object, error) {
	if e.Logs == nil || e.Logs.Alerts == nil {
		return nil, nil
	}
	if e.Logs.Policy.Backend == retention.LokiStack {
		return alertingRule(e)
	}
	text, err := Alerts(e).Rules()
	if err != nil {
		return nil, err
	}
	to := e.Logs.Alerts
	meta := e.Meta(env.OutputLogAlerts, "", to.Labels)
	meta.Name = to.ConfigMapName
	meta.Annotations = map[string]string{to.FolderAnnotation: e.Logs.Policy.Tenant}
	return []env.Object{&corev1.ConfigMap{
		TypeMeta:   metav1.TypeMeta{APIVersion: "v1", Kind: "ConfigMap"},
		ObjectMeta: meta,
		Data:       map[string]string{File(e): text},
	}}, nil
}

// alertingRule is unstructured: the Go types of the Loki operator are in no module of their own.
func alertingRule(e *env.Environment) ([]env.Object, error) {
	spec, err := Alerts(e).AlertingRule(e.Logs.Policy.Tenant)
	if err != nil {
		return nil, err
	}
	object := &unstructured.Unstructured{Object: map[string]any{"spec": spec}}
	object.SetGroupVersionKind(env.LokiVersion.WithKind(env.AlertingRuleKind))
	object.SetNamespace(e.Namespace)
	object.SetName(e.Logs.Alerts.ConfigMapName)
	object.SetLabels(e.Meta(env.OutputLogAlerts, "", e.Logs.Alerts.Labels).Labels)
	return []env.Object{object}, nil
}

// Alerts are those of the backends that are there. Of one that is missing it is not known who it is.
func Alerts(e *env.Environment) loki.Alerts {
	alerts := loki.Alerts{
		Labels:     map[string]string{env.AlertNamespace: e.Namespace, env.AlertEnvironment: e.Title},
		RunbookURL: env.RunbookURL,
	}
	if e.Logs.Policy.Backend == retention.LokiStack {
		alerts.Namespace = e.Namespace
	}
	for i := range e.Backends {
		b := &e.Backends[i]
		alerts.Backends = append(alerts.Backends, loki.Watched{
			Service: b.Deployment, Labels: map[string]string{env.AlertBackend: b.Deployment}, Asleep: b.ScaledToZero,
		})
	}
	return alerts
}
