package external

import (
	"context"
	"sync"
	"testing"
)

// TestNoPlaceIsLost lets requests give up at the very moment in which they get their place.
func TestNoPlaceIsLost(t *testing.T) {
	g := &gate{limit: 3}
	var all sync.WaitGroup
	for range 2000 {
		ctx, cancel := context.WithCancel(t.Context())
		all.Go(func() {
			if g.enter(ctx) == nil {
				g.leave()
			}
		})
		all.Go(cancel)
	}
	all.Wait()
	if g.inUse != 0 || len(g.waiting) != 0 {
		t.Errorf("%d places in use, %d waiting, after all have left", g.inUse, len(g.waiting))
	}
}

// TestAPlaceGivenTooLateGoesToTheNext is the same moment, by hand.
func TestAPlaceGivenTooLateGoesToTheNext(t *testing.T) {
	g := &gate{limit: 1, inUse: 1}
	first, second := make(chan struct{}), make(chan struct{})
	g.waiting = []chan struct{}{first, second}
	g.leave()
	<-first
	g.giveUp(first)
	select {
	case <-second:
	default:
		t.Error("nobody got the place that was given up")
	}
	g.leave()
	if g.inUse != 0 {
		t.Errorf("%d places in use", g.inUse)
	}
}
