package rules

import (
	"fmt"
	"maps"
	"time"

	"github.com/tux-io/tux-monitoring-operator/internal/plan/env"
	"github.com/tux-io/tux-monitoring-operator/internal/promql"
)

const reportView = "api:report"

// viewLatency makes every request of a view take seconds.
func (w world) viewLatency(pod, view string, rate, seconds float64) {
	bucket := func(le string, rate float64) {
		w.count(target(pod, "django_http_requests_latency_seconds_by_view_method_bucket",
			fmt.Sprintf(`view=%q,method="GET",le=%q`, view, le)), rate)
	}
	for _, bound := range promql.LatencyBuckets {
		within := 0.0
		if seconds <= bound {
			within = rate
		}
		bucket(pythonFloat(bound), within)
	}
	bucket("+Inf", rate)
}

// report is a second view, asked and failing a number of times per second on both pods.
func (w world) report(served, failed, seconds float64) {
	for _, pod := range []string{"a", "b"} {
		w.responses(pod, reportView, "200", served)
		w.responses(pod, reportView, "500", failed)
		w.viewLatency(pod, reportView, served+failed, seconds)
	}
}

// refused requests per second on both pods.
func (w world) refused(status string, rate float64) {
	for _, pod := range []string{"a", "b"} {
		w.responses(pod, apiView, status, rate)
	}
}

func init() {
	maps.Copy(outages, map[string]scenario{
		"one view fails and hardly anybody asks for it": {
			fault: func(w world, _ time.Duration) { w.report(0.02, 0.04, 0.05) },
			want:  []string{"TuxViewErrors"},
		},
		"all views fail, one of them worse": {
			fault: func(w world, _ time.Duration) {
				w.traffic(3, 1)
				w.report(0, 0.5, 0.05)
			},
			want: []string{"TuxHighErrorRate"},
		},
		"one view is slow": {
			fault: func(w world, _ time.Duration) { w.report(0.06, 0, 8) },
			want:  []string{"TuxViewSlow"},
		},
		"all views are slow, one of them more": {
			fault: func(w world, _ time.Duration) {
				w.latency("a", 4, 4)
				w.latency("b", 4, 4)
				w.report(0.5, 0, 20)
			},
			want: []string{"TuxErrorBudgetBurn", "TuxSlowResponses"},
		},
		"a third of the requests is forbidden": {
			fault: func(w world, _ time.Duration) { w.refused("403", 2) },
			want:  []string{"TuxAuthFailures"},
		},
		"every token is refused": {
			fault: func(w world, _ time.Duration) {
				w.traffic(0, 0)
				w.refused("401", 0.4)
			},
			want: []string{"TuxAuthFailures"},
		},
	})
	maps.Copy(harmless, map[string]scenario{
		"a view that is asked every 15 seconds fails": {
			fault: func(w world, _ time.Duration) { w.report(0, 0.033, 0.05) },
		},
		"two failures of a view within the hour": {
			fault: func(w world, elapsed time.Duration) {
				w.report(0.03, 0, 0.05)
				if elapsed >= 10*time.Minute {
					w.responses("a", reportView, "500", 0)
				}
				if elapsed >= 20*time.Minute {
					w.responses("b", reportView, "500", 0)
				}
			},
		},
		"a view fails and is slow for four minutes": {
			fault: func(w world, elapsed time.Duration) {
				w.report(0.06, 0, 0.05)
				for _, pod := range []string{"a", "b"} {
					w.responses(pod, reportView, "500", 0)
				}
				if within(4*time.Minute, elapsed) {
					w.report(0, 0.06, 8)
				}
			},
		},
		"a slow view in a quiet night": {
			fault: func(w world, _ time.Duration) {
				w.traffic(0.02, 0)
				w.report(0.02, 0, 20)
			},
		},
		"tokens expire": {
			fault: func(w world, _ time.Duration) { w.refused("401", 1) },
		},
		"one client with a wrong password in a quiet night": {
			fault: func(w world, _ time.Duration) {
				w.traffic(0.02, 0)
				w.refused("401", 0.2)
			},
		},
	})
	maps.Copy(knobs, map[string]scenario{
		"without the alert on all views each view speaks": {
			edit: []func(*env.Environment){disabled("TuxHighErrorRate", "TuxErrorBudgetBurn")},
			fault: func(w world, _ time.Duration) {
				w.traffic(2, 2)
				w.report(0.06, 0, 0.05)
			},
			want: []string{"TuxViewErrors"},
		},
		"without the alert on all requests each slow view speaks": {
			edit: []func(*env.Environment){disabled("TuxSlowResponses", "TuxErrorBudgetBurn")},
			fault: func(w world, _ time.Duration) {
				w.latency("a", 4, 4)
				w.latency("b", 4, 4)
			},
			want: []string{"TuxViewSlow"},
		},
	})
}
