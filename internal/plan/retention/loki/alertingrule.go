package loki

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
)

// AlertingRule is the spec of an AlertingRule of the Loki operator with the alerts. Its webhook wants more than a ruler: each
// alert says for how long, and on OpenShift has a description besides.
func (a Alerts) AlertingRule(tenant string) (map[string]any, error) {
	groups := []group{}
	for _, one := range slices.SortedFunc(slices.Values(a.Backends), func(x, y Watched) int { return strings.Compare(x.Service, y.Service) }) {
		g, err := a.group(one)
		if err != nil {
			return nil, err
		}
		for i := range g.Rules {
			r := &g.Rules[i]
			if r.For == "" {
				r.For = "0s"
			}
			r.Annotations["description"] = r.Annotations["summary"] + "; " + r.Annotations["runbook_url"]
		}
		groups = append(groups, g)
	}
	text, err := json.Marshal(map[string]any{"tenantID": tenant, "groups": groups})
	if err != nil {
		return nil, fmt.Errorf("cannot write the rules: %w", err)
	}
	var spec map[string]any
	if err := json.Unmarshal(text, &spec); err != nil {
		return nil, fmt.Errorf("cannot read the rules again: %w", err)
	}
	return spec, nil
}
