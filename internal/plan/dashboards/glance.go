package dashboards

import (
	"fmt"

	"github.com/tux-io/tux-monitoring-operator/internal/plan/dashboards/grafana"
	"github.com/tux-io/tux-monitoring-operator/internal/plan/env"
)

// glance is one number per question, red when somebody should look. All ask for now only: over a
// range they would go on showing the last value of series that have ended.
func glance(e *env.Environment) []grafana.Panel {
	out := []grafana.Panel{firingAlerts(e), targetsUp(e)}
	if e.Probes.Enabled {
		out = append(out, healthAnswers(e))
	}
	return append(out, errorRatio(e), slowest(e))
}

func firingAlerts(e *env.Environment) grafana.Panel {
	// Rules of the user need not know a backend: an alert without the label is shown for all.
	condition := equal("namespace", e.Namespace) + "," + equal("environment", e.Title) +
		`,backend=~"$backend|",alertstate="firing",severity!="info"`
	return grafana.Panel{
		ID: 11, Title: "Firing alerts", View: grafana.Stat{},
		Description: "Alerts that fire now, critical and warning. It is 0 too when Prometheus has not loaded the rules: see " +
			"the condition PrometheusDiscovered of the TuxMonitoring.",
		Field: grafana.Field{
			Unit:       grafana.UnitCount,
			Thresholds: grafana.Thresholds{Base: grafana.Green, Steps: []grafana.Step{{From: 1, Color: grafana.Red}}},
		},
		Targets: []grafana.Target{{Legend: "firing", Instant: true, Expr: "count(ALERTS{" + condition + "}) or vector(0)"}},
	}
}

func targetsUp(e *env.Environment) grafana.Panel {
	return grafana.Panel{
		ID: 12, Title: "Pods scraped", View: grafana.Stat{},
		Description: "Share of the pods Prometheus can scrape. Below 100% some pods are down or refuse the scrape; every " +
			"number below lacks them. No pods: none is discovered, the monitor is not selected or the Deployment has " +
			"no replicas.",
		Field:   grafana.Field{Unit: grafana.UnitRatio, NoValue: "No pods", Thresholds: complete},
		Targets: []grafana.Target{{Legend: "scraped", Instant: true, Expr: "avg(up{" + target(e) + "})"}},
	}
}

func healthAnswers(e *env.Environment) grafana.Panel {
	condition := equal("namespace", e.Namespace) + "," + probeJobs(e)
	return grafana.Panel{
		ID: 13, Title: "Health answers", View: grafana.Stat{},
		Description: "Share of the health questions (live, ready, full and each component, asked of every pod) that are " +
			"answered well. Below 100% a pod or something it needs is ill. No answers: the exporter does not run or " +
			"the monitor is not selected.",
		Field:   grafana.Field{Unit: grafana.UnitRatio, NoValue: "No answers", Thresholds: complete},
		Targets: []grafana.Target{{Legend: "healthy", Instant: true, Expr: "avg(probe_success{" + condition + "})"}},
	}
}

func errorRatio(e *env.Environment) grafana.Panel {
	return grafana.Panel{
		ID: 14, Title: "5xx ratio, worst backend", View: grafana.Stat{},
		Description: fmt.Sprintf(
			"Share of the user requests of the last 5 minutes answered with 5xx, of the backend where it is largest. "+
				"Red is where %s begins; that alert also wants more than 0.1 requests per second.", highErrorRate.name),
		Field: grafana.Field{
			Unit: grafana.UnitRatio, Decimals: new(2), NoValue: "No traffic", Thresholds: highErrorRate.above(e),
		},
		Links: []grafana.Link{highErrorRate.runbook()},
		Targets: []grafana.Target{{
			Legend: "5xx", Instant: true,
			Expr: "max(job:tux_http_errors:ratio_rate5m{" + target(e) + "})",
		}},
	}
}

func slowest(e *env.Environment) grafana.Panel {
	return grafana.Panel{
		ID: 15, Title: "p95, slowest backend", View: grafana.Stat{},
		Description: fmt.Sprintf(
			"95%% of the user requests of the last 5 minutes were answered within this time, of the backend where it "+
				"is longest. Red is where %s begins.", slowResponses.name),
		Field: grafana.Field{
			Unit: grafana.UnitSeconds, Decimals: new(2), NoValue: "No traffic", Thresholds: slowResponses.above(e),
		},
		Links: []grafana.Link{slowResponses.runbook()},
		Targets: []grafana.Target{{
			Legend: "p95", Instant: true,
			Expr: "max(job:tux_http_latency_seconds:p95_5m{" + target(e) + "})",
		}},
	}
}
