package controllers

import (
	"context"
	"errors"
	"sync"
	"time"

	tuxv1alpha1 "github.com/tux-io/tux-monitoring-operator/api/v1alpha1"
	"github.com/tux-io/tux-monitoring-operator/internal/fault"
	"github.com/tux-io/tux-monitoring-operator/internal/plan/retention"
)

// place is what one run at a time may change: a tenant of a store, or a LokiStack.
type place struct {
	backend retention.Backend
	// at is the URL of the store, or the LokiStack.
	at, tenant string
}

// places says where somebody is. The zero value is that nobody is anywhere.
type places struct{ taken sync.Map }

func (p *places) of(at place) chan struct{} {
	found, _ := p.taken.LoadOrStore(at, make(chan struct{}, 1))
	room, _ := found.(chan struct{})
	return room
}

// try enters a place, and fails at once if somebody is there: who waits would take a worker from all others.
func (p *places) try(at place, again time.Duration) (leave func(), err error) {
	room := p.of(at)
	select {
	case room <- struct{}{}:
		return func() { <-room }, nil
	default:
		return nil, fault.Waiting(again, tuxv1alpha1.ReasonPending, errOccupied)
	}
}

// enter waits for a place as long as ctx lasts.
func (p *places) enter(ctx context.Context, at place) (leave func(), err error) {
	room := p.of(at)
	select {
	case room <- struct{}{}:
		return func() { <-room }, nil
	case <-ctx.Done():
		return nil, ctx.Err()
	}
}

// errOccupied passes by itself, and says nothing about what is written.
var errOccupied = errors.New("another resource is being written there")
