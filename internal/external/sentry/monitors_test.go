package sentry_test

import (
	"encoding/json"
	"slices"
	"strings"
	"testing"

	"github.com/tux-io/tux-monitoring-operator/internal/external"
	"github.com/tux-io/tux-monitoring-operator/internal/external/sentry"
	"github.com/tux-io/tux-monitoring-operator/internal/external/sentry/sentrytest"
	"github.com/tux-io/tux-monitoring-operator/internal/fault"
	plan "github.com/tux-io/tux-monitoring-operator/internal/plan/sentry"
)

const nightly = "cronMonitors[nightly]"

// withMonitor is a resource in step that wants a cron monitor besides.
func withMonitor(t *testing.T) (*sentrytest.Server, *resource) {
	t.Helper()
	server, r := fake(t)
	r.want.Settings.CronMonitors = map[string]plan.CronMonitor{"nightly": {Schedule: "0 3 * * MON", Margin: 5, Active: true}}
	if _, err := r.pass(t.Context()); err != nil {
		t.Fatal(err)
	}
	return server, r
}

func monitor(server *sentrytest.Server) sentrytest.Monitor {
	var found sentrytest.Monitor
	server.Edit(func(s *sentrytest.State) {
		if len(s.Monitors) == 1 {
			found = *s.Monitors[0]
		}
	})
	return found
}

func TestACronMonitorIsMadeAndKept(t *testing.T) {
	server, r := withMonitor(t)
	made := monitor(server)
	if made.Slug != "nightly" || made.Name != "nightly" || made.Status != "active" || made.Config["timezone"] != "UTC" {
		t.Errorf("%+v", made)
	}
	r.inStep(server)
	one(t, server)

	// What is not declared is a person's to change, and stays when the rest is put right.
	server.Edit(func(s *sentrytest.State) {
		m := s.Monitors[0]
		runtime := 30
		m.Name, m.Config["max_runtime"], m.Config["timezone"] = "Nightly clean-up", &runtime, "Europe/Berlin"
	})
	r.inStep(server)
	server.Edit(func(s *sentrytest.State) {
		s.Monitors[0].Config["schedule"], s.Monitors[0].Status = json.RawMessage(`"0 4 * * *"`), "disabled"
	})
	outcome, err := r.pass(t.Context())
	if err != nil || !slices.Equal(outcome.Corrected, []string{nightly}) {
		t.Errorf("%+v %v", outcome, err)
	}
	mended := monitor(server)
	if mended.Name != "Nightly clean-up" || mended.Config["timezone"] != "Europe/Berlin" || *mended.Config["max_runtime"].(*int) != 30 || mended.Status != "active" {
		t.Errorf("%+v", mended)
	}
	// One that is no longer listed is left alone.
	r.want.Settings.CronMonitors = nil
	r.inStep(server)
	if monitor(server).Slug != "nightly" {
		t.Error("the monitor has gone")
	}
}

// TestAnIntervalBecomesASchedule: somebody changed its kind.
func TestAnIntervalBecomesASchedule(t *testing.T) {
	server, r := withMonitor(t)
	server.Edit(func(s *sentrytest.State) {
		s.Monitors[0].Config["schedule_type"], s.Monitors[0].Config["schedule"] = "interval", json.RawMessage(`[5,"minute"]`)
	})
	if outcome, err := r.pass(t.Context()); err != nil || !slices.Equal(outcome.Corrected, []string{nightly}) {
		t.Errorf("%+v %v", outcome, err)
	}
	if got := monitor(server).Config["schedule_type"]; got != "crontab" {
		t.Errorf("it is still of the kind %q", got)
	}
}

// TestACronMonitorIsMadeOnce: each write of it fails in each way, and the next run finds what there is.
func TestACronMonitorIsMadeOnce(t *testing.T) {
	for _, kind := range []sentrytest.Kind{
		sentrytest.Broken, sentrytest.BrokenAfterCommit, sentrytest.LostAnswer, sentrytest.Truncated, sentrytest.Unavailable,
	} {
		server, r := fake(t)
		r.want.Settings.CronMonitors = map[string]plan.CronMonitor{"nightly": {Schedule: "0 3 * * *", Active: true}}
		server.Break(sentrytest.Fault{Kind: kind, Path: "/monitors/", Writes: true, Times: 1})
		_, err := r.pass(t.Context())
		if _, terminal := fault.AsTerminal(err); err == nil || terminal {
			t.Errorf("%d: %v", kind, err)
		}
		if _, err := r.pass(t.Context()); err != nil {
			t.Errorf("%d: the next run: %v", kind, err)
		}
		if monitor(server).Slug != "nightly" {
			t.Errorf("%d: not one monitor", kind)
		}
		r.inStep(server)
	}
}

// TestASlugOfAnotherProject: slugs are unique in the organization, and what is another's is not touched.
func TestASlugOfAnotherProject(t *testing.T) {
	server, r := fake(t)
	server.Edit(func(s *sentrytest.State) {
		other := s.AddProject("other", "ops")
		s.Monitors = append(s.Monitors, &sentrytest.Monitor{ID: "9", Slug: "nightly", Name: "theirs", ProjectID: other.ID})
	})
	r.want.Settings.CronMonitors = map[string]plan.CronMonitor{"nightly": {Schedule: "0 3 * * *", Active: true}}
	_, err := r.pass(t.Context())
	terminal, ok := fault.AsTerminal(err)
	if !ok || terminal.Reason != external.ReasonRejected || !strings.Contains(err.Error(), "already in use") {
		t.Errorf("%v", err)
	}
	if got := monitor(server).Name; got != "theirs" {
		t.Errorf("it is called %q", got)
	}
}

// TestWithoutASeat: the plan has none left, and Sentry says nothing.
func TestWithoutASeat(t *testing.T) {
	server, r := fake(t)
	server.Edit(func(s *sentrytest.State) { s.NoSeats = true })
	r.want.Settings.CronMonitors = map[string]plan.CronMonitor{"nightly": {Schedule: "0 3 * * *", Active: true}}
	outcome, err := r.pass(t.Context())
	if err != nil || !slices.Equal(outcome.Ignored, []string{nightly}) {
		t.Errorf("%+v %v", outcome, err)
	}
	if cause := plan.LikelyCause(nightly); !strings.Contains(cause, "seat") {
		t.Error(cause)
	}
}

// TestPartsTakeTurns: a check asks seven times at most, and sees every drift with the next one.
func TestPartsTakeTurns(t *testing.T) {
	server, r := fake(t)
	r.want.Memory = &sentry.Memory{}
	everyPart(&r.want.Settings)
	for range 2 {
		if _, err := r.pass(t.Context()); err != nil {
			t.Fatal(err)
		}
		sendEvent(server)
	}
	// Alerts were made with the first event; all parts are read once more after that.
	for range 2 {
		if _, err := r.pass(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
	seen := map[string]int{}
	for range 6 {
		server.Requests()
		if _, err := r.pass(t.Context()); err != nil {
			t.Fatal(err)
		}
		requests := server.Requests()
		if len(requests) > 7 || slices.ContainsFunc(requests, sentrytest.Request.Write) {
			t.Errorf("a check costs %v", requests)
		}
		for _, q := range requests {
			seen[q.Path]++
		}
	}
	t.Log(seen)
	for path, times := range seen {
		if times < 3 {
			t.Errorf("%s was read %d times by six checks", path, times)
		}
	}
	for what, change := range drifts {
		server.Edit(func(s *sentrytest.State) { change(s) })
		var corrected []string
		for range 2 {
			outcome, err := r.pass(t.Context())
			if err != nil {
				t.Errorf("%s: %v", what, err)
			}
			corrected = append(corrected, outcome.Corrected...)
		}
		if !slices.Equal(corrected, []string{what}) {
			t.Errorf("%s: corrected %v", what, corrected)
		}
	}
}

// everyPart wants something of each part that is read by a request of its own.
func everyPart(s *plan.Settings) {
	s.Alerts, s.MetricMonitors = alerts(), metricMonitors()
	s.CronMonitors = map[string]plan.CronMonitor{"nightly": {Schedule: "0 3 * * *", Active: true}}
}

// drifts are changes by somebody, one in each part.
var drifts = map[string]func(*sentrytest.State){
	plan.PathWebCrawlers:    func(s *sentrytest.State) { s.Projects[0].Filters["web-crawlers"] = false },
	plan.PathOwnershipRules: func(s *sentrytest.State) { s.Projects[0].Ownership.Raw = "" },
	nightly:                 func(s *sentrytest.State) { s.Monitors[0].Status = "disabled" },
	"metricMonitors[slow]": func(s *sentrytest.State) {
		for _, d := range s.Detectors {
			d.Enabled = d.Enabled && d.Name != "slow"
		}
	},
	"alerts[new]": func(s *sentrytest.State) {
		for _, w := range s.Workflows {
			w.Enabled = w.Enabled && w.Name != "new"
		}
	},
	"environments.hidden[dev]": func(s *sentrytest.State) {
		s.Projects[0].Environments = append(s.Projects[0].Environments, &sentrytest.Environment{ID: "2", Name: "dev"})
	},
}

// TestAnotherProjectIsReadAnew: what is remembered of one says nothing of the one that replaces it.
func TestAnotherProjectIsReadAnew(t *testing.T) {
	server, r := everything(t)
	for range 2 {
		if _, err := r.pass(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
	r.inStep(server)
	server.Edit(func(s *sentrytest.State) {
		s.Projects[0].Deleted, s.Projects[0].Slug = true, "gone"
		s.Monitors, s.Detectors, s.Workflows = nil, nil, nil
	})
	if _, err := r.pass(t.Context()); err != nil {
		t.Fatal(err)
	}
	server.Edit(func(s *sentrytest.State) {
		if p := s.Projects[1]; p.Filters["web-crawlers"] != true || p.Ownership.Raw == "" {
			t.Errorf("%v %+v", p.Filters, p.Ownership)
		}
		if len(s.Workflows) != 3 || len(s.Detectors) != 4 || len(s.Monitors) != 1 {
			t.Errorf("%d alerts, %d detectors, %d cron monitors", len(s.Workflows), len(s.Detectors), len(s.Monitors))
		}
	})
}
