package rules

import (
	"fmt"
	"hash/fnv"
	"maps"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/tux-io/tux-monitoring-operator/internal/plan/env"
)

const quickInterval = 5 * time.Second

// quick is a Prometheus that asks and evaluates every 5 s, each target and each group at a second of its
// own: what happens at one moment is seen one after the other, in an order that seed decides.
func quick(seed int) *clock {
	return &clock{
		step: time.Second, scrape: quickInterval, eval: quickInterval,
		begins: time.Minute, ends: 3 * time.Minute, over: 10 * time.Minute,
		phase: func(name string, interval time.Duration) time.Duration {
			h := fnv.New64()
			_, _ = fmt.Fprint(h, name, seed) // a hash never fails
			return time.Duration(h.Sum64()%uint64(interval/time.Second)) * time.Second
		},
	}
}

// impatient is an environment that is asked every 5 s and in which no alert waits longer than wait.
func impatient(wait string) func(*env.Environment) {
	windows := map[string]string{"TuxNotLive": "10s", "TuxUnhandledExceptions": "1m", "TuxHealthFlapping": "1m"}
	return func(e *env.Environment) {
		e.Probes.Interval = "5s"
		for i := range e.Backends {
			e.Backends[i].Metrics.Interval = "5s"
		}
		for _, info := range Catalogue() {
			o := env.Override{Window: windows[info.Name]}
			if info.For != "" {
				o.For = wait
			}
			e.Alerts.Overrides[info.Name] = o
		}
	}
}

// inSeconds are scenarios whose parts last seconds.
var inSeconds = map[string]scenario{
	"the database flaps": {
		fault: func(w world, elapsed time.Duration) {
			if flipped(elapsed, 7*time.Second) {
				databaseDown(w)
			}
			w.exceptions("a", "OperationalError", 1)
			w.exceptions("b", "OperationalError", 1)
		},
		want: []string{"TuxHealthFlapping", "TuxUnhandledExceptions"},
	},
	"the database flaps and users notice": {
		fault: func(w world, elapsed time.Duration) {
			if flipped(elapsed, 7*time.Second) {
				databaseDown(w)
			}
			w.drop("django_http_exceptions")
			w.traffic(3, 1)
		},
		want: []string{"TuxHealthFlapping", "TuxHighErrorRate"},
	},
	"the way to the pods recovers after them": {
		fault: func(w world, elapsed time.Duration) {
			if within(time.Minute, elapsed) {
				databaseDown(w)
				w.drop("django_http_exceptions")
			}
			if within(80*time.Second, elapsed) {
				w.entry(0, 0)
			}
		},
		want: []string{"TuxDatabaseUnavailable"},
	},
	"a rollout replaces a pod": {
		fault: func(w world, elapsed time.Duration) { w.replaced("a", "c", 15*elapsed) },
	},
	"the backend is scaled to zero": {
		edit:  []func(*env.Environment){scaledToZero},
		fault: func(w world, elapsed time.Duration) { scaleDown(w, 10*elapsed) },
	},
}

// sameInSeconds are outages that mean the same however fast Prometheus is.
var sameInSeconds = []string{
	"the database is down and no pod is ready", "the database is down and the pods stay ready",
	"the database hangs", "the cache is down and the health answer is still 200", "the health view has a bug",
	"one pod is dead", "all pods are dead", "all pods are gone", "a pod is not ready", "the blackbox exporter is down",
}

// TestAFastPrometheusSeesTheSameFaults: neither when a fault begins nor when it ends does the order in
// which its signs are seen fire anything else, if every `for` is at least two intervals.
func TestAFastPrometheusSeesTheSameFaults(t *testing.T) {
	scenarios := outagesInSeconds(t)
	maps.Copy(scenarios, inSeconds)
	for name, sc := range scenarios {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			e := production(append(sc.edit, impatient("10s"))...)
			fired := play(t, quick(1), groups(t, e), healthyWorld, sc.fault)
			if diff := cmp.Diff(sc.want, alertNames(fired)); diff != "" {
				t.Errorf("fired (-want +got):\n%s", diff)
			}
		})
	}
}

// TestWithOneIntervalWrongAlertsAreShort: where `for` is a single interval, which of two answers comes
// first can fire a symptom; never for longer than two intervals.
func TestWithOneIntervalWrongAlertsAreShort(t *testing.T) {
	for name, sc := range outagesInSeconds(t) {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			fired := play(t, quick(2), groups(t, production(impatient("5s"))), healthyWorld, sc.fault)
			for _, name := range sc.want {
				if !slices.Contains(alertNames(fired), name) {
					t.Errorf("%s does not fire", name)
				}
			}
			for _, f := range fired {
				if name := f.labels["alertname"]; !slices.Contains(sc.want, name) && f.last-f.first >= 2*quickInterval {
					t.Errorf("%s fires from %v to %v", name, f.first, f.last)
				}
			}
		})
	}
}

func outagesInSeconds(t *testing.T) map[string]scenario {
	t.Helper()
	scenarios := map[string]scenario{}
	for _, name := range sameInSeconds {
		sc, ok := outages[name]
		if !ok {
			t.Fatalf("no outage %q", name)
		}
		scenarios[name] = sc
	}
	return scenarios
}
