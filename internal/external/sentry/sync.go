package sentry

import (
	"context"
	"time"

	"github.com/tux-io/tux-monitoring-operator/internal/external"
	plan "github.com/tux-io/tux-monitoring-operator/internal/plan/sentry"
)

// Limits are those under which a server is asked. Sentry allows 40 requests in a second and 25 at once,
// for each token and call; half of it is left to the people and pipelines that use the same token.
func Limits() external.Limits {
	return external.Limits{
		PerSecond: 20, Burst: 5, Concurrent: 10, Timeout: 15 * time.Second, MaxPause: 5 * time.Minute,
		Failures: 5, OpenFor: time.Minute,
	}
}

// Report is what a run found and did.
type Report struct {
	Outcome external.Outcome
	// Privacy is what holds for the events of the project in the end; it is known only if the run had
	// no error.
	Privacy plan.EffectivePrivacy
	// Waiting are the paths of what can be made only when the environment has sent an event.
	Waiting []string
}

// Sync is one run for one resource, from its region to its settings: what an external.Task does. In
// step it costs at most seven requests, all of them reading, if want has a Memory that is not empty: the parts of
// a project take turns. Otherwise it costs nine. The release is known from what was told last.
func Sync(ctx context.Context, config Config, want Wanted, last external.Outcome, record Record) (Report, error) {
	client, organization, err := Connect(ctx, config)
	if err != nil {
		return Report{Outcome: external.Outcome{Ignored: last.Ignored}}, err
	}
	outcome, observed, err := client.Keep(ctx, want, last.Ignored, record)
	if err != nil {
		return Report{Outcome: outcome}, err
	}
	effective := plan.Effective(want.Settings.Privacy, observed.Privacy, organization.Policy())
	return Report{Outcome: outcome, Privacy: effective, Waiting: want.Settings.Waiting(observed)}, nil
}
