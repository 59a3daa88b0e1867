package dashboards

import (
	"fmt"
	"slices"
	"strings"

	"github.com/tux-io/tux-monitoring-operator/internal/plan/dashboards/grafana"
	"github.com/tux-io/tux-monitoring-operator/internal/plan/env"
)

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

func podChoice(e *env.Environment) []grafana.Variable {
	return []grafana.Variable{grafana.Query{
		Name: "pod", Label: "Pod", Kind: grafana.LabelValues,
		Description: "Pods that were there at some time of the range.",
		Expr:        "label_values(up{" + target(e) + "}, pod)",
	}}
}

func viewChoice(e *env.Environment) []grafana.Variable {
	return []grafana.Variable{grafana.Query{
		Name: "view", Label: "View", Kind: grafana.LabelValues,
		Description: "Django views that answered users at some time of the range.",
		Expr:        "label_values(" + viewRequests + "{" + target(e) + "}, view)",
	}}
}

// maxWorkspaces is how many workspaces can be chosen: a list of thousands hangs the browser, and nobody
// reads it. All are still counted where nothing is chosen.
const maxWorkspaces = 100

func workspaceChoice(e *env.Environment) []grafana.Variable {
	return []grafana.Variable{grafana.Query{
		Name: "workspace", Label: "Workspace", Kind: grafana.Results,
		Description: fmt.Sprintf("The %d busiest workspaces of the range by generated strings and propagation jobs.", maxWorkspaces),
		Expr: fmt.Sprintf("query_result(topk(%d, sum by (%s) (increase(%s[$__range]) or increase(%s[$__range]))))",
			maxWorkspaces, e.Workspaces.Label, series(e, generations), series(e, jobs)),
		Regex: `/` + e.Workspaces.Label + `="([^"]+)"/`,
	}}
}

// annotations mark in every picture when processes were started anew and when alerts fired.
func annotations(e *env.Environment) []grafana.Annotation {
	out := []grafana.Annotation{{
		Name: "Deployments", Color: grafana.Blue, Step: "60s",
		Title: "{{deployment}}", Text: "The Deployment was changed: a rollout, or another number of replicas.",
		Expr: sum("changes(kube_deployment_status_observed_generation{"+equal("namespace", e.Namespace)+`,deployment=~"$backend"}`+
			perStep+")", "deployment") + " > 0",
	}}
	if hasSingle(e) {
		start := "max by (job) (process_start_time_seconds{" + target(e) + "}"
		out = append(out, grafana.Annotation{
			Name: "New processes", Color: grafana.Blue, Step: "60s",
			Title: "{{job}}", Text: "A process started: a rollout, a restart or a new pod.",
			Expr: start + ")\n> " + start + " offset $__interval)",
		})
	}
	return append(out, grafana.Annotation{
		Name: "Alerts", Color: grafana.Red, Step: "60s",
		Title: "{{alertname}}", Text: "{{severity}} {{backend}} {{pod}} {{objective}}",
		Expr: firing(e),
	})
}

// firing are the alerts that call somebody. Rules of the user need not know a backend: an alert without
// the label is shown for all.
func firing(e *env.Environment, more ...string) string {
	return "ALERTS{" + strings.Join(append([]string{alertsOf(e), `alertstate="firing"`}, more...), ",") + "}"
}

func alertsOf(e *env.Environment) string {
	return equal("namespace", e.Namespace) + "," + equal("environment", e.Title) +
		`,backend=~"$backend|",severity!~"info|none"`
}

// hasSingle says whether some backend is one process, or may be: none is found yet.
func hasSingle(e *env.Environment) bool {
	return len(e.Backends) == 0 || slices.ContainsFunc(e.Backends, func(b env.Backend) bool { return !b.Multiprocess })
}

func hasMultiprocess(e *env.Environment) bool {
	return slices.ContainsFunc(e.Backends, func(b env.Backend) bool { return b.Multiprocess })
}
