package external

import (
	"context"
	"slices"
	"time"

	"github.com/tux-io/tux-monitoring-operator/internal/fault"
)

// entry is the memory of one task.
type entry struct {
	task     Task
	result   Result
	failures int
	// epoch counts the tasks accepted, to tell a run of an older one.
	epoch int
	// cancel is set while the task runs.
	cancel context.CancelFunc
	// dropped: forget it when it has ended.
	dropped bool
}

// accept takes over a task with a new fingerprint; a run under the old one is of no use any more.
func (e *entry) accept(task Task, due time.Time) {
	if e.cancel != nil {
		e.cancel()
	}
	*e = entry{task: task, epoch: e.epoch + 1, cancel: e.cancel, result: Result{Due: due}}
}

// note keeps how a run went and returns whether that is news.
func (e *entry) note(config RunnerConfig, outcome Outcome, err error) bool {
	last, now := e.result, config.Clock.Now()
	e.result = Result{Ran: true, Synced: last.Synced || err == nil, Outcome: outcome, Err: err}
	e.failures++
	if err == nil {
		e.failures = 0
	} else if e.result.FailingSince = last.FailingSince; last.FailingSince.IsZero() {
		e.result.FailingSince = now
	}
	if after, ok := config.delay(e.failures, err); ok {
		e.result.Due = now.Add(after)
	}
	return !last.Ran || text(last.Err) != text(err) || len(outcome.Corrected) > 0 ||
		!slices.Equal(last.Outcome.Ignored, outcome.Ignored)
}

// delay is the time until the next run; false means that only a new fingerprint can help. Of several
// joined errors the first that can go away by itself decides.
func (c *RunnerConfig) delay(failures int, err error) (time.Duration, bool) {
	if err == nil {
		return c.around(c.Interval), true
	}
	shortest, found := time.Duration(0), false
	for _, leaf := range fault.Leaves(err) {
		if _, ok := fault.AsTerminal(leaf); ok {
			continue
		}
		after := c.after(failures, leaf)
		if !found || after < shortest {
			shortest, found = after, true
		}
	}
	if !found && c.Recheck > 0 {
		return c.around(c.Recheck), true
	}
	return shortest, found
}

func (c *RunnerConfig) after(failures int, err error) time.Duration {
	if waiting, ok := fault.AsWaiting(err); ok {
		// Never earlier than asked for.
		after := max(waiting.After, c.MinBackoff)
		return after + time.Duration(float64(after)*0.2*c.Jitter())
	}
	after := c.MinBackoff << min(failures-1, 20)
	return c.around(min(after, c.MaxBackoff))
}

// around is d, give or take a tenth.
func (c *RunnerConfig) around(d time.Duration) time.Duration {
	return time.Duration(float64(d) * (0.9 + 0.2*c.Jitter()))
}

func text(err error) string {
	if err == nil {
		return ""
	}
	return err.Error()
}
