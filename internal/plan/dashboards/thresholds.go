package dashboards

import (
	"strconv"

	"github.com/tux-io/tux-monitoring-operator/internal/plan/dashboards/grafana"
	"github.com/tux-io/tux-monitoring-operator/internal/plan/env"
	"github.com/tux-io/tux-monitoring-operator/internal/plan/rules"
)

// alert is the name of an alert of the catalogue that a panel shows.
type alert string

// inPanels are factors from units of the catalogue to those of panels; others are the same.
var inPanels = map[string]float64{"MiB": 1 << 20, "days": 24 * 60 * 60}

// severities have the colors of what is beyond the threshold of an alert.
var severities = map[string]grafana.Color{"critical": grafana.Red, "warning": grafana.Orange, "info": grafana.Blue}

// at returns the threshold of the alert in units of panels, with its override, and its color. It is false
// for an alert that is not in force or has no threshold.
func (a alert) at(e *env.Environment) (from float64, color grafana.Color, ok bool) {
	info, ok := rules.InForce(string(a), e)
	number, err := strconv.ParseFloat(info.Threshold, 64)
	if !ok || err != nil {
		return 0, "", false
	}
	if factor, known := inPanels[info.Unit]; known {
		number *= factor
	}
	color, known := severities[info.Severity]
	return number, color, known
}

// above is green and, from the threshold of the alert on, the color of its severity.
func (a alert) above(e *env.Environment) grafana.Thresholds {
	from, color, ok := a.at(e)
	if !ok {
		return none
	}
	return grafana.Thresholds{Base: grafana.Green, Steps: []grafana.Step{{From: from, Color: color}}}
}

// cell is above for a cell of a table, which is plain as long as nothing is wrong.
func (a alert) cell(e *env.Environment) grafana.Thresholds {
	out := a.above(e)
	out.Base = grafana.Plain
	if len(out.Steps) == 0 {
		return grafana.Thresholds{}
	}
	return out
}

// below is the color of the severity up to the threshold of the alert and green from there.
func (a alert) below(e *env.Environment) grafana.Thresholds {
	from, color, ok := a.at(e)
	if !ok {
		return none
	}
	return grafana.Thresholds{Base: color, Steps: []grafana.Step{{From: from, Color: grafana.Green}}}
}

// begins says in a description where the alert is seen; nothing for one that is not in force.
func (a alert) begins(e *env.Environment) string {
	if _, _, ok := a.at(e); !ok {
		return ""
	}
	return " " + string(a) + " begins at the threshold."
}

// runbooks lead to the pages of the alerts in force.
func runbooks(e *env.Environment, names ...alert) []grafana.Link {
	var out []grafana.Link
	for _, name := range names {
		if _, ok := rules.InForce(string(name), e); ok {
			out = append(out, grafana.Link{Title: "Runbook of " + string(name), URL: env.RunbookURL(string(name))})
		}
	}
	return out
}

// complete is red until everything is there: a value that does not exist has the color of the base,
// and nobody answering is not well.
var complete = grafana.Thresholds{Base: grafana.Red, Steps: []grafana.Step{{From: 1, Color: grafana.Green}}}

// anyIsOrange is for what should not happen and wakes nobody.
var anyIsOrange = grafana.Thresholds{Base: grafana.Green, Steps: []grafana.Step{{From: 1, Color: grafana.Orange}}}

// anyAtAll is for what should never happen.
var anyAtAll = grafana.Thresholds{Base: grafana.Green, Steps: []grafana.Step{{From: 1, Color: grafana.Red}}}

// none is for panels without a line between good and bad.
var none = grafana.Thresholds{Base: grafana.Green}

// illOrWell are the words for what a probe answers.
var illOrWell = []grafana.Mapping{
	{Value: "0", Text: "ill", Color: grafana.Red},
	{Value: "1", Text: "well", Color: grafana.Green},
}
