package dashboards

import (
	"fmt"

	"github.com/tux-io/tux-monitoring-operator/internal/plan/dashboards/grafana"
	"github.com/tux-io/tux-monitoring-operator/internal/plan/env"
)

func responseTimes(e *env.Environment) grafana.Panel {
	const name = alert("TuxSlowResponses")
	buckets := series(e, viewBuckets, ofView)
	at := func(legend, q string) grafana.Target { return lines(e, legend, quantile(q, buckets)) }
	return grafana.Panel{
		ID: 31, Title: "Response times",
		Description: "Half, 95% and 99% of the user requests over 5 minutes are answered within these times. Values between two " +
			"buckets (0.5, 0.75, 1, 2.5, 5 s) are interpolated. Unhandled exceptions are measured twice by " +
			"django-prometheus and weigh double." + name.begins(e),
		View:    grafana.TimeSeries{ThresholdLines: true, Legend: meanMaxLast},
		Field:   grafana.Field{Unit: grafana.UnitSeconds, Min: new(0.0), Thresholds: name.above(e)},
		Links:   runbooks(e, name),
		Targets: []grafana.Target{at("p50", "0.5"), at("p95", "0.95"), at("p99", "0.99")},
	}
}

func timesByView(e *env.Environment) grafana.Panel {
	const name = alert("TuxViewSlow")
	buckets := series(e, viewBuckets, ofView)
	return grafana.Panel{
		ID: 32, Title: "Response times by view, p95",
		Description: "95% of the answers of a view took at most this long: the ten slowest views of the time range. Worry about " +
			"one that grows while the others stay: its query, its data or a release." + name.begins(e),
		View:  grafana.TimeSeries{ThresholdLines: true, Legend: meanMaxLast},
		Field: grafana.Field{Unit: grafana.UnitSeconds, Min: new(0.0), Thresholds: name.above(e), Links: with(e, http, "view", "view")},
		Links: runbooks(e, name),
		Targets: []grafana.Target{lines(e, "{{view}}", fmt.Sprintf("(%s)\nand on (view) topk(%d, %s)",
			quantile("0.95", buckets, "view"), topSeries, quantile("0.95", overRange(buckets), "view")))},
	}
}

func latencyHeatmap(e *env.Environment) grafana.Panel {
	return grafana.Panel{
		ID: 33, Title: "Where the time goes",
		Description: "How many answers per second took how long. Two bands that drift apart are two kinds of request, or a cache " +
			"that no longer helps; a band that climbs is load.",
		View:    grafana.Heatmap{},
		Field:   grafana.Field{Unit: grafana.UnitSeconds, Thresholds: none},
		Targets: []grafana.Target{lines(e, "{{le}}", sum(users(e, latencyMetric+"_bucket", ofView), "le"))},
	}
}

func unresolved(e *env.Environment) grafana.Panel {
	return grafana.Panel{
		ID: 41, Title: "Unknown addresses",
		Description: "Requests for addresses no view serves, by status. A few are scanners; many after a release are a client " +
			"that still asks for an old address.",
		View:  grafana.TimeSeries{Legend: meanMaxLast},
		Field: grafana.Field{Unit: grafana.UnitRequests, Min: new(0.0), NoValue: "Nobody asked for one", Thresholds: none},
		Targets: []grafana.Target{until("somebody asks for an address no view serves", lines(e, "{{status}}",
			sum(rate(e, responsesMetric, `view="<unnamed view>"`), "status")))},
	}
}

func middlewareAnswers(e *env.Environment) grafana.Panel {
	return grafana.Panel{
		ID: 42, Title: "Answered before any view",
		Description: "Requests a middleware answered itself, such as a wrong Host (400). No other panel counts them. Worry when " +
			"it is not near 0 and nobody changed ALLOWED_HOSTS.",
		View:  grafana.TimeSeries{Legend: meanMaxLast},
		Field: grafana.Field{Unit: grafana.UnitRequests, Min: new(0.0), Thresholds: none},
		Targets: []grafana.Target{lines(e, "{{job}}", "clamp_min("+sum(rate(e, "django_http_requests_before_middlewares_total"), "job")+
			"\n- "+sum(rate(e, "django_http_requests_total_by_method_total"), "job")+", 0)")},
	}
}

func middlewareTime(e *env.Environment) grafana.Panel {
	const around = "django_http_requests_latency_including_middlewares_seconds"
	mean := func(metric string) string {
		return sum(rate(e, metric+"_sum"), "job") + " / (" + sum(rate(e, metric+"_count"), "job") + " > 0)"
	}
	return grafana.Panel{
		ID: 43, Title: "Time in middlewares",
		Description: "Mean time a request spends in middlewares and not in its view. Worry when it is more than a few " +
			"milliseconds: sessions, authentication or a middleware that asks the database.",
		View:    grafana.TimeSeries{Legend: meanMaxLast},
		Field:   grafana.Field{Unit: grafana.UnitSeconds, Min: new(0.0), Thresholds: none},
		Targets: []grafana.Target{lines(e, "{{job}}", "clamp_min("+mean(around)+"\n- "+mean(latencyMetric)+", 0)")},
	}
}

func responseSize(e *env.Environment) grafana.Panel {
	const metric = "django_http_responses_body_total_bytes"
	return grafana.Panel{
		ID: 44, Title: "Response size",
		Description: "Mean size of an answer, scrapes and health questions included. Worry about a jump: a list without pages.",
		View:        grafana.TimeSeries{Legend: meanMaxLast},
		Field:       grafana.Field{Unit: grafana.UnitBytes, Min: new(0.0), Thresholds: none},
		Targets: []grafana.Target{lines(e, "{{job}}",
			sum(rate(e, metric+"_sum"), "job")+"\n/ ("+sum(rate(e, metric+"_count"), "job")+" > 0)")},
	}
}
