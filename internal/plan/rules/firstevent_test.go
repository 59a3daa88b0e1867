package rules

import (
	"slices"
	"testing"
	"time"
)

// oldWorld is a healthy world whose processes have long lives behind them: many failures, none now.
func oldWorld() world {
	w := healthyWorld()
	for _, pod := range []string{"a", "b"} {
		w.count(target(pod, "django_http_exceptions_total_by_type_total", `type="KeyError"`), 0)
		w.jobs(pod, "acme", "error", 0)
	}
	for series, s := range w {
		if isCounter(series) {
			w[series] = sample{value: 5000, rate: s.rate}
		}
	}
	return w
}

// TestOldFailuresAreNotTakenForNew: a series that is new counts with its whole value, which must not
// happen when only the scraping is new.
func TestOldFailuresAreNotTakenForNew(t *testing.T) {
	minutes := func(n int) time.Duration { return time.Duration(n) * time.Minute }
	cases := map[string]struct {
		healthy func() world
		fault   fault
	}{
		"Prometheus was away for 20 minutes": {
			healthy: oldWorld,
			fault: func(w world, elapsed time.Duration) {
				if within(minutes(20), elapsed) {
					w.drop("{")
				}
			},
		},
		"a pod could not be scraped for 20 minutes": {
			healthy: oldWorld,
			fault: func(w world, elapsed time.Duration) {
				if within(minutes(20), elapsed) {
					w.unscrapable("a")
				}
			},
		},
		"monitoring begins on processes that are old": {
			healthy: func() world { return world{} },
			fault: func(w world, _ time.Duration) {
				for series, s := range oldWorld() {
					w[series] = s
				}
			},
		},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			fired := alertNames(play(t, &usual, groups(t, production()), tc.healthy, tc.fault))
			for _, alert := range []string{"TuxUnhandledExceptions", "TuxPropagationFailures", "TuxHighErrorRate"} {
				if slices.Contains(fired, alert) {
					t.Errorf("%s fires for failures of long ago", alert)
				}
			}
		})
	}
}
