package sentry_test

import (
	"slices"
	"testing"

	"github.com/tux-io/tux-monitoring-operator/internal/external"
	"github.com/tux-io/tux-monitoring-operator/internal/external/sentry"
	"github.com/tux-io/tux-monitoring-operator/internal/external/sentry/sentrytest"
	"github.com/tux-io/tux-monitoring-operator/internal/fault"
	plan "github.com/tux-io/tux-monitoring-operator/internal/plan/sentry"
)

// deploys are the environments the releases were deployed to, in the order of their making.
func deploys(server *sentrytest.Server, release string) []string {
	var all []string
	server.Edit(func(s *sentrytest.State) {
		if r := s.Releases[release]; r != nil {
			for _, one := range r.Deploys {
				all = append(all, one.Environment)
			}
		}
	})
	return all
}

// TestEachChangeIsADeploy: a new release, and back to the old one.
func TestEachChangeIsADeploy(t *testing.T) {
	server, r := fake(t)
	for _, release := range []string{"1", "1", "2", "", "2", "1", "1"} {
		r.want.Deploy.Release = release
		if _, err := r.pass(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
	if first, second := deploys(server, "1"), deploys(server, "2"); len(first) != 2 || len(second) != 1 {
		t.Errorf("deploys of 1: %v, of 2: %v", first, second)
	}
	r.want.Deploy.Environment = "canary"
	if _, err := r.pass(t.Context()); err != nil {
		t.Fatal(err)
	}
	if got := deploys(server, "1"); !slices.Equal(got, []string{"production", "production", "canary"}) {
		t.Errorf("deploys of 1: %v", got)
	}
	r.inStep(server)
	if problems := server.Problems(); len(problems) > 0 {
		t.Error(problems)
	}
}

// TestADeployIsToldOnceWhenItIsNotWrittenDown: the cluster does not take its number.
func TestADeployIsToldOnceWhenItIsNotWrittenDown(t *testing.T) {
	server, r := fake(t)
	if _, err := r.pass(t.Context()); err != nil {
		t.Fatal(err)
	}
	r.want.Deploy.Release = "2"
	for range 3 {
		told := r.told
		if _, err := r.pass(t.Context()); err != nil {
			t.Error(err)
		}
		r.told = told
	}
	if _, err := r.pass(t.Context()); err != nil {
		t.Fatal(err)
	}
	if got := deploys(server, "2"); len(got) != 1 {
		t.Errorf("%d deploys", len(got))
	}
}

// TestAReleaseHoldsUpNothingElse: it is told of last.
func TestAReleaseHoldsUpNothingElse(t *testing.T) {
	server, r := fake(t)
	server.Break(sentrytest.Fault{Kind: sentrytest.Broken, Path: "/releases/"})
	if _, err := r.pass(t.Context()); err == nil {
		t.Error("it is no error")
	}
	server.Repair()
	server.Edit(func(s *sentrytest.State) {
		if s.Projects[0].Settings["scrubIPAddresses"] != true {
			t.Error("the settings waited for the release")
		}
	})
	r.want.Deploy.Release = "latest"
	_, err := r.pass(t.Context())
	if terminal, ok := fault.AsTerminal(err); !ok || terminal.Reason != external.ReasonRejected {
		t.Errorf("a name Sentry keeps for itself: %v", err)
	}
}

// TestLookingSaysWhatIsTold: what is there already is not told again, whether it was written down or not.
func TestLookingSaysWhatIsTold(t *testing.T) {
	server, r := fake(t)
	if _, err := r.pass(t.Context()); err != nil {
		t.Fatal(err)
	}
	r.want.Claim.RecordedID = r.recorded.ProjectID
	for _, tc := range []struct {
		told    plan.Told
		release string
		want    bool
	}{
		{r.told, "1.2.3", false}, {plan.Told{}, "1.2.3", false}, {r.told, "2", true}, {plan.Told{}, "", false},
	} {
		r.want.Told, r.want.Deploy.Release = tc.told, tc.release
		p, err := sentry.Look(t.Context(), r.config, r.want)
		if err != nil || p.NewDeploy != tc.want {
			t.Errorf("%+v: %v %v", tc, p.NewDeploy, err)
		}
	}
	if problems := server.Problems(); len(problems) > 0 {
		t.Error(problems)
	}
}
