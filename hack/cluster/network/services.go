package network

import (
	"cmp"
	"net/netip"
	"slices"
	"strconv"

	corev1 "k8s.io/api/core/v1"
	discoveryv1 "k8s.io/api/discovery/v1"
	"k8s.io/apimachinery/pkg/types"
)

// apiServer is the Service of the API server. Its endpoint is not what the cluster says but where we
// reach the API server ourselves: what listens on a loopback address may not be an endpoint.
var apiServer = types.NamespacedName{Namespace: corev1.NamespaceDefault, Name: "kubernetes"}

// services is the state of the cluster that names and ClusterIPs follow.
type services map[types.NamespacedName]service

type service struct {
	// clusterIP is the zero address if the Service is headless.
	clusterIP netip.Addr
	ports     []servicePort
	// endpoints are the ready ones, sorted.
	endpoints []endpoint
}

type endpoint struct {
	address netip.Addr
	// hostname is "" for pods that have no name of their own.
	hostname string
}

type servicePort struct {
	number uint16
	// backends are where connections go, as host:port, sorted. Without any, connections are refused.
	backends []string
}

// newServices leaves out what has no IPv4 address to offer: ExternalName, and Services that wait for their ClusterIP.
func newServices(apiServerHost string, all []*corev1.Service, endpoints []*discoveryv1.EndpointSlice) services {
	slicesOf := map[types.NamespacedName][]*discoveryv1.EndpointSlice{}
	for _, slice := range endpoints {
		if slice.AddressType == discoveryv1.AddressTypeIPv4 {
			key := types.NamespacedName{Namespace: slice.Namespace, Name: slice.Labels[discoveryv1.LabelServiceName]}
			slicesOf[key] = append(slicesOf[key], slice)
		}
	}
	result := services{}
	for _, s := range all {
		key := types.NamespacedName{Namespace: s.Namespace, Name: s.Name}
		clusterIP, err := netip.ParseAddr(s.Spec.ClusterIP)
		if s.Spec.ClusterIP != corev1.ClusterIPNone && (err != nil || !clusterIP.Is4()) {
			continue
		}
		result[key] = service{clusterIP: clusterIP, ports: tcpPorts(s, slicesOf[key]), endpoints: readyEndpoints(slicesOf[key])}
	}
	result.redirect(apiServer, apiServerHost)
	return result
}

func (s services) redirect(key types.NamespacedName, backend string) {
	for i := range s[key].ports {
		s[key].ports[i].backends = []string{backend}
	}
}

func tcpPorts(s *corev1.Service, endpoints []*discoveryv1.EndpointSlice) []servicePort {
	var ports []servicePort
	for _, port := range s.Spec.Ports {
		if cmp.Or(port.Protocol, corev1.ProtocolTCP) != corev1.ProtocolTCP {
			continue
		}
		backends := backendsOf(port.Name, endpoints, isReady)
		if len(backends) == 0 {
			// As kube-proxy does, lest a rollout of a single pod loses connections.
			backends = backendsOf(port.Name, endpoints, isServingWhileTerminating)
		}
		ports = append(ports, servicePort{number: uint16(port.Port), backends: backends}) //nolint:gosec // validated by the API server
	}
	return ports
}

// backendsOf finds the port by its name, as its number may differ from slice to slice.
func backendsOf(port string, endpoints []*discoveryv1.EndpointSlice, wanted func(discoveryv1.EndpointConditions) bool) []string {
	var backends []string
	for _, slice := range endpoints {
		number, ok := numberOf(port, slice)
		if !ok {
			continue
		}
		for _, e := range slice.Endpoints {
			if wanted(e.Conditions) && len(e.Addresses) > 0 {
				backends = append(backends, e.Addresses[0]+":"+strconv.Itoa(int(number)))
			}
		}
	}
	// While it moves to another slice, an endpoint may be in both.
	slices.Sort(backends)
	return slices.Compact(backends)
}

func numberOf(port string, slice *discoveryv1.EndpointSlice) (number int32, ok bool) {
	for _, p := range slice.Ports {
		isTCP := p.Protocol == nil || *p.Protocol == corev1.ProtocolTCP
		if p.Port != nil && isTCP && valueOr(p.Name, "") == port {
			return *p.Port, true
		}
	}
	return 0, false
}

func readyEndpoints(all []*discoveryv1.EndpointSlice) []endpoint {
	var ready []endpoint
	for _, slice := range all {
		for _, e := range slice.Endpoints {
			if !isReady(e.Conditions) || len(e.Addresses) == 0 {
				continue
			}
			if address, err := netip.ParseAddr(e.Addresses[0]); err == nil {
				ready = append(ready, endpoint{address: address, hostname: valueOr(e.Hostname, "")})
			}
		}
	}
	slices.SortFunc(ready, func(a, b endpoint) int {
		return cmp.Or(a.address.Compare(b.address), cmp.Compare(a.hostname, b.hostname))
	})
	return slices.Compact(ready)
}

// Unknown means ready, says the API.
func isReady(c discoveryv1.EndpointConditions) bool { return valueOr(c.Ready, true) }

func isServingWhileTerminating(c discoveryv1.EndpointConditions) bool {
	return valueOr(c.Serving, false) && valueOr(c.Terminating, false)
}

func valueOr[T any](pointer *T, unset T) T {
	if pointer == nil {
		return unset
	}
	return *pointer
}
