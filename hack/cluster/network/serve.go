package network

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/netip"
	"net/url"

	"golang.org/x/sync/errgroup"
	"k8s.io/apimachinery/pkg/types"
	"k8s.io/client-go/kubernetes"
	"k8s.io/client-go/rest"
)

// Serve answers DNS queries at the node's address and connections to ClusterIPs, as the Services and
// EndpointSlices of the cluster say, until ctx ends or the network is closed; then it returns nil. Until
// it has read the cluster the DNS server fails, so that resolvers try again. While the API server is
// away everything stays as it was.
func (n *Network) Serve(ctx context.Context, cfg *rest.Config) error {
	host, err := hostOf(cfg)
	if err != nil {
		return err
	}
	client, err := kubernetes.NewForConfig(cfg)
	if err != nil {
		return fmt.Errorf("cannot serve DNS and ClusterIPs: %w", err)
	}
	return n.serve(ctx, func(ctx context.Context) error { return n.follow(ctx, client, host) })
}

// serve runs the servers beside follow, which tells them what is in the cluster.
func (n *Network) serve(ctx context.Context, follow func(context.Context) error) error {
	ctx, done, err := n.begin(ctx)
	if err != nil {
		return err
	}
	defer done()
	server, err := listenDNS(netip.AddrPortFrom(n.Node(), 53), n.names)
	if err != nil {
		return err
	}
	group, ctx := errgroup.WithContext(ctx)
	group.Go(func() error { return server.serve(ctx) })
	group.Go(func() error { return follow(ctx) })
	err = group.Wait()
	n.apply(nil)
	return err
}

// begin returns a context that also ends with Close, which waits for done.
func (n *Network) begin(ctx context.Context) (_ context.Context, done func(), err error) {
	n.mu.Lock()
	defer n.mu.Unlock()
	if n.closed {
		return nil, nil, errors.New("cannot serve DNS and ClusterIPs: the network is closed")
	}
	ctx, cancel := context.WithCancel(ctx)
	stop := context.AfterFunc(n.closing, cancel)
	n.serving.Add(1)
	return ctx, func() { stop(); cancel(); n.serving.Done() }, nil
}

// apply takes effect before it returns.
func (n *Network) apply(s services) {
	n.names.update(s)
	n.proxy.update(s)
}

// BreakService refuses connections to the ClusterIP of a Service although it has endpoints, as when
// kube-proxy has lost its rules for it. Connections that exist stay. The error says that there is no such
// Service, so that nothing would break.
func (n *Network) BreakService(key types.NamespacedName) error { return n.proxy.breakService(key) }

// MendService ends what BreakService began.
func (n *Network) MendService(key types.NamespacedName) { n.proxy.mendService(key) }

// hostOf returns host:port of the API server.
func hostOf(cfg *rest.Config) (string, error) {
	base, _, err := rest.DefaultServerUrlFor(cfg)
	if err != nil {
		return "", fmt.Errorf("cannot find the API server: %w", err)
	}
	return net.JoinHostPort(base.Hostname(), portOf(base)), nil
}

func portOf(base *url.URL) string {
	switch {
	case base.Port() != "":
		return base.Port()
	case base.Scheme == "http":
		return "80"
	default:
		return "443"
	}
}
