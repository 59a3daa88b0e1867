//go:build e2e

package e2e

import (
	"encoding/json"
	"fmt"
	"strings"
	"sync"

	corev1 "k8s.io/api/core/v1"

	"github.com/tux-io/tux-monitoring-operator/internal/plan/dashboards"
	"github.com/tux-io/tux-monitoring-operator/internal/plan/env"
)

// panel is as much of a Grafana panel as has queries in it.
type panel struct {
	Title   string `json:"title"`
	Targets []struct {
		Expr   string `json:"expr"`
		Legend string `json:"legendFormat"`
	} `json:"targets"`
	Panels []panel `json:"panels"`
}

// panelQueries reads the dashboards of a ConfigMap as the sidecar hands them to Grafana.
func panelQueries(config *corev1.ConfigMap, values *strings.Replacer) ([]query, error) {
	var all []query
	for file, text := range config.Data {
		var dashboard panel
		if err := json.Unmarshal([]byte(text), &dashboard); err != nil {
			return nil, fmt.Errorf("%s of ConfigMap %q: %w", file, config.Name, err)
		}
		all = append(all, dashboard.queries(values)...)
	}
	return all, nil
}

func (p *panel) queries(values *strings.Replacer) []query {
	var all []query
	for i, target := range p.Targets {
		all = append(all, query{
			what: fmt.Sprintf("panel %q, query %d", p.Title, i+1), expr: values.Replace(target.Expr),
			emptyUntil: mayBeEmpty()[p.Title+": "+target.Legend],
		})
	}
	for i := range p.Panels {
		all = append(all, p.Panels[i].queries(values)...)
	}
	return all
}

// everyBackend is what Grafana makes of All.
const everyBackend = ".+"

// variables stands for what Grafana fills in where these backends are chosen.
func variables(window, backends string) *strings.Replacer {
	return strings.NewReplacer("$__rate_interval", window, "$__range", "10m", "$__interval", "15s",
		"$backend", backends, "$pod", ".*", "$view", ".*", "$workspace", ".*")
}

// mayBeEmpty are queries, as "panel: legend", that have no data before something happens which need not
// happen in a run, and what that is.
var mayBeEmpty = sync.OnceValue(func() map[string]string {
	one := env.Backend{Deployment: backend, Hosts: []string{"https://tux.example"}, Metrics: env.Metrics{Interval: "30s"}}
	several := one
	several.Multiprocess = true
	e := &env.Environment{
		Backends: []env.Backend{one, several}, Workspaces: env.Workspaces{Label: "workspace_id", Limit: 500},
		Probes: env.Probes{Enabled: true}, Dashboards: env.Dashboards{Enabled: true},
	}
	all := map[string]string{}
	for _, q := range dashboards.Queries(e) {
		if q.EmptyUntil != "" {
			all[q.Panel+": "+q.Legend] = q.EmptyUntil
		}
	}
	return all
})
