package dashboards

import (
	"github.com/tux-io/tux-monitoring-operator/internal/plan/dashboards/grafana"
	"github.com/tux-io/tux-monitoring-operator/internal/plan/env"
)

// neighbours lead from one dashboard of an environment to the others.
func neighbours(e *env.Environment, from *page) []grafana.Link {
	var out []grafana.Link
	for _, d := range pages {
		if d != from && d.shown(e) {
			out = append(out, grafana.Link{Title: d.title, URL: "/d/" + uid(e, d.name)})
		}
	}
	return out
}

// to leads from a panel to another dashboard, with time and variables kept; to nowhere if there is none.
func to(e *env.Environment, d *page) []grafana.Link {
	return drill(e, d, "${__all_variables}")
}

// with leads from a value to another dashboard, where a variable is set to a label of the series.
func with(e *env.Environment, d *page, variable, label string) []grafana.Link {
	return drill(e, d, "${datasource:queryparam}&${backend:queryparam}&var-"+variable+"=${__field.labels."+label+"}")
}

func drill(e *env.Environment, d *page, query string) []grafana.Link {
	if !d.shown(e) {
		return nil
	}
	return []grafana.Link{{Title: "More in " + d.title, URL: "/d/" + uid(e, d.name) + "?${__url_time_range}&" + query}}
}
