package sentry_test

import (
	"fmt"
	"testing"

	"github.com/tux-io/tux-monitoring-operator/internal/external/sentry"
	"github.com/tux-io/tux-monitoring-operator/internal/external/sentry/sentrytest"
)

// names are those of the alerts that are left.
func names(server *sentrytest.Server) map[string]int {
	all := map[string]int{}
	server.Edit(func(s *sentrytest.State) {
		for _, one := range s.Workflows {
			all[one.Name]++
		}
	})
	return all
}

// TestNothingOutlivesTheProject: the declared alerts go with it, wherever it is interrupted; what somebody else made stays, and
// so does an alert that another project uses.
func TestNothingOutlivesTheProject(t *testing.T) {
	prepare := func(t *testing.T) (*sentrytest.Server, *sentry.Client, sentry.Wanted) {
		server, r := withAlerts(t)
		sendEvent(server)
		for range 2 {
			if _, err := r.pass(t.Context()); err != nil {
				t.Fatal(err)
			}
		}
		server.Edit(func(s *sentrytest.State) {
			byHand := *s.Workflows[0]
			byHand.ID, byHand.Name = "77", "by hand"
			for _, one := range s.Workflows {
				if one.Name == "back" {
					one.DetectorIDs = append(one.DetectorIDs, "4711")
				}
			}
			s.Workflows = append(s.Workflows, &byHand)
		})
		r.want.Claim.RecordedID, r.want.Claim.RecordedMade = r.recorded.ProjectID, true
		client, err := sentry.New(r.config)
		if err != nil {
			t.Fatal(err)
		}
		server.Requests()
		return server, client, r.want
	}
	server, client, want := prepare(t)
	if err := client.Withdraw(t.Context(), want); err != nil {
		t.Fatal(err)
	}
	steps := len(server.Requests())
	for at := range steps {
		for _, kind := range []sentrytest.Kind{sentrytest.Broken, sentrytest.BrokenAfterCommit, sentrytest.LostAnswer} {
			t.Run(fmt.Sprintf("request %d of %d, fault %d", at+1, steps, kind), func(t *testing.T) {
				server, client, want := prepare(t)
				server.Break(sentrytest.Fault{Kind: kind, Skip: at, Times: 1})
				_ = client.Withdraw(t.Context(), want)
				for range 2 {
					if err := client.Withdraw(t.Context(), want); err != nil {
						t.Error(err)
					}
				}
				if got := fmt.Sprint(names(server)); got != "map[back:1 by hand:1]" {
					t.Errorf("left are %s", got)
				}
				server.Edit(func(s *sentrytest.State) {
					if !s.Projects[0].Deleted {
						t.Error("the project is there")
					}
				})
			})
		}
	}

	// A project that was adopted keeps its alerts.
	server, client, want = prepare(t)
	want.Claim.RecordedMade = false
	if err := client.Withdraw(t.Context(), want); err != nil || len(names(server)) != 4 {
		t.Errorf("%v, left are %v", err, names(server))
	}
}
