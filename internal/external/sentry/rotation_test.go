package sentry_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/tux-io/tux-monitoring-operator/internal/external/sentry"
	"github.com/tux-io/tux-monitoring-operator/internal/external/sentry/sentrytest"
	"github.com/tux-io/tux-monitoring-operator/internal/fault"
	plan "github.com/tux-io/tux-monitoring-operator/internal/plan/sentry"
)

const day = 24 * time.Hour

// rotating is a project whose client key is 40 days old and may become 30.
func rotating(t *testing.T) (*sentrytest.Server, *resource) {
	t.Helper()
	server, r := fake(t)
	if _, err := r.pass(t.Context()); err != nil {
		t.Fatal(err)
	}
	server.Edit(func(s *sentrytest.State) {
		for _, key := range s.Projects[0].Keys {
			key.Created = key.Created.Add(-40 * day)
		}
	})
	server.Requests()
	r.want.Rotation, r.want.Now = plan.Rotation{Interval: 30 * day, Overlap: day}, time.Now()
	return server, r
}

// keyNames are those of the project, each with + or - for whether it takes events, and without the minutes.
func keyNames(server *sentrytest.Server) []string {
	var names []string
	server.Edit(func(s *sentrytest.State) {
		for _, key := range s.Projects[0].Keys {
			name, _, replaced := strings.Cut(key.Name, " (until ")
			if replaced {
				name += " (until)"
			}
			names = append(names, name+map[bool]string{true: "+", false: "-"}[key.Active])
		}
	})
	return names
}

func TestAKeyIsReplaced(t *testing.T) {
	server, r := rotating(t)
	before := r.recorded
	r.want.RecordedKeyID, r.want.Claim.RecordedID = before.KeyID, before.ProjectID
	if p, err := sentry.Look(t.Context(), r.config, r.want); err != nil || !p.NewKey || !p.ReplacedKey || p.ExpiredKeys != 0 {
		t.Errorf("%+v %v", p, err)
	}
	outcome, err := r.pass(t.Context())
	if err != nil || !slices.Contains(outcome.Corrected, plan.PathRotation) {
		t.Errorf("%+v %v", outcome, err)
	}
	if r.recorded.DSN == before.DSN || r.recorded.Replaced.Sub(r.want.Now).Round(time.Hour) != day {
		t.Errorf("%+v", r.recorded)
	}
	if got, want := keyNames(server), []string{"Default+", "production (until)+", "production+"}; !slices.Equal(got, want) {
		t.Errorf("%v, want %v", got, want)
	}
	r.inStep(server)
	r.want.Now = r.want.Now.Add(day + time.Minute)
	if p, err := sentry.Look(t.Context(), r.config, r.want); err != nil || p.NewKey || p.ReplacedKey || p.ExpiredKeys != 1 {
		t.Errorf("%+v %v", p, err)
	}
	if outcome, err := r.pass(t.Context()); err != nil || !slices.Equal(outcome.Corrected, []string{plan.PathRotation}) {
		t.Errorf("%+v %v", outcome, err)
	}
	if got, want := keyNames(server), []string{"Default+", "production (until)-", "production+"}; !slices.Equal(got, want) {
		t.Errorf("%v, want %v", got, want)
	}
	r.inStep(server)
	// The limit is that of the new key as well.
	server.Edit(func(s *sentrytest.State) {
		if keys := s.Projects[0].Keys; keys[2].Count != 1000 {
			t.Errorf("%+v", keys[2])
		}
	})
}

// TestAReplacedKeyIsOne: each request fails in each way, and all that was written down is lost between two steps; there is
// one new key, and the old one takes events for its day.
func TestAReplacedKeyIsOne(t *testing.T) {
	server, r := rotating(t)
	if _, err := r.pass(t.Context()); err != nil {
		t.Fatal(err)
	}
	steps := len(server.Requests())
	for at := range steps {
		for _, kind := range []sentrytest.Kind{
			sentrytest.Broken, sentrytest.BrokenAfterCommit, sentrytest.LostAnswer, sentrytest.Truncated, sentrytest.TooFrequent,
		} {
			for _, forgets := range []bool{false, true} {
				t.Run(fmt.Sprintf("request %d of %d, fault %d, forgets %v", at+1, steps, kind, forgets), func(t *testing.T) {
					t.Parallel()
					server, r := rotating(t)
					server.Break(sentrytest.Fault{Kind: kind, Skip: at, Times: 1})
					_, err := r.pass(t.Context())
					if _, terminal := fault.AsTerminal(err); terminal {
						t.Errorf("a passing fault needs a person: %v", err)
					}
					if forgets {
						r.recorded.KeyID = ""
					}
					if _, err := r.pass(t.Context()); err != nil {
						t.Errorf("the next pass: %v", err)
					}
					r.inStep(server)
					if got, want := keyNames(server), []string{"Default+", "production (until)+", "production+"}; !slices.Equal(got, want) {
						t.Errorf("%v, want %v", got, want)
					}
				})
			}
		}
	}
}
