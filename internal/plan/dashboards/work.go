package dashboards

import (
	"fmt"

	"github.com/tux-io/tux-monitoring-operator/internal/plan/dashboards/grafana"
	"github.com/tux-io/tux-monitoring-operator/internal/plan/env"
)

func stringGeneration(e *env.Environment) grafana.Panel {
	const metric = "tux_string_generations_total"
	return grafana.Panel{
		ID: 31, Title: "String generation rate by workspace",
		Description: "Generated strings per second of the ten busiest workspaces of the time range, and failed ones of all " +
			"workspaces. Worry about failures, and about a workspace that stops. The first generation of a workspace " +
			"on a pod is not seen by a rate.",
		View:  grafana.TimeSeries{Legend: meanMaxLast},
		Field: grafana.Field{Unit: grafana.UnitPerSecond, Min: new(0.0), Thresholds: none},
		Targets: []grafana.Target{
			{Legend: "{{" + e.Workspaces.Label + "}}", MinStep: scrapeStep(e), Expr: top(e.Workspaces.Label, func(window string) string {
				return rate(e, metric, window)
			})},
			{Legend: "failed, all workspaces", MinStep: scrapeStep(e), Expr: fmt.Sprintf("sum(%s) or 0 * sum(%s)",
				rate(e, metric, perStep, `status="error"`), rate(e, metric, perStep))},
		},
	}
}

func caches(e *env.Environment) grafana.Panel {
	const catalogue = "tux_dimension_catalog_queries_total"
	sum := func(metric string, more ...string) string { return "sum(" + rate(e, metric, perStep, more...) + ")" }
	byCache := func(metric string) string { return "sum by (backend) (" + rate(e, metric, perStep) + ")" }
	return grafana.Panel{
		ID: 32, Title: "Cache performance",
		Description: "Share of lookups the caches answer: the dimension catalogue as TUX counts it, and each of Django's " +
			"caches. Worry about a drop that lasts: the database does that work then. A deployment empties a cache " +
			"in memory and causes a short dip.",
		View:  grafana.TimeSeries{Legend: grafana.Legend{Calcs: []string{"mean", "min", "lastNotNull"}}},
		Field: grafana.Field{Unit: grafana.UnitRatio, Min: new(0.0), Max: new(1.0), Thresholds: none},
		Targets: []grafana.Target{
			{Legend: "dimension catalogue", MinStep: scrapeStep(e), Expr: share(sum(catalogue, `cache_hit="hit"`), sum(catalogue))},
			{Legend: "Django, {{backend}}", MinStep: scrapeStep(e), Expr: share(
				byCache("django_cache_get_hits_total"), byCache("django_cache_get_total"))},
		},
	}
}

// rate of a counter of the chosen backends.
func rate(e *env.Environment, metric, window string, more ...string) string {
	return fmt.Sprintf("rate(%s{%s}%s)", metric, target(e, more...), window)
}
