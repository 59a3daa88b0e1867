package routing

import (
	"fmt"
	"slices"
	"strings"

	"github.com/tux-io/tux-monitoring-operator/internal/plan/env"
)

// Summary says who hears of what: "critical: pager, slack", "warning: slack", "info: nobody".
func Summary(r *env.Routing) []string {
	var parts []string
	for _, severity := range Severities() {
		if len(r.Receivers) > 0 {
			parts = append(parts, severity+": "+told(r, severity))
		}
	}
	if h := r.Heartbeat; h != nil {
		parts = append(parts, fmt.Sprintf("heartbeat every %s", h.Interval))
	}
	return parts
}

func told(r *env.Routing, severity string) string {
	var names []string
	for i := range r.Receivers {
		if slices.Contains(r.Receivers[i].Severities, severity) {
			names = append(names, r.Receivers[i].Name)
		}
	}
	if len(names) == 0 {
		return "nobody"
	}
	return strings.Join(names, ", ")
}
