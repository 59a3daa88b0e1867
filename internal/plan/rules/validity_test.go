package rules

import (
	"encoding/json"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"

	monitoringv1 "github.com/prometheus-operator/prometheus-operator/pkg/apis/monitoring/v1"
	"github.com/prometheus/common/model"
	"github.com/prometheus/prometheus/model/labels"
	"github.com/prometheus/prometheus/promql/parser"
	"pgregory.net/rapid"

	"github.com/tux-io/tux-monitoring-operator/internal/plan/env"
	"github.com/tux-io/tux-monitoring-operator/internal/promql"
)

// shapes are environments that differ in what is rendered.
var shapes = map[string]*env.Environment{
	"one process":                 production(),
	"multiprocess":                production(multiprocess),
	"probes disabled":             production(withoutProbes),
	"probes disabled, gunicorn":   production(withoutProbes, multiprocess),
	"no entry":                    production(withoutEntry),
	"no components":               production(withoutComponents),
	"only the database":           production(components("database")),
	"custom components":           production(components("search_index", "z9")),
	"two backends":                production(twoBackends),
	"scaled to zero":              production(scaledToZero),
	"five days, no migrations":    production(keeping(5*day), withoutMigrations),
	"seconds instead of minutes":  production(impatient("5s")),
	"objectives of every kind":    production(withObjectives(everyObjective()...)),
	"objectives without probes":   production(withoutProbes, withoutEntry, withObjectives(everyObjective()...)),
	"quotes in excluded views":    production(excluding(`"a"|'b'|` + "`c`" + `|\\d+\.\n{{ .X }}|[[ .Y ]]`)),
	"everything shipped disabled": production(disabled("TuxDatabaseUnavailable", "TuxNotLive", "TuxBackendAbsent", "TuxHealthUnreachable")),
	"a heartbeat":                 production(withHeartbeat, twoBackends),
	"a dotted Deployment":         production(multiprocess, func(e *env.Environment) { e.Backends[0].Deployment = "tux.backend" }),
}

func TestEveryGroupIsAcceptedByPrometheus(t *testing.T) {
	for name, e := range shapes {
		t.Run(name, func(t *testing.T) {
			for _, g := range groups(t, e) {
				for _, err := range promql.CheckGroup(checkable(g)) {
					t.Errorf("group %s: %v", g.Name, err)
				}
			}
		})
	}
}

func checkable(g monitoringv1.RuleGroup) promql.Group {
	out := promql.Group{Name: g.Name}
	for _, r := range g.Rules {
		rule := promql.Rule{Alert: r.Alert, Record: r.Record, Expr: r.Expr.String(), Labels: r.Labels, Annotations: r.Annotations}
		if r.For != nil {
			rule.For = string(*r.For)
		}
		out.Rules = append(out.Rules, rule)
	}
	return out
}

func TestAnyExcludedViewsGiveRulesPrometheusAccepts(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		views := rapid.OneOf(rapid.String(), rapid.StringMatching(`(.|\n|"|\\\\|'|[{}\[\]()|*])*`)).Draw(rt, "views")
		if _, err := regexp.Compile(views); err != nil || views == "" {
			rt.Skip("not RE2")
		}
		e := production(excluding(views))
		for _, g := range groups(t, e) {
			for _, err := range promql.CheckGroup(checkable(g)) {
				rt.Errorf("excludedViews %q: group %s: %v", views, g.Name, err)
			}
		}
		if got := viewMatcher(t, e); got != views {
			rt.Errorf("PromQL reads excludedViews %q as %q", views, got)
		}
	})
}

// viewMatcher returns the value of the view matcher as Prometheus understands it.
func viewMatcher(t *testing.T, e *env.Environment) string {
	t.Helper()
	found := ""
	eachRule(t, e, func(_ string, r *monitoringv1.Rule) {
		for _, m := range matchers(t, r.Expr.String()) {
			if m.Name == "view" && m.Type == labels.MatchNotRegexp {
				found = m.Value
			}
		}
	})
	return found
}

func matchers(t *testing.T, expr string) []*labels.Matcher {
	t.Helper()
	parsed, err := promql.ParseExpr(expr)
	if err != nil {
		t.Fatalf("%v in %s", err, expr)
	}
	return slices.Concat(parser.ExtractSelectors(parsed)...)
}

// TestExpressionsNameOnlySeriesThatExist compares with the families a real backend exported.
func TestExpressionsNameOnlySeriesThatExist(t *testing.T) {
	known := knownSeries(t)
	for name, e := range shapes {
		t.Run(name, func(t *testing.T) {
			eachRule(t, e, func(_ string, r *monitoringv1.Rule) {
				for _, m := range matchers(t, r.Expr.String()) {
					if m.Name != model.MetricNameLabel {
						continue
					}
					if m.Type != labels.MatchEqual || !known[m.Value] {
						t.Errorf("%s%s reads %s, which nothing exports", r.Alert, r.Record, m)
					}
				}
			})
		})
	}
}

func knownSeries(t *testing.T) map[string]bool {
	t.Helper()
	content, err := os.ReadFile("testdata/metrics-contract.json")
	if err != nil {
		t.Fatal(err)
	}
	var contract struct{ Families []struct{ Series []string } }
	if err := json.Unmarshal(content, &contract); err != nil {
		t.Fatal(err)
	}
	known := map[string]bool{
		"up": true, "probe_success": true, "probe_http_status_code": true, "probe_duration_seconds": true,
		"container_memory_working_set_bytes": true, "ALERTS": true,
		"scrape_samples_post_metric_relabeling": true, "probe_ssl_earliest_cert_expiry": true,
		"container_oom_events_total": true, "container_cpu_cfs_periods_total": true, "container_cpu_cfs_throttled_periods_total": true,
		"kube_pod_container_resource_limits": true, "kube_pod_container_status_restarts_total": true,
		"kube_pod_container_status_last_terminated_reason": true,
	}
	for _, f := range contract.Families {
		for _, s := range f.Series {
			known[s] = true
		}
	}
	for _, name := range Records() {
		known[name] = true
	}
	if len(known) < 60 {
		t.Fatalf("the contract names only %d series", len(known))
	}
	return known
}

// TestRulesStayInTheirEnvironment: without both matchers a rule would see, and record over, the series
// of every other environment.
func TestRulesStayInTheirEnvironment(t *testing.T) {
	for name, e := range shapes {
		t.Run(name, func(t *testing.T) {
			eachRule(t, e, func(_ string, r *monitoringv1.Rule) {
				parsed, err := promql.ParseExpr(r.Expr.String())
				if err != nil {
					t.Fatal(err)
				}
				for _, selector := range parser.ExtractSelectors(parsed) {
					if !hasMatcher(selector, "namespace", "tux-production") || !scopedToBackend(selector) {
						t.Errorf("%s%s selects beyond its backend: %v", r.Alert, r.Record, selector)
					}
				}
			})
		})
	}
}

func hasMatcher(selector []*labels.Matcher, name, value string) bool {
	return slices.ContainsFunc(selector, func(m *labels.Matcher) bool {
		return m.Name == name && m.Type == labels.MatchEqual && m.Value == value
	})
}

func scopedToBackend(selector []*labels.Matcher) bool {
	return slices.ContainsFunc(selector, func(m *labels.Matcher) bool {
		return slices.Contains([]string{"job", "pod", "backend"}, m.Name) && strings.HasPrefix(strings.ReplaceAll(m.Value, `\`, ""), "tux")
	})
}
