package dashboards

import (
	"github.com/tux-io/tux-monitoring-operator/internal/plan/dashboards/grafana"
	"github.com/tux-io/tux-monitoring-operator/internal/plan/env"
)

// httpRows are rate, errors and duration by view. Panels of views use what the rules record, since alerts
// read the same; the others use counters.
var httpRows = []func(*env.Environment) grafana.Row{
	func(e *env.Environment) grafana.Row {
		return grafana.Row{ID: 1, Title: "Requests", Height: 8, Panels: []grafana.Panel{requestsByView(e), statusClasses(e), viewTable(e)}}
	},
	func(e *env.Environment) grafana.Row {
		return grafana.Row{ID: 2, Title: "Errors", Height: 8, Panels: []grafana.Panel{errorsByView(e), exceptions(e), refused(e)}}
	},
	func(e *env.Environment) grafana.Row {
		return grafana.Row{ID: 3, Title: "Response times", Height: 8, Panels: []grafana.Panel{
			responseTimes(e), timesByView(e), latencyHeatmap(e),
		}}
	},
	func(e *env.Environment) grafana.Row {
		return grafana.Row{ID: 4, Title: "Around the views", Height: 7, Panels: []grafana.Panel{
			unresolved(e), middlewareAnswers(e), middlewareTime(e), responseSize(e),
		}}
	},
}

// ofView is a condition on the views that are chosen.
const ofView = `view=~"$view"`

func requestsByView(e *env.Environment) grafana.Panel {
	recorded := series(e, viewRequests, ofView)
	return grafana.Panel{
		ID: 11, Title: "Requests by view",
		Description: "Answered user requests per second over 5 minutes: the ten busiest views of the time range. Worry about one " +
			"that stops, or one that suddenly asks for ten times as much.",
		View:    grafana.TimeSeries{Legend: meanMaxLast},
		Field:   grafana.Field{Unit: grafana.UnitRequests, Min: new(0.0), Thresholds: none, Links: with(e, http, "view", "view")},
		Targets: []grafana.Target{lines(e, "{{view}}", top("view", recorded, overRange(recorded)))},
	}
}

func statusClasses(e *env.Environment) grafana.Panel {
	answers := users(e, responsesMetric, ofView)
	return grafana.Panel{
		ID: 12, Title: "Answers by status class",
		Description: "Answered user requests per second by the first digit of their status. Worry about 5xx, and about 4xx that " +
			"replace 2xx: a release broke its clients.",
		View: grafana.TimeSeries{Stacked: true, Legend: meanMaxLast, Styles: []grafana.Style{
			{Series: "2xx", Color: grafana.Green}, {Series: "3xx", Color: grafana.Blue},
			{Series: "4xx", Color: grafana.Orange}, {Series: "5xx", Color: grafana.Red},
		}},
		Field: grafana.Field{Unit: grafana.UnitRequests, Min: new(0.0), Thresholds: none},
		Targets: []grafana.Target{lines(e, "{{class}}",
			sum(`label_replace(`+answers+`, "class", "${1}xx", "status", "(.)..")`, "class"))},
	}
}

func viewTable(e *env.Environment) grafana.Panel {
	requests := sum(overRange(series(e, viewRequests, ofView)), "view")
	errors := sum(overRange(series(e, viewErrors, ofView)), "view")
	return grafana.Panel{
		ID: 13, Title: "Views",
		Description: "All views in the time range: requests per second, share of 5xx and p95. Sorted by errors; a click on a " +
			"view shows it alone.",
		View: grafana.Table{Joined: true, SortBy: "5xx", Columns: []grafana.Column{
			{Field: "view", Title: "view", Links: drill(e, http,
				"${datasource:queryparam}&${backend:queryparam}&var-view=${__value.raw}")},
			{Field: "Value #A", Title: "requests", Unit: grafana.UnitRequests, Width: 100},
			{Field: "Value #B", Title: "5xx", Unit: grafana.UnitRatio, Width: 80, Thresholds: alert("TuxViewErrors").cell(e)},
			{Field: "Value #C", Title: "p95", Unit: grafana.UnitSeconds, Width: 80, Thresholds: alert("TuxViewSlow").cell(e)},
		}},
		Field: grafana.Field{Unit: grafana.UnitCount, NoValue: "No traffic", Thresholds: none},
		Targets: []grafana.Target{
			now("requests {{view}}", requests),
			now("5xx {{view}}", share(errors, requests)),
			now("p95 {{view}}", quantile("0.95", overRange(series(e, viewBuckets, ofView)), "view")),
		},
	}
}

func errorsByView(e *env.Environment) grafana.Panel {
	errors := series(e, viewErrors, ofView)
	ratio := share(sum(errors, "view"), sum(series(e, viewRequests, ofView), "view"))
	const name = alert("TuxViewErrors")
	return grafana.Panel{
		ID: 21, Title: "Server errors by view",
		Description: "Share of the answers of a view that were 5xx over 5 minutes: the ten views with most of them. Worry about " +
			"one view that stays up; all at once is the database, the cache or a release." + name.begins(e),
		View:  grafana.TimeSeries{ThresholdLines: true, Legend: meanMaxLast},
		Field: grafana.Field{Unit: grafana.UnitRatio, Min: new(0.0), Thresholds: name.above(e), Links: with(e, http, "view", "view")},
		Links: runbooks(e, name, "TuxHighErrorRate"),
		Targets: []grafana.Target{lines(e, "{{view}}",
			"("+ratio+")\nand on (view) topk(10, "+sum(overRange(errors), "view")+")")},
	}
}

func exceptions(e *env.Environment) grafana.Panel {
	const name = alert("TuxUnhandledExceptions")
	const usual = `type!~"Http404|PermissionDenied|SuspiciousOperation|DisallowedHost"`
	return grafana.Panel{
		ID: 22, Title: "Unhandled exceptions",
		Description: "Exceptions no view handled, by type. Each is a 5xx for somebody and a bug for us; the traceback is in " +
			"Sentry or in the log. The first of a type on a pod is not seen by a rate.",
		View:  grafana.TimeSeries{Stacked: true, Legend: meanMaxLast},
		Field: grafana.Field{Unit: grafana.UnitPerSecond, Min: new(0.0), NoValue: "No exception yet", Thresholds: none},
		Links: runbooks(e, name),
		Targets: []grafana.Target{until("a view raises an exception", lines(e, "{{type}}",
			sum(rate(e, "django_http_exceptions_total_by_type_total", usual), "type")))},
	}
}

func refused(e *env.Environment) grafana.Panel {
	const name = alert("TuxAuthFailures")
	return grafana.Panel{
		ID: 23, Title: "Refused requests",
		Description: "Share of the user requests answered with 401 or 403. Worry about a jump: an expired key of a client, a " +
			"broken login, or somebody who tries passwords." + name.begins(e),
		View:  grafana.TimeSeries{ThresholdLines: true, Legend: meanMaxLast},
		Field: grafana.Field{Unit: grafana.UnitRatio, Min: new(0.0), Thresholds: name.above(e)},
		Links: runbooks(e, name),
		Targets: []grafana.Target{lines(e, "{{job}}", share(
			sum(users(e, responsesMetric, ofView, `status=~"401|403"`), "job"),
			sum(users(e, responsesMetric, ofView), "job")))},
	}
}
