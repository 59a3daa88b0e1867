package network

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/netip"

	"github.com/miekg/dns"
	"golang.org/x/sync/errgroup"
)

// dnsServer listens already; serve answers.
type dnsServer struct{ udp, tcp *dns.Server }

func listenDNS(address netip.AddrPort, handler dns.Handler) (*dnsServer, error) {
	packets, err := net.ListenUDP("udp4", net.UDPAddrFromAddrPort(address))
	if err != nil {
		return nil, fmt.Errorf("cannot serve DNS: %w", err)
	}
	listener, err := net.ListenTCP("tcp4", net.TCPAddrFromAddrPort(address))
	if err != nil {
		return nil, errors.Join(fmt.Errorf("cannot serve DNS: %w", err), packets.Close())
	}
	return &dnsServer{
		udp: &dns.Server{PacketConn: packets, Handler: handler},
		tcp: &dns.Server{Listener: listener, Handler: handler},
	}, nil
}

// serve returns nil when ctx ends.
func (s *dnsServer) serve(ctx context.Context) error {
	group, ctx := errgroup.WithContext(ctx)
	for _, server := range []*dns.Server{s.udp, s.tcp} {
		started := make(chan struct{})
		server.NotifyStartedFunc = func() { close(started) }
		group.Go(server.ActivateAndServe)
		group.Go(func() error {
			<-ctx.Done()
			// A server that has not started cannot be shut down.
			<-started
			return server.Shutdown()
		})
	}
	if err := group.Wait(); err != nil {
		return fmt.Errorf("cannot serve DNS: %w", err)
	}
	return nil
}
