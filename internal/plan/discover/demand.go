package discover

import (
	"fmt"
	"maps"
	"slices"
	"time"

	monitoringv1 "github.com/prometheus-operator/prometheus-operator/pkg/apis/monitoring/v1"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/labels"

	"github.com/tux-io/tux-monitoring-operator/internal/plan/env"
)

// selectorPair is how a Prometheus selects one kind. A nil selector selects nothing, a nil namespace
// selector only the namespace of the Prometheus itself; empty ones select everything.
type selectorPair struct {
	field             string
	object, namespace *metav1.LabelSelector
}

func selectorsOf(p *monitoringv1.Prometheus) map[string]selectorPair {
	s := &p.Spec
	return map[string]selectorPair{
		kindServiceMonitor: {"serviceMonitor", s.ServiceMonitorSelector, s.ServiceMonitorNamespaceSelector},
		kindPodMonitor:     {"podMonitor", s.PodMonitorSelector, s.PodMonitorNamespaceSelector},
		kindProbe:          {"probe", s.ProbeSelector, s.ProbeNamespaceSelector},
		kindRule:           {"rule", s.RuleSelector, s.RuleNamespaceSelector},
	}
}

func offerOf(p *monitoringv1.Prometheus, namespace string, own map[string]string, c *Cluster) offer {
	o := offer{namespace: p.Namespace, name: p.Name, labels: map[string]map[string]string{}, refusals: map[string]string{}}
	o.retention = retentionOf(p)
	for kind, pair := range selectorsOf(p) {
		if refusal := pair.refusesNamespace(p.Namespace, namespace, c.NamespaceLabels); refusal != "" {
			o.refusals[kind] = refusal
			continue
		}
		demanded, refusal := pair.demand(own)
		if refusal != "" {
			o.refusals[kind] = refusal
			continue
		}
		o.labels[kind] = demanded
	}
	return o
}

// retentionOf is how long p keeps its samples, 0 if only their size is limited. prometheus-operator keeps
// them for 24h where the resource says nothing.
func retentionOf(p *monitoringv1.Prometheus) time.Duration {
	const unset = 24 * time.Hour
	switch {
	case p.Spec.Retention != "":
		return env.Duration(string(p.Spec.Retention))
	case p.Spec.RetentionSize != "":
		return 0
	default:
		return unset
	}
}

func (s selectorPair) refusesNamespace(prometheus, namespace string, namespaceLabels map[string]string) string {
	field := s.field + "NamespaceSelector"
	if s.namespace == nil {
		if prometheus == namespace {
			return ""
		}
		return field + " is not set, so only namespace " + prometheus + " counts"
	}
	selector, err := metav1.LabelSelectorAsSelector(s.namespace)
	if err != nil {
		return fmt.Sprintf("%s is invalid: %v", field, err)
	}
	// The API server sets this label on every namespace; a file for the CLI may leave it out.
	all := map[string]string{corev1.LabelMetadataName: namespace}
	maps.Copy(all, namespaceLabels)
	if selector.Matches(labels.Set(all)) {
		return ""
	}
	return fmt.Sprintf("%s %s does not match the namespace", field, metav1.FormatLabelSelector(s.namespace))
}

// demand returns labels that make an object with our own labels match the selector.
func (s selectorPair) demand(own map[string]string) (demanded map[string]string, refusal string) {
	field := s.field + "Selector"
	if s.object == nil {
		return nil, field + " is not set, which selects nothing"
	}
	selector, err := metav1.LabelSelectorAsSelector(s.object)
	if err != nil {
		return nil, fmt.Sprintf("%s is invalid: %v", field, err)
	}
	demanded = maps.Clone(s.object.MatchLabels)
	for _, r := range s.object.MatchExpressions {
		if _, decided := demanded[r.Key]; !decided {
			demanded = addDemand(demanded, r, own)
		}
	}
	result := maps.Clone(own)
	if result == nil {
		result = map[string]string{}
	}
	for key, value := range demanded {
		if _, ours := own[key]; !ours {
			result[key] = value
		}
	}
	if !selector.Matches(labels.Set(result)) {
		return nil, fmt.Sprintf("%s %s contradicts the labels our objects carry", field, metav1.FormatLabelSelector(s.object))
	}
	maps.DeleteFunc(demanded, func(key, _ string) bool { _, ours := own[key]; return ours })
	return demanded, ""
}

// addDemand adds a label that fulfils one expression; an expression our own labels fulfil already, or
// one that only forbids, adds none.
func addDemand(demanded map[string]string, r metav1.LabelSelectorRequirement, own map[string]string) map[string]string {
	if _, ours := own[r.Key]; ours {
		return demanded
	}
	value := "true"
	switch r.Operator {
	case metav1.LabelSelectorOpIn:
		value = slices.Min(r.Values)
	case metav1.LabelSelectorOpExists:
	case metav1.LabelSelectorOpNotIn, metav1.LabelSelectorOpDoesNotExist:
		return demanded
	}
	if demanded == nil {
		demanded = map[string]string{}
	}
	demanded[r.Key] = value
	return demanded
}
