package network

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/netip"
	"sync"

	"k8s.io/apimachinery/pkg/types"
)

// proxy listens on those ports of ClusterIPs that have somebody to answer, in the namespace that has all
// ClusterIPs: on the others, connections are refused by the kernel.
type proxy struct {
	namespace string
	addresses netip.Prefix
	out       io.Writer
	// ctx ends all connections.
	ctx context.Context
	// running counts goroutines.
	running sync.WaitGroup

	mu        sync.Mutex
	services  services
	broken    map[types.NamespacedName]bool
	listeners map[netip.AddrPort]*listener
	// problems are those told already, lest every change in the cluster tells them again.
	problems map[netip.AddrPort]string
}

func newProxy(ctx context.Context, namespace string, addresses netip.Prefix, out io.Writer) *proxy {
	return &proxy{
		ctx: ctx, namespace: namespace, addresses: addresses, out: out,
		broken:    map[types.NamespacedName]bool{},
		listeners: map[netip.AddrPort]*listener{},
		problems:  map[netip.AddrPort]string{},
	}
}

// update takes effect before it returns: new connections go to the new backends. Those that exist stay.
func (p *proxy) update(s services) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.services = s
	p.sync()
}

func (p *proxy) breakService(key types.NamespacedName) error {
	p.mu.Lock()
	defer p.mu.Unlock()
	if !p.services[key].clusterIP.IsValid() {
		return fmt.Errorf("cannot break Service %q: no such Service with a ClusterIP", key)
	}
	p.broken[key] = true
	p.sync()
	return nil
}

func (p *proxy) mendService(key types.NamespacedName) {
	p.mu.Lock()
	defer p.mu.Unlock()
	delete(p.broken, key)
	p.sync()
}

// close ends all; the context has ended already.
func (p *proxy) close() {
	p.update(nil)
	p.running.Wait()
}

func (p *proxy) sync() {
	wanted := backendsByAddress(p.services, p.broken)
	for address, l := range p.listeners {
		if _, ok := wanted[address]; !ok {
			l.close()
			delete(p.listeners, address)
		}
	}
	for address, backends := range wanted {
		if l, ok := p.listeners[address]; ok {
			l.backends.Store(&backends)
			continue
		}
		l, err := p.listen(address, backends)
		p.tell(address, err)
		if err == nil {
			p.listeners[address] = l
		}
	}
}

func (p *proxy) tell(address netip.AddrPort, err error) {
	if err == nil {
		delete(p.problems, address)
		return
	}
	if text := err.Error(); p.problems[address] != text {
		p.problems[address] = text
		fmt.Fprintln(p.out, text)
	}
}

func (p *proxy) listen(address netip.AddrPort, backends []string) (*listener, error) {
	if !p.addresses.Contains(address.Addr()) {
		return nil, fmt.Errorf("cannot serve ClusterIP %s: outside %s; is that the --service-cluster-ip-range?", address, p.addresses)
	}
	l := &listener{}
	l.backends.Store(&backends)
	config := net.ListenConfig{}
	// With MPTCP, Go's choice for listeners, a reset does not always look like one.
	config.SetMultipathTCP(false)
	err := inNamespace(p.namespace, func() (err error) {
		l.Listener, err = config.Listen(p.ctx, "tcp4", address.String())
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("cannot serve ClusterIP %s: %w", address, err)
	}
	p.running.Go(func() { p.accept(l) })
	return l, nil
}

// accept passes connections on until the listener is closed.
func (p *proxy) accept(l *listener) {
	for {
		client, err := l.Accept()
		if errors.Is(err, net.ErrClosed) {
			return
		}
		if err != nil {
			fmt.Fprintf(p.out, "cannot accept a connection to ClusterIP %s: %v\n", l.Addr(), err)
			continue
		}
		p.running.Go(func() { forward(p.ctx, client.(*net.TCPConn), l.pick()) })
	}
}

// backendsByAddress leaves out ports without backends and broken Services.
func backendsByAddress(s services, broken map[types.NamespacedName]bool) map[netip.AddrPort][]string {
	wanted := map[netip.AddrPort][]string{}
	for key, service := range s {
		if !service.clusterIP.IsValid() || broken[key] {
			continue
		}
		for _, port := range service.ports {
			if len(port.backends) > 0 {
				wanted[netip.AddrPortFrom(service.clusterIP, port.number)] = port.backends
			}
		}
	}
	return wanted
}
