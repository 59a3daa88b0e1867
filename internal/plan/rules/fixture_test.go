package rules

import (
	"maps"
	"slices"
	"testing"
	"time"

	monitoringv1 "github.com/prometheus-operator/prometheus-operator/pkg/apis/monitoring/v1"

	tuxv1alpha1 "github.com/tux-io/tux-monitoring-operator/api/v1alpha1"
	"github.com/tux-io/tux-monitoring-operator/internal/plan/env"
)

// production returns an environment with one backend, complete with the defaults, changed by edit.
func production(edit ...func(*env.Environment)) *env.Environment {
	e := &env.Environment{
		Name: "tux", Namespace: "tux-production", Title: "production",
		Backends: []env.Backend{backend("tux-backend")},
		Probes:   env.Probes{Enabled: true, Interval: "30s", Timeout: "10s"},
		Select:   env.Select{Rules: map[string]string{"release": "kps"}},
		Objectives: []env.Objective{
			objective("availability", tuxv1alpha1.IndicatorAvailability, "99.5"),
			objective("latency", tuxv1alpha1.IndicatorLatency, "95"),
			objective("propagation", tuxv1alpha1.IndicatorPropagation, "99"),
		},
		Workspaces: env.Workspaces{Label: "workspace_id", Limit: 500, Top: 20},
		Alerts:     env.Alerts{Disabled: map[string]bool{}, Overrides: map[string]env.Override{}},
	}
	for _, f := range edit {
		f(e)
	}
	return e
}

func objective(name string, indicator tuxv1alpha1.IndicatorType, target string) env.Objective {
	o := env.Objective{
		Name: name, Type: indicator, Source: tuxv1alpha1.SourceMetrics, Target: target, Window: "28d",
		MinRequests: 100, Pages: true, Tickets: true,
	}
	if indicator == tuxv1alpha1.IndicatorLatency {
		o.Threshold = "2.5"
	}
	return o
}

// imports is an objective of the user: string generations that succeed.
func imports() env.Objective {
	o := objective("imports", tuxv1alpha1.IndicatorRatio, "99.5")
	o.Total = env.Counters{Name: "tux_string_generations_total"}
	o.Errors = env.Counters{Name: "tux_string_generations_total", Matchers: []string{`status="error"`}}
	return o
}

// everyObjective has one of each indicator, and one that nobody is paged for.
func everyObjective() []env.Objective {
	entry, slow := objective("entry", tuxv1alpha1.IndicatorAvailability, "99.9"), objective("entry-slow", tuxv1alpha1.IndicatorLatency, "95")
	entry.Source, slow.Source = tuxv1alpha1.SourceProbes, tuxv1alpha1.SourceProbes
	ticket := objective("latency", tuxv1alpha1.IndicatorLatency, "90")
	ticket.Threshold, ticket.Pages = "1.0", false
	return []env.Objective{
		objective("availability", tuxv1alpha1.IndicatorAvailability, "99.99"), entry, slow, imports(), ticket,
		objective("propagation", tuxv1alpha1.IndicatorPropagation, "99"),
	}
}

func backend(deployment string) env.Backend {
	return env.Backend{
		Entry: "web", Deployment: deployment, Container: "django",
		Metrics: env.Metrics{
			Interval: "30s", SampleLimit: 16200, ExcludedViews: `prometheus-django-metrics|(.*[:.])?health.*`, Migrations: true,
		},
		Health:  env.Health{Components: []string{"cache", "database", "string_propagation", "workspace_isolation"}},
		Service: &env.Service{Name: deployment, Port: 80},
		Hosts:   []string{"https://tux.example.com/health/live/"},
	}
}

func multiprocess(e *env.Environment)      { e.Backends[0].Multiprocess = true }
func scaledToZero(e *env.Environment)      { e.Backends[0].ScaledToZero = true }
func withoutProbes(e *env.Environment)     { e.Probes.Enabled = false }
func withoutEntry(e *env.Environment)      { e.Backends[0].Service, e.Backends[0].Hosts = nil, nil }
func twoBackends(e *env.Environment)       { e.Backends = append(e.Backends, backend("tux-backend-eu")) }
func withoutComponents(e *env.Environment) { e.Backends[0].Health.Components = nil }

func withoutMigrations(e *env.Environment) { e.Backends[0].Metrics.Migrations = false }

func keeping(retention time.Duration) func(*env.Environment) {
	return func(e *env.Environment) { e.Retention.Time = retention }
}

func withHeartbeat(e *env.Environment) {
	e.Routing = &env.Routing{Heartbeat: &env.Heartbeat{Interval: "1m"}}
}

func withObjectives(all ...env.Objective) func(*env.Environment) {
	return func(e *env.Environment) { e.Objectives = all }
}

func components(names ...string) func(*env.Environment) {
	return func(e *env.Environment) { e.Backends[0].Health.Components = names }
}

func excluding(views string) func(*env.Environment) {
	return func(e *env.Environment) { e.Backends[0].Metrics.ExcludedViews = views }
}

func disabled(names ...string) func(*env.Environment) {
	return func(e *env.Environment) {
		for _, name := range names {
			e.Alerts.Disabled[name] = true
		}
	}
}

func override(name string, o env.Override) func(*env.Environment) {
	return func(e *env.Environment) { e.Alerts.Overrides[name] = o }
}

// render returns the rendered objects by name.
func render(t *testing.T, e *env.Environment) map[string]*monitoringv1.PrometheusRule {
	t.Helper()
	objects, err := Render(e)
	if err != nil {
		t.Fatalf("Render: %v", err)
	}
	out := map[string]*monitoringv1.PrometheusRule{}
	for _, o := range objects {
		rule, ok := o.(*monitoringv1.PrometheusRule)
		if !ok {
			t.Fatalf("%s is a %T", o.GetName(), o)
		}
		out[rule.Name] = rule
	}
	return out
}

// groups returns every group of the rendered objects, sorted by object and in their order inside.
func groups(t *testing.T, e *env.Environment) []monitoringv1.RuleGroup {
	t.Helper()
	objects := render(t, e)
	var out []monitoringv1.RuleGroup
	for _, name := range slices.Sorted(maps.Keys(objects)) {
		out = append(out, objects[name].Spec.Groups...)
	}
	return out
}

// eachRule calls visit with every rendered rule.
func eachRule(t *testing.T, e *env.Environment, visit func(group string, r *monitoringv1.Rule)) {
	t.Helper()
	for _, g := range groups(t, e) {
		for i := range g.Rules {
			visit(g.Name, &g.Rules[i])
		}
	}
}

// rendered returns the first rendered rule of an alert, nil if there is none.
func rendered(t *testing.T, e *env.Environment, alert string) *monitoringv1.Rule {
	t.Helper()
	var found *monitoringv1.Rule
	eachRule(t, e, func(_ string, r *monitoringv1.Rule) {
		if r.Alert == alert && found == nil {
			found = r
		}
	})
	return found
}
