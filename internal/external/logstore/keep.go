package logstore

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/tux-io/tux-monitoring-operator/internal/fault"
	"github.com/tux-io/tux-monitoring-operator/internal/plan/retention"
	plan "github.com/tux-io/tux-monitoring-operator/internal/plan/retention/store"
)

// ReasonOverwritten means somebody else writes the same objects; find out who.
const ReasonOverwritten = "Overwritten"

const (
	// unstableDelay is long: each try writes, and if it is the log store that adds something we do not know, none will help.
	unstableDelay = 30 * time.Minute
	// tries is how often one run goes against somebody else who writes at the same time.
	tries = 3
)

// Client is one log store.
type Client interface {
	// Read returns what is stored of the tenant.
	Read(ctx context.Context, want plan.Want) (plan.State, error)
	// Write replaces one object, or fails with ErrConflict if it is not the one that was read any more.
	Write(ctx context.Context, object plan.Object, have plan.State) error
	// Judge looks whether it does what holds. It writes nothing.
	Judge(ctx context.Context, tenant string, holds retention.Commitment, have plan.State, now time.Time) (Judgement, error)
}

// Judgement is what a log store does, and what is needed to change that.
type Judgement struct {
	Verdict plan.Verdict
	// Stragglers follow an older revision of their policy, which they do not leave by themselves, and could; by policy.
	Stragglers map[string][]string
}

// Mover is a Client whose indices keep to the revision of a policy that they began with.
type Mover interface {
	// Move makes indices, which are given by policy, follow what their policies say now. The answers are of those that it got
	// to: why one cannot, or nothing.
	Move(ctx context.Context, indices map[string][]string) (answers map[string]string, err error)
}

// Counter is a Client that counts the lines of a data stream between two times.
type Counter interface {
	Count(ctx context.Context, stream string, from, to time.Time) (int64, error)
}

// Report is what a run found and did.
type Report struct {
	// Result is what is written; without a state nothing is known.
	Result retention.Result
	// Corrected are the objects that were written.
	Corrected []string
	// Moved are the indices that were told to follow another revision of their policy.
	Moved []string
	// Told is what the next Keeper should know.
	Told plan.Told
	// Judged says that the verdict is one.
	Judged  bool
	Verdict plan.Verdict
}

// Keeper keeps tenants of one log store.
type Keeper struct {
	Dialect plan.Dialect
	Client  Client
	// Told is what a run before has told indices; without it they are told again.
	Told plan.Told
}

// Keep brings a tenant in step, and looks whether the log store does what was written. It writes nothing if nothing
// differs. With an error the report says how far it came.
func (k Keeper) Keep(ctx context.Context, want plan.Want, now time.Time) (Report, error) {
	r := Report{Told: k.Told}
	var decision plan.Decision
	have, err := k.settle(ctx, want, &decision, &r)
	if err != nil {
		return r, err
	}
	r.Result = decision.Result
	found, err := k.judge(ctx, &r, have, now)
	if err != nil {
		return r, err
	}
	return r, k.move(ctx, want, decision.Objects, found.Stragglers, now, &r)
}

// move makes indices follow their policies, but none that may not be what was decided: where nothing may be written a
// policy may be anybody's, and what it says now would delete.
func (k Keeper) move(
	ctx context.Context, want plan.Want, objects []plan.Object, stragglers map[string][]string, now time.Time, r *Report,
) error {
	mover, ok := k.Client.(Mover)
	if !ok || len(objects) == 0 || len(stragglers) == 0 {
		return nil
	}
	// An index takes the revision that is stored then, and to judge them all takes a while.
	have, err := k.Client.Read(ctx, want)
	if err != nil {
		return err
	}
	if drift, err := k.Dialect.Drift(objects, have); err != nil || len(drift) > 0 {
		return err // the next look corrects it first
	}
	var answers map[string]string
	if due := k.Told.Due(stragglers, have.Revisions, now); len(due) > 0 {
		answers, err = mover.Move(ctx, due)
		r.Moved = plan.Moves(due, answers, k.Dialect.Policy)
	}
	r.Told = k.Told.After(stragglers, have.Revisions, answers, now)
	r.Verdict.Differences = append(r.Verdict.Differences, r.Told.Refusals(stragglers, k.Dialect.Policy)...)
	return err
}

// Inspect does what Keep does, and writes nothing: Corrected are the objects that it would write.
func (k Keeper) Inspect(ctx context.Context, want plan.Want, now time.Time) (Report, error) {
	var r Report
	have, err := k.Client.Read(ctx, want)
	if err != nil {
		return r, err
	}
	decision, err := k.Dialect.Decide(want, have)
	if err != nil {
		return r, err
	}
	drift, err := k.Dialect.Drift(decision.Objects, have)
	if err != nil {
		return r, err
	}
	for _, object := range drift {
		r.Corrected = append(r.Corrected, object.String())
	}
	r.Result = decision.Result
	_, err = k.judge(ctx, &r, have, now)
	return r, err
}

// Estimate counts the lines that would go, by class, if somebody accepted the decreases that are held.
func (k Keeper) Estimate(ctx context.Context, r retention.Result, now time.Time) (map[string]int64, error) {
	counter, ok := k.Client.(Counter)
	if !ok || r.Holds == nil || r.Acknowledgement == "" {
		return nil, nil
	}
	going := map[string]int64{}
	for _, decrease := range r.Held {
		if decrease.Protected {
			continue // nobody can accept it
		}
		for _, q := range plan.Going(r.Tenant, *r.Holds, decrease) {
			n, err := counter.Count(ctx, q.Stream, now.Add(-q.Eldest), now.Add(-q.Youngest))
			if err != nil {
				return nil, err
			}
			going[q.Class] += n
		}
	}
	return going, nil
}

// settle writes what differs, and returns what there is then. If somebody else writes at the same time it looks again
// and decides anew, so often and no more.
func (k Keeper) settle(ctx context.Context, want plan.Want, decision *plan.Decision, r *Report) (plan.State, error) {
	var conflict error
	for range tries {
		have, err := k.Client.Read(ctx, want)
		if err != nil {
			return have, err
		}
		if *decision, err = k.Dialect.Decide(want, have); err != nil {
			return have, err
		}
		done, err := k.correct(ctx, want, *decision, have)
		r.Corrected = append(r.Corrected, done...)
		if errors.Is(err, ErrConflict) {
			conflict = err
			continue
		}
		if err != nil || len(r.Corrected) == 0 {
			return have, err
		}
		// What was written is read back: the answer to a write says only that it was taken.
		if have, err = k.Client.Read(ctx, want); err != nil {
			return have, err
		}
		return have, k.confirmed(decision.Objects, have)
	}
	return plan.State{}, fault.Waiting(unstableDelay, ReasonOverwritten, fmt.Errorf("%w, %d times in a row", conflict, tries))
}

// judge looks whether the log store does what the result says that holds.
func (k Keeper) judge(ctx context.Context, r *Report, have plan.State, now time.Time) (Judgement, error) {
	if r.Result.Holds == nil {
		return Judgement{}, nil
	}
	found, err := k.Client.Judge(ctx, r.Result.Tenant, *r.Result.Holds, have, now)
	if err != nil {
		return found, err
	}
	r.Judged, r.Verdict = true, found.Verdict
	return found, nil
}

// correct writes what differs. After the ledger it is read again: if two want a tenant that was nobody's, whoever wrote
// last has it, and the other must not go on.
func (k Keeper) correct(ctx context.Context, want plan.Want, decision plan.Decision, have plan.State) ([]string, error) {
	drift, err := k.Dialect.Drift(decision.Objects, have)
	if err != nil {
		return nil, err
	}
	var done []string
	for _, object := range drift {
		if err := k.Client.Write(ctx, object, have); err != nil {
			return done, err
		}
		done = append(done, object.String())
		if object.Kind != plan.ComponentTemplate {
			continue
		}
		again, err := k.Client.Read(ctx, want)
		if err != nil {
			return done, err
		}
		if settled, err := k.Dialect.Decide(want, again); err != nil || settled.Result.State == retention.Conflict {
			return done, errors.Join(err, errOverwritten)
		}
	}
	return done, nil
}

var errOverwritten = errors.New("somebody else wrote the ledger of the tenant at the same time")

// confirmed fails if something that was written reads otherwise.
func (k Keeper) confirmed(objects []plan.Object, have plan.State) error {
	still, err := k.Dialect.Drift(objects, have)
	if err != nil || len(still) == 0 {
		return err
	}
	var names []string
	for _, object := range still {
		names = append(names, object.String())
	}
	return fault.Waiting(unstableDelay, ReasonOverwritten, fmt.Errorf(
		"%s reads otherwise than it was written, somebody else writes it or %s adds to it", strings.Join(names, ", "), k.Dialect.Name))
}

// HasLine asks whether a data stream has a line between two times.
type HasLine func(ctx context.Context, stream string, from, to time.Time) (bool, error)

// Overdue are the classes with lines that should be gone: one request for each that has a data stream.
func Overdue(
	ctx context.Context, tenant string, holds retention.Commitment, streams []plan.DataStream, now time.Time, has HasLine,
) ([]string, error) {
	var all []string
	there := map[string]bool{}
	for _, stream := range streams {
		there[stream.Name] = true
	}
	for _, q := range plan.Questions(tenant, holds) {
		if !there[q.Stream] {
			continue
		}
		found, err := has(ctx, q.Stream, now.Add(-q.Eldest), now.Add(-q.Youngest))
		if err != nil {
			return nil, err
		}
		if found {
			all = append(all, q.Class)
		}
	}
	return all, nil
}

// Line is the query for one that is not older than from, and older than to.
func Line(from, to time.Time) map[string]any {
	return map[string]any{"query": map[string]any{"range": map[string]any{
		"@timestamp": map[string]any{"gte": from.UnixMilli(), "lt": to.UnixMilli(), "format": "epoch_millis"},
	}}}
}

// Counted is an answer to such a query.
type Counted struct {
	Count  int64 `json:"count"`
	Shards struct {
		Failed int `json:"failed"`
	} `json:"_shards"`
}

// Any says whether there is one. One line that is found is enough; none is only an answer if everything was looked through.
func (c Counted) Any(name string) (bool, error) {
	if c.Count == 0 && c.Shards.Failed > 0 {
		return false, fmt.Errorf("cannot %s: %d shards did not answer", name, c.Shards.Failed)
	}
	return c.Count > 0, nil
}

// All is how many there are.
func (c Counted) All(name string) (int64, error) {
	if c.Shards.Failed > 0 {
		return 0, fmt.Errorf("cannot %s: %d shards did not answer", name, c.Shards.Failed)
	}
	return c.Count, nil
}
