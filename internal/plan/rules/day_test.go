package rules

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/tux-io/tux-monitoring-operator/internal/plan/env"
)

// twoDays is long enough to compare a day with the one before.
var twoDays = clock{
	step: 2 * time.Minute, scrape: 2 * time.Minute, eval: 4 * time.Minute,
	begins: 0, ends: 50 * time.Hour, over: 50 * time.Hour,
	phase: func(string, time.Duration) time.Duration { return 0 },
}

// days are whole days on which nothing happens that a person should be woken for.
var days = map[string]fault{
	"a busy day, a quiet night and a rollout": func(w world, elapsed time.Duration) {
		rollout(w, elapsed)
		w.load(busy(elapsed), 0)
	},
	"nobody uses the backend": func(w world, _ time.Duration) {
		w.load(0, 0)
		w.drop("tux_")
	},
	"at night three requests come in an hour, and one of them fails": func(w world, elapsed time.Duration) {
		if isNight(elapsed) {
			const hourly = 1.0 / 3600 / 8 // the full traffic of both pods is 8 requests a second
			w.load(2*hourly, hourly)
			return
		}
		w.load(busy(elapsed), 0)
	},
}

// TestWholeDaysCallNobody: also the alerts that compare with yesterday and the budgets of days are silent.
func TestWholeDaysCallNobody(t *testing.T) {
	for name, day := range days {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			fired := play(t, &twoDays, groups(t, production()), healthyWorld, day)
			if diff := cmp.Diff([]string(nil), alertNames(fired)); diff != "" {
				t.Errorf("fired (-want +got):\n%s", diff)
			}
		})
	}
}

// TestTheOutageOfTheGuide: all requests end with 500 and take 30 s, all jobs fail, the pods hold 2 GiB. With the
// five alerts of the guide four stay silent.
func TestTheOutageOfTheGuide(t *testing.T) {
	for name, edit := range map[string][]func(*env.Environment){"one process": nil, "several processes": {multiprocess}} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			check(t, scenario{edit: edit, fault: func(w world, _ time.Duration) {
				w.traffic(0, 4)
				for _, pod := range []string{"a", "b"} {
					w.latency(pod, 8, 30)
					w.exceptions(pod, "OperationalError", 4)
					w.jobs(pod, "acme", "success", 0)
					w.jobs(pod, "acme", "error", 0.1)
					w.set(cadvisor(pod, "django"), 2<<30)
					if edit == nil {
						w.set(target(pod, "process_resident_memory_bytes", ""), 2<<30)
					} else {
						w.drop("process_")
					}
				}
			}, want: []string{
				"TuxErrorBudgetBurn", "TuxHighErrorRate", "TuxMemoryHigh", "TuxPropagationFailures", "TuxSlowResponses", "TuxUnhandledExceptions",
			}})
		})
	}
}

// busy is the share of the full traffic at a time of the day: all of it from 9 to 17, a thirtieth at night,
// and a slope between them.
func busy(elapsed time.Duration) float64 {
	const night = 1.0 / 30
	hour := hourOf(elapsed)
	switch {
	case isNight(elapsed):
		return night
	case hour < 9:
		return night + (1-night)*(hour-6)/3
	case hour < 17:
		return 1
	default:
		return 1 - (1-night)*(hour-17)/5
	}
}

func isNight(elapsed time.Duration) bool { return hourOf(elapsed) < 6 || hourOf(elapsed) >= 22 }

func hourOf(elapsed time.Duration) float64 { return (elapsed % (24 * time.Hour)).Hours() }

// rollout replaces both pods at 10 in the morning; from noon the next morning on they are the first ones again.
func rollout(w world, elapsed time.Duration) {
	since := elapsed - 10*time.Hour
	first, second := [2]string{"a", "b"}, [2]string{"c", "d"}
	if since >= 24*time.Hour {
		w.drop(podLabel("a"))
		w.drop(podLabel("b"))
		since, first, second = since-24*time.Hour, second, first
		for _, pod := range first {
			w.addPod(pod)
		}
	}
	w.replaced(first[0], second[0], since)
	w.replaced(first[1], second[1], since-4*time.Minute)
}

// load scales what users do to share of the full traffic; failed is the share of the full traffic that fails.
func (w world) load(share, failed float64) {
	for series, s := range w {
		if isCounter(series) && containsAll(series, []string{`job="tux-backend"`}) && !containsAll(series, []string{healthView}) {
			s.rate *= share
			w[series] = s
		}
	}
	if failed > 0 {
		for _, pod := range []string{"a", "b"} {
			w.responses(pod, apiView, "500", 4*failed)
		}
	}
}
