package probes

import (
	"slices"
	"strconv"
	"strings"

	corev1 "k8s.io/api/core/v1"
	networkingv1 "k8s.io/api/networking/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/util/intstr"

	"github.com/tux-io/tux-monitoring-operator/internal/plan/env"
	"github.com/tux-io/tux-monitoring-operator/internal/plan/monitors/targets"
)

// dnsPorts: 5353 is where the DNS pods of OpenShift listen, and a policy sees the port of the pod.
var dnsPorts = []int32{53, 5353}

// gatewayPorts are where hosts are answered. An address of the cluster's own load balancer is
// rewritten to a pod of the ingress controller before the policy looks, so 80 and 443 are not
// enough: 8000 and 8443 are Traefik and Kong, 8080 and 8443 Istio, HAProxy and Contour, 10080 and
// 10443 Envoy Gateway. Missing one would be an outage of our own making.
var gatewayPorts = []int32{80, 443, 8000, 8080, 8443, 10080, 10443}

// networkPolicy lets in Prometheus alone, and lets out only what the probes need: an exporter asks
// whatever it is told to, so who can reach it could look around in the cluster.
//
// The Service of a backend needs no rule of its own, its traffic ends at the pods.
func networkPolicy(e *env.Environment) *networkingv1.NetworkPolicy {
	return &networkingv1.NetworkPolicy{
		TypeMeta:   metav1.TypeMeta{APIVersion: "networking.k8s.io/v1", Kind: "NetworkPolicy"},
		ObjectMeta: exporterMeta(e),
		Spec: networkingv1.NetworkPolicySpec{
			PodSelector: metav1.LabelSelector{MatchLabels: podLabels(e)},
			PolicyTypes: []networkingv1.PolicyType{networkingv1.PolicyTypeIngress, networkingv1.PolicyTypeEgress},
			Ingress:     []networkingv1.NetworkPolicyIngressRule{fromPrometheus(e)},
			Egress:      egress(e),
		},
	}
}

// fromPrometheus: while the namespaces are not known, every namespace may ask. An empty selector
// would say that too, but would not survive the normal form, which drops what is empty.
func fromPrometheus(e *env.Environment) networkingv1.NetworkPolicyIngressRule {
	namespaces := metav1.LabelSelectorRequirement{Key: corev1.LabelMetadataName, Operator: metav1.LabelSelectorOpExists}
	if len(e.Select.Namespaces) > 0 {
		namespaces.Operator, namespaces.Values = metav1.LabelSelectorOpIn, slices.Clone(e.Select.Namespaces)
	}
	return networkingv1.NetworkPolicyIngressRule{
		Ports: tcp(ExporterPort),
		From: []networkingv1.NetworkPolicyPeer{{NamespaceSelector: &metav1.LabelSelector{
			MatchExpressions: []metav1.LabelSelectorRequirement{namespaces},
		}}},
	}
}

func egress(e *env.Environment) []networkingv1.NetworkPolicyEgressRule {
	rules := []networkingv1.NetworkPolicyEgressRule{{Ports: append(ports(corev1.ProtocolUDP, dnsPorts...), tcp(dnsPorts...)...)}}
	var hosts []string
	for i := range e.Backends {
		b := &e.Backends[i]
		rules = append(rules, networkingv1.NetworkPolicyEgressRule{
			Ports: tcp(b.Port.Number),
			To:    []networkingv1.NetworkPolicyPeer{{PodSelector: new(targets.PodSelector(b))}},
		})
		hosts = append(hosts, b.Hosts...)
	}
	if len(hosts) > 0 {
		rules = append(rules, networkingv1.NetworkPolicyEgressRule{Ports: tcp(hostPorts(hosts)...)})
	}
	return rules
}

// hostPorts are gatewayPorts and those the URLs name, sorted.
func hostPorts(urls []string) []int32 {
	numbers := slices.Clone(gatewayPorts)
	for _, url := range urls {
		if number := portOf(url); number > 0 {
			numbers = append(numbers, number)
		}
	}
	slices.Sort(numbers)
	return slices.Compact(numbers)
}

// portOf returns the port a URL names, or 0 if it leaves it to the scheme.
func portOf(url string) int32 {
	_, rest, _ := strings.Cut(url, "://")
	address, _, _ := strings.Cut(rest, "/")
	colon := strings.LastIndex(address, ":")
	number, err := strconv.ParseUint(address[colon+1:], 10, 16)
	if colon < 0 || err != nil {
		return 0
	}
	return int32(number)
}

func tcp(numbers ...int32) []networkingv1.NetworkPolicyPort {
	return ports(corev1.ProtocolTCP, numbers...)
}

func ports(protocol corev1.Protocol, numbers ...int32) []networkingv1.NetworkPolicyPort {
	out := make([]networkingv1.NetworkPolicyPort, 0, len(numbers))
	for _, number := range numbers {
		out = append(out, networkingv1.NetworkPolicyPort{Protocol: &protocol, Port: new(intstr.FromInt32(number))})
	}
	return out
}
