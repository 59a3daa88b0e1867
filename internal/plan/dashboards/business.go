package dashboards

import (
	"fmt"

	"github.com/tux-io/tux-monitoring-operator/internal/plan/dashboards/grafana"
	"github.com/tux-io/tux-monitoring-operator/internal/plan/env"
)

// businessRows are bounded everywhere: there may be thousands of workspaces.
var businessRows = []func(*env.Environment) grafana.Row{
	func(e *env.Environment) grafana.Row {
		return grafana.Row{ID: 1, Title: "Strings", Height: 8, Panels: []grafana.Panel{
			generatedStrings(e), stringsOfChosen(e), failedShares(e, 13),
		}}
	},
	func(e *env.Environment) grafana.Row {
		return grafana.Row{ID: 2, Title: "Propagation jobs", Height: 8, Panels: []grafana.Panel{
			finishedJobs(e), jobTimes(e), jobsBeyond(e),
		}}
	},
	func(e *env.Environment) grafana.Row {
		return grafana.Row{ID: 3, Title: "Workspaces that stand out", Height: 8, Panels: []grafana.Panel{
			slowestWorkspaces(e), failingWorkspaces(e), activeUsers(e), workspacesSeen(e),
		}}
	},
}

// ofWorkspace is a condition on the workspaces that are chosen.
func ofWorkspace(e *env.Environment) string { return e.Workspaces.Label + `=~"$workspace"` }

func generatedStrings(e *env.Environment) grafana.Panel {
	return grafana.Panel{
		ID: 11, Title: "Generated strings",
		Description: "Strings generated per second by status. Worry when success falls while requests go on. The first one of a " +
			"workspace on a pod is not seen by a rate.",
		View: grafana.TimeSeries{Stacked: true, Legend: meanMaxLast, Styles: []grafana.Style{
			{Series: "success", Color: grafana.Green}, {Series: "error", Color: grafana.Red},
		}},
		Field:   grafana.Field{Unit: grafana.UnitPerSecond, Min: new(0.0), Thresholds: none},
		Targets: []grafana.Target{lines(e, "{{status}}", sum(rate(e, generations, ofWorkspace(e)), "status"))},
	}
}

// stringsOfChosen asks the counters and not the records, which know only the busiest one by one: any
// workspace can be chosen here.
func stringsOfChosen(e *env.Environment) grafana.Panel {
	return stringsByWorkspace(e, 12, "Generated strings per second of the ten busiest workspaces of the time range.",
		top(e.Workspaces.Label, rate(e, generations, ofWorkspace(e)), rateOver(e, generations, wholeRange, ofWorkspace(e))))
}

func failedShares(e *env.Environment, id int) grafana.Panel {
	failed := func(recorded string) string {
		return share(sum(series(e, recorded, `status="error"`), "job"), sum(series(e, recorded), "job"))
	}
	const strings, propagation = alert("TuxStringGenerationFailures"), alert("TuxPropagationFailures")
	return grafana.Panel{
		ID: id, Title: "Failed work",
		Description: "Share of the propagation jobs and of the string generations that failed over 10 minutes, all workspaces. " +
			"Jobs of Celery or cron are not scraped and not here." + propagation.begins(e),
		View:  grafana.TimeSeries{ThresholdLines: true, Legend: meanMaxLast},
		Field: grafana.Field{Unit: grafana.UnitRatio, Min: new(0.0), Thresholds: propagation.above(e)},
		Links: runbooks(e, propagation, strings),
		Targets: []grafana.Target{
			lines(e, "jobs {{job}}", failed("job_status:tux_propagation_jobs:rate10m")),
			lines(e, "strings {{job}}", failed("job_status:tux_string_generations:rate10m")),
		},
	}
}

// perJobStep asks for a rate over 20 minutes at least.
func perJobStep(legend, expr string) grafana.Target {
	return grafana.Target{Legend: legend, MinStep: jobStep, Expr: expr}
}

func finishedJobs(e *env.Environment) grafana.Panel {
	return grafana.Panel{
		ID: 21, Title: "Finished jobs",
		Description: "Propagation jobs per second by status, 20-minute averages, because jobs are rare. Worry when they stop on a day " +
			"they should run.",
		View: grafana.TimeSeries{Stacked: true, Legend: meanMaxLast, Styles: []grafana.Style{
			{Series: "success", Color: grafana.Green}, {Series: "error", Color: grafana.Red},
		}},
		Field:   grafana.Field{Unit: grafana.UnitPerSecond, Min: new(0.0), Thresholds: none},
		Links:   runbooks(e, "TuxPropagationFailures", "TuxPropagationStalled"),
		Targets: []grafana.Target{perJobStep("{{status}}", sum(rate(e, jobs, ofWorkspace(e)), "status"))},
	}
}

func jobTimes(e *env.Environment) grafana.Panel {
	const name = alert("TuxPropagationSlow")
	part := func(suffix string) string { return sum(rate(e, jobDuration+suffix, ofWorkspace(e))) }
	return grafana.Panel{
		ID: 22, Title: "Time of a job",
		Description: "95% of the jobs were done within p95; the mean is of all. A p95 of 10 s means 10 s or more: that is the " +
			"largest bucket. Then trust the mean, which has no limit." + name.begins(e),
		View:  grafana.TimeSeries{ThresholdLines: true, Legend: meanMaxLast},
		Field: grafana.Field{Unit: grafana.UnitSeconds, Min: new(0.0), Thresholds: name.above(e)},
		Links: runbooks(e, name),
		Targets: []grafana.Target{
			perJobStep("p95", quantile("0.95", rate(e, jobDuration+"_bucket", ofWorkspace(e)))),
			perJobStep("mean", part("_sum")+"\n/ ("+part("_count")+" > 0)"),
		},
	}
}

// jobsBeyond counts what the largest bucket, as Python writes it, does not hold.
func jobsBeyond(e *env.Environment) grafana.Panel {
	inTime := sum(rate(e, jobDuration+"_bucket", `le="10.0"`, ofWorkspace(e)))
	done := sum(rate(e, jobDuration+"_count", ofWorkspace(e)))
	return grafana.Panel{
		ID: 23, Title: "Jobs longer than 10 s",
		Description: "Share of the jobs that took longer than the largest bucket, about which p95 says nothing. Worry when it grows: " +
			"workspaces have outgrown their jobs.",
		View:    grafana.TimeSeries{Legend: meanMaxLast},
		Field:   grafana.Field{Unit: grafana.UnitRatio, Min: new(0.0), Thresholds: none},
		Targets: []grafana.Target{perJobStep("beyond 10 s", fmt.Sprintf("1 - %s\n/ (%s > 0)", inTime, done))},
	}
}
