// Package ports finds addresses for servers that are started with one.
package ports

import (
	"context"
	"errors"
	"math/rand/v2"
	"net"
	"strconv"
	"sync"
)

// The kernel gives who connects, or listens at port 0, a port of ip_local_port_range, which begins at 32768; services of
// Kubernetes have those from 30000 on. A port below is not taken by chance until its server has started, or while it is
// started once more.
const first, count = 20000, 10000

var (
	mu sync.Mutex
	// given are not given again: their servers may not listen yet.
	given = map[int]bool{}
)

// Free is a port of the loopback address nobody listens at. Where it looks first is random, so that processes which look at
// the same time find different ones.
func Free(ctx context.Context) (int, error) { return free(ctx, rand.IntN(count)) } //nolint:gosec // no secret

func free(ctx context.Context, start int) (int, error) {
	mu.Lock()
	defer mu.Unlock()
	var last error
	for i := range count {
		port := first + (start+i)%count
		if given[port] {
			continue
		}
		listener, err := (&net.ListenConfig{}).Listen(ctx, "tcp", loopback(port))
		if err != nil {
			last = err
			continue
		}
		given[port] = true
		return port, listener.Close()
	}
	return 0, errors.Join(errors.New("cannot find a free port"), last)
}

// FreeAddress is Free with its host.
func FreeAddress(ctx context.Context) (string, error) {
	port, err := Free(ctx)
	return loopback(port), err
}

func loopback(port int) string { return net.JoinHostPort("127.0.0.1", strconv.Itoa(port)) }
