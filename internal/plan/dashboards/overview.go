package dashboards

import (
	"github.com/tux-io/tux-monitoring-operator/internal/plan/dashboards/grafana"
	"github.com/tux-io/tux-monitoring-operator/internal/plan/env"
)

// overviewRows answer in one screen whether an environment is well and, if not, where to look.
var overviewRows = []func(*env.Environment) grafana.Row{
	glanceRow,
	func(e *env.Environment) grafana.Row {
		panels := []grafana.Panel{firingNow(e)}
		if e.Probes.Enabled {
			panels = append(panels, componentStates(e, 22, to(e, health)))
		}
		if e.Workspaces.Limit != 1 { // one alone takes nothing from others
			panels = append(panels, busiestNow(e))
		}
		if len(panels) > 2 {
			panels[0].Width = 10 // names of alerts are long
		}
		return grafana.Row{ID: 2, Title: "What is wrong", Height: 7, Panels: panels}
	},
	func(e *env.Environment) grafana.Row {
		return grafana.Row{ID: 3, Title: "Users", Height: 8, Panels: []grafana.Panel{traffic(e), errorRatios(e), slowestTimes(e)}}
	},
	func(e *env.Environment) grafana.Row {
		return grafana.Row{ID: 4, Title: "Work", Height: 8, Panels: []grafana.Panel{
			stringsOfBusiest(e), failedWork(e), cacheHits(e, 43),
		}}
	},
}

func firingNow(e *env.Environment) grafana.Panel {
	const by = "alertname, severity, backend, component, view, objective, pod"
	return grafana.Panel{
		ID: 21, Title: "Firing alerts",
		Description: "What fires now, and for how long it is known. An alert of the catalogue leads to its runbook. Begin with critical; of " +
			"several, the oldest is most often the cause.",
		View: grafana.Table{SortBy: "severity", Ascending: true, Columns: []grafana.Column{
			{Field: "severity", Title: "severity", Width: 90, Mappings: []grafana.Mapping{
				{Value: "critical", Text: "critical", Color: grafana.Red},
				{Value: "warning", Text: "warning", Color: grafana.Orange},
			}},
			{Field: "alertname", Title: "alert", Links: []grafana.Link{
				{Title: "Runbook", URL: env.RunbookURL("${__value.raw}")},
			}},
			{Field: "backend", Title: "backend"},
			{Field: "component", Title: "component"},
			{Field: "view", Title: "view"},
			{Field: "objective", Title: "objective"},
			{Field: "pod", Title: "pod"},
			{Field: "Value", Title: "for", Unit: grafana.UnitSeconds, Decimals: new(1), Width: 100},
		}},
		Field: grafana.Field{Unit: grafana.UnitCount, NoValue: "Nothing fires", Thresholds: none},
		Targets: []grafana.Target{until("an alert fires", now("{{alertname}}",
			"max by ("+by+") (time() - ALERTS_FOR_STATE{"+alertsOf(e)+"})\nand on ("+by+") "+firing(e)))},
	}
}

// traffic counts answers and not requests: those carry the status, and every rule divides by them.
func traffic(e *env.Environment) grafana.Panel {
	const recorded = "job:tux_http_requests:rate5m"
	return grafana.Panel{
		ID: 31, Title: "Requests",
		Description: "Answered user requests per second over 5 minutes, and the same a week ago. Worry about a drop nobody " +
			"planned. Scrapes and health questions are left out; a request that killed its worker was never answered " +
			"and is not here.",
		View: grafana.TimeSeries{Legend: inOrder(meanMaxLast), Styles: []grafana.Style{
			{Series: "a week ago", Color: grafana.Grey, Faint: true},
		}},
		Field: grafana.Field{Unit: grafana.UnitRequests, Min: new(0.0), Thresholds: none},
		Links: append(to(e, http), runbooks(e, "TuxTrafficDrop")...),
		Targets: []grafana.Target{
			lines(e, "{{job}}", sum(series(e, recorded), "job")),
			until("Prometheus has a week of data", lines(e, "a week ago", sum(series(e, recorded)+" offset 1w"))),
		},
	}
}

func errorRatios(e *env.Environment) grafana.Panel {
	const name = alert("TuxHighErrorRate")
	return grafana.Panel{
		ID: 32, Title: "Server errors",
		Description: "Share of the user requests of the last 5 minutes answered with 5xx. Worry when it stays up: which view it " +
			"is, says the HTTP dashboard." + name.begins(e),
		View:    grafana.TimeSeries{ThresholdLines: true, Legend: meanMaxLast},
		Field:   grafana.Field{Unit: grafana.UnitRatio, Min: new(0.0), Thresholds: name.above(e)},
		Links:   append(to(e, http), runbooks(e, name)...),
		Targets: []grafana.Target{lines(e, "{{job}}", highest(series(e, "job:tux_http_errors:ratio_rate5m"), "job"))},
	}
}

func slowestTimes(e *env.Environment) grafana.Panel {
	const name = alert("TuxSlowResponses")
	return grafana.Panel{
		ID: 33, Title: "Response times, p95",
		Description: "95% of the user requests of the last 5 minutes were answered within this time. Worry when it leaves its " +
			"usual band." + name.begins(e),
		View:    grafana.TimeSeries{ThresholdLines: true, Legend: meanMaxLast},
		Field:   grafana.Field{Unit: grafana.UnitSeconds, Min: new(0.0), Thresholds: name.above(e)},
		Links:   append(to(e, http), runbooks(e, name)...),
		Targets: []grafana.Target{lines(e, "{{job}}", highest(series(e, "job:tux_http_latency_seconds:p95_5m"), "job"))},
	}
}

// failedWork is what went wrong for workspaces, as shares of what was tried.
func failedWork(e *env.Environment) grafana.Panel {
	p := failedShares(e, 42)
	p.Links = append(to(e, business), p.Links...)
	return p
}
