package targets

import (
	"maps"
	"regexp"

	monitoringv1 "github.com/prometheus-operator/prometheus-operator/pkg/apis/monitoring/v1"
	appsv1 "k8s.io/api/apps/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/tux-io/tux-monitoring-operator/internal/plan/env"
)

// The labels of discovery we relabel by.
const (
	Address     = "__address__"
	ServiceName = "__meta_kubernetes_service_name"

	controllerKind = "__meta_kubernetes_pod_controller_kind"
	controllerName = "__meta_kubernetes_pod_controller_name"
)

// The labels we set on series.
const (
	Job         = "job"
	Instance    = "instance"
	Component   = "component"
	Environment = "environment"
)

// KeepPods keeps the pods of the Deployment of b and no others.
//
// Why is a selector not enough? A Service, and a Deployment's own matchLabels, may cover the pods of
// a worker or canary Deployment too, and their series would get our job. A pod does not name its
// Deployment, but its ReplicaSet does: the name is that of the Deployment, a dash, and a hash in
// which there is no dash, so that tux does not take the pods of tux-worker.
func KeepPods(b *env.Backend) monitoringv1.RelabelConfig {
	return Keep("ReplicaSet;"+regexp.QuoteMeta(b.Deployment)+"-[a-z0-9]+", controllerKind, controllerName)
}

// PodSelector selects the pods of b, and perhaps others: combine it with KeepPods.
//
// A Deployment may select by expressions alone. An empty selector would say the same, every pod, but
// it would not survive the normal form, which drops what is empty; every pod of a Deployment carries
// the hash of its template.
func PodSelector(b *env.Backend) metav1.LabelSelector {
	if len(b.PodLabels) > 0 {
		return metav1.LabelSelector{MatchLabels: maps.Clone(b.PodLabels)}
	}
	return metav1.LabelSelector{MatchExpressions: []metav1.LabelSelectorRequirement{{
		Key:      appsv1.DefaultDeploymentUniqueLabelKey,
		Operator: metav1.LabelSelectorOpExists,
	}}}
}

// PodPort is the container port of b for a PodMonitor: by name where it has one, because a name
// stays the same in a rollout that changes the number; exactly one of the results is set.
func PodPort(b *env.Backend) (name *string, number *int32) {
	if b.Port.Name != "" {
		return new(b.Port.Name), nil
	}
	return nil, new(b.Port.Number)
}
