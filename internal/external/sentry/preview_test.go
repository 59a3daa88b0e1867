package sentry_test

import (
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/tux-io/tux-monitoring-operator/internal/external/sentry"
	"github.com/tux-io/tux-monitoring-operator/internal/external/sentry/sentrytest"
	"github.com/tux-io/tux-monitoring-operator/internal/fault"
	plan "github.com/tux-io/tux-monitoring-operator/internal/plan/sentry"
)

// TestLookingSaysWhatSyncDoes: before anything is there, after drift, and when all is in step; it never writes.
func TestLookingSaysWhatSyncDoes(t *testing.T) {
	server, r := fake(t)
	look := func() sentry.Preview {
		t.Helper()
		server.Requests()
		p, err := sentry.Look(t.Context(), r.config, r.want)
		if err != nil {
			t.Error(err)
		}
		if slices.ContainsFunc(server.Requests(), sentrytest.Request.Write) {
			t.Error("looking wrote")
		}
		return p
	}
	if p := look(); !p.NewProject || !p.NewKey || len(p.Drift) == 0 {
		t.Errorf("from nothing: %+v", p)
	}
	if _, err := r.pass(t.Context()); err != nil {
		t.Fatal(err)
	}
	_, err := sentry.Look(t.Context(), r.config, r.want)
	if terminal, ok := fault.AsTerminal(err); !ok || terminal.Reason != sentry.ReasonProjectTaken {
		t.Errorf("without its number: %v", err)
	}
	r.want.Claim.RecordedID = r.recorded.ProjectID
	if p := look(); p.NewProject || p.NewKey || len(p.Drift) > 0 || p.ProjectID != r.recorded.ProjectID {
		t.Errorf("in step: %+v", p)
	}
	server.Edit(func(s *sentrytest.State) {
		p := s.Projects[0]
		p.Settings["scrubIPAddresses"], p.Settings["sensitiveFields"] = false, []string{"b", "a"}
		p.Keys = p.Keys[:1]
		p.Environments = []*sentrytest.Environment{{ID: "1", Name: "dev"}}
	})
	p := look()
	want := []string{"dsn", "dsn.rateLimit", "environments.hidden[dev]", plan.PathIPAddresses, plan.PathSensitiveFields}
	if diff := cmp.Diff(want, p.Drift); diff != "" || !p.NewKey {
		t.Errorf("drift: %s", diff)
	}
	for path, text := range map[string]string{
		plan.PathIPAddresses: "false", plan.PathSensitiveFields: "a, b", "environments.hidden[dev]": "visible", plan.PathOwnershipRules: "path:src/* #backend",
	} {
		if got := p.Observed.Text(path); got != text {
			t.Errorf("%s reads %q, want %q", path, got, text)
		}
	}
}
