package erasure

import (
	"k8s.io/apimachinery/pkg/api/meta"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	tuxv1alpha1 "github.com/tux-io/tux-monitoring-operator/api/v1alpha1"
	"github.com/tux-io/tux-monitoring-operator/internal/fault"
	"github.com/tux-io/tux-monitoring-operator/internal/plan/retention"
)

// Conditions writes a verdict into the status. Reconciling and Stalled are there only while true, so that tools which wait
// for a resource read it right.
func Conditions(st *tuxv1alpha1.TuxLogErasureStatus, v Verdict) {
	set := func(kind string, status metav1.ConditionStatus) {
		meta.SetStatusCondition(&st.Conditions, metav1.Condition{
			Type: kind, Status: status, Reason: v.Reason, Message: v.Message, ObservedGeneration: st.ObservedGeneration,
		})
	}
	set(tuxv1alpha1.ConditionErased, v.Status)
	completed := st.Step == tuxv1alpha1.LogErasureCompleted
	for kind, is := range map[string]bool{
		tuxv1alpha1.ConditionStalled: v.Stalled && !completed, tuxv1alpha1.ConditionReconciling: !v.Stalled && !completed,
	} {
		if is {
			set(kind, metav1.ConditionTrue)
		} else {
			meta.RemoveStatusCondition(&st.Conditions, kind)
		}
	}
}

// NeedsDeletion says whether the tenant must take requests to delete: from the begin until the log store is done. A tenant is
// closed at all other times, and while nothing was sent and the TuxMonitoring keeps it from being: by its mode, or because it
// has another log store or none.
func NeedsDeletion(st *tuxv1alpha1.TuxLogErasureStatus) bool {
	switch st.Step {
	case tuxv1alpha1.LogErasurePlanned:
		c := meta.FindStatusCondition(st.Conditions, tuxv1alpha1.ConditionErased)
		return c == nil || st.Request != nil || !kept(c.Reason)
	case tuxv1alpha1.LogErasurePosting, tuxv1alpha1.LogErasurePosted:
		return true
	}
	return false
}

// Opens says whether it is this tenant of this kind of log store that must take requests to delete.
func Opens(st *tuxv1alpha1.TuxLogErasureStatus, backend retention.Backend, tenant string) bool {
	return NeedsDeletion(st) && st.Backend == string(backend) && st.Tenant == tenant
}

// kept are the reasons by which a TuxMonitoring keeps an erasure from going on.
func kept(reason string) bool {
	switch reason {
	case tuxv1alpha1.ReasonPlanned, tuxv1alpha1.ReasonSuspended, tuxv1alpha1.ReasonMonitoringNotFound,
		tuxv1alpha1.ReasonMonitoringChanged, tuxv1alpha1.ReasonTenantCollision, tuxv1alpha1.ReasonBackendUnsupported:
		return true
	}
	return false
}

// Waiting says whether something of the TuxMonitoring may be what is waited for.
func Waiting(st *tuxv1alpha1.TuxLogErasureStatus) bool {
	c := meta.FindStatusCondition(st.Conditions, tuxv1alpha1.ConditionErased)
	if c == nil || st.Step == tuxv1alpha1.LogErasureCompleted {
		return c == nil
	}
	return c.Reason == tuxv1alpha1.ReasonPending || kept(c.Reason)
}

// IsRefusal says whether an error will be the same the next time.
func IsRefusal(err error) bool {
	_, ok := fault.AsTerminal(err)
	return ok
}
