package dashboards

import (
	"github.com/tux-io/tux-monitoring-operator/internal/plan/dashboards/grafana"
	"github.com/tux-io/tux-monitoring-operator/internal/plan/env"
)

// overview answers in one screen whether an environment is well and, if not, where to look.
func overview(e *env.Environment) *grafana.Dashboard {
	return &grafana.Dashboard{
		Title: title(e, "Overview"),
		Description: "Is the TUX backend well, and if not, what is it: traffic, answer times, string generation, propagation " +
			"jobs and caches.",
		Tags:      []string{"tux-monitoring", e.Title},
		Refresh:   "30s",
		From:      "now-3h",
		Links:     []grafana.Link{{Title: "Runbooks", URL: env.RunbookBase}},
		Variables: []grafana.Variable{grafana.DataSource{}, backendChoice(e)},
		Rows: []grafana.Row{
			{ID: 1, Title: "At a glance", Height: 4, Panels: glance(e)},
			{ID: 2, Title: "Requests", Height: 9, Panels: []grafana.Panel{requestRate(e), responseTimes(e)}},
			{ID: 3, Title: "String generation and caches", Height: 9, Panels: []grafana.Panel{stringGeneration(e), caches(e)}},
			{ID: 4, Title: "Propagation jobs", Height: 9, Panels: propagation(e)},
		},
	}
}

// backendChoice lists the Deployments that were discovered.
//
// Why not label_values(up, job)? It would also list every other job of the namespace and each health
// question, it is empty until Prometheus has scraped once, and All would mean whatever it found. Price:
// a Deployment that is gone can no longer be chosen, though its series are still there.
func backendChoice(e *env.Environment) grafana.Choice {
	names := make([]string, 0, len(e.Backends))
	for i := range e.Backends {
		names = append(names, e.Backends[i].Deployment)
	}
	return grafana.Choice{
		Name: "backend", Label: "Backend",
		Description: "Deployments of this environment, which are the job labels of their series.",
		Values:      names,
	}
}

// meanMaxLast are the numbers beside the names of series: usual, worst, now.
var meanMaxLast = grafana.Legend{Calcs: []string{"mean", "max", "lastNotNull"}}
