package ruletest_test

import (
	"runtime"
	"slices"
	"testing"
	"time"

	monitoringv1 "github.com/prometheus-operator/prometheus-operator/pkg/apis/monitoring/v1"

	tuxv1alpha1 "github.com/tux-io/tux-monitoring-operator/api/v1alpha1"
	"github.com/tux-io/tux-monitoring-operator/internal/plan/env"
	"github.com/tux-io/tux-monitoring-operator/internal/plan/rules"
	"github.com/tux-io/tux-monitoring-operator/internal/ruletest"
)

type edit = func(*env.Environment)

// production is the ten-line sample with the defaults, without objectives.
func production(edits ...edit) *env.Environment {
	e := &env.Environment{
		Name: "tux", Namespace: "tux-production", Title: "production",
		Backends:   []env.Backend{backend("tux-backend")},
		Workspaces: env.Workspaces{Label: "workspace_id", Limit: 500, Top: 20},
		Probes:     env.Probes{Enabled: true, Interval: "30s", Timeout: "10s"},
		Routing:    &env.Routing{Heartbeat: &env.Heartbeat{Interval: "1m"}},
		Alerts:     env.Alerts{Disabled: map[string]bool{}, Overrides: map[string]env.Override{}},
	}
	for _, f := range edits {
		f(e)
	}
	return e
}

func backend(deployment string) env.Backend {
	return env.Backend{
		Entry: "web", Deployment: deployment, Container: "django",
		Metrics: env.Metrics{
			Interval: "30s", SampleLimit: 16200, ExcludedViews: `prometheus-django-metrics|(.*[:.])?health.*`, Migrations: true,
		},
		Hosts:   []string{"https://tux.example.com/health/live/"},
		Health:  env.Health{Components: []string{"cache", "database", "string_propagation", "workspace_isolation"}},
		Service: &env.Service{Name: deployment, Port: 80},
	}
}

func objective(name string, indicator tuxv1alpha1.IndicatorType, source tuxv1alpha1.IndicatorSource, target, window string) env.Objective {
	o := env.Objective{
		Name: name, Type: indicator, Source: source, Target: target, Window: window, MinRequests: 100, Pages: true, Tickets: true,
	}
	if indicator == tuxv1alpha1.IndicatorLatency {
		o.Threshold = "2.5"
	}
	return o
}

// objectives are those a resource has by itself, over a window of which every pair can be told apart.
func objectives(e *env.Environment) {
	e.Objectives = []env.Objective{
		objective("availability", tuxv1alpha1.IndicatorAvailability, tuxv1alpha1.SourceMetrics, "99.5", "28d"),
		objective("latency", tuxv1alpha1.IndicatorLatency, tuxv1alpha1.SourceMetrics, "95", "28d"),
		objective("propagation", tuxv1alpha1.IndicatorPropagation, tuxv1alpha1.SourceMetrics, "99", "28d"),
	}
}

// otherObjectives are the others: counters of the user, and what the probes of the way to the pods say.
func otherObjectives(e *env.Environment) {
	same := objective("imports", tuxv1alpha1.IndicatorRatio, tuxv1alpha1.SourceMetrics, "99", "28d")
	same.Total = env.Counters{Name: "tux_string_generations_total", Matchers: []string{`workspace_id!=""`}}
	same.Errors = env.Counters{Name: "tux_string_generations_total", Matchers: []string{`workspace_id!=""`, `status=~"error|timeout.+"`}}
	apart := objective("mails", tuxv1alpha1.IndicatorRatio, tuxv1alpha1.SourceMetrics, "99", "7d")
	apart.Total = env.Counters{Name: "mails_total", Job: `job="mailer"`}
	apart.Errors = env.Counters{Name: "mails_failed_total", Job: `job="mailer"`}
	nothing := objective("nothing", tuxv1alpha1.IndicatorRatio, tuxv1alpha1.SourceMetrics, "99", "28d")
	nothing.Total = env.Counters{Name: "x_total"}
	nothing.Errors = nothing.Total
	e.Objectives = []env.Objective{
		same, apart, nothing,
		objective("entry", tuxv1alpha1.IndicatorAvailability, tuxv1alpha1.SourceProbes, "99.9", "28d"),
		objective("entry-latency", tuxv1alpha1.IndicatorLatency, tuxv1alpha1.SourceProbes, "95", "28d"),
	}
}

// subject renders e, with additional groups of the user.
func subject(t *testing.T, e *env.Environment) ruletest.Subject {
	t.Helper()
	objects, err := rules.Render(e)
	if err != nil {
		t.Fatal(err)
	}
	s := ruletest.Subject{Name: e.Namespace + "/" + e.Name}
	for _, o := range objects {
		f, err := ruletest.NewRuleFile(o.(*monitoringv1.PrometheusRule))
		if err != nil {
			t.Fatal(err)
		}
		if slices.Contains(rules.ShippedObjects(e), o.GetName()) {
			s.Shipped = append(s.Shipped, f)
		} else {
			s.Additional = append(s.Additional, f)
		}
	}
	if s.Cases, err = rules.Cases(e); err != nil {
		t.Fatal(err)
	}
	return s
}

// run runs all tests of s.
func run(t *testing.T, s ruletest.Subject, files ...ruletest.UserFile) []ruletest.Result {
	t.Helper()
	jobs, err := ruletest.Jobs([]ruletest.Subject{s}, files)
	if err != nil {
		t.Fatal(err)
	}
	return ruletest.Run(t.Context(), jobs, runtime.GOMAXPROCS(0), time.Now)
}

func failures(results []ruletest.Result) []ruletest.Result {
	return slices.DeleteFunc(slices.Clone(results), func(r ruletest.Result) bool { return r.Passed })
}

// only keeps the cases of some alerts.
func only(s ruletest.Subject, alerts ...string) ruletest.Subject {
	s.Cases = slices.DeleteFunc(slices.Clone(s.Cases), func(c rules.Case) bool { return !slices.Contains(alerts, c.Alert) })
	return s
}
