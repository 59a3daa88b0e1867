package dashboards

import (
	"fmt"

	"github.com/tux-io/tux-monitoring-operator/internal/plan/dashboards/grafana"
	"github.com/tux-io/tux-monitoring-operator/internal/plan/env"
)

const (
	responsesMetric = "django_http_responses_total_by_status_view_method_total"
	latencyMetric   = "django_http_requests_latency_seconds_by_view_method_bucket"
)

// requestRate counts answers and not requests: those carry the status, and every rule divides by them.
func requestRate(e *env.Environment) grafana.Panel {
	answers := func(window string) string { return users(e, responsesMetric, window) }
	return grafana.Panel{
		ID: 21, Title: "Request rate",
		Description: "Answered user requests per second: all, and the ten busiest views of the time range. Worry about a drop " +
			"nobody planned. Scrapes and health questions are left out; a request that killed its worker was never " +
			"answered and is not here.",
		View:  grafana.TimeSeries{Legend: meanMaxLast},
		Field: grafana.Field{Unit: grafana.UnitRequests, Min: new(0.0), Thresholds: none},
		Targets: []grafana.Target{
			{Legend: "all views", MinStep: scrapeStep(e), Expr: "sum(" + answers(perStep) + ")"},
			{Legend: "{{view}}", MinStep: scrapeStep(e), Expr: top("view", answers)},
		},
	}
}

func responseTimes(e *env.Environment) grafana.Panel {
	quantile := func(name string, q string) grafana.Target {
		buckets := users(e, latencyMetric, perStep)
		// >= 0 drops the NaN of a time without traffic.
		expr := fmt.Sprintf("histogram_quantile(%s, sum by (job, le) (%s)) >= 0", q, buckets)
		return grafana.Target{Legend: name + " {{job}}", MinStep: scrapeStep(e), Expr: expr}
	}
	return grafana.Panel{
		ID: 22, Title: "Response times",
		Description: fmt.Sprintf(
			"Half, 95%% and 99%% of the user requests of each backend are answered within these times. Worry when "+
				"p95 crosses the dashed line, where %s begins. Values between two buckets (0.5, 0.75, 1, 2.5, 5 s) are "+
				"interpolated. Unhandled exceptions are measured twice by django-prometheus and weigh double.", slowResponses.name),
		View:    grafana.TimeSeries{ThresholdLines: true, Legend: meanMaxLast},
		Field:   grafana.Field{Unit: grafana.UnitSeconds, Min: new(0.0), Thresholds: slowResponses.above(e)},
		Links:   []grafana.Link{slowResponses.runbook()},
		Targets: []grafana.Target{quantile("p50", "0.5"), quantile("p95", "0.95"), quantile("p99", "0.99")},
	}
}
