package sentry_test

import (
	"slices"
	"testing"

	"github.com/tux-io/tux-monitoring-operator/internal/external/sentry"
	"github.com/tux-io/tux-monitoring-operator/internal/external/sentry/sentrytest"
	"github.com/tux-io/tux-monitoring-operator/internal/fault"
	plan "github.com/tux-io/tux-monitoring-operator/internal/plan/sentry"
)

func metricMonitors() map[string]plan.MetricMonitor {
	return map[string]plan.MetricMonitor{"errors": plan.ErrorRate("production", 50, 900), "slow": plan.P95("production", 800, 300)}
}

var metricPaths = []string{"metricMonitors[errors]", "metricMonitors[slow]"}

func detectors(server *sentrytest.Server) map[string][]sentrytest.Detector {
	all := map[string][]sentrytest.Detector{}
	server.Edit(func(s *sentrytest.State) {
		for _, one := range s.Detectors {
			all[one.Name] = append(all[one.Name], *one)
		}
	})
	return all
}

// withMetrics is a resource in step that wants metric monitors besides.
func withMetrics(t *testing.T) (*sentrytest.Server, *resource) {
	t.Helper()
	server, r := fake(t)
	r.want.Settings.MetricMonitors = metricMonitors()
	if _, err := r.pass(t.Context()); err != nil {
		t.Fatal(err)
	}
	if got := detectors(server); len(got["errors"]) != 0 {
		t.Errorf("before an event: %v", got)
	}
	sendEvent(server)
	if outcome, err := r.pass(t.Context()); err != nil || !slices.Equal(outcome.Corrected, metricPaths) {
		t.Errorf("%+v %v", outcome, err)
	}
	return server, r
}

func TestMetricMonitorsAreMadeAndRepaired(t *testing.T) {
	server, r := withMetrics(t)
	r.inStep(server)
	one(t, server)
	for what, change := range map[string]func(*sentrytest.Detector){
		"switched off":      func(d *sentrytest.Detector) { d.Enabled = false },
		"another threshold": func(d *sentrytest.Detector) { d.Conditions[0]["comparison"] = 51.5 },
		"one threshold":     func(d *sentrytest.Detector) { d.Conditions = d.Conditions[:1] },
		"another window":    func(d *sentrytest.Detector) { d.Source["timeWindow"] = 60 },
		"another query":     func(d *sentrytest.Detector) { d.Source["query"] = "level:fatal" },
		"another kind":      func(d *sentrytest.Detector) { d.Config = map[string]any{"detectionType": "percent"} },
	} {
		id := detectors(server)["errors"][0].ID
		server.Edit(func(s *sentrytest.State) {
			for _, d := range s.Detectors {
				if d.Name == "errors" {
					change(d)
				}
			}
		})
		outcome, err := r.pass(t.Context())
		if err != nil || !slices.Equal(outcome.Corrected, metricPaths[:1]) {
			t.Errorf("%s: %+v %v", what, outcome, err)
		}
		if got := detectors(server)["errors"]; len(got) != 1 || got[0].ID != id {
			t.Errorf("%s: %+v", what, got)
		}
	}
	r.inStep(server)
	one(t, server)
}

// TestAMetricMonitorIsMadeOnce: each write fails in each way, and the next run finds what there is.
func TestAMetricMonitorIsMadeOnce(t *testing.T) {
	for _, kind := range []sentrytest.Kind{
		sentrytest.Broken, sentrytest.BrokenAfterCommit, sentrytest.LostAnswer, sentrytest.Truncated, sentrytest.Unavailable,
	} {
		server, r := fake(t)
		r.want.Settings.MetricMonitors = metricMonitors()
		if _, err := r.pass(t.Context()); err != nil {
			t.Fatal(err)
		}
		sendEvent(server)
		server.Break(sentrytest.Fault{Kind: kind, Path: "/detectors/", Writes: true, Times: 2})
		for range 2 {
			_, err := r.pass(t.Context())
			if _, terminal := fault.AsTerminal(err); err == nil || terminal {
				t.Errorf("%d: %v", kind, err)
			}
		}
		if _, err := r.pass(t.Context()); err != nil {
			t.Errorf("%d: %v", kind, err)
		}
		if got := detectors(server); len(got["errors"]) != 1 || len(got["slow"]) != 1 {
			t.Errorf("%d: %v", kind, got)
		}
		r.inStep(server)
		one(t, server)
	}
}

// TestEverythingTogether costs seven requests a check.
func TestEverythingTogether(t *testing.T) {
	server, r := withMetrics(t)
	everyPart(&r.want.Settings)
	r.want.Memory = &sentry.Memory{}
	for range 2 {
		if _, err := r.pass(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
	for range 3 {
		r.inStep(server)
	}
	one(t, server)
}
