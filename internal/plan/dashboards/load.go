package dashboards

import (
	"fmt"

	"github.com/tux-io/tux-monitoring-operator/internal/plan/dashboards/grafana"
	"github.com/tux-io/tux-monitoring-operator/internal/plan/env"
	"github.com/tux-io/tux-monitoring-operator/internal/promql"
)

// What the rules record of the busiest workspaces one by one and of all others together.
const (
	workspaceStrings = "job_workspace_status:tux_string_generations:rate10m"
	workspaceJobs    = "job_workspace_status:tux_propagation_jobs:rate10m"
)

// moreThanTheRest is the share of the work from which one workspace does more than all others together.
const moreThanTheRest = 0.5

// aWeekAgo compares with the same hour of the same day of the week.
const aWeekAgo = " offset 1w"

// named matches workspaces of their own, and not what stands for all others.
func named(e *env.Environment) string {
	return e.Workspaces.Label + "!~" + promql.Quote("|"+env.OtherWorkspace)
}

// work is the events per second that rank the workspaces: strings and jobs, as the rule counts them that
// says which are recorded. The label `of` keeps both apart where they have the same status.
func work(e *env.Environment, when string, more ...string) string {
	return series(e, workspaceStrings, more...) + when +
		` or label_replace(` + series(e, workspaceJobs, more...) + when + `, "of", "jobs", "", "")`
}

// workShare is what each workspace has of the work of all, those without a name included.
func workShare(e *env.Environment, when string) string {
	return sum(work(e, when, named(e)), e.Workspaces.Label) + "\n/ on () group_left () (" + sum(work(e, when)) + " > 0)"
}

// busiestNow says in one look whether a single workspace is what keeps everybody waiting, and which.
func busiestNow(e *env.Environment) grafana.Panel {
	busiest := fmt.Sprintf("topk(%d, %s)", fewSeries, workShare(e, ""))
	return grafana.Panel{
		ID: 23, Title: "Busiest workspaces",
		Description: "Share of the work, generated strings and propagation jobs of the last 10 minutes, the five workspaces with most " +
			"of it, and their share a week ago. Orange: one does more than all others together. If it did not a week " +
			"ago, it is what the others wait for: ask who runs it. Where one customer is most of the business, it is always " +
			"orange; with spec.workspaces.limit 1 there is no such panel.",
		View: grafana.Table{Joined: true, SortBy: "share", Columns: []grafana.Column{
			{Field: e.Workspaces.Label, Title: "workspace", Links: drill(e, business,
				"${datasource:queryparam}&${backend:queryparam}&var-workspace=${__value.raw}")},
			{Field: "Value #A", Title: "share", Bar: true, Width: 200},
			{Field: "Value #B", Title: "week ago", Width: 85},
		}},
		Field: grafana.Field{
			Unit: grafana.UnitRatio, Min: new(0.0), Max: new(1.0), Decimals: new(0), NoValue: "No work",
			Thresholds: grafana.Thresholds{Base: grafana.Green, Steps: []grafana.Step{{From: moreThanTheRest, Color: grafana.Orange}}},
		},
		Links: to(e, business),
		Targets: []grafana.Target{
			now("{{"+e.Workspaces.Label+"}}", busiest),
			until("Prometheus has a week of data", now("a week ago {{"+e.Workspaces.Label+"}}",
				fmt.Sprintf("(%s)\nand on (%s) %s", workShare(e, aWeekAgo), e.Workspaces.Label, busiest))),
		},
	}
}

// stringsOfBusiest needs no counters: of the busiest workspaces there are records. They are ranked by the
// sum over the range, since a record has gaps where its workspace was not among the busiest.
func stringsOfBusiest(e *env.Environment) grafana.Panel {
	recorded := series(e, workspaceStrings, named(e))
	p := stringsByWorkspace(e, 41, "Generated strings per second over 10 minutes of the ten busiest workspaces of the time range. "+
		"A gap: it was not among the busiest then.",
		top(e.Workspaces.Label, recorded, "sum_over_time("+recorded+wholeRange+")"))
	p.Links = to(e, business)
	return p
}

func stringsByWorkspace(e *env.Environment, id int, what, expr string) grafana.Panel {
	return grafana.Panel{
		ID: id, Title: "Strings by workspace",
		Description: what + " Worry about one that takes what the others need, and about one that stops.",
		View:        grafana.TimeSeries{Stacked: true, Legend: meanMaxLast},
		Field: grafana.Field{
			Unit: grafana.UnitPerSecond, Min: new(0.0), NoValue: "No strings", Thresholds: none,
			Links: with(e, business, "workspace", e.Workspaces.Label),
		},
		Targets: []grafana.Target{lines(e, "{{"+e.Workspaces.Label+"}}", expr)},
	}
}
