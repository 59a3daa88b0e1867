package rules

import (
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/tux-io/tux-monitoring-operator/internal/plan/env"
)

// TestFlappingNamesItsCause: one alert per fault, and of all that goes up and down the deepest.
func TestFlappingNamesItsCause(t *testing.T) {
	// each minute the fault comes or goes, of two pods at different times
	flapping := func(down func(w world, pod string)) fault {
		return func(w world, elapsed time.Duration) {
			for i, pod := range []string{"a", "b"} {
				if flipped(elapsed+time.Duration(i)*30*time.Second, time.Minute) {
					down(w, pod)
				}
			}
		}
	}
	refused := func(w world, pod string) {
		w.probe("ready full", pod, 0, 503)
		w.probe("database string_propagation workspace_isolation", pod, 0, 503)
		w.probe("cache", pod, 1, 503)
	}
	hanging := func(w world, pod string) {
		w.probe("ready full cache database string_propagation workspace_isolation", pod, 0, 0)
	}
	cases := map[string]struct {
		edit  []func(*env.Environment)
		fault fault
		want  []string
	}{
		"a database that refuses": {fault: flapping(refused), want: []string{"database"}},
		"a database that refuses on one pod": {
			fault: flapping(func(w world, pod string) {
				if pod == "a" {
					refused(w, pod)
				}
			}),
			want: []string{"database"},
		},
		"a database that hangs": {fault: flapping(hanging), want: []string{"full"}},
		"a database that refuses at one time and hangs at another": {
			fault: func(w world, elapsed time.Duration) {
				if !flipped(elapsed, time.Minute) {
					return
				}
				for _, pod := range []string{"a", "b"} {
					if flipped(elapsed, 2*time.Minute) {
						refused(w, pod)
					} else {
						hanging(w, pod)
					}
				}
			},
			want: []string{"database"},
		},
		"a cache behind a health answer of 200": {
			fault: flapping(func(w world, pod string) { w.probe("cache", pod, 0, 200) }),
			want:  []string{"cache"},
		},
		"a cache that readiness needs": {
			fault: flapping(func(w world, pod string) {
				w.probe("cache ready full", pod, 0, 503)
				w.probe("database string_propagation workspace_isolation", pod, 1, 503)
			}),
			want: []string{"cache"},
		},
		"a component without an alert of its own": {
			fault: flapping(func(w world, pod string) { w.probe("string_propagation", pod, 0, 200) }),
			want:  []string{"string_propagation"},
		},
		"a component nobody listed": {
			edit:  []func(*env.Environment){components("cache")},
			fault: flapping(func(w world, pod string) { w.probe("full ready", pod, 0, 503) }),
			want:  []string{"full"},
		},
		"no component listed": {
			edit:  []func(*env.Environment){withoutComponents},
			fault: flapping(func(w world, pod string) { w.probe("full ready", pod, 0, 503) }),
			want:  []string{"full"},
		},
		"readiness alone": {
			fault: flapping(func(w world, pod string) { w.probe("ready", pod, 0, 503) }),
			want:  []string{"ready"},
		},
		"a pod in a crash loop": {
			fault: flapping(func(w world, pod string) {
				if pod == "a" {
					w.dead(pod)
				}
			}),
			want: []string{"live"},
		},
		"a liveness view that fails now and then": {
			fault: flapping(func(w world, pod string) { w.probe("live", pod, 0, 500) }),
			want:  []string{"live"},
		},
		"an exporter that comes and goes": {
			fault: func(w world, elapsed time.Duration) {
				if flipped(elapsed, time.Minute) {
					w.unasked(questions + " entry")
				}
			},
		},
		"two faults at once": {
			fault: flapping(func(w world, pod string) {
				if pod == "a" {
					w.dead(pod)
				} else {
					w.probe("cache", pod, 0, 200)
				}
			}),
			want: []string{"cache", "live"},
		},
		"as many changes as are allowed": {
			fault: func(w world, elapsed time.Duration) {
				if within(6*time.Minute, elapsed) && elapsed%(3*time.Minute) < time.Minute {
					refused(w, "a")
					refused(w, "b")
				}
			},
		},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			e := production(tc.edit...)
			var got []string
			for _, f := range play(t, &usual, groups(t, e), healthyWorld, tc.fault) {
				if f.labels["alertname"] == "TuxHealthFlapping" {
					got = append(got, f.labels["component"])
					checkTimes(t, e, f)
					checkLabels(t, f)
				} else {
					t.Errorf("%s fires too", f.labels["alertname"])
				}
			}
			slices.Sort(got)
			if diff := cmp.Diff(tc.want, got); diff != "" {
				t.Errorf("what flaps (-want +got):\n%s", diff)
			}
		})
	}
}
