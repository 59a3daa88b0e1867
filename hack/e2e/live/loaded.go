package live

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	promv1 "github.com/prometheus/client_golang/api/prometheus/v1"
)

// For returns how long an alert of a namespace waits before it fires, as the Prometheus has loaded it.
func (p *Prometheus) For(ctx context.Context, namespace, alert string) (time.Duration, error) {
	all, err := p.api.Rules(ctx, nil)
	if err != nil {
		return 0, fmt.Errorf("cannot list rules: %w", err)
	}
	for _, group := range all.Groups {
		if !strings.HasPrefix(group.Name, namespace+"/") {
			continue
		}
		for _, rule := range group.Rules {
			if r, ok := rule.(promv1.AlertingRule); ok && r.Name == alert {
				return time.Duration(r.Duration * float64(time.Second)), nil
			}
		}
	}
	return 0, fmt.Errorf("alert %q of namespace %q is not loaded", alert, namespace)
}

// Intervals returns the different scrape intervals of the targets of a namespace, as Prometheus writes
// them, sorted.
func (p *Prometheus) Intervals(ctx context.Context, namespace string) ([]string, error) {
	all, err := p.api.Targets(ctx)
	if err != nil {
		return nil, fmt.Errorf("cannot list targets: %w", err)
	}
	var intervals []string
	for i := range all.Active {
		if t := &all.Active[i]; string(t.Labels["namespace"]) == namespace {
			intervals = append(intervals, t.DiscoveredLabels["__scrape_interval__"])
		}
	}
	slices.Sort(intervals)
	return slices.Compact(intervals), nil
}
