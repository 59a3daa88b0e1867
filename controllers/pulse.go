package controllers

import (
	"context"
	"time"
)

// CheckInReporter hears every few minutes, from the leader only, whether the work that is due by the clock is done.
type CheckInReporter interface {
	// CheckIn must not block. every is the time between two calls.
	CheckIn(every time.Duration, ok bool)
}

// pulseInterval is the time between two check-ins.
const pulseInterval = 10 * time.Minute

// pulse checks in. A process that is stuck or gone does not, which is what Sentry then tells of; one that lives and does not
// get round to its checks says so itself.
type pulse struct {
	every time.Duration
	// late is how many checks are overdue by more than a time.
	late   func(by time.Duration) int
	checks CheckInReporter
}

// Start implements manager.Runnable. The manager calls it on the leader only.
func (p *pulse) Start(ctx context.Context) error {
	ticker := time.NewTicker(p.every)
	defer ticker.Stop()
	for {
		p.checks.CheckIn(p.every, p.late(p.every) == 0)
		select {
		case <-ctx.Done():
			return nil
		case <-ticker.C:
		}
	}
}
