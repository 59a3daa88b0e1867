package network

import (
	"context"
	"io"
	"math/rand/v2"
	"net"
	"sync"
	"sync/atomic"
	"time"
)

// dialTimeout is generous: who connects has a timeout of its own, as without a proxy between.
const dialTimeout = 30 * time.Second

// listener accepts connections for one port of a ClusterIP.
type listener struct {
	net.Listener
	// backends are never empty.
	backends atomic.Pointer[[]string]
}

func (l *listener) pick() string {
	backends := *l.backends.Load()
	return backends[rand.IntN(len(backends))] //nolint:gosec // nobody gains from guessing it
}

// close refuses new connections; those that exist stay.
func (l *listener) close() {
	// There is nothing to do about a listener that cannot be closed, and no reason known why it could not.
	_ = l.Close()
}

// forward connects client and backend until one has enough or ctx ends. A backend that cannot be reached
// is a reset for the client.
func forward(ctx context.Context, client *net.TCPConn, backend string) {
	connection, err := (&net.Dialer{Timeout: dialTimeout}).DialContext(ctx, "tcp4", backend)
	if err != nil {
		reset(client)
		return
	}
	server := connection.(*net.TCPConn)
	stop := context.AfterFunc(ctx, func() { reset(client, server) })
	defer stop()
	var both sync.WaitGroup
	both.Go(func() { pipe(server, client) })
	both.Go(func() { pipe(client, server) })
	both.Wait()
	closeAll(client, server)
}

// pipe passes on the bytes of one direction, and its end: a close as a close, a reset as a reset.
func pipe(to, from *net.TCPConn) {
	if _, err := io.Copy(to, from); err != nil {
		reset(to, from)
		return
	}
	// It fails if the other direction has been reset meanwhile, which ends this one too.
	_ = to.CloseWrite()
}

// reset makes the other ends see a reset, not an orderly end.
func reset(connections ...*net.TCPConn) {
	for _, connection := range connections {
		// It fails on a closed connection, which needs no reset.
		_ = connection.SetLinger(0)
	}
	closeAll(connections...)
}

func closeAll(connections ...*net.TCPConn) {
	for _, connection := range connections {
		// A second close fails and changes nothing.
		_ = connection.Close()
	}
}
