package network

import (
	"context"
	"errors"
	"io"
	"net"
	"syscall"
	"testing"
	"time"
)

// patience is how long anything may take; only a failure waits that long.
const patience = 20 * time.Second

// connect returns both ends of a connection; only the client's operations end after patience.
func connect(t *testing.T) (client, server *net.TCPConn) {
	t.Helper()
	l, err := net.Listen("tcp4", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = l.Close() }()
	dialed, err := net.Dial("tcp4", l.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	accepted, err := l.Accept()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _, _ = dialed.Close(), accepted.Close() })
	if err := dialed.SetDeadline(time.Now().Add(patience)); err != nil {
		t.Fatal(err)
	}
	return dialed.(*net.TCPConn), accepted.(*net.TCPConn)
}

// serveOnce returns the address of a backend that handles one connection.
func serveOnce(t *testing.T, handle func(*net.TCPConn)) string {
	t.Helper()
	l, err := net.Listen("tcp4", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = l.Close() })
	go func() {
		if c, err := l.Accept(); err == nil {
			handle(c.(*net.TCPConn))
		}
	}()
	return l.Addr().String()
}

func echo(c *net.TCPConn) {
	_, _ = io.Copy(c, c)
	_ = c.Close()
}

func TestForwardPassesBytesAndTheEndOfEachDirection(t *testing.T) {
	client, accepted := connect(t)
	go forward(t.Context(), accepted, serveOnce(t, echo))
	if _, err := client.Write([]byte("hello")); err != nil {
		t.Fatal(err)
	}
	// The echo ends only when it has seen the end of what we write, and we read after that.
	if err := client.CloseWrite(); err != nil {
		t.Fatal(err)
	}
	if got, err := io.ReadAll(client); err != nil || string(got) != "hello" {
		t.Errorf("got %q and error %v", got, err)
	}
}

func TestForwardPassesResets(t *testing.T) {
	refusing, err := net.Listen("tcp4", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	_ = refusing.Close()
	ended, end := context.WithCancel(t.Context())
	end()
	cases := map[string]struct {
		ctx     context.Context
		backend string
	}{
		"a backend that refuses": {t.Context(), refusing.Addr().String()},
		"a backend that resets":  {t.Context(), serveOnce(t, func(c *net.TCPConn) { reset(c) })},
		"the end of the network": {ended, serveOnce(t, echo)},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			client, accepted := connect(t)
			go forward(tc.ctx, accepted, tc.backend)
			if got, err := client.Read(make([]byte, 1)); !errors.Is(err, syscall.ECONNRESET) {
				t.Errorf("got %d bytes and error %v, want a reset", got, err)
			}
		})
	}
}

func TestForwardPassesAResetOfTheClient(t *testing.T) {
	client, accepted := connect(t)
	seen := make(chan error, 1)
	go forward(t.Context(), accepted, serveOnce(t, func(c *net.TCPConn) {
		_, err := c.Write([]byte("?"))
		if err == nil {
			_, err = c.Read(make([]byte, 1))
		}
		seen <- err
	}))
	// The connection is through once the first byte is here.
	if _, err := client.Read(make([]byte, 1)); err != nil {
		t.Fatal(err)
	}
	reset(client)
	if err := <-seen; !errors.Is(err, syscall.ECONNRESET) {
		t.Errorf("the backend saw %v, want a reset", err)
	}
}

func TestForwardEndsWithTheNetwork(t *testing.T) {
	ctx, end := context.WithCancel(t.Context())
	client, accepted := connect(t)
	done := make(chan struct{})
	backend := serveOnce(t, echo)
	go func() { forward(ctx, accepted, backend); close(done) }()
	if _, err := client.Write([]byte("?")); err != nil {
		t.Fatal(err)
	}
	if _, err := client.Read(make([]byte, 1)); err != nil {
		t.Fatal(err)
	}
	end()
	if _, err := client.Read(make([]byte, 1)); !errors.Is(err, syscall.ECONNRESET) {
		t.Fatalf("got error %v, want a reset", err)
	}
	<-done
}

func TestPickUsesEveryBackend(t *testing.T) {
	l := &listener{}
	l.backends.Store(&[]string{"a", "b", "c"})
	seen := map[string]bool{}
	for range 1000 {
		seen[l.pick()] = true
	}
	if len(seen) != 3 {
		t.Errorf("only %v were picked", seen)
	}
}
