package probes_test

import (
	"strings"

	networkingv1 "k8s.io/api/networking/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
)

// formatPorts writes ports as TCP:80 UDP:53.
func formatPorts(ports []networkingv1.NetworkPolicyPort) string {
	var out []string
	for _, port := range ports {
		out = append(out, string(*port.Protocol)+":"+port.Port.String())
	}
	return strings.Join(out, " ")
}

// formatPeers writes the selectors of peers as kubectl does.
func formatPeers(peers []networkingv1.NetworkPolicyPeer) string {
	if len(peers) == 0 {
		return "anywhere"
	}
	var out []string
	for _, peer := range peers {
		selector := peer.PodSelector
		if selector == nil {
			selector = peer.NamespaceSelector
		}
		out = append(out, metav1.FormatLabelSelector(selector))
	}
	return strings.Join(out, " or ")
}
