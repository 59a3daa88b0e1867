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

// looksTotal counts looks into the request cache.
var looksTotal = prometheus.NewCounterVec(prometheus.CounterOpts{
	Name: "tuxmonitoring_request_cache_lookups_total",
	Help: "Looks into the request cache: hit, where an object is known to be as wanted and nothing is sent, or miss.",
}, []string{"result"})

// plannedGauge is the size of the last plan of every resource.
var plannedGauge = prometheus.NewGaugeVec(prometheus.GaugeOpts{
	Name: "tuxmonitoring_planned_objects",
	Help: "Objects the last plan of the TuxMonitoring consists of.",
}, []string{labelResourceNamespace, labelResource})

// successGauge is when something last went as it shall. An unchanged resource has no passes, so that the age of its last one
// says nothing; that of a sync does.
var successGauge = prometheus.NewGaugeVec(prometheus.GaugeOpts{
	Name: "tuxmonitoring_last_success_timestamp_seconds",
	Help: "When a pass, or a sync of an outside system, last ended without an error.",
}, []string{labelResourceNamespace, labelResource, labelOf})

// foreignGauge is what alerts tell by that lines were deleted. A resource whose Loki does not answer keeps its number.
var foreignGauge = prometheus.NewGaugeVec(prometheus.GaugeOpts{
	Name: "tuxmonitoring_log_foreign_deletions",
	Help: "Requests to delete lines that the Loki of the TuxMonitoring has of its tenant, and that nobody has accounted for.",
}, []string{labelResourceNamespace, labelResource})

const (
	labelOf = "of"
	ofPass  = "pass"
)

// collectors are all of ours. docs/operator.md has a row for each.
var collectors = []prometheus.Collector{
	readyGauge, objectsTotal, driftTotal, looksTotal, plannedGauge, successGauge, syncsTotal, erasuresTotal, answersTotal, answerSeconds,
	leftAlone, foreignGauge,
}

func init() { metrics.Registry.MustRegister(collectors...) }

func observeObject(kind schema.GroupVersionKind, result apply.Result) {
	objectsTotal.WithLabelValues(kind.Kind, string(result)).Inc()
}

func observeLook(hit bool) {
	result := "miss"
	if hit {
		result = "hit"
	}
	looksTotal.WithLabelValues(result).Inc()
}

// observeSuccess is for the end of a pass, when its status is written.
func observeSuccess(p *pass) {
	if p.plan != nil && p.errs() == nil {
		successGauge.WithLabelValues(p.tux.Namespace, p.tux.Name, ofPass).SetToCurrentTime()
	}
}

func forgetSuccess(resource types.NamespacedName, of string) {
	successGauge.DeleteLabelValues(resource.Namespace, resource.Name, of)
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
	if p.plan != nil {
		objects := 0
		for i := range p.plan.Outputs {
			objects += len(p.plan.Outputs[i].Objects)
		}
		plannedGauge.WithLabelValues(namespace, name).Set(float64(objects))
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
	plannedGauge.DeletePartialMatch(of)
	successGauge.DeletePartialMatch(of)
	foreignGauge.DeletePartialMatch(of)
}
