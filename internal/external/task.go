package external

import (
	"context"
	"errors"
	"time"
)

// Key names one object of one external system, as seen from the cluster.
type Key struct{ System, Namespace, Name string }

// Task is what has to be kept in step.
type Task struct {
	Key Key
	// Fingerprint changes with everything the result depends on: the wanted settings, the version of
	// the Secret with the credential, a request by a person. A new one makes the task due at once and
	// forgets what was learnt under the old one.
	Fingerprint string
	// Settled is true if the cluster says that this was in step before. Then the first check of this
	// process may wait its turn instead of asking about everything at once after a restart.
	Settled bool
	// Sync does it. It gets the outcome of the last run under the same fingerprint.
	Sync func(ctx context.Context, last Outcome) (Outcome, error)
}

// Result is what is known about a task. The zero value means that it was not run yet.
type Result struct {
	// Ran says that the task was run under this fingerprint.
	Ran bool
	// Synced says that at least one run under this fingerprint ended without an error.
	Synced  bool
	Outcome Outcome
	// Err is the error of the last run, sorted as in package fault.
	Err error
	// FailingSince is when the first of the runs failed that have failed in a row.
	FailingSince time.Time
	// Due is when the task is run next; zero means not before its fingerprint changes.
	Due time.Time
}

// RunnerConfig is what a Runner needs; all fields but Recheck are required.
type RunnerConfig struct {
	Clock Clock
	// Jitter returns a number in [0, 1).
	Jitter func() float64
	// Interval is the time between checks of a task that is in step.
	Interval time.Duration
	// Spread is the time over which the first checks of settled tasks are spread.
	Spread time.Duration
	// MinBackoff and MaxBackoff bound the time between runs that fail.
	MinBackoff, MaxBackoff time.Duration
	// Recheck is the time between runs of a task that only a person can help. It is long: it is there
	// for what is changed on the other side, such as a scope of the same token. 0 means never, then
	// only a new fingerprint helps.
	Recheck time.Duration
	// Timeout is how long one run may take.
	Timeout time.Duration
	// Workers is how many tasks run at once.
	Workers int
	// Done hears of every run, in a goroutine of the runner; news is true if the result reads
	// differently from the one before, or something was corrected. It must not block for long.
	Done func(key Key, result Result, news bool)
}

func (c *RunnerConfig) validate() error {
	if c.Clock.Now == nil || c.Clock.After == nil || c.Jitter == nil || c.Done == nil {
		return errors.New("clock, jitter and done are required")
	}
	if min(c.Interval, c.Spread, c.MinBackoff, c.Timeout) <= 0 || c.MaxBackoff < c.MinBackoff || c.Recheck < 0 || c.Workers < 1 {
		return errors.New("every duration and the number of workers must be positive")
	}
	return nil
}
