package main

import (
	"fmt"
	"math"

	"github.com/tux-io/tux-monitoring-operator/internal/promql"
)

// pods of the backend, as the Deployment names them.
var pods = []string{"2xk4p", "8hq7z", "mm6vw"}

func podName(pod string) string { return "tux-backend-6f7c9d8b5-" + pod }

func target(i int) string {
	return fmt.Sprintf(`namespace="tux-production",job="tux-backend",pod=%q,instance="10.1.0.%d:8000",environment="production",`+
		`container="web",endpoint="http",service="tux-backend"`, podName(pods[i]), 11+i)
}

// view is one Django view: its share of the traffic, and what happens to its requests.
type view struct {
	name, method string
	// rate of one pod in the busiest hour, per second.
	rate float64
	// median and spread of its answer times, in seconds.
	median, sigma float64
	status        string
	// database says that it needs the database to answer.
	database bool
	// refused is the share of its requests the client is to blame for, answered with the status 400.
	refused float64
}

var views = []view{
	{"api:strings-list", "GET", 3.4, 0.055, 0.75, "200", true, 0.004},
	{"api:dimension-list", "GET", 2.2, 0.030, 0.7, "200", true, 0.002},
	{"api:string-generate", "POST", 1.6, 0.110, 0.8, "201", true, 0.03},
	{"api:workspace-detail", "GET", 1.1, 0.040, 0.7, "200", true, 0.002},
	{"index", "GET", 0.8, 0.012, 0.6, "200", false, 0},
	{"api:propagation-jobs", "POST", 0.3, 0.075, 0.7, "202", true, 0.01},
	{"api:export", "GET", 0.12, 0.500, 0.5, "200", true, 0},
	{"<unnamed view>", "GET", 0.05, 0.004, 0.5, "404", false, 0},
}

// requests of a view on one pod, per second.
func (v *view) requests(m *moment, pod int) float64 {
	rate := v.rate * m.load * m.wobble(pod*31+len(v.name), 0.22)
	if v.name == "api:string-generate" {
		rate *= 1 + 5*m.noisy
	}
	return rate
}

// failing is the share of the requests answered with 5xx.
func (v *view) failing(m *moment) float64 {
	switch {
	case v.database && m.database > 0:
		return 0.93
	case v.database && m.evening > 0:
		return 0.11
	case v.name == "api:string-generate" && m.noisy > 0:
		return 0.012 * m.noisy
	case v.name == "api:export":
		return 0.006 * m.wobble(3, 0.8)
	}
	return 0.0002 * m.wobble(len(v.name), 0.9)
}

// time is the median of the answer times.
func (v *view) time(m *moment, pod int) float64 {
	median := v.median * m.wobble(pod*17+len(v.name), 0.12) * (1 + 0.25*m.load)
	if v.database {
		// A query per row instead of one per page; a tenant that keeps the database busy.
		median *= 1 + 13*m.slow + 2.2*m.noisy
	}
	if v.database && m.database > 0 {
		median = 0.035
	}
	return median
}

const answersMetric = "django_http_responses_total_by_status_view_method_total"

func httpMetrics(e exporter, pod int) {
	for i := range views {
		v := &views[i]
		text := fmt.Sprintf(`view=%q,method=%q`, v.name, v.method)
		rate := func(m *moment) float64 { return v.requests(m, pod) }
		e.histogram("django_http_requests_latency_seconds_by_view_method", text, promql.LatencyBuckets, rate,
			func(m *moment) float64 { return v.time(m, pod) }, v.sigma)
		answer := func(status string, share func(*moment) float64) {
			e.counter(answersMetric, fmt.Sprintf(`%s,status=%q`, text, status), func(m *moment) float64 { return rate(m) * share(m) })
		}
		answer(v.status, func(m *moment) float64 { return 1 - v.failing(m) - v.refused })
		if v.database {
			answer("500", v.failing)
			e.counter("django_http_exceptions_total_by_view_total", fmt.Sprintf(`view=%q`, v.name),
				func(m *moment) float64 { return rate(m) * v.failing(m) * max(m.database, m.evening, m.noisy) })
		}
		if v.refused > 0 {
			answer("400", func(*moment) float64 { return v.refused })
		}
	}
	for _, health := range []string{"health", "health-live", "health-ready"} {
		e.counter(answersMetric, fmt.Sprintf(`view=%q,method="GET",status="200"`, health), constant(0.1))
	}
	all := func(m *moment) float64 { return sumOf(func(v *view) float64 { return v.requests(m, pod) }) }
	failed := func(m *moment) float64 {
		return sumOf(func(v *view) float64 { return v.requests(m, pod) * v.failing(m) })
	}
	middlewares(e, pod, all)
	exceptions(e, failed)
}

func middlewares(e exporter, pod int, all func(*moment) float64) {
	e.counter("django_http_requests_before_middlewares_total", "", func(m *moment) float64 { return all(m) * 1.004 })
	e.counter("django_http_responses_before_middlewares_total", "", func(m *moment) float64 { return all(m) * 1.004 })
	e.counter("django_http_requests_total_by_method_total", `method="GET"`, func(m *moment) float64 { return 0.8 * all(m) })
	e.counter("django_http_requests_total_by_method_total", `method="POST"`, func(m *moment) float64 { return 0.2 * all(m) })
	// What the views take, and 2 ms around them.
	median := func(m *moment) float64 {
		inside := sumOf(func(v *view) float64 { return v.requests(m, pod) * v.time(m, pod) * math.Exp(v.sigma*v.sigma/2) })
		return (inside/all(m) + 0.002*m.wobble(pod, 0.3)) / math.Exp(0.9*0.9/2)
	}
	e.histogram("django_http_requests_latency_including_middlewares_seconds", "", promql.LatencyBuckets, all, median, 0.9)
	e.histogram("django_http_responses_body_total_bytes", "", []float64{64, 256, 1024, 4096, 16384, 65536, 262144, 1048576},
		all, func(m *moment) float64 { return 5200 * m.wobble(pod+3, 0.2) }, 1.1)
}

// exceptions are what nobody handled; on a good day the few 5xx are answers somebody meant.
func exceptions(e exporter, failed func(*moment) float64) {
	kinds := map[string]func(m *moment) float64{
		"OperationalError": func(m *moment) float64 { return max(m.database, 0.9*m.evening) },
		"TimeoutError":     func(m *moment) float64 { return 0.1*m.evening + 0.8*m.noisy },
		"ValueError":       func(m *moment) float64 { return 0.2 * m.noisy },
	}
	for _, kind := range []string{"OperationalError", "TimeoutError", "ValueError"} {
		e.counter("django_http_exceptions_total_by_type_total", fmt.Sprintf(`type=%q`, kind), func(m *moment) float64 {
			return failed(m) * kinds[kind](m)
		})
	}
}

func sumOf(f func(*view) float64) float64 {
	total := 0.0
	for i := range views {
		total += f(&views[i])
	}
	return total
}
