package network

import (
	"math/rand/v2"
	"net/netip"
	"slices"
	"strings"
	"sync"

	"github.com/miekg/dns"
	"k8s.io/apimachinery/pkg/types"
)

// clusterDomain is the one nearly every cluster has.
const clusterDomain = ".cluster.local"

// answerTTL in seconds, as CoreDNS has it by default.
const answerTTL = 5

// names answers for the whole world: what it does not know does not exist.
type names struct {
	mu sync.RWMutex
	// services is nil as long as the cluster is unknown.
	services services
	hosts    map[string]netip.Addr
}

func newNames() *names { return &names{hosts: map[string]netip.Addr{}} }

func (n *names) update(s services) {
	n.mu.Lock()
	defer n.mu.Unlock()
	n.services = s
}

func (n *names) setHost(host string, address netip.Addr) {
	n.mu.Lock()
	defer n.mu.Unlock()
	if !address.IsValid() {
		delete(n.hosts, canonical(host))
		return
	}
	n.hosts[canonical(host)] = address
}

func canonical(name string) string { return strings.ToLower(strings.TrimSuffix(name, ".")) }

// ServeDNS implements dns.Handler.
func (n *names) ServeDNS(w dns.ResponseWriter, request *dns.Msg) {
	reply := new(dns.Msg).SetReply(request)
	reply.Authoritative, reply.RecursionAvailable = true, true
	reply.Rcode = n.answer(reply)
	size := dns.MinMsgSize
	if option := request.IsEdns0(); option != nil {
		size = max(size, int(option.UDPSize()))
		reply.SetEdns0(option.UDPSize(), false)
	}
	if w.LocalAddr().Network() == "udp" {
		reply.Truncate(size)
	}
	// A client that has gone away asks again if it still wants to know.
	_ = w.WriteMsg(reply)
}

// answer adds the answers to the question of reply and returns its code.
func (n *names) answer(reply *dns.Msg) (code int) {
	question := reply.Question[0]
	addresses, code := n.lookup(canonical(question.Name))
	if question.Qtype != dns.TypeA {
		return code
	}
	for _, address := range addresses {
		header := dns.RR_Header{Name: question.Name, Rrtype: dns.TypeA, Class: dns.ClassINET, Ttl: answerTTL}
		reply.Answer = append(reply.Answer, &dns.A{Hdr: header, A: address.AsSlice()})
	}
	// Clients take the first; it shall not always be the same one.
	shuffle(reply.Answer)
	return code
}

func shuffle(answers []dns.RR) {
	//nolint:gosec // nobody gains from guessing the order
	rand.Shuffle(len(answers), func(i, j int) { answers[i], answers[j] = answers[j], answers[i] })
}

func (n *names) lookup(name string) ([]netip.Addr, int) {
	n.mu.RLock()
	defer n.mu.RUnlock()
	if address, ok := n.hosts[name]; ok {
		return []netip.Addr{address}, dns.RcodeSuccess
	}
	if n.services == nil {
		return nil, dns.RcodeServerFailure
	}
	addresses := n.services.addresses(name)
	if len(addresses) == 0 {
		return nil, dns.RcodeNameError
	}
	return addresses, dns.RcodeSuccess
}

// addresses returns none for a name that does not exist. A headless Service without ready endpoints does
// not, as in CoreDNS.
func (s services) addresses(name string) []netip.Addr {
	hostname, key, ok := parseName(name)
	if !ok {
		return nil
	}
	found, ok := s[key]
	if ok && hostname == "" && found.clusterIP.IsValid() {
		return []netip.Addr{found.clusterIP}
	}
	var addresses []netip.Addr
	for _, e := range found.endpoints {
		if hostname == "" || e.hostname == hostname {
			addresses = append(addresses, e.address)
		}
	}
	return slices.Compact(addresses)
}

// parseName reads [hostname.]service.namespace.svc, with the cluster's domain or without. It also reads
// service.namespace, which the search path of a pod in a real cluster completes.
func parseName(name string) (hostname string, key types.NamespacedName, ok bool) {
	name, isComplete := strings.CutSuffix(name, clusterDomain)
	labels := strings.Split(name, ".")
	last := len(labels) - 1
	isService := last >= 2 && labels[last] == "svc"
	if isService {
		labels = labels[:last]
	}
	switch {
	case len(labels) == 2 && (isService || !isComplete):
		return "", types.NamespacedName{Name: labels[0], Namespace: labels[1]}, true
	case len(labels) == 3 && isService:
		return labels[0], types.NamespacedName{Name: labels[1], Namespace: labels[2]}, true
	default:
		return "", types.NamespacedName{}, false
	}
}
