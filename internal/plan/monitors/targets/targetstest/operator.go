package targetstest

import (
	"strings"
	"testing"

	monitoringv1 "github.com/prometheus-operator/prometheus-operator/pkg/apis/monitoring/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/tux-io/tux-monitoring-operator/internal/plan/monitors/targets"
)

// ForPodMonitor returns the target that endpoint i of m makes of a discovered pod; false if it is
// dropped.
func ForPodMonitor(t *testing.T, m *monitoringv1.PodMonitor, i int, discovered Labels) (Target, bool) {
	t.Helper()
	ep := m.Spec.PodMetricsEndpoints[i]
	rules := []monitoringv1.RelabelConfig{notFinished()}
	rules = append(rules, selected("pod", m.Spec.Selector)...)
	switch {
	case ep.Port != nil:
		rules = append(rules, targets.Keep(*ep.Port, "__meta_kubernetes_pod_container_port_name"))
	case ep.PortNumber != nil:
		rules = append(rules, targets.Keep(number(*ep.PortNumber), "__meta_kubernetes_pod_container_port_number"))
	}
	rules = append(rules,
		targets.Copy("namespace", "__meta_kubernetes_namespace"),
		targets.Copy("container", "__meta_kubernetes_pod_container_name"),
		targets.Copy("pod", "__meta_kubernetes_pod_name"),
		targets.Label("job", m.Namespace+"/"+m.Name))
	if ep.Port != nil {
		rules = append(rules, targets.Label("endpoint", *ep.Port))
	}
	rules = append(rules, ep.RelabelConfigs...)
	return process(t, job{path: ep.Path, scheme: *ep.Scheme, params: ep.Params}, discovered, append(rules, sharding()...))
}

// ForServiceMonitor returns the target that the endpoint of m makes of a discovered endpoint of a
// Service; false if it is dropped.
func ForServiceMonitor(t *testing.T, m *monitoringv1.ServiceMonitor, discovered Labels) (Target, bool) {
	t.Helper()
	ep := m.Spec.Endpoints[0]
	port := ep.Port
	rules := selected("service", m.Spec.Selector)
	if port != "" {
		rules = append(rules, targets.Keep(port, "__meta_kubernetes_endpointslice_port_name"))
	} else {
		port = ep.TargetPort.String()
		rules = append(rules, targets.Keep(port, "__meta_kubernetes_pod_container_port_number"))
	}
	rules = append(rules,
		targets.Copy("namespace", "__meta_kubernetes_namespace"),
		targets.Copy("service", "__meta_kubernetes_service_name"),
		targets.Copy("pod", "__meta_kubernetes_pod_name"),
		targets.Copy("container", "__meta_kubernetes_pod_container_name"),
		notFinished(),
		targets.Copy("job", "__meta_kubernetes_service_name"),
		targets.Label("endpoint", port))
	rules = append(rules, ep.RelabelConfigs...)
	return process(t, job{path: ep.Path, scheme: *ep.Scheme, params: ep.Params}, discovered, append(rules, sharding()...))
}

func notFinished() monitoringv1.RelabelConfig {
	return targets.Drop("(Failed|Succeeded)", "__meta_kubernetes_pod_phase")
}

// selected are the rules of a label selector over objects of a role.
func selected(role string, selector metav1.LabelSelector) []monitoringv1.RelabelConfig {
	var rules []monitoringv1.RelabelConfig
	prefix := "__meta_kubernetes_" + role + "_label"
	for key, value := range selector.MatchLabels {
		rules = append(rules, targets.Keep("("+value+");true", prefix+"_"+metaName(key), prefix+"present_"+metaName(key)))
	}
	for _, term := range selector.MatchExpressions {
		if term.Operator != metav1.LabelSelectorOpExists {
			panic("unexpected operator " + string(term.Operator))
		}
		rules = append(rules, targets.Keep("true", prefix+"present_"+metaName(term.Key)))
	}
	return rules
}

// sharding is added to every job. The last rule of it, which keeps one shard, is left out: with one
// shard it keeps everything.
func sharding() []monitoringv1.RelabelConfig {
	return []monitoringv1.RelabelConfig{
		targets.Replace("__tmp_hash", "(.+);", "$1", "__address__", "__tmp_hash"),
	}
}

// metaName writes a label key as discovery does.
func metaName(key string) string {
	return strings.Map(func(r rune) rune {
		if r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r >= '0' && r <= '9' {
			return r
		}
		return '_'
	}, key)
}
