package dashboards

import (
	"crypto/sha256"
	"encoding/binary"
	"fmt"
	"strings"

	"github.com/tux-io/tux-monitoring-operator/internal/plan/burnrate"
	"github.com/tux-io/tux-monitoring-operator/internal/plan/dashboards/grafana"
	"github.com/tux-io/tux-monitoring-operator/internal/plan/env"
	"github.com/tux-io/tux-monitoring-operator/internal/plan/rules"
	"github.com/tux-io/tux-monitoring-operator/internal/promql"
)

const (
	budgetLeft = "job_objective:tux_slo_error_budget:remaining"
	burnAlert  = alert("TuxErrorBudgetBurn")
	badEvents  = "job_objective:tux_slo_errors:ratio_rate"
)

// budget is red where it is overdrawn and orange where little is left.
var budget = grafana.Thresholds{Base: grafana.Red, Steps: []grafana.Step{
	{From: 0, Color: grafana.Orange}, {From: 0.25, Color: grafana.Green},
}}

// budgetsRow compares all objectives.
func budgetsRow(e *env.Environment) grafana.Row {
	return grafana.Row{ID: 1, Title: "All objectives", Height: 8, Panels: []grafana.Panel{
		{
			ID: 11, Title: "Error budget left", View: grafana.BarGauge{}, Width: 8,
			Description: "What is left of the error budget of each objective over its window: 100% is untouched, below 0% the " +
				"objective is missed. From a quarter down, changes should wait.",
			Field: grafana.Field{
				Unit: grafana.UnitRatio, Min: new(0.0), Max: new(1.0), Decimals: new(1), NoValue: "No traffic", Thresholds: budget,
			},
			Links:   runbooks(e, burnAlert, "TuxObjectiveNoData"),
			Targets: []grafana.Target{now("{{objective}} {{job}}", "sort("+series(e, budgetLeft)+")")},
		},
		{
			ID: 12, Title: "History of the budgets",
			Description: "The same over time. A staircase is a row of incidents; a slope is something that fails all the time and " +
				"pages nobody. It rises when an old incident leaves the window.",
			View:    grafana.TimeSeries{ThresholdLines: true, Legend: meanMinLast},
			Field:   grafana.Field{Unit: grafana.UnitRatio, Max: new(1.0), Thresholds: budget},
			Links:   runbooks(e, burnAlert),
			Targets: []grafana.Target{lines(e, "{{objective}} {{job}}", series(e, budgetLeft))},
		},
	}}
}

// objectiveRows are one row per objective in force.
func objectiveRows(e *env.Environment) []func(*env.Environment) grafana.Row {
	out := make([]func(*env.Environment) grafana.Row, 0, len(e.Objectives))
	for i := range e.Objectives {
		o := &e.Objectives[i]
		out = append(out, func(e *env.Environment) grafana.Row { return objectiveRow(e, o) })
	}
	return out
}

func objectiveRow(e *env.Environment, o *env.Objective) grafana.Row {
	id := rowOf(o.Name)
	return grafana.Row{
		ID: id, Height: 8,
		Title:  fmt.Sprintf("%s: %s%% over %s", o.Name, o.Target, o.Window),
		Panels: []grafana.Panel{badShare(e, o, id+1), burnRates(e, o, id+2)},
	}
}

// rowOf is the id of the row of an objective: the same whatever other objectives there are. The ids of its
// panels follow.
func rowOf(objective string) int {
	sum := sha256.Sum256([]byte(objective))
	return 1000 + 10*int(binary.BigEndian.Uint32(sum[:])%10_000_000)
}

func badShare(e *env.Environment, o *env.Objective, id int) grafana.Panel {
	allowed := burnrate.Allowed(o.Target)
	return grafana.Panel{
		ID: id, Title: "Bad events of " + o.Name,
		Description: fmt.Sprintf("Share of the events that were bad, over 5 minutes and over an hour. The line is what the objective "+
			"allows over %s, %s%%: for a while more is no harm, all the time it is.", o.Window, burnrate.Decimal(allowed*100)),
		View: grafana.TimeSeries{ThresholdLines: true, Legend: meanMaxLast, SoftMax: allowed},
		Field: grafana.Field{Unit: grafana.UnitRatio, Min: new(0.0), Thresholds: grafana.Thresholds{
			Base: grafana.Green, Steps: []grafana.Step{{From: allowed, Color: grafana.Orange}},
		}},
		Links: runbooks(e, burnAlert),
		Targets: []grafana.Target{
			lines(e, "5m {{job}}", series(e, badEvents+"5m", equal("objective", o.Name))),
			lines(e, "1h {{job}}", series(e, badEvents+"1h", equal("objective", o.Name))),
		},
	}
}

// burnRates draws the long windows of the burn alerts and the factors at which they begin.
func burnRates(e *env.Environment, o *env.Objective, id int) grafana.Panel {
	allowed := burnrate.Decimal(burnrate.Allowed(o.Target))
	var targets []grafana.Target
	var begins []string
	for _, pair := range burnrate.Pairs(env.Duration(o.Window)) {
		long := promql.Duration(pair.Long)
		targets = append(targets, lines(e, long+" {{job}}", series(e, badEvents+long, equal("objective", o.Name))+" / "+allowed))
		begins = append(begins, fmt.Sprintf("%sx over %s", burnrate.Decimal(pair.Factor), long))
	}
	about := fmt.Sprintf("How many times faster than allowed the budget is spent; at 1x it lasts exactly %s.", o.Window)
	steps := factors(e, o)
	if len(steps.Steps) > 0 {
		about += fmt.Sprintf(" %s begins at %s, if the short window of the pair agrees. The lines are the factors of those that "+
			"are watched.", burnAlert, strings.Join(begins, ", "))
	}
	return grafana.Panel{
		ID: id, Title: "Burn rate of " + o.Name, Description: about,
		// 1x is always in the picture, and a hundredth is exact enough: who burns nothing sees a line at 0.
		View:    grafana.TimeSeries{ThresholdLines: true, Legend: meanMaxLast, SoftMax: 1},
		Field:   grafana.Field{Unit: grafana.UnitTimes, Min: new(0.0), Decimals: new(2), Thresholds: steps},
		Links:   runbooks(e, burnAlert),
		Targets: targets,
	}
}

// factors are those at which a burn alert of the objective begins: red what pages, orange what is a ticket.
func factors(e *env.Environment, o *env.Objective) grafana.Thresholds {
	out := grafana.Thresholds{Base: grafana.Green}
	if _, there := rules.InForce(string(burnAlert), e); !there {
		return out
	}
	pairs := burnrate.Pairs(env.Duration(o.Window))
	for i := len(pairs) - 1; i >= 0; i-- {
		pair := &pairs[i]
		color := grafana.Orange
		if pair.Page {
			color = grafana.Red
		}
		watched := pair.Page && o.Pages || !pair.Page && o.Tickets
		last := len(out.Steps) - 1
		if watched && (last < 0 || out.Steps[last].From < pair.Factor) {
			out.Steps = append(out.Steps, grafana.Step{From: pair.Factor, Color: color})
		}
	}
	return out
}
