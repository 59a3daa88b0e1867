package dashboards

import (
	"strconv"

	"github.com/tux-io/tux-monitoring-operator/internal/plan/dashboards/grafana"
	"github.com/tux-io/tux-monitoring-operator/internal/plan/env"
)

// alert is an alert of the catalogue whose threshold a panel shows. The default must be that of the
// catalogue; a test compares them.
type alert struct {
	name      string
	threshold float64
}

var (
	highErrorRate       = alert{"TuxHighErrorRate", 0.05}
	slowResponses       = alert{"TuxSlowResponses", 2.5}
	propagationFailures = alert{"TuxPropagationFailures", 0.1}
)

// above is green and, from the threshold of the alert on, red.
func (a alert) above(e *env.Environment) grafana.Thresholds {
	from := a.threshold
	// A text that is no number cannot come through the API.
	if number, err := strconv.ParseFloat(e.Alerts.Overrides[a.name].Threshold, 64); err == nil {
		from = number
	}
	return grafana.Thresholds{Base: grafana.Green, Steps: []grafana.Step{{From: from, Color: grafana.Red}}}
}

// runbook leads to the page of the alert.
func (a alert) runbook() grafana.Link {
	return grafana.Link{Title: "Runbook of " + a.name, URL: env.RunbookURL(a.name)}
}

// complete is red until everything is there: a value that does not exist has the color of the base,
// and nobody answering is not well.
var complete = grafana.Thresholds{Base: grafana.Red, Steps: []grafana.Step{{From: 1, Color: grafana.Green}}}

// none is for panels without a line between good and bad.
var none = grafana.Thresholds{Base: grafana.Green}
