package plan

import (
	"reflect"

	monitoringv1 "github.com/prometheus-operator/prometheus-operator/pkg/apis/monitoring/v1"
	"k8s.io/apimachinery/pkg/runtime/schema"

	"github.com/tux-io/tux-monitoring-operator/internal/plan/env"
)

// setKind writes apiVersion and kind into a typed object, so that renderers need not repeat them. The
// name of the Go type is the kind, which holds for every API we use; an unknown one is a mistake in
// the table of outputs that the tests of this package find.
func setKind(object env.Object, known []schema.GroupVersionKind) {
	name := reflect.TypeOf(object).Elem().Name()
	for _, kind := range known {
		if kind.Kind == name {
			object.GetObjectKind().SetGroupVersionKind(kind)
			return
		}
	}
}

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
