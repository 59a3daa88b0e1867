package elastic

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/tux-io/tux-monitoring-operator/internal/external"
	"github.com/tux-io/tux-monitoring-operator/internal/fault"
	"github.com/tux-io/tux-monitoring-operator/internal/plan/retention"
	plan "github.com/tux-io/tux-monitoring-operator/internal/plan/retention/elastic"
)

// ReasonOverwritten means somebody else writes the same objects; find out who.
const ReasonOverwritten = "Overwritten"

// unstableDelay is long: each try writes, and if it is Elasticsearch that adds something we do not know, none will help.
const unstableDelay = 30 * time.Minute

// Report is what a run found and did.
type Report struct {
	// Result is what is written; without a state nothing is known.
	Result retention.Result
	// Corrected are the objects that were written.
	Corrected []string
	// Judged says that the verdict is one.
	Judged  bool
	Verdict plan.Verdict
}

// Keep brings a tenant in step, and looks whether Elasticsearch does what was written. It writes nothing if nothing
// differs. With an error the report says how far it came.
func Keep(ctx context.Context, c *Client, want plan.Want, now time.Time) (Report, error) {
	var r Report
	have, err := c.Read(ctx, want.Policy.Tenant)
	if err != nil {
		return r, err
	}
	decision, err := plan.Decide(want, have)
	if err != nil {
		return r, err
	}
	if r.Corrected, err = c.correct(ctx, want, decision, have); err != nil {
		return r, err
	}
	if len(r.Corrected) > 0 {
		// What was written is read back: the answer to a write says only that it was taken.
		if have, err = c.Read(ctx, want.Policy.Tenant); err != nil {
			return r, err
		}
		if err := confirmed(decision.Objects, have); err != nil {
			return r, err
		}
	}
	r.Result = decision.Result
	return r, r.judge(ctx, c, have.Versions, now)
}

// Inspect does what Keep does, and writes nothing: Corrected are the objects that it would write.
func Inspect(ctx context.Context, c *Client, want plan.Want, now time.Time) (Report, error) {
	var r Report
	have, err := c.Read(ctx, want.Policy.Tenant)
	if err != nil {
		return r, err
	}
	decision, err := plan.Decide(want, have)
	if err != nil {
		return r, err
	}
	drift, err := plan.Drift(decision.Objects, have)
	if err != nil {
		return r, err
	}
	for _, object := range drift {
		r.Corrected = append(r.Corrected, object.String())
	}
	r.Result = decision.Result
	return r, r.judge(ctx, c, have.Versions, now)
}

// judge looks whether Elasticsearch does what the result says that holds.
func (r *Report) judge(ctx context.Context, c *Client, versions map[string]int, now time.Time) error {
	if r.Result.Holds == nil {
		return nil
	}
	facts, err := c.Look(ctx, r.Result.Tenant, *r.Result.Holds, versions, now)
	if err != nil {
		return err
	}
	r.Judged, r.Verdict = true, plan.Judge(r.Result.Tenant, *r.Result.Holds, facts)
	return nil
}

// correct writes what differs. After the ledger it is read again: if two want a tenant that was nobody's, whoever wrote
// last has it, and the other must not go on.
func (c *Client) correct(ctx context.Context, want plan.Want, decision plan.Decision, have plan.State) ([]string, error) {
	drift, err := plan.Drift(decision.Objects, have)
	if err != nil {
		return nil, err
	}
	var done []string
	for _, object := range drift {
		if err := c.Write(ctx, object); err != nil {
			return done, err
		}
		done = append(done, object.String())
		if object.Kind != plan.ComponentTemplate {
			continue
		}
		again, err := c.Read(ctx, want.Policy.Tenant)
		if err != nil {
			return done, err
		}
		if settled, err := plan.Decide(want, again); err != nil || settled.Result.State == retention.Conflict {
			return done, errors.Join(err, errOverwritten)
		}
	}
	return done, nil
}

var errOverwritten = errors.New("somebody else wrote the ledger of the tenant at the same time")

// confirmed fails if something that was written reads otherwise.
func confirmed(objects []plan.Object, have plan.State) error {
	still, err := plan.Drift(objects, have)
	if err != nil || len(still) == 0 {
		return err
	}
	var names []string
	for _, object := range still {
		names = append(names, object.String())
	}
	return fault.Waiting(unstableDelay, ReasonOverwritten, fmt.Errorf(
		"%s reads otherwise than it was written, somebody else writes it or Elasticsearch adds to it", strings.Join(names, ", ")))
}

// Look finds the facts that say whether Elasticsearch does what was written: three requests, and one for each class that
// has a data stream.
func (c *Client) Look(
	ctx context.Context, tenant string, holds retention.Commitment, versions map[string]int, now time.Time,
) (f plan.Facts, err error) {
	f.Versions = versions
	if f.Mode, err = c.Mode(ctx); err != nil {
		return f, err
	}
	if f.Streams, err = c.Streams(ctx, tenant); err != nil {
		return f, err
	}
	if f.Indices, err = c.Explain(ctx, tenant); err != nil {
		return f, err
	}
	for _, q := range plan.Questions(tenant, holds) {
		if !slices.ContainsFunc(f.Streams, func(s plan.DataStream) bool { return s.Name == q.Stream }) {
			continue
		}
		found, err := c.HasLine(ctx, q.Stream, now.Add(-q.Eldest), now.Add(-q.Youngest))
		if err != nil {
			return f, err
		}
		if found {
			f.Overdue = append(f.Overdue, q.Class)
		}
	}
	return f, nil
}

// Hosts limits what all clients ask together, and lets each host be vouched for by authorities of its own.
func Hosts(config external.HostsConfig) external.HostsConfig {
	config.Read = ReadLimits
	config.Base = external.NewTrust()
	return config
}
