package main

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"time"
)

const (
	// look is the time between two looks at what is waited for.
	look = 300 * time.Millisecond
	// patience is for one wait; a busy machine needs a quarter of it.
	patience = 4 * time.Minute
	// kubectlPatience is for a wait that is shown as a command.
	kubectlPatience = "--timeout=180s"
)

// await looks until nothing is missing any more, and shows what is.
func (d *demo) await(ctx context.Context, what string, missing func(context.Context) string) error {
	s := d.printer.status(what)
	defer s.clear()
	for {
		left := missing(ctx)
		if left == "" {
			return nil
		}
		if s.elapsed() > patience {
			return fmt.Errorf("%s: not within %s: %s", what, patience, left)
		}
		s.show(left)
		select {
		case <-ctx.Done():
			return context.Cause(ctx)
		case <-time.After(look):
		}
	}
}

// milestone is something that must happen after an event.
type milestone struct {
	text string
	// missing returns what it takes until it has happened; "" when it has.
	missing func(context.Context) string
}

// watch prints each milestone with the time since the event when it is reached, in whatever order.
func (d *demo) watch(ctx context.Context, began time.Time, milestones ...milestone) error {
	left := slices.Clone(milestones)
	return d.await(ctx, "waiting", func(ctx context.Context) string {
		first := ""
		left = slices.DeleteFunc(left, func(m milestone) bool {
			missing := m.missing(ctx)
			if missing == "" && ctx.Err() == nil {
				d.printer.line("%s  %s", after(time.Since(began)), m.text)
				return true
			}
			first = cmp.Or(first, missing)
			return false
		})
		return first
	})
}

// after formats a time since an event so that several of them stand in a column.
func after(elapsed time.Duration) string { return fmt.Sprintf("%+6.1f s", elapsed.Seconds()) }

// linger lets time pass in which something might happen.
func (d *demo) linger(ctx context.Context, what string, until time.Time) error {
	return d.await(ctx, what, func(context.Context) string {
		if left := time.Until(until); left > 0 {
			return fmt.Sprintf("%.0f s to go", left.Seconds())
		}
		return ""
	})
}

// tenths is for times that nobody wants to know better.
func tenths(d time.Duration) time.Duration { return d.Round(100 * time.Millisecond) }
