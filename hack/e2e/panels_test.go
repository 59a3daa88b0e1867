//go:build e2e

package e2e

import (
	"encoding/json"
	"fmt"
	"strings"

	corev1 "k8s.io/api/core/v1"
)

// panel is as much of a Grafana panel as has queries in it.
type panel struct {
	Title   string `json:"title"`
	Targets []struct {
		Expr string `json:"expr"`
	} `json:"targets"`
	Panels []panel `json:"panels"`
}

// panelQueries reads the dashboards of a ConfigMap as the sidecar hands them to Grafana.
func panelQueries(config *corev1.ConfigMap, window string) ([]query, error) {
	var all []query
	for file, text := range config.Data {
		var dashboard panel
		if err := json.Unmarshal([]byte(text), &dashboard); err != nil {
			return nil, fmt.Errorf("%s of ConfigMap %q: %w", file, config.Name, err)
		}
		all = append(all, dashboard.queries(variables(window))...)
	}
	return all, nil
}

func (p *panel) queries(values *strings.Replacer) []query {
	var all []query
	for i, target := range p.Targets {
		all = append(all, query{what: fmt.Sprintf("panel %q, query %d", p.Title, i+1), expr: values.Replace(target.Expr)})
	}
	for i := range p.Panels {
		all = append(all, p.Panels[i].queries(values)...)
	}
	return all
}

// variables stands for what Grafana fills in.
func variables(window string) *strings.Replacer {
	return strings.NewReplacer("$__rate_interval", window, "$__range", "10m", "$__interval", "15s", "$backend", ".+")
}
