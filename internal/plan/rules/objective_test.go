package rules

import (
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	monitoringv1 "github.com/prometheus-operator/prometheus-operator/pkg/apis/monitoring/v1"

	"github.com/tux-io/tux-monitoring-operator/internal/plan/burnrate"
	"github.com/tux-io/tux-monitoring-operator/internal/plan/env"
)

// slow is a Prometheus that scrapes and evaluates every minute, for timelines of hours.
func slow(ends, over time.Duration) *clock {
	return &clock{
		step: time.Minute, scrape: time.Minute, eval: time.Minute, ends: ends, over: over,
		phase: func(string, time.Duration) time.Duration { return 0 },
	}
}

// groupsOf are the groups of some concerns.
func groupsOf(t *testing.T, e *env.Environment, concerns ...string) []monitoringv1.RuleGroup {
	t.Helper()
	return slices.DeleteFunc(groups(t, e), func(g monitoringv1.RuleGroup) bool {
		name := strings.TrimSuffix(g.Name[strings.LastIndex(g.Name, "/")+1:], "-days")
		return !slices.Contains(concerns, name)
	})
}

// generations is a world of string generations alone, a second.
func generations(good, bad float64) world {
	w := world{}
	w.set(target("a", "up", ""), 1)
	w.count(target("a", "tux_string_generations_total", `workspace_id="acme",status="success"`), good)
	w.count(target("a", "tux_string_generations_total", `workspace_id="acme",status="error"`), bad)
	return w
}

// windowsOf returns the long windows of the burn alerts that fired.
func windowsOf(fired []firing) []string {
	var out []string
	for _, f := range fired {
		if f.labels["alertname"] == alertBurn {
			out = append(out, f.labels["window"])
		}
	}
	return out
}

// TestBurnAlertsFireJustAboveTheirFactorAndNotBelow also sees them resolve.
func TestBurnAlertsFireJustAboveTheirFactorAndNotBelow(t *testing.T) {
	o := imports()
	allowed := burnrate.Allowed(o.Target)
	for _, p := range burnrate.Pairs(env.Duration(o.Window)) {
		for what, times := range map[string]float64{"just above": 1.02, "just below": 0.98} {
			t.Run(short(p.Long)+" "+what, func(t *testing.T) {
				t.Parallel()
				bad := p.Factor * allowed * times
				ends := p.Wait + time.Hour
				c := slow(ends, ends+p.Short+30*time.Minute)
				healthy := func() world { return generations(10, 0) }
				fired := play(t, c, groupsOf(t, production(withObjectives(o)), concernObjectives), healthy, func(w world, _ time.Duration) {
					for series, s := range generations(10*(1-bad), 10*bad) {
						w[series] = s
					}
				})
				at := slices.IndexFunc(fired, func(f firing) bool { return f.labels["window"] == short(p.Long) })
				if (at >= 0) != (times > 1) {
					t.Fatalf("a burn of %v times: fired %v", p.Factor*times, windowsOf(fired))
				}
				if at < 0 {
					return
				}
				checkLabels(t, fired[at])
				checkBurn(t, p, fired[at], c)
			})
		}
	}
}

func checkBurn(t *testing.T, p burnrate.Pair, f firing, c *clock) {
	t.Helper()
	if f.first < p.Wait || f.last >= c.over-5*time.Minute {
		t.Errorf("fires from %v to %v", f.first, f.last)
	}
	severity := severityWarning
	if p.Page {
		severity = severityCritical
	}
	if f.labels["severity"] != severity || f.labels["objective"] != "imports" {
		t.Errorf("labels are %v", f.labels)
	}
	if !strings.Contains(f.annotations["description"], "At this pace the 28-day budget is gone in ") {
		t.Errorf("description does not say when the budget is gone: %s", f.annotations["description"])
	}
}

// TestDescriptionSaysWhenTheBudgetIsGone: 16 times what is allowed, so a sixteenth of 28 days. In the first
// minutes the two series were born at 1, which is why it is a little more.
func TestDescriptionSaysWhenTheBudgetIsGone(t *testing.T) {
	fired := play(t, slow(2*time.Hour, 2*time.Hour), groupsOf(t, production(withObjectives(imports())), concernObjectives),
		func() world { return generations(9.2, 0.8) }, func(world, time.Duration) {})
	want := "8.022% of the events of tux-backend in production were bad in the last 1 hour; objective imports allows 0.5% over 28 days. " +
		"At this pace the 28-day budget is gone in 1d 17h 52m 58s. It goes on now: find out what changed before the budget is spent."
	if len(fired) != 1 {
		t.Fatalf("fired %v", windowsOf(fired))
	}
	if diff := cmp.Diff(want, fired[0].annotations["description"]); diff != "" {
		t.Errorf("description (-want +got):\n%s", diff)
	}
}

// TestRatiosAreThoseOfTheRawSamples compares with the counters themselves under random traffic. An average
// of rates over 5 minutes looks at what was 2 minutes ago on average.
func TestRatiosAreThoseOfTheRawSamples(t *testing.T) {
	cases := map[string]struct {
		over, scrape, every time.Duration
		windows             []string
	}{
		"hours": {5 * time.Hour, 30 * time.Second, 10 * time.Minute, []string{"1h", "2h"}},
		"a day": {26 * time.Hour, time.Minute, time.Minute, []string{"6h", "1d"}},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			random := rand.New(rand.NewPCG(1, uint64(tc.over)))
			good, bad := 0.0, 0.0
			c := slow(tc.over, tc.over)
			c.step, c.scrape, c.eval = tc.scrape, tc.scrape, tc.scrape
			loader, _ := playAndKeep(t, c, groupsOf(t, production(withObjectives(imports())), concernObjectives),
				func() world { return generations(good, bad) }, func(w world, elapsed time.Duration) {
					if elapsed%tc.every == 0 {
						good, bad = 20*random.Float64(), 2*random.Float64()
					}
					for series, s := range generations(good, bad) {
						w[series] = s
					}
				})
			for _, window := range tc.windows {
				for at := env.Duration(window) + 10*time.Minute; at <= tc.over; at += 30 * time.Minute {
					counter := `sum(increase(tux_string_generations_total{%s}[` + window + `] offset 150s))`
					raw := fmt.Sprintf(counter, `status="error"`) + "/" + fmt.Sprintf(counter, "")
					want, _ := ask(t, loader, at, raw)
					got, ok := ask(t, loader, at, "job_objective:tux_slo_errors:ratio_rate"+window)
					if !ok || math.Abs(got-want) > 0.01*want {
						t.Errorf("over %s at %v: recorded %v, from raw samples %v", window, at, got, want)
					}
				}
			}
			if tc.over > 24*time.Hour {
				checkBudget(t, tc.over, func(query string) float64 {
					value, _ := ask(t, loader, tc.over, query)
					return value
				})
			}
		})
	}
}

// checkBudget: what is left of it is what the events of the whole time leave. The first hour of a new
// objective counts more than others, the less the longer it is ago.
func checkBudget(t *testing.T, over time.Duration, value func(query string) float64) {
	t.Helper()
	counter := `sum(increase(tux_string_generations_total{%s}[` + short(over) + `]))`
	bad := value(fmt.Sprintf(counter, `status="error"`)) / value(fmt.Sprintf(counter, ""))
	want := 1 - bad/0.005
	if got := value("job_objective:tux_slo_error_budget:remaining"); math.Abs(got-want) > 0.03*math.Abs(want) {
		t.Errorf("%v of the budget are left, the raw samples leave %v", got, want)
	}
}

// ordinary are hours in which nobody may be called.
var ordinary = map[string]fault{
	"a day with a night in which one of three requests fails": func(w world, elapsed time.Duration) {
		if hour := elapsed / time.Hour; hour >= 4 && hour < 12 {
			w.traffic(0.0002, 0.0001)
			return
		}
		w.traffic(4, 0.004)
	},
	"a backend nobody uses but somebody whose every third request fails": func(w world, _ time.Duration) {
		w.traffic(0.0002, 0.0001)
		w.jobs("a", "acme", "success", 0)
		w.jobs("b", "acme", "success", 0)
	},
	"a backend without any traffic": func(w world, _ time.Duration) {
		w.drop(apiView)
		w.drop("tux_propagation")
	},
	"a rolling restart every two hours": func(w world, elapsed time.Duration) {
		since := elapsed % (2 * time.Hour)
		if elapsed < 2*time.Hour {
			return
		}
		w.replaced("a", "c", since)
		w.replaced("b", "d", since-4*time.Minute)
		if within(5*time.Minute, since) {
			w.responses("b", apiView, "502", 0.01)
		}
	},
}

func TestOrdinaryDaysCallNobody(t *testing.T) {
	for name, f := range ordinary {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			const over = 14 * time.Hour
			c := slow(over, over)
			c.eval = 2 * time.Minute
			fired := play(t, c, groupsOf(t, production(disabled("TuxUnhandledExceptions")), "http", concernObjectives), healthyWorld, f)
			for _, f := range fired {
				t.Errorf("%s fires: %v", f.labels["alertname"], f.labels)
			}
		})
	}
}

func TestNoTrafficIsNeitherGoodNorMissing(t *testing.T) {
	for question, want := range map[string]bool{
		`job_objective_state:tux_slo_state:bool{objective="availability",state="NoTraffic"}`:  true,
		`job_objective_state:tux_slo_state:bool{objective="availability",state!="NoTraffic"}`: false,
		`job_objective:tux_slo_error_budget:remaining{objective="availability"}`:              false,
	} {
		loader, _ := playAndKeep(t, slow(0, time.Hour), groupsOf(t, production(), concernObjectives), func() world {
			w := healthyWorld()
			w.drop(apiView)
			return w
		}, nil)
		if _, got := ask(t, loader, time.Hour, question); got != want {
			t.Errorf("%s is there: %v, want %v", question, got, want)
		}
	}
}
