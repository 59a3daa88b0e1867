package controllers

import (
	"github.com/prometheus/client_golang/prometheus"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"sigs.k8s.io/controller-runtime/pkg/metrics"

	"github.com/tux-io/tux-monitoring-operator/internal/apply"
)

// objectsTotal counts what became of each object of each pass; "unchanged" means that nothing was sent.
var objectsTotal = prometheus.NewCounterVec(prometheus.CounterOpts{
	Name: "tuxmonitoring_objects_total",
	Help: "Objects looked at, by kind and by what was done with them.",
}, []string{"kind", "result"})

func init() { metrics.Registry.MustRegister(objectsTotal) }

func observeObject(kind schema.GroupVersionKind, result apply.Result) {
	objectsTotal.WithLabelValues(kind.Kind, string(result)).Inc()
}
