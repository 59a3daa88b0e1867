package external

import (
	"context"
	"fmt"
	"slices"
	"strings"
)

// Desired is a wanted state that can compare itself with an observed one.
type Desired[T any] interface {
	// Drift names the fields which the receiver sets and observed has otherwise, sorted. A field the
	// receiver does not set is none of our business and never in the answer.
	Drift(observed T) []string
}

// Syncer does the I/O of one external object; what is wanted comes from the plan.
type Syncer[T any] interface {
	// Observe reads, and only reads.
	Observe(ctx context.Context) (T, error)
	// Update writes the named fields of want and no others, in an order that is safe when it is cut
	// short after any of them.
	Update(ctx context.Context, want T, fields []string) error
}

// Outcome is what a run found and did.
type Outcome struct {
	// Corrected are the fields that were different and are now as wanted.
	Corrected []string
	// Ignored are the fields that were written without an error and are different all the same.
	Ignored []string
}

// Run brings an object into the wanted state. It writes nothing if nothing differs, and after a write
// it reads back: a system that answers 200 and keeps its own value has ignored the field. The fields
// the last run found ignored are not written again, for the same want is ignored again; hand in none
// of them to try once more.
func Run[T Desired[T]](ctx context.Context, s Syncer[T], want T, ignored []string) (Outcome, error) {
	observed, err := s.Observe(ctx)
	if err != nil {
		return Outcome{Ignored: ignored}, err
	}
	drift := want.Drift(observed)
	fields := without(drift, ignored)
	if len(fields) == 0 {
		return Outcome{Ignored: drift}, nil
	}
	if err := s.Update(ctx, want, fields); err != nil {
		return Outcome{Ignored: ignored}, err
	}
	if observed, err = s.Observe(ctx); err != nil {
		return Outcome{Ignored: ignored}, fmt.Errorf("cannot read back %s: %w", strings.Join(fields, ", "), err)
	}
	return judge(fields, want.Drift(observed), ignored)
}

// judge says what became of the written fields, given what differs after the write.
func judge(written, still, ignored []string) (Outcome, error) {
	outcome := Outcome{Corrected: without(written, still)}
	known := slices.Concat(written, ignored)
	for _, field := range still {
		if slices.Contains(known, field) {
			outcome.Ignored = append(outcome.Ignored, field)
		}
	}
	if late := without(still, known); len(late) > 0 {
		return outcome, fmt.Errorf("%s changed while other fields were written", strings.Join(late, ", "))
	}
	return outcome, nil
}

// without returns the elements of list that are not in drop.
func without(list, drop []string) []string {
	var rest []string
	for _, one := range list {
		if !slices.Contains(drop, one) {
			rest = append(rest, one)
		}
	}
	return rest
}
