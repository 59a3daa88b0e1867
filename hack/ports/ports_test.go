package ports

import (
	"net"
	"testing"
)

// TestFree: a port where somebody listens is left out, and so is one that was given before.
func TestFree(t *testing.T) {
	const start = 4321
	taken, err := net.Listen("tcp", loopback(first+start))
	if err == nil { // else somebody else listens there, which is as good
		defer func() { _ = taken.Close() }()
	}
	one, err := free(t.Context(), start)
	if err != nil || one <= first+start {
		t.Fatalf("beside a taken port: %d, %v", one, err)
	}
	if two, err := free(t.Context(), start); err != nil || two <= one {
		t.Errorf("after %d: %d, %v", one, two, err)
	}
	listener, err := net.Listen("tcp", loopback(one))
	if err != nil {
		t.Fatalf("what is given is not free: %v", err)
	}
	_ = listener.Close()
}

// TestTheEndIsFollowedByTheBeginning, and when all are given that is said.
func TestTheEndIsFollowedByTheBeginning(t *testing.T) {
	for range 2 {
		if port, err := free(t.Context(), count-1); err != nil || port < first || port >= first+count {
			t.Errorf("%d, %v", port, err)
		}
	}
	for i := range count {
		given[first+i] = true
	}
	if address, err := FreeAddress(t.Context()); err == nil {
		t.Errorf("%s is given twice", address)
	}
}
