package dashboards

import (
	"regexp"
	"slices"
	"strconv"
	"testing"

	"github.com/google/go-cmp/cmp"
	monitoringv1 "github.com/prometheus-operator/prometheus-operator/pkg/apis/monitoring/v1"

	"github.com/tux-io/tux-monitoring-operator/internal/plan/env"
	"github.com/tux-io/tux-monitoring-operator/internal/plan/rules"
)

// shows are panels and the alert whose threshold they show.
var shows = map[string]map[string]string{
	"overview": {
		"5xx, worst backend": "TuxHighErrorRate", "Server errors": "TuxHighErrorRate",
		"p95, slowest backend": "TuxSlowResponses", "Response times, p95": "TuxSlowResponses",
		"Failed work": "TuxPropagationFailures",
	},
	"http":       {"Response times": "TuxSlowResponses"},
	"business":   {"Failed work": "TuxPropagationFailures"},
	"saturation": {"Memory": "TuxMemoryHigh"},
}

// TestThresholdsAreThoseOfTheAlerts, with and without an override, and none of an alert that is disabled.
func TestThresholdsAreThoseOfTheAlerts(t *testing.T) {
	defaults := map[string]string{}
	for _, a := range rules.Catalogue() {
		defaults[a.Name] = a.Threshold
	}
	changed := map[string]string{
		"TuxHighErrorRate": "0.2", "TuxSlowResponses": "5", "TuxPropagationFailures": "0.5", "TuxMemoryHigh": "1024",
	}
	overridden := production(func(e *env.Environment) {
		for name, threshold := range changed {
			e.Alerts.Overrides[name] = env.Override{Threshold: threshold}
		}
	})
	disabled := production(func(e *env.Environment) {
		for name := range changed {
			e.Alerts.Disabled[name] = true
		}
	})
	for dashboard, panels := range shows {
		for title, alert := range panels {
			t.Run(dashboard+": "+title, func(t *testing.T) {
				factor := 1.0
				if alert == "TuxMemoryHigh" {
					factor = 1 << 20
				}
				if got := begins(t, production(), dashboard, title, factor); got != defaults[alert] {
					t.Errorf("it begins at %s, the catalogue says %s", got, defaults[alert])
				}
				if got := begins(t, overridden, dashboard, title, factor); got != changed[alert] {
					t.Errorf("it begins at %s, the override says %s", got, changed[alert])
				}
				if got := begins(t, disabled, dashboard, title, factor); got != "" {
					t.Errorf("it begins at %s, but the alert is disabled", got)
				}
			})
		}
	}
}

// begins is where the first threshold above the base begins, in units of the alert.
func begins(t *testing.T, e *env.Environment, dashboard, title string, factor float64) string {
	t.Helper()
	for _, p := range boards(t, e)[dashboard].pictures() {
		if p.Title != title {
			continue
		}
		steps := p.FieldConfig.Defaults.Thresholds.Steps
		if len(steps) == 1 {
			return ""
		}
		return strconv.FormatFloat(*steps[1].Value/factor, 'f', -1, 64)
	}
	t.Fatalf("no panel %q", title)
	return ""
}

// TestObjectivesAreDrawnWhereAlertsBegin: 0.5% are allowed over 28 days, which makes 13.44, 5.6, 2.8 and 1.
func TestObjectivesAreDrawnWhereAlertsBegin(t *testing.T) {
	type step struct {
		From  float64
		Color string
	}
	steps := func(e *env.Environment, title string) []step {
		for _, p := range boards(t, e)["objectives"].pictures() {
			if p.Title != title {
				continue
			}
			var out []step
			for _, s := range p.FieldConfig.Defaults.Thresholds.Steps[1:] {
				out = append(out, step{*s.Value, s.Color})
			}
			return out
		}
		t.Fatalf("no panel %q", title)
		return nil
	}
	noPages := production(func(e *env.Environment) { e.Objectives[0].Pages = false })
	silent := production(func(e *env.Environment) { e.Alerts.Disabled["TuxErrorBudgetBurn"] = true })
	for name, tc := range map[string]struct {
		got, want []step
	}{
		"allowed":      {steps(production(), "Bad events of availability"), []step{{0.005, "orange"}}},
		"all pairs":    {steps(production(), "Burn rate of availability"), []step{{1, "orange"}, {2.8, "orange"}, {5.6, "red"}, {13.44, "red"}}},
		"tickets only": {steps(noPages, "Burn rate of availability"), []step{{1, "orange"}, {2.8, "orange"}}},
		"disabled":     {steps(silent, "Burn rate of availability"), nil},
	} {
		if diff := cmp.Diff(tc.want, tc.got); diff != "" {
			t.Errorf("%s: %s", name, diff)
		}
	}
}

// TestLinesOfObjectivesAreThoseOfTheRules reads the factors, and what the target allows, from the burn alerts.
func TestLinesOfObjectivesAreThoseOfTheRules(t *testing.T) {
	compares := regexp.MustCompile(`objective="(\w+)"\} > (\S+) \* (\S+)`)
	e := production(func(e *env.Environment) {
		e.Objectives[0].Target, e.Objectives[0].Window = "99.95", "7d"
		e.Objectives[1].Pages = false
	})
	objects, err := rules.Render(e)
	if err != nil {
		t.Fatal(err)
	}
	want := map[string][]string{}
	add := func(title, number string) {
		if !slices.Contains(want[title], number) {
			want[title] = append(want[title], number)
		}
	}
	for _, object := range objects {
		for _, group := range object.(*monitoringv1.PrometheusRule).Spec.Groups {
			for i := range group.Rules {
				if group.Rules[i].Alert != string(burnAlert) {
					continue
				}
				for _, m := range compares.FindAllStringSubmatch(group.Rules[i].Expr.String(), -1) {
					add("Burn rate of "+m[1], m[2])
					add("Bad events of "+m[1], m[3])
				}
			}
		}
	}
	if len(want) != 4 {
		t.Fatalf("the rules speak of %v", want)
	}
	for title, numbers := range want {
		var got []string
		for _, start := range starts(t, boards(t, e), "objectives: "+title) {
			got = append(got, strconv.FormatFloat(start, 'f', -1, 64))
		}
		slices.Sort(got)
		slices.Sort(numbers)
		if diff := cmp.Diff(numbers, got); diff != "" {
			t.Errorf("%s (-rules +panel): %s", title, diff)
		}
	}
}
