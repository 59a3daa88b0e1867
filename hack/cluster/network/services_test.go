package network

import (
	"net/netip"
	"testing"

	"github.com/google/go-cmp/cmp"
	corev1 "k8s.io/api/core/v1"
	discoveryv1 "k8s.io/api/discovery/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"
)

var compareServices = cmp.Options{
	cmp.AllowUnexported(service{}, endpoint{}, servicePort{}),
	cmp.Comparer(func(a, b netip.Addr) bool { return a == b }),
}

// newService has one port 80 called "http" for each protocol.
func newService(name, clusterIP string, protocols ...corev1.Protocol) *corev1.Service {
	s := &corev1.Service{ObjectMeta: metav1.ObjectMeta{Namespace: "shop", Name: name}}
	s.Spec.ClusterIP = clusterIP
	for _, protocol := range protocols {
		s.Spec.Ports = append(s.Spec.Ports, corev1.ServicePort{Name: "http", Port: 80, Protocol: protocol})
	}
	return s
}

// newSlice has a port called "http".
func newSlice(service string, port int32, endpoints ...discoveryv1.Endpoint) *discoveryv1.EndpointSlice {
	name := "http"
	return &discoveryv1.EndpointSlice{
		ObjectMeta:  metav1.ObjectMeta{Namespace: "shop", Labels: map[string]string{discoveryv1.LabelServiceName: service}},
		AddressType: discoveryv1.AddressTypeIPv4,
		Ports:       []discoveryv1.EndpointPort{{Name: &name, Port: &port}},
		Endpoints:   endpoints,
	}
}

func ready(address string) discoveryv1.Endpoint { return conditions(address, true, true, false) }

func conditions(address string, ready, serving, terminating bool) discoveryv1.Endpoint {
	return discoveryv1.Endpoint{Addresses: []string{address},
		Conditions: discoveryv1.EndpointConditions{Ready: &ready, Serving: &serving, Terminating: &terminating}}
}

func named(hostname string, e discoveryv1.Endpoint) discoveryv1.Endpoint {
	e.Hostname = &hostname
	return e
}

func TestBackends(t *testing.T) {
	noName, udp := newSlice("web", 8000, ready("10.0.0.2")), newSlice("web", 8000, ready("10.0.0.2"))
	noName.Ports[0].Name, *udp = nil, *udp.DeepCopy()
	protocol := corev1.ProtocolUDP
	udp.Ports[0].Protocol = &protocol
	elsewhere, ipv6 := newSlice("web", 8000, ready("10.0.0.2")), newSlice("web", 8000, ready("fd00::2"))
	elsewhere.Namespace, ipv6.AddressType = "other", discoveryv1.AddressTypeIPv6

	cases := map[string]struct {
		slices []*discoveryv1.EndpointSlice
		want   []string
	}{
		"no slice": {},
		"ready endpoints of all slices, each with the port of its slice": {
			slices: []*discoveryv1.EndpointSlice{newSlice("web", 8001, ready("10.0.0.3")), newSlice("web", 8000, ready("10.0.0.2"))},
			want:   []string{"10.0.0.2:8000", "10.0.0.3:8001"},
		},
		"an endpoint in two slices counts once": {
			slices: []*discoveryv1.EndpointSlice{newSlice("web", 8000, ready("10.0.0.2")), newSlice("web", 8000, ready("10.0.0.2"))},
			want:   []string{"10.0.0.2:8000"},
		},
		"an endpoint that is not ready": {
			slices: []*discoveryv1.EndpointSlice{newSlice("web", 8000, conditions("10.0.0.2", false, false, false), ready("10.0.0.3"))},
			want:   []string{"10.0.0.3:8000"},
		},
		"an endpoint of which nothing is known": {
			slices: []*discoveryv1.EndpointSlice{newSlice("web", 8000, discoveryv1.Endpoint{Addresses: []string{"10.0.0.2"}})},
			want:   []string{"10.0.0.2:8000"},
		},
		"a terminating endpoint beside a ready one": {
			slices: []*discoveryv1.EndpointSlice{newSlice("web", 8000, conditions("10.0.0.2", false, true, true), ready("10.0.0.3"))},
			want:   []string{"10.0.0.3:8000"},
		},
		"only a terminating endpoint that still serves": {
			slices: []*discoveryv1.EndpointSlice{newSlice("web", 8000, conditions("10.0.0.2", false, true, true))},
			want:   []string{"10.0.0.2:8000"},
		},
		"only a terminating endpoint that does not":  {slices: []*discoveryv1.EndpointSlice{newSlice("web", 8000, conditions("10.0.0.2", false, false, true))}},
		"a slice of another Service":                 {slices: []*discoveryv1.EndpointSlice{newSlice("api", 8000, ready("10.0.0.2"))}},
		"a slice of another namespace":               {slices: []*discoveryv1.EndpointSlice{elsewhere}},
		"a slice of IPv6":                            {slices: []*discoveryv1.EndpointSlice{ipv6}},
		"a slice whose port has no name":             {slices: []*discoveryv1.EndpointSlice{noName}},
		"a slice whose port of that name is for UDP": {slices: []*discoveryv1.EndpointSlice{udp}},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			all := []*corev1.Service{newService("web", "10.77.128.7", corev1.ProtocolTCP)}
			got := newServices("", all, tc.slices)[types.NamespacedName{Namespace: "shop", Name: "web"}]
			if diff := cmp.Diff([]servicePort{{number: 80, backends: tc.want}}, got.ports, compareServices); diff != "" {
				t.Errorf("ports (-want +got):\n%s", diff)
			}
		})
	}
}

func TestNewServices(t *testing.T) {
	kubernetes := newService("kubernetes", "10.77.128.1", "")
	kubernetes.Namespace = "default"
	all := []*corev1.Service{
		kubernetes,
		newService("web", "10.77.128.7", corev1.ProtocolUDP, corev1.ProtocolTCP),
		newService("db", corev1.ClusterIPNone, corev1.ProtocolTCP),
		newService("pending", ""),
		newService("ipv6", "fd00::7", corev1.ProtocolTCP),
	}
	slices := []*discoveryv1.EndpointSlice{
		newSlice("db", 5432, named("db-1", ready("10.77.0.9")), named("db-0", ready("10.77.0.8")), conditions("10.77.0.7", false, true, true)),
	}
	address := netip.MustParseAddr
	want := services{
		{Namespace: "default", Name: "kubernetes"}: {
			clusterIP: address("10.77.128.1"), ports: []servicePort{{number: 80, backends: []string{"127.0.0.1:6443"}}},
		},
		{Namespace: "shop", Name: "web"}: {clusterIP: address("10.77.128.7"), ports: []servicePort{{number: 80}}},
		{Namespace: "shop", Name: "db"}: {
			ports:     []servicePort{{number: 80, backends: []string{"10.77.0.8:5432", "10.77.0.9:5432"}}},
			endpoints: []endpoint{{address("10.77.0.8"), "db-0"}, {address("10.77.0.9"), "db-1"}},
		},
	}
	if diff := cmp.Diff(want, newServices("127.0.0.1:6443", all, slices), compareServices); diff != "" {
		t.Errorf("services (-want +got):\n%s", diff)
	}
}

func TestBackendsByAddress(t *testing.T) {
	key := types.NamespacedName{Namespace: "shop", Name: "web"}
	s := newServices("", []*corev1.Service{newService("web", "10.77.128.7", corev1.ProtocolTCP),
		newService("idle", "10.77.128.8", corev1.ProtocolTCP), newService("db", corev1.ClusterIPNone, corev1.ProtocolTCP)},
		[]*discoveryv1.EndpointSlice{newSlice("web", 8000, ready("10.77.0.2")), newSlice("db", 5432, ready("10.77.0.3"))})

	want := map[netip.AddrPort][]string{netip.MustParseAddrPort("10.77.128.7:80"): {"10.77.0.2:8000"}}
	compare := cmp.Comparer(func(a, b netip.AddrPort) bool { return a == b })
	if diff := cmp.Diff(want, backendsByAddress(s, nil), compare); diff != "" {
		t.Errorf("addresses to listen on (-want +got):\n%s", diff)
	}
	if got := backendsByAddress(s, map[types.NamespacedName]bool{key: true}); len(got) != 0 {
		t.Errorf("a broken Service is still listened for: %v", got)
	}
}
