package dashboards

import (
	"strconv"

	"github.com/tux-io/tux-monitoring-operator/internal/plan/dashboards/grafana"
	"github.com/tux-io/tux-monitoring-operator/internal/plan/env"
	"github.com/tux-io/tux-monitoring-operator/internal/promql"
)

// monitoringRows watch the watchmen.
var monitoringRows = []func(*env.Environment) grafana.Row{
	func(e *env.Environment) grafana.Row {
		r := grafana.Row{ID: 1, Title: "Targets", Height: 8, Panels: []grafana.Panel{scraped(e)}}
		if e.Probes.Enabled {
			r.Panels = append(r.Panels, asked(e))
		}
		r.Panels = append(r.Panels, scrapeTime(e))
		return r
	},
	func(e *env.Environment) grafana.Row {
		return grafana.Row{ID: 2, Title: "Cost", Height: 8, Panels: []grafana.Panel{samples(e), newSeries(e), seriesByName(e)}}
	},
	func(e *env.Environment) grafana.Row {
		return grafana.Row{ID: 3, Title: "Rules", Height: 7, Panels: []grafana.Panel{alertStates(e), ruleFailures(e), ruleTime(e)}}
	},
	func(e *env.Environment) grafana.Row {
		return grafana.Row{ID: 4, Title: "Operator", Height: 7, Panels: []grafana.Panel{passes(e), passTime(e), writes(e)}}
	},
}

func scraped(e *env.Environment) grafana.Panel {
	return grafana.Panel{
		ID: 11, Title: "Pods scraped",
		Description: "Whether the metrics of each pod can be read. What is red is missing from every number of these dashboards.",
		View:        grafana.StateTimeline{},
		Field:       grafana.Field{Unit: grafana.UnitBool, Thresholds: complete, Mappings: illOrWell},
		Links:       runbooks(e, "TuxBackendScrapeDown", "TuxBackendAbsent", "TuxBackendMetricsMissing", "TuxMetricsFromOneOfManyWorkers"),
		Targets:     []grafana.Target{lines(e, "{{pod}}", lowest(series(e, "up", ofPod), "pod"))},
	}
}

func asked(e *env.Environment) grafana.Panel {
	return grafana.Panel{
		ID: 12, Title: "Questions asked",
		Description: "Whether the blackbox exporter answers Prometheus. Red or a gap: nobody asks, and alerts on probes are blind.",
		View:        grafana.StateTimeline{},
		Field:       grafana.Field{Unit: grafana.UnitBool, Thresholds: complete, Mappings: illOrWell},
		Links:       runbooks(e, "TuxProbeAbsent"),
		Targets:     []grafana.Target{lines(e, "{{component}}", lowest(probe(e, "up", questions(e), ofPod), "component"))},
	}
}

func scrapeTime(e *env.Environment) grafana.Panel {
	return grafana.Panel{
		ID: 13, Title: "Time of a scrape",
		Description: "How long a pod takes to answer a scrape. Scrapes wait for a free worker like any request: worry when it comes " +
			"near the line, the timeout, after which the scrape is lost.",
		View:    grafana.TimeSeries{ThresholdLines: true, Legend: meanMaxLast},
		Field:   grafana.Field{Unit: grafana.UnitSeconds, Min: new(0.0), Thresholds: timeout(e)},
		Targets: []grafana.Target{lines(e, "{{pod}}", highest(series(e, "scrape_duration_seconds", ofPod), "pod"))},
	}
}

// timeout is the shortest of the backends.
func timeout(e *env.Environment) grafana.Thresholds {
	shortest := 0.0
	for i := range e.Backends {
		if seconds := env.Duration(e.Backends[i].Metrics.Timeout).Seconds(); shortest == 0 || seconds < shortest {
			shortest = seconds
		}
	}
	return redFrom(shortest)
}

// redFrom is for a limit beyond which something is lost; 0: there is none.
func redFrom(limit float64) grafana.Thresholds {
	if limit == 0 {
		return none
	}
	return grafana.Thresholds{Base: grafana.Green, Steps: []grafana.Step{{From: limit, Color: grafana.Red}}}
}

func samples(e *env.Environment) grafana.Panel {
	limit, about := sampleLimit(e), "There is no limit."
	if limit > 0 {
		about = "The red line is the limit of " + strconv.FormatInt(limit, 10) + ", beyond which the whole scrape is lost."
	}
	steps := redFrom(float64(limit))
	if ratio, color, ok := alert("TuxScrapeNearSampleLimit").at(e); ok && limit > 0 {
		steps.Steps = append([]grafana.Step{{From: ratio * float64(limit), Color: color}}, steps.Steps...)
	}
	return grafana.Panel{
		ID: 21, Title: "Samples of a scrape",
		Description: "Samples each pod exports, after what is dropped. Workspaces make it grow, some 31 samples each. " + about,
		View:        grafana.TimeSeries{ThresholdLines: true, Legend: meanMaxLast},
		Field:       grafana.Field{Unit: grafana.UnitCount, Min: new(0.0), Thresholds: steps},
		Links:       runbooks(e, "TuxScrapeNearSampleLimit", "TuxWorkspaceCardinality"),
		Targets:     []grafana.Target{lines(e, "{{pod}}", highest(series(e, "scrape_samples_post_metric_relabeling", ofPod), "pod"))},
	}
}

// sampleLimit is the smallest of the backends; 0: none has one.
func sampleLimit(e *env.Environment) int64 {
	smallest := int64(0)
	for i := range e.Backends {
		if limit := e.Backends[i].Metrics.SampleLimit; limit > 0 && (smallest == 0 || limit < smallest) {
			smallest = limit
		}
	}
	return smallest
}

func newSeries(e *env.Environment) grafana.Panel {
	return grafana.Panel{
		ID: 22, Title: "New series",
		Description: "Series a scrape brought that Prometheus had not seen. A rollout is a peak; worry when it never comes down to " +
			"0: somebody mints label values.",
		View:    grafana.TimeSeries{Bars: true},
		Field:   grafana.Field{Unit: grafana.UnitCount, Min: new(0.0), Thresholds: none},
		Targets: []grafana.Target{lines(e, "{{job}}", sum(series(e, "scrape_series_added", ofPod), "job"))},
	}
}

func seriesByName(e *env.Environment) grafana.Panel {
	return grafana.Panel{
		ID: 23, Title: "Largest metrics",
		Description: "The metrics of the backends with most series now. Those by workspace grow with the customers, those by view " +
			"with the code.",
		View: grafana.Table{SortBy: "series", Columns: []grafana.Column{
			{Field: "metric", Title: "metric"}, {Field: "Value", Title: "series", Width: 90},
		}},
		Field: grafana.Field{Unit: grafana.UnitCount, Decimals: new(0), NoValue: "No series", Thresholds: none},
		Targets: []grafana.Target{now("{{metric}}",
			`topk(15, count by (metric) (label_replace({`+target(e, `__name__!=""`)+`}, "metric", "${1}", "__name__", "(.+)")))`)},
	}
}

func alertStates(e *env.Environment) grafana.Panel {
	return grafana.Panel{
		ID: 31, Title: "Alerts",
		Description: "Alerts by state, critical and warning. Many that are pending and never fire: a wait that is too long, or " +
			"something that goes up and down.",
		View: grafana.TimeSeries{Bars: true, Stacked: true, Styles: []grafana.Style{
			{Series: "firing", Color: grafana.Red}, {Series: "pending", Color: grafana.Orange},
		}},
		Field: grafana.Field{Unit: grafana.UnitCount, Min: new(0.0), Decimals: new(0), NoValue: "None pending or firing", Thresholds: none},
		Targets: []grafana.Target{until("an alert is pending", lines(e, "{{alertstate}}",
			"count by (alertstate) (ALERTS{"+alertsOf(e)+"})"))},
	}
}

// ruleGroups matches the files prometheus-operator makes of our rules.
func ruleGroups(e *env.Environment) string {
	return "rule_group=~" + promql.Quote(".*/"+e.Namespace+"-"+e.Name+"-.*")
}

const untilSelf = "Prometheus scrapes itself"

func ruleFailures(e *env.Environment) grafana.Panel {
	return grafana.Panel{
		ID: 32, Title: "Failed evaluations",
		Description: "Rules of this environment that Prometheus could not evaluate, per second. Worry about any: an alert that is not " +
			"evaluated cannot fire.",
		View:  grafana.TimeSeries{Legend: meanMaxLast},
		Field: grafana.Field{Unit: grafana.UnitPerSecond, Min: new(0.0), NoValue: "Prometheus does not scrape itself", Thresholds: redFrom(1e-9)},
		Targets: []grafana.Target{until(untilSelf, lines(e, "failed",
			"sum(rate(prometheus_rule_evaluation_failures_total{"+ruleGroups(e)+"}"+perStep+"))"))},
	}
}

func ruleTime(e *env.Environment) grafana.Panel {
	return grafana.Panel{
		ID: 33, Title: "Time of the rules",
		Description: "How long the rules of this environment took at their last evaluation, all groups together. Worry when it comes " +
			"near the interval: evaluations are skipped then.",
		View:  grafana.TimeSeries{Legend: meanMaxLast},
		Field: grafana.Field{Unit: grafana.UnitSeconds, Min: new(0.0), NoValue: "Prometheus does not scrape itself", Thresholds: none},
		Targets: []grafana.Target{until(untilSelf, lines(e, "all groups",
			"sum(max by (rule_group) (prometheus_rule_group_last_duration_seconds{"+ruleGroups(e)+"}))"))},
	}
}
