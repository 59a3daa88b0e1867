package external

import (
	"context"
	"time"
)

// Clock is where the time of day comes from.
type Clock struct {
	Now   func() time.Time
	After func(time.Duration) <-chan time.Time
}

// SystemClock returns the clock of this machine.
func SystemClock() Clock {
	//nolint:forbidigo // this is the one place of the package that hands it in
	return Clock{Now: time.Now, After: time.After}
}

// sleep waits for d or until ctx ends, whose error it then returns.
func (c Clock) sleep(ctx context.Context, d time.Duration) error {
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-c.After(d):
		return nil
	}
}
