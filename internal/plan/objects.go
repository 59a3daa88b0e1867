package plan

import (
	monitoringv1 "github.com/prometheus-operator/prometheus-operator/pkg/apis/monitoring/v1"

	"github.com/tux-io/tux-monitoring-operator/internal/plan/env"
)

func countAlerts(objects []env.Object) int {
	alerts := 0
	for _, object := range objects {
		rule, ok := object.(*monitoringv1.PrometheusRule)
		if !ok {
			continue
		}
		for _, group := range rule.Spec.Groups {
			for i := range group.Rules {
				if group.Rules[i].Alert != "" {
					alerts++
				}
			}
		}
	}
	return alerts
}
