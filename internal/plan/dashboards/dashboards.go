package dashboards

import (
	"fmt"
	"slices"

	"github.com/tux-io/tux-monitoring-operator/internal/plan/dashboards/grafana"
	"github.com/tux-io/tux-monitoring-operator/internal/plan/env"
)

// content is what a page shows.
type content struct {
	*page
	// variables beside data source and backend; nil: none.
	variables func(*env.Environment) []grafana.Variable
	rows      []func(*env.Environment) grafana.Row
}

// all is every dashboard, in the order of the links from one to the next.
var all = []content{
	{overview, nil, overviewRows},
	{http, viewChoice, httpRows},
	{objectives, nil, []func(*env.Environment) grafana.Row{budgetsRow}},
	{health, podChoice, healthRows},
	{database, nil, databaseRows},
	{business, workspaceChoice, businessRows},
	{saturation, podChoice, saturationRows},
	{monitoring, podChoice, monitoringRows},
}

// of returns the dashboards of e: those that are wanted and have something to show.
func of(e *env.Environment) []content {
	return slices.DeleteFunc(slices.Clone(all), func(c content) bool { return !c.shown(e) })
}

// build makes the dashboard of e. It depends on the others only by its links.
func (c *content) build(e *env.Environment) *grafana.Dashboard {
	out := &grafana.Dashboard{
		UID:         uid(e, c.name),
		Title:       title(e, c.title),
		Description: c.about,
		Tags:        []string{tag, c.name, e.Title},
		Refresh:     c.refresh,
		From:        c.from,
		Links:       append(neighbours(e, c.page), grafana.Link{Title: "Runbooks", URL: env.RunbookBase}),
		Related:     grafana.Related{Title: "Environments", Tags: []string{tag, c.name}},
		Variables:   []grafana.Variable{grafana.DataSource{}, backendChoice(e)},
		Annotations: annotations(e),
	}
	if c.variables != nil {
		out.Variables = append(out.Variables, c.variables(e)...)
	}
	rows := c.rows
	if c.page == objectives {
		rows = append(slices.Clone(rows), objectiveRows(e)...)
	}
	for _, row := range rows {
		if r := row(e); len(r.Panels) > 0 {
			out.Rows = append(out.Rows, r)
		}
	}
	return out
}

// tag is on the dashboards of all environments.
const tag = "tux-monitoring"

// title is unique in a cluster. Grafana stops loading every dashboard of the sidecar when two in a
// folder share a title (grafana/grafana#127619), and two environments may both be called production.
func title(e *env.Environment, dashboard string) string {
	return fmt.Sprintf("TUX / %s / %s (%s/%s)", e.Title, dashboard, e.Namespace, e.Name)
}

// Panels counts the panels of all dashboards; titles of rows are none.
func Panels(e *env.Environment) int {
	count := 0
	for range panels(e) {
		count++
	}
	return count
}

// Query is one query of a panel.
type Query struct {
	Dashboard, Panel string
	// Expr is PromQL with Grafana variables in it.
	Expr string
	// Legend names the series, with {{label}}.
	Legend string
	// EmptyUntil says what must happen before there is data; empty: some minutes of traffic are enough.
	EmptyUntil string
}

// Queries returns every query of every dashboard in the order they are shown, so that others can check
// them against a Prometheus.
func Queries(e *env.Environment) []Query {
	var out []Query
	for dashboard, panel := range panels(e) {
		for i := range panel.Targets {
			t := &panel.Targets[i]
			out = append(out, Query{
				Dashboard: dashboard, Panel: panel.Title, Expr: t.Expr, Legend: t.Legend, EmptyUntil: t.EmptyUntil,
			})
		}
	}
	return out
}

// panels goes through all panels with the names of their dashboards.
func panels(e *env.Environment) func(yield func(string, *grafana.Panel) bool) {
	return func(yield func(string, *grafana.Panel) bool) {
		for _, c := range of(e) {
			rows := c.build(e).Rows
			for i := range rows {
				for j := range rows[i].Panels {
					if !yield(c.name, &rows[i].Panels[j]) {
						return
					}
				}
			}
		}
	}
}
