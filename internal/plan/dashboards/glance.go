package dashboards

import (
	"github.com/tux-io/tux-monitoring-operator/internal/plan/dashboards/grafana"
	"github.com/tux-io/tux-monitoring-operator/internal/plan/env"
)

// glanceRow is one number per question, colored when somebody should look. All ask for now only: over a
// range they would go on showing the last value of series that have ended.
func glanceRow(e *env.Environment) grafana.Row {
	panels := []grafana.Panel{alertCount(e), targetsUp(e)}
	if e.Probes.Enabled {
		panels = append(panels, healthAnswers(e))
	}
	panels = append(panels, errorRatio(e), slowest(e))
	if objectives.works(e) {
		panels = append(panels, leastBudget(e))
	}
	return grafana.Row{ID: 1, Title: "At a glance", Height: 4, Panels: panels}
}

// alertCount counts an alert without severity, which may be one of the user, among the warnings.
func alertCount(e *env.Environment) grafana.Panel {
	count := func(severity string) string { return "count(" + firing(e, severity) + ") or vector(0)" }
	return grafana.Panel{
		ID: 11, Title: "Alerts now",
		View: grafana.Stat{Names: true, Series: []grafana.SeriesThresholds{{Series: "warning", Thresholds: anyIsOrange}}},
		Description: "Alerts that fire now: critical ones, and all others that are more than information. It is 0 too when " +
			"Prometheus has not loaded the rules: see the condition PrometheusDiscovered of the TuxMonitoring.",
		Field:   grafana.Field{Unit: grafana.UnitCount, Thresholds: anyAtAll},
		Targets: []grafana.Target{now("critical", count(`severity="critical"`)), now("warning", count(`severity!="critical"`))},
	}
}

func targetsUp(e *env.Environment) grafana.Panel {
	return grafana.Panel{
		ID: 12, Title: "Pods scraped", View: grafana.Stat{},
		Description: "Share of the pods Prometheus can scrape. Below 100% some pods are down or refuse the scrape; every " +
			"number below lacks them. No pods: none is discovered, the monitor is not selected or the Deployment has " +
			"no replicas.",
		Field:   grafana.Field{Unit: grafana.UnitRatio, NoValue: "No pods", Thresholds: complete},
		Links:   append(to(e, monitoring), runbooks(e, "TuxBackendAbsent", "TuxBackendScrapeDown")...),
		Targets: []grafana.Target{now("scraped", "avg("+series(e, "up")+")")},
	}
}

func healthAnswers(e *env.Environment) grafana.Panel {
	return grafana.Panel{
		ID: 13, Title: "Health answers", View: grafana.Stat{},
		Description: "Share of the health questions (live, ready, full and each component, asked of every pod) that are " +
			"answered well. Below 100% a pod or something it needs is ill. No answers: the exporter does not run or " +
			"the monitor is not selected.",
		Field:   grafana.Field{Unit: grafana.UnitRatio, NoValue: "No answers", Thresholds: complete},
		Links:   to(e, health),
		Targets: []grafana.Target{now("healthy", "avg("+probe(e, "probe_success", questions(e))+")")},
	}
}

func errorRatio(e *env.Environment) grafana.Panel {
	const name = alert("TuxHighErrorRate")
	begins := name.begins(e)
	if begins != "" {
		begins += " The alert also wants more than 0.1 requests per second."
	}
	return grafana.Panel{
		ID: 14, Title: "5xx, worst backend", View: grafana.Stat{},
		Description: "Share of the user requests of the last 5 minutes answered with 5xx, of the backend where it is largest." + begins,
		Field:       grafana.Field{Unit: grafana.UnitRatio, Decimals: new(2), NoValue: "No traffic", Thresholds: name.above(e)},
		Links:       append(to(e, http), runbooks(e, name)...),
		Targets:     []grafana.Target{now("5xx", highest(series(e, "job:tux_http_errors:ratio_rate5m")))},
	}
}

func slowest(e *env.Environment) grafana.Panel {
	const name = alert("TuxSlowResponses")
	return grafana.Panel{
		ID: 15, Title: "p95, slowest backend", View: grafana.Stat{},
		Description: "95% of the user requests of the last 5 minutes were answered within this time, of the backend where it " +
			"is longest." + name.begins(e),
		Field:   grafana.Field{Unit: grafana.UnitSeconds, Decimals: new(2), NoValue: "No traffic", Thresholds: name.above(e)},
		Links:   append(to(e, http), runbooks(e, name)...),
		Targets: []grafana.Target{now("p95", highest(series(e, "job:tux_http_latency_seconds:p95_5m")))},
	}
}

func leastBudget(e *env.Environment) grafana.Panel {
	return grafana.Panel{
		ID: 16, Title: "Least error budget left", View: grafana.Stat{},
		Description: "What is left of the error budget of the objective that has least of it: 100% is untouched, below 0% the " +
			"objective is missed. Orange from a quarter down: from there on changes should wait.",
		Field:   grafana.Field{Unit: grafana.UnitRatio, Decimals: new(0), NoValue: "No traffic", Thresholds: budget},
		Links:   append(to(e, objectives), runbooks(e, burnAlert)...),
		Targets: []grafana.Target{now("left", lowest(series(e, budgetLeft)))},
	}
}
