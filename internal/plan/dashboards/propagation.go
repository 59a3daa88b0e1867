package dashboards

import (
	"fmt"

	"github.com/tux-io/tux-monitoring-operator/internal/plan/dashboards/grafana"
	"github.com/tux-io/tux-monitoring-operator/internal/plan/env"
)

const (
	durationMetric = "tux_propagation_duration_seconds"
	jobsRecord     = "job_status:tux_propagation_jobs:rate10m"
	// lastBucket is the largest bucket of the histogram, as Python writes it; a quantile beyond it is
	// given as this bucket.
	lastBucket = "10.0"
)

func propagation(e *env.Environment) []grafana.Panel {
	return []grafana.Panel{propagationTimes(e), propagationFailed(e), propagationSlowest(e)}
}

func propagationTimes(e *env.Environment) grafana.Panel {
	sum := func(suffix string) string { return "sum(" + rate(e, durationMetric+suffix, perStep) + ")" }
	buckets := rate(e, durationMetric+"_bucket", perStep)
	return grafana.Panel{
		ID: 41, Title: "Propagation job duration",
		Description: "95% of the jobs were done within p95; the mean is of all. A p95 of 10 s means 10 s or more: that is the " +
			"largest bucket, and the panel beside says how many jobs are beyond it. Then trust the mean, which has " +
			"no limit. Points are 20-minute averages, because jobs are rare.",
		View:  grafana.TimeSeries{Legend: meanMaxLast},
		Field: grafana.Field{Unit: grafana.UnitSeconds, Min: new(0.0), Thresholds: none},
		Targets: []grafana.Target{
			{Legend: "p95", MinStep: jobStep, Expr: fmt.Sprintf("histogram_quantile(0.95, sum by (le) (%s)) >= 0", buckets)},
			{Legend: "mean", MinStep: jobStep, Expr: fmt.Sprintf("%s\n/ (%s > 0)", sum("_sum"), sum("_count"))},
		},
	}
}

func propagationFailed(e *env.Environment) grafana.Panel {
	jobs := func(more ...string) string {
		return fmt.Sprintf("sum by (job) (%s{%s})", jobsRecord, target(e, more...))
	}
	done := "sum(" + rate(e, durationMetric+"_count", perStep) + ")"
	inTime := "sum(" + rate(e, durationMetric+"_bucket", perStep, equal("le", lastBucket)) + ")"
	return grafana.Panel{
		ID: 42, Title: "Propagation jobs failed or beyond 10 s",
		Description: fmt.Sprintf(
			"Share of the jobs that failed, over 10 minutes and by backend, and of those that took longer than the "+
				"largest bucket. Worry when failures cross the dashed line, where %s begins; that alert also wants two "+
				"failed jobs. Jobs of Celery or cron are not scraped and not here.", propagationFailures.name),
		View:  grafana.TimeSeries{ThresholdLines: true, Legend: meanMaxLast},
		Field: grafana.Field{Unit: grafana.UnitRatio, Min: new(0.0), Max: new(1.0), Thresholds: propagationFailures.above(e)},
		Links: []grafana.Link{propagationFailures.runbook()},
		Targets: []grafana.Target{
			{Legend: "failed {{job}}", Expr: share(jobs(`status="error"`), jobs())},
			{Legend: "beyond 10 s", MinStep: jobStep, Expr: fmt.Sprintf("1 - %s\n/ (%s > 0)", inTime, done)},
		},
	}
}

func propagationSlowest(e *env.Environment) grafana.Panel {
	sum := func(suffix string) string {
		return "sum by (" + e.Workspaces.Label + ") (" + rate(e, durationMetric+suffix, "[$__range]") + ")"
	}
	return grafana.Panel{
		ID: 43, Title: "Slowest workspaces",
		Description: "Mean duration of the propagation jobs of a workspace over the time range, the ten longest. Worry about " +
			"one that stands out: its rules or its number of strings have grown. A mean of few jobs says little.",
		View:  grafana.BarGauge{},
		Field: grafana.Field{Unit: grafana.UnitSeconds, Min: new(0.0), NoValue: "No jobs", Thresholds: none},
		Targets: []grafana.Target{{
			Legend: "{{" + e.Workspaces.Label + "}}", Instant: true, MinStep: scrapeStep(e),
			Expr: fmt.Sprintf("sort_desc(topk(%d, %s\n/ (%s > 0)))", topSeries, sum("_sum"), sum("_count")),
		}},
	}
}
