package controllers

import (
	"context"
	"errors"
	"time"

	corev1 "k8s.io/api/core/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"

	tuxv1alpha1 "github.com/tux-io/tux-monitoring-operator/api/v1alpha1"
	"github.com/tux-io/tux-monitoring-operator/internal/plan"
	"github.com/tux-io/tux-monitoring-operator/internal/plan/env"
	"github.com/tux-io/tux-monitoring-operator/internal/plan/retention"
)

// logsFinalizer holds a resource until its tenant is taken out of the document. Only a resource that wants that has it.
const logsFinalizer = "monitoring.tux.io/logs"

// releaseLogs waits until the document has let go of the tenant, and returns for how long at most; 0 means that the
// resource may go. Loki is not needed for it. What cannot be taken out is told and left: it must not hold up a
// namespace.
func (r *Reconciler) releaseLogs(ctx context.Context, tux *tuxv1alpha1.TuxMonitoring) time.Duration {
	want := plan.LogsOf(tux)
	if want == nil || !want.Removes {
		return 0
	}
	if !enforces(tux) {
		r.kept(tux, want, "mode is not Enforce")
		return 0
	}
	k := r.logs
	k.mu.Lock()
	written := k.of(client.ObjectKeyFromObject(tux), tux.UID).written
	k.mu.Unlock()
	to := want.Document.String()
	if want.Policy.Backend == retention.LokiStack {
		to, written = want.Stack.String(), r.leaveStack(ctx, tux, want)
	} else if written == nil || !written.leaving || written.document != want.Document {
		written = &writtenLogs{err: errors.New("the document was not written in time")}
	}
	switch written.left() {
	case retention.Removed:
		r.events.Eventf(tux, nil, corev1.EventTypeNormal, tuxv1alpha1.ReasonWritten, "RemoveRetention",
			"Took tenant %q out of %s, its logs live as long as the default of Loki says", want.Policy.Tenant, to)
	case retention.Refused:
		r.kept(tux, want, "a class of it is protected")
	default:
		if left := r.timeLeft(ctx, tux, k.options.DeletionTimeout); left > 0 {
			return left
		}
		r.kept(tux, want, errText(written.err))
	}
	return 0
}

// left is how a resource has left its document; empty while it has not.
func (w *writtenLogs) left() retention.State {
	if w.err != nil {
		return ""
	}
	return w.result.State
}

// kept tells that the promises for the tenant stay.
func (r *Reconciler) kept(tux *tuxv1alpha1.TuxMonitoring, want *env.Logs, why string) {
	in := want.Document.String()
	if want.Policy.Backend == retention.LokiStack {
		in = want.Stack.String()
	}
	r.events.Eventf(tux, nil, corev1.EventTypeWarning, tuxv1alpha1.ReasonRetentionKept, "RemoveRetention",
		"Tenant %q stays in %s as promised: %s", want.Policy.Tenant, in, why)
}
