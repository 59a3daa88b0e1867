package ruletest_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/prometheus/common/model"

	"github.com/tux-io/tux-monitoring-operator/internal/plan/env"
	"github.com/tux-io/tux-monitoring-operator/internal/plan/rules"
)

// environments are those for which every case must pass.
var environments = map[string][]edit{
	"the sample":           {objectives},
	"the other objectives": {otherObjectives, onlyObjectives},
	"no probes":            {withoutProbes},
	"every knob turned":    {turned},
	"two backends":         {func(e *env.Environment) { e.Backends = append(e.Backends, backend("tux-backend-eu")) }},
	"several processes, special characters": {func(e *env.Environment) {
		e.Backends[0] = backend("tux.backend")
		e.Backends[0].Multiprocess = true
		e.Backends[0].Metrics.ExcludedViews = `api:.*|.*\.health`
		e.Title = `west "Süd" a.*b`
	}},
	"a long name, no pods wanted": {func(e *env.Environment) {
		e.Backends[0] = backend("tux-backend-whose-name-is-so-long-that-it-leaves-no-room-1")
		e.Backends[0].ScaledToZero = true
	}},
	"a Prometheus in a hurry": {hurried},
	"little to go by": {func(e *env.Environment) {
		e.Backends[0].Service = nil
		e.Backends[0].Health.Components = []string{"database"}
		e.Alerts.Disabled = map[string]bool{"TuxDatabaseUnavailable": true, "TuxBackendAbsent": true, "TuxNotLive": true}
	}},
	"no components": {func(e *env.Environment) { e.Backends[0].Health.Components = nil }},
}

func withoutProbes(e *env.Environment) { e.Probes.Enabled = false }

// onlyObjectives disables what other environments test.
func onlyObjectives(e *env.Environment) {
	for _, a := range rules.Catalogue() {
		if a.Concern != "objectives" {
			e.Alerts.Disabled[a.Name] = true
		}
	}
}

// turned overrides every threshold, for, window and severity.
func turned(e *env.Environment) {
	thresholds := map[string]string{"ratio": "0.3", "seconds": "1", "MiB": "2048", "requests": "7", "changes": "6"}
	for _, a := range rules.Catalogue() {
		if a.AskedFor != "" {
			continue
		}
		o := env.Override{For: "7m", Severity: "info"}
		if a.Threshold != "" {
			o.Threshold = thresholds[a.Unit]
			if o.Threshold == "" {
				o.Threshold = a.Threshold
			}
		}
		if a.Window != "" {
			o.Window = "20m"
		}
		e.Alerts.Overrides[a.Name] = o
	}
}

// quarter of a wait, but at least 30 s.
func quarter(wait string) string {
	d, err := model.ParseDuration(wait)
	if err != nil {
		panic(err)
	}
	return max(d/4, model.Duration(30*time.Second)).String()
}

// hurried is nearly what the run on real parts does: frequent probes and scrapes, short waits. A view nobody asks
// for is only told from others by waits longer than it takes to forget its failures.
func hurried(e *env.Environment) {
	e.Probes.Interval = "10s"
	e.Backends[0].Metrics.Interval = "10s"
	for _, a := range rules.Catalogue() {
		o := env.Override{}
		if a.For != "" {
			o.For = quarter(a.For)
		}
		if a.Window != "" {
			o.Window = "2m"
		}
		e.Alerts.Overrides[a.Name] = o
	}
}

func TestEveryCasePasses(t *testing.T) {
	for name, edits := range environments {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := subject(t, production(edits...))
			results := run(t, s)
			if len(results) == 0 {
				t.Error("nothing was tested")
			}
			for _, r := range failures(results) {
				t.Errorf("%s: %s", r.Test, r.Message)
			}
			t.Logf("%d tests", len(results))
		})
	}
}

// TestEveryRenderedAlertHasACase: an alert of a backend without a case, in any of the environments.
func TestEveryRenderedAlertHasACase(t *testing.T) {
	skippedEverywhere := map[string]string{}
	tested := map[string]bool{}
	for name, edits := range environments {
		s := subject(t, production(edits...))
		cases := map[string]bool{}
		for i := range s.Cases {
			c := &s.Cases[i]
			cases[c.Alert+" of "+c.Backend] = true
			if c.Skipped == "" {
				tested[c.Alert] = true
			} else {
				skippedEverywhere[c.Alert] = c.Skipped
			}
		}
		for _, f := range s.Shipped {
			for _, g := range f.Groups {
				for _, r := range g.Rules {
					if key := r.Alert + " of " + r.Labels["backend"]; r.Alert != "" && !cases[key] {
						t.Errorf("%s: %s has no case: write one in internal/plan/rules/cases/<concern>.yaml, the format is in cases.go", name, key)
					}
				}
			}
		}
	}
	for _, a := range rules.Catalogue() {
		if !tested[a.Name] {
			t.Errorf("no case of %s can be tested in any environment: %s", a.Name, fmt.Sprint(skippedEverywhere[a.Name]))
		}
	}
}
