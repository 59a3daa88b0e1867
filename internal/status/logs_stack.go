package status

import (
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	tuxv1alpha1 "github.com/tux-io/tux-monitoring-operator/api/v1alpha1"
	"github.com/tux-io/tux-monitoring-operator/internal/fault"
)

// ofStack is the condition by what a LokiStack says of itself. That it has the limits and is Ready proves nothing: without
// a URL nobody knows whether its Loki does it.
func ofStack(l *Logs) condition {
	switch {
	case len(l.Differences) > 0:
		return ofLogs(metav1.ConditionFalse, tuxv1alpha1.ReasonNotEffective, l.Document+" has "+sentence(l.Differences))
	case l.Pending:
		return ofLogs(unknown, tuxv1alpha1.ReasonWritten, "Applied to "+l.Document+", which is not Ready yet")
	}
	return ofLogs(unknown, tuxv1alpha1.ReasonWritten,
		"Applied to "+l.Document+", which is Ready; whether its Loki does it is not known without spec.logs.backend.lokiStack.url")
}

// isCRDMissing: what shall be written does not exist as a kind.
func isCRDMissing(err error) bool {
	w, ok := fault.AsWaiting(err)
	return ok && w.Reason == tuxv1alpha1.ReasonCRDMissing
}
