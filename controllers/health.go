package controllers

import (
	"context"
	"fmt"
	"sync"
	"time"

	"k8s.io/apimachinery/pkg/types"
)

// hangLimit is how long a pass may run. It ends its requests after reconcileTimeout, so that one that still runs listens to
// nobody, and only a new process helps. TuxOperatorReconcileStuck has told before.
const hangLimit = 10 * time.Minute

// Health answers for the operator; both ask no API server.
type Health struct {
	// Ready: the caches hold the cluster. A permission that is missing keeps them from it. A replica that waits for
	// leadership is ready too, since it could take over at once.
	Ready func(context.Context) error
	// Live: no pass hangs.
	Live func(context.Context) error
}

// running knows which passes run; its zero value knows of none.
type running struct {
	mu    sync.Mutex
	since map[types.NamespacedName]time.Time
}

// begin notes a pass until end is called. A resource has one at a time.
func (r *running) begin(resource types.NamespacedName, now time.Time) (end func()) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.since == nil {
		r.since = map[types.NamespacedName]time.Time{}
	}
	r.since[resource] = now
	return func() {
		r.mu.Lock()
		defer r.mu.Unlock()
		delete(r.since, resource)
	}
}

// hangs is an error if a pass has been running for longer than hangLimit.
func (r *running) hangs(now time.Time) error {
	r.mu.Lock()
	defer r.mu.Unlock()
	for resource, since := range r.since {
		if took := now.Sub(since); took > hangLimit {
			return fmt.Errorf("the pass of %s has been running for %s", resource, took.Round(time.Second))
		}
	}
	return nil
}
