package controllers

import (
	"github.com/prometheus/client_golang/prometheus"
	"k8s.io/apimachinery/pkg/api/meta"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/apimachinery/pkg/types"
	"sigs.k8s.io/controller-runtime/pkg/metrics"

	tuxv1alpha1 "github.com/tux-io/tux-monitoring-operator/api/v1alpha1"
	"github.com/tux-io/tux-monitoring-operator/internal/apply"
	"github.com/tux-io/tux-monitoring-operator/internal/external"
	"github.com/tux-io/tux-monitoring-operator/internal/fault"
)

// The labels that name a TuxMonitoring. A label called namespace would be replaced by that of the pod
// which is scraped.
const (
	labelResourceNamespace = "resource_namespace"
	labelResource          = "resource"
)

// objectsTotal counts what became of each object of each pass; "unchanged" means that nothing was sent.
var objectsTotal = prometheus.NewCounterVec(prometheus.CounterOpts{
	Name: "tuxmonitoring_objects_total",
	Help: "Objects looked at, by kind and by what was done with them.",
}, []string{"kind", "result"})

// driftTotal counts what somebody else changed or deleted, and we brought back.
var driftTotal = prometheus.NewCounterVec(prometheus.CounterOpts{
	Name: "tuxmonitoring_drift_corrected_total",
	Help: "Objects brought back to what they were because somebody else had changed or deleted them.",
}, []string{labelResourceNamespace, labelResource, "kind"})

// readyGauge is the condition Ready of every resource. One that is suspended or of which it is Unknown has no
// series. Only the leader has any.
var readyGauge = prometheus.NewGaugeVec(prometheus.GaugeOpts{
	Name: "tuxmonitoring_ready",
	Help: "1 while the condition Ready of the TuxMonitoring is True, 0 while it is False.",
}, []string{labelResourceNamespace, labelResource})

func init() { metrics.Registry.MustRegister(objectsTotal, driftTotal, readyGauge, syncsTotal) }

func observeObject(kind schema.GroupVersionKind, result apply.Result) {
	objectsTotal.WithLabelValues(kind.Kind, string(result)).Inc()
}

// observePass keeps the series of one resource, after a pass that led to the status.
func observePass(p *pass, after *tuxv1alpha1.TuxMonitoringStatus) {
	namespace, name := p.tux.Namespace, p.tux.Name
	c := meta.FindStatusCondition(after.Conditions, tuxv1alpha1.ConditionReady)
	switch {
	case c == nil || c.Status == metav1.ConditionUnknown || p.tux.Spec.Mode == tuxv1alpha1.ModeSuspended:
		readyGauge.DeleteLabelValues(namespace, name)
	case c.Status == metav1.ConditionTrue:
		readyGauge.WithLabelValues(namespace, name).Set(1)
	default:
		readyGauge.WithLabelValues(namespace, name).Set(0)
	}
	if p.tux.Spec.Mode == tuxv1alpha1.ModePlan {
		return
	}
	for i := range p.outputs {
		for _, change := range p.outputs[i].Changes {
			if change.DriftCorrected {
				driftTotal.WithLabelValues(namespace, name, change.GVK.Kind).Inc()
			}
		}
	}
}

// forgetSeries removes the series of a resource that is gone.
func forgetSeries(resource types.NamespacedName) {
	of := prometheus.Labels{labelResourceNamespace: resource.Namespace, labelResource: resource.Name}
	readyGauge.DeletePartialMatch(of)
	driftTotal.DeletePartialMatch(of)
}

// syncsTotal counts runs that keep Sentry projects in step.
var syncsTotal = prometheus.NewCounterVec(prometheus.CounterOpts{
	Name: "tuxmonitoring_sentry_syncs_total",
	Help: "Runs that keep Sentry projects in step, by how they ended: synced, waiting, failed, or refused where a person must act.",
}, []string{"result"})

func observeSync(result external.Result) {
	name := "synced"
	if result.Err != nil {
		name = "failed"
		if _, ok := fault.AsWaiting(result.Err); ok {
			name = "waiting"
		}
		if _, ok := fault.AsTerminal(result.Err); ok {
			name = "refused"
		}
	}
	syncsTotal.WithLabelValues(name).Inc()
}
