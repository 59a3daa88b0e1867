package external

import (
	"context"
	"fmt"
	"sync"
	"time"

	"github.com/tux-io/tux-monitoring-operator/internal/fault"
)

// Runner runs tasks when they are due, and remembers how that went. Tell, Ask and Forget never wait
// for a task.
type Runner struct {
	config RunnerConfig
	// wake has room for one: that something changed is all it says.
	wake    chan struct{}
	mu      sync.Mutex
	entries map[Key]*entry
	running int
}

// NewRunner returns a runner without tasks, which does nothing before it is started.
func NewRunner(config RunnerConfig) (*Runner, error) {
	if err := config.validate(); err != nil {
		return nil, err
	}
	return &Runner{config: config, wake: make(chan struct{}, 1), entries: map[Key]*entry{}}, nil
}

// Tell hands in what is wanted now, and returns what is known about it. The zero result means: not
// run yet under this fingerprint, Done will say when it was.
func (r *Runner) Tell(task Task) Result {
	r.mu.Lock()
	defer r.mu.Unlock()
	e := r.entries[task.Key]
	if e == nil {
		e = &entry{}
		r.entries[task.Key] = e
		e.accept(task, r.firstDue(task))
		r.poke()
		return e.result
	}
	if e.dropped || e.task.Fingerprint != task.Fingerprint {
		e.accept(task, r.config.Clock.Now())
		r.poke()
	}
	// The closure may hold newer clients, even if it does the same.
	e.task = task
	return e.result
}

// Forget drops a task. A run that is under way is told to stop; false means that it has not ended yet
// and that its last request may still arrive, so that who deletes things should come back.
func (r *Runner) Forget(key Key) bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	e := r.entries[key]
	if e == nil {
		return true
	}
	if e.cancel != nil {
		e.dropped = true
		e.cancel()
		return false
	}
	delete(r.entries, key)
	return true
}

// Late is how many tasks should have been run longer ago than a time, and are neither run nor running: there are too few
// workers, or they hang.
func (r *Runner) Late(by time.Duration) int {
	r.mu.Lock()
	defer r.mu.Unlock()
	late, before := 0, r.config.Clock.Now().Add(-by)
	for _, e := range r.entries {
		if e.cancel == nil && !e.result.Due.IsZero() && e.result.Due.Before(before) {
			late++
		}
	}
	return late
}

// Start runs tasks until ctx ends, and returns when the last of them has ended too.
func (r *Runner) Start(ctx context.Context) error {
	var workers sync.WaitGroup
	defer workers.Wait()
	for {
		var alarm <-chan time.Time
		if wait, ok := r.launch(ctx, &workers); ok {
			alarm = r.config.Clock.After(wait)
		}
		select {
		case <-ctx.Done():
			return nil
		case <-r.wake:
		case <-alarm:
		}
	}
}

// launch starts what is due, as far as there are workers, and returns the time until the next task
// is due, if there is one that a free worker waits for.
func (r *Runner) launch(ctx context.Context, workers *sync.WaitGroup) (time.Duration, bool) {
	r.mu.Lock()
	defer r.mu.Unlock()
	for r.running < r.config.Workers {
		e := r.next()
		if e == nil {
			return 0, false
		}
		if wait := e.result.Due.Sub(r.config.Clock.Now()); wait > 0 {
			return wait, true
		}
		r.running++
		run, cancel := context.WithTimeout(ctx, r.config.Timeout)
		e.cancel = cancel
		task, epoch, last := e.task, e.epoch, e.result.Outcome
		workers.Go(func() {
			defer cancel()
			outcome, err := guarded(run, task, last)
			if ctx.Err() != nil {
				return // the end of the process is no failure of the system
			}
			r.finish(e, epoch, outcome, err)
		})
	}
	return 0, false
}

// next is the entry that is due first and not running.
func (r *Runner) next() *entry {
	var first *entry
	for _, e := range r.entries {
		if e.cancel != nil || e.result.Due.IsZero() {
			continue
		}
		if first == nil || e.result.Due.Before(first.result.Due) {
			first = e
		}
	}
	return first
}

// guarded turns a panic into an error: one bad answer of one system must not end the operator.
func guarded(ctx context.Context, task Task, last Outcome) (outcome Outcome, err error) {
	defer func() {
		if cause := recover(); cause != nil {
			err = fault.Terminal(ReasonPanicked, fmt.Errorf("the sync of %s panicked: %v", task.Key.System, cause))
		}
	}()
	return task.Sync(ctx, last)
}

// finish keeps the result of a run, unless the task was replaced or dropped while it ran.
func (r *Runner) finish(e *entry, epoch int, outcome Outcome, err error) {
	r.mu.Lock()
	r.running--
	e.cancel = nil
	key, result, current, news := e.task.Key, Result{}, e.epoch == epoch && !e.dropped, false
	if current {
		news = e.note(r.config, outcome, err)
		result = e.result
	}
	if e.dropped {
		delete(r.entries, key)
	}
	r.mu.Unlock()
	r.poke()
	if current {
		r.config.Done(key, result, news)
	}
}

func (r *Runner) firstDue(task Task) time.Time {
	now := r.config.Clock.Now()
	if task.Settled {
		return now.Add(time.Duration(float64(r.config.Spread) * r.config.Jitter()))
	}
	return now
}

func (r *Runner) poke() {
	select {
	case r.wake <- struct{}{}:
	default:
	}
}
