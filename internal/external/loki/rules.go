package loki

import (
	"context"

	plan "github.com/tux-io/tux-monitoring-operator/internal/plan/retention/loki"
)

// RuleGroups are those that the ruler has for a tenant. A Loki whose process has no ruler answers 404.
func (c *Client) RuleGroups(ctx context.Context, tenant string) ([]plan.LoadedGroup, error) {
	var data struct {
		Groups []struct {
			Name  string `json:"name"`
			Rules []struct {
				Name string `json:"name"`
				Type string `json:"type"`
			} `json:"rules"`
		} `json:"groups"`
	}
	if err := c.query(ctx, "list the rules of the ruler", tenant, "/prometheus/api/v1/rules", nil, &data); err != nil {
		return nil, err
	}
	var groups []plan.LoadedGroup
	for _, found := range data.Groups {
		group := plan.LoadedGroup{Name: found.Name}
		for _, rule := range found.Rules {
			if rule.Type == "alerting" {
				group.Alerts = append(group.Alerts, rule.Name)
			}
		}
		groups = append(groups, group)
	}
	return groups, nil
}
