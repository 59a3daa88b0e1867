package external

import (
	"context"
	"slices"
	"sync"
)

// gate lets a number of requests be under way at once, first come first served. The number may change
// at any time: a smaller one takes effect as requests end.
type gate struct {
	mu      sync.Mutex
	limit   int
	inUse   int
	waiting []chan struct{}
}

// enter waits for a place, which leave gives back, or for the end of ctx.
func (g *gate) enter(ctx context.Context) error {
	g.mu.Lock()
	if g.inUse < g.limit && len(g.waiting) == 0 {
		g.inUse++
		g.mu.Unlock()
		return nil
	}
	turn := make(chan struct{})
	g.waiting = append(g.waiting, turn)
	g.mu.Unlock()
	select {
	case <-turn:
		return nil
	case <-ctx.Done():
		g.giveUp(turn)
		return ctx.Err()
	}
}

// giveUp takes turn out of the row; a place that was given in the meantime goes to the next.
func (g *gate) giveUp(turn chan struct{}) {
	g.mu.Lock()
	defer g.mu.Unlock()
	if i := slices.Index(g.waiting, turn); i >= 0 {
		g.waiting = slices.Delete(g.waiting, i, i+1)
		return
	}
	g.inUse--
	g.admit()
}

func (g *gate) leave() {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.inUse--
	g.admit()
}

// resize changes the number of places; it is at least one, or nothing would ever tell us otherwise.
func (g *gate) resize(limit int) {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.limit = max(1, limit)
	g.admit()
}

// admit gives free places to those who wait. The caller holds the lock.
func (g *gate) admit() {
	for g.inUse < g.limit && len(g.waiting) > 0 {
		close(g.waiting[0])
		g.waiting = g.waiting[1:]
		g.inUse++
	}
}
