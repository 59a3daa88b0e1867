package network

import (
	"fmt"
	"net"
	"net/netip"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/miekg/dns"
	corev1 "k8s.io/api/core/v1"
	discoveryv1 "k8s.io/api/discovery/v1"
)

// recorder is the connection of a client.
type recorder struct {
	dns.ResponseWriter
	local net.Addr
	reply *dns.Msg
}

func (r *recorder) LocalAddr() net.Addr { return r.local }
func (r *recorder) WriteMsg(m *dns.Msg) error {
	r.reply = m
	return nil
}

func ask(n *names, name string, recordType uint16) *dns.Msg {
	r := &recorder{local: &net.UDPAddr{}}
	n.ServeDNS(r, new(dns.Msg).SetQuestion(dns.Fqdn(name), recordType))
	return r.reply
}

func addressesIn(m *dns.Msg) []string {
	var addresses []string
	for _, answer := range m.Answer {
		addresses = append(addresses, answer.(*dns.A).A.String())
	}
	slices.Sort(addresses)
	return addresses
}

func TestDNS(t *testing.T) {
	n := newNames()
	n.update(newServices("", []*corev1.Service{newService("web", "10.77.128.7"), newService("db", corev1.ClusterIPNone), newService("idle", corev1.ClusterIPNone)},
		[]*discoveryv1.EndpointSlice{
			newSlice("web", 8000, ready("10.77.0.2")),
			newSlice("db", 5432, named("db-0", ready("10.77.0.8")), named("db-1", ready("10.77.0.9")), named("db-2", conditions("10.77.0.7", false, false, false))),
			newSlice("idle", 80, conditions("10.77.0.7", false, false, false)),
		}))
	n.setHost("Shop.Example.com", netip.MustParseAddr("10.77.0.1"))
	n.setHost("gone.example.com", netip.MustParseAddr("10.77.0.1"))
	n.setHost("gone.example.com", netip.Addr{})

	cases := map[string]struct {
		name string
		kind uint16
		want []string
		code int
	}{
		"a Service":                              {name: "web.shop.svc.cluster.local", want: []string{"10.77.128.7"}},
		"a Service without the domain":           {name: "web.shop.svc", want: []string{"10.77.128.7"}},
		"a Service as the search path makes it":  {name: "web.shop", want: []string{"10.77.128.7"}},
		"a Service in other letters":             {name: "Web.shop.SVC.Cluster.Local", want: []string{"10.77.128.7"}},
		"a headless Service":                     {name: "db.shop.svc.cluster.local", want: []string{"10.77.0.8", "10.77.0.9"}},
		"a pod of a headless Service":            {name: "db-1.db.shop.svc", want: []string{"10.77.0.9"}},
		"a host":                                 {name: "shop.example.com", want: []string{"10.77.0.1"}},
		"AAAA of a Service":                      {name: "web.shop.svc", kind: dns.TypeAAAA},
		"AAAA of a host":                         {name: "shop.example.com", kind: dns.TypeAAAA},
		"AAAA of nothing":                        {name: "api.shop.svc", kind: dns.TypeAAAA, code: dns.RcodeNameError},
		"a pod that is not ready":                {name: "db-2.db.shop.svc", code: dns.RcodeNameError},
		"a headless Service with nothing ready":  {name: "idle.shop.svc", code: dns.RcodeNameError},
		"a pod without a name":                   {name: "web-0.web.shop.svc", code: dns.RcodeNameError},
		"a Service of another namespace":         {name: "web.default.svc", code: dns.RcodeNameError},
		"a Service alone":                        {name: "web", code: dns.RcodeNameError},
		"the domain without svc":                 {name: "web.shop.cluster.local", code: dns.RcodeNameError},
		"the domain twice":                       {name: "web.shop.svc.cluster.local.cluster.local", code: dns.RcodeNameError},
		"the world outside":                      {name: "example.com", code: dns.RcodeNameError},
		"a host that was taken away":             {name: "gone.example.com", code: dns.RcodeNameError},
		"what is below a host":                   {name: "www.shop.example.com", code: dns.RcodeNameError},
		"more labels than any name in a cluster": {name: "a.b.web.shop.svc", code: dns.RcodeNameError},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			kind := dns.TypeA
			if tc.kind != 0 {
				kind = tc.kind
			}
			reply := ask(n, tc.name, kind)
			if reply.Rcode != tc.code {
				t.Errorf("got %s, want %s", dns.RcodeToString[reply.Rcode], dns.RcodeToString[tc.code])
			}
			if diff := cmp.Diff(tc.want, addressesIn(reply)); diff != "" {
				t.Errorf("addresses (-want +got):\n%s", diff)
			}
			for _, answer := range reply.Answer {
				if header := answer.Header(); header.Ttl != 5 || header.Name != dns.Fqdn(tc.name) {
					t.Errorf("got the header %v", header)
				}
			}
		})
	}
}

func TestDNSFailsUntilTheClusterIsKnown(t *testing.T) {
	n := newNames()
	if reply := ask(n, "web.shop.svc", dns.TypeA); reply.Rcode != dns.RcodeServerFailure {
		t.Errorf("got %s, want SERVFAIL", dns.RcodeToString[reply.Rcode])
	}
	n.update(services{})
	if reply := ask(n, "web.shop.svc", dns.TypeA); reply.Rcode != dns.RcodeNameError {
		t.Errorf("got %s, want NXDOMAIN", dns.RcodeToString[reply.Rcode])
	}
}

func TestDNSTruncatesWhatDoesNotFit(t *testing.T) {
	var endpoints []discoveryv1.Endpoint
	for i := range 60 {
		endpoints = append(endpoints, ready(fmt.Sprintf("10.77.0.%d", 2+i)))
	}
	n := newNames()
	n.update(newServices("", []*corev1.Service{newService("db", corev1.ClusterIPNone)}, []*discoveryv1.EndpointSlice{newSlice("db", 80, endpoints...)}))
	cases := map[string]struct {
		local net.Addr
		edns  uint16
		limit int
	}{
		"UDP as of old":         {local: &net.UDPAddr{}, limit: 512},
		"UDP with a small size": {local: &net.UDPAddr{}, edns: 100, limit: 512},
		"UDP with a large size": {local: &net.UDPAddr{}, edns: 4096},
		"TCP":                   {local: &net.TCPAddr{}},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			question := new(dns.Msg).SetQuestion("db.shop.svc.", dns.TypeA)
			if tc.edns > 0 {
				question.SetEdns0(tc.edns, false)
			}
			r := &recorder{local: tc.local}
			n.ServeDNS(r, question)
			if isShort := tc.limit > 0; r.reply.Truncated != isShort || isShort && r.reply.Len() > tc.limit || !isShort && len(r.reply.Answer) != 60 {
				t.Errorf("got %d answers in %d bytes, truncated: %v", len(r.reply.Answer), r.reply.Len(), r.reply.Truncated)
			}
			if hasOption := r.reply.IsEdns0() != nil; hasOption != (tc.edns > 0) {
				t.Errorf("the reply has an EDNS option: %v", hasOption)
			}
		})
	}
}
