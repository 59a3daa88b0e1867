package dashboards

import (
	"fmt"

	"github.com/tux-io/tux-monitoring-operator/internal/plan/dashboards/grafana"
	"github.com/tux-io/tux-monitoring-operator/internal/plan/env"
)

// byWorkspace sums a counter over the time range by workspace.
func byWorkspace(e *env.Environment, function, metric string, more ...string) string {
	return sum(function+"("+series(e, metric, append(more, ofWorkspace(e))...)+inRange+")", e.Workspaces.Label)
}

func largest(expr string) string { return fmt.Sprintf("sort_desc(topk(%d, %s))", topSeries, expr) }

func slowestWorkspaces(e *env.Environment) grafana.Panel {
	mean := byWorkspace(e, "rate", jobDuration+"_sum") + "\n/ (" + byWorkspace(e, "rate", jobDuration+"_count") + " > 0)"
	return grafana.Panel{
		ID: 31, Title: "Slowest jobs",
		Description: "Mean duration of the propagation jobs of a workspace over the time range, the ten longest. Worry about " +
			"one that stands out: its rules or its number of strings have grown. A mean of few jobs says little.",
		View: grafana.BarGauge{},
		Field: grafana.Field{
			Unit: grafana.UnitSeconds, Min: new(0.0), NoValue: "No jobs", Thresholds: alert("TuxPropagationSlow").above(e),
			Links: with(e, business, "workspace", e.Workspaces.Label),
		},
		Targets: []grafana.Target{now("{{"+e.Workspaces.Label+"}}", largest(mean))},
	}
}

func failingWorkspaces(e *env.Environment) grafana.Panel {
	const name = alert("TuxPropagationFailuresForWorkspace")
	failed := byWorkspace(e, "increase", jobs, `status="error"`)
	return grafana.Panel{
		ID: 32, Title: "Failed jobs",
		Description: "Workspaces with most failed propagation jobs in the time range, and their share. One alone is its data; many " +
			"at once are ours.",
		View: grafana.Table{Joined: true, SortBy: "failed", Columns: []grafana.Column{
			{Field: e.Workspaces.Label, Title: "workspace", Links: drill(e, business,
				"${datasource:queryparam}&${backend:queryparam}&var-workspace=${__value.raw}")},
			{Field: "Value #A", Title: "failed", Width: 80},
			{Field: "Value #B", Title: "share", Unit: grafana.UnitRatio, Decimals: new(1), Width: 80},
		}},
		Field: grafana.Field{Unit: grafana.UnitCount, Decimals: new(0), NoValue: "No job failed", Thresholds: none},
		Links: runbooks(e, name),
		Targets: []grafana.Target{
			until("a propagation job fails", now("failed {{"+e.Workspaces.Label+"}}", fmt.Sprintf("topk(%d, %s > 0)", topSeries, failed))),
			until("a propagation job fails", now("share {{"+e.Workspaces.Label+"}}",
				fmt.Sprintf("topk(%d, %s > 0)\n/ (%s > 0)", topSeries, failed, byWorkspace(e, "increase", jobs)))),
		},
	}
}

func activeUsers(e *env.Environment) grafana.Panel {
	return grafana.Panel{
		ID: 33, Title: "Active users",
		Description: "Users of a workspace that are active now, the ten largest. Each pod counts for itself and the largest number is " +
			"shown: somebody on two pods is one user.",
		View: grafana.BarGauge{},
		Field: grafana.Field{
			Unit: grafana.UnitCount, Min: new(0.0), Decimals: new(0), NoValue: "Not exported", Thresholds: none,
			Links: with(e, business, "workspace", e.Workspaces.Label),
		},
		Targets: []grafana.Target{until("the backend sets the gauge", now("{{"+e.Workspaces.Label+"}}",
			largest(highest(series(e, "tux_workspace_active_users", ofWorkspace(e)), e.Workspaces.Label))))},
	}
}

func workspacesSeen(e *env.Environment) grafana.Panel {
	const name = alert("TuxWorkspaceCardinality")
	return grafana.Panel{
		ID: 34, Title: "Workspaces seen", View: grafana.Stat{}, Width: 4,
		Description: "Workspaces that have series now. Each costs some 31 series on every pod." + name.begins(e),
		Field:       grafana.Field{Unit: grafana.UnitCount, NoValue: "None yet", Thresholds: workspaceLimit(e)},
		Links:       append(to(e, monitoring), runbooks(e, name)...),
		Targets: []grafana.Target{now("workspaces",
			"count(count by ("+e.Workspaces.Label+") ("+series(e, generations)+"))")},
	}
}

// workspaceLimit is where TuxWorkspaceCardinality begins, which compares with the spec and not with a threshold.
func workspaceLimit(e *env.Environment) grafana.Thresholds {
	if len(runbooks(e, "TuxWorkspaceCardinality")) == 0 {
		return none
	}
	return grafana.Thresholds{Base: grafana.Green, Steps: []grafana.Step{{From: float64(e.Workspaces.Limit), Color: grafana.Orange}}}
}
