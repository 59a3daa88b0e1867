package controllers

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"strings"
	"time"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/equality"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/apimachinery/pkg/api/meta"
	ctrl "sigs.k8s.io/controller-runtime"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/reconcile"

	tuxv1alpha1 "github.com/tux-io/tux-monitoring-operator/api/v1alpha1"
	"github.com/tux-io/tux-monitoring-operator/internal/apply"
	"github.com/tux-io/tux-monitoring-operator/internal/fault"
	"github.com/tux-io/tux-monitoring-operator/internal/status"
)

// conflictInterval is how often an object that is in the way is looked at again: it carries none of our
// labels, so no watch tells when somebody takes it away.
const conflictInterval = 5 * time.Minute

// maxAction is what the API server accepts as the action of an event.
const maxAction = 128

// report writes the status if it differs, tells what changed, and decides when to look again.
func (r *Reconciler) report(ctx context.Context, p *pass) (ctrl.Result, error) {
	planned := p.tux.Spec.Mode == tuxv1alpha1.ModePlan
	before := p.tux.Status
	after := status.Compute(before, p.statusPass())
	observePass(p, &after)
	if !planned {
		logChanges(ctx, p.outputs)
		r.announceChanges(p)
	}
	r.announceTrouble(p.tux, &before, &after)
	r.announceDeletions(p.tux, &before, &after)
	if err := r.writeStatus(ctx, p.tux, after); err != nil {
		return ctrl.Result{}, err
	}
	result, err := r.result(ctx, p)
	observeSuccess(p)
	return untilGraceEnds(result, &after, p), err
}

// untilGraceEnds comes back when Ready has to say that Sentry is away: nothing else tells then.
func untilGraceEnds(result ctrl.Result, after *tuxv1alpha1.TuxMonitoringStatus, p *pass) ctrl.Result {
	if p.sentry == nil {
		return result
	}
	ends := status.GraceEnds(after, p.sentry.Grace)
	left := time.Until(ends)
	if !ends.IsZero() && p.sentry.Err != nil {
		// It may have ended while this pass wrote its status, which still says Ready.
		left = max(left, firstRetry)
	}
	if left > 0 && (result.RequeueAfter == 0 || left < result.RequeueAfter) {
		result.RequeueAfter = left
	}
	return result
}

// writeStatus sends one patch, of the status only: the operator never writes spec, labels or
// annotations of a resource, which a GitOps tool would take for drift.
func (r *Reconciler) writeStatus(ctx context.Context, tux *tuxv1alpha1.TuxMonitoring, after tuxv1alpha1.TuxMonitoringStatus) error {
	if equality.Semantic.DeepEqual(tux.Status, after) {
		return nil
	}
	updated := tux.DeepCopy()
	updated.Status = after
	err := r.client.Status().Patch(ctx, updated, client.MergeFrom(tux))
	if err != nil && !apierrors.IsNotFound(err) {
		return fmt.Errorf("cannot write status: %w", err)
	}
	if err == nil {
		r.writes.remember(updated)
	}
	return nil
}

// announceChanges emits one event per pass that changed something. The recorder counts events of one action
// on one version of the resource as one and keeps the note of the first, so the action says all the note does.
func (r *Reconciler) announceChanges(p *pass) {
	var actions, parts []string
	for _, result := range []apply.Result{apply.Created, apply.Configured, apply.Deleted} {
		for i := range p.outputs {
			if n := p.outputs[i].Changes.Count(result); n > 0 {
				actions = append(actions, fmt.Sprintf("%s-%s-%d", result, p.outputs[i].Name, n))
				parts = append(parts, fmt.Sprintf("%s %d of %s", result, n, p.outputs[i].Name))
			}
		}
	}
	if len(parts) > 0 {
		action := strings.Join(actions, ",")
		r.events.Eventf(p.tux, nil, corev1.EventTypeNormal, tuxv1alpha1.ReasonApplied,
			action[:min(len(action), maxAction)], "%s", capital(strings.Join(parts, ", ")))
	}
}

// announceTrouble emits one event when a condition turns False, and none while it stays so. That privacy is proven is
// told as well: who asked for it waits for that.
func (r *Reconciler) announceTrouble(tux *tuxv1alpha1.TuxMonitoring, before, after *tuxv1alpha1.TuxMonitoringStatus) {
	for _, c := range after.Conditions {
		was := meta.FindStatusCondition(before.Conditions, c.Type)
		isNew := was == nil || was.Status != c.Status || was.Reason != c.Reason
		if c.Type == tuxv1alpha1.ConditionPrivacyVerified && c.Status == "True" && isNew {
			r.events.Eventf(tux, nil, corev1.EventTypeNormal, c.Reason, "Prove", "%s", c.Message)
		}
		if c.Type == tuxv1alpha1.ConditionReady || c.Status != "False" || !isNew {
			continue
		}
		r.events.Eventf(tux, nil, corev1.EventTypeWarning, c.Reason, "Reconcile", "%s", c.Message)
	}
}

// result decides when to look again: an error backs off, something awaited has its own time, and what
// only a person can change waits for that person.
func (r *Reconciler) result(ctx context.Context, p *pass) (ctrl.Result, error) {
	err := p.errs()
	after, retry := classify(err)
	if t, ok := fault.AsTerminal(err); ok {
		r.terminal.Terminal(ctx, client.ObjectKeyFromObject(p.tux), t.Reason, t)
		if t.Reason == tuxv1alpha1.ReasonConflict && after == 0 {
			after = conflictInterval
		}
	}
	switch {
	case retry != nil:
		return ctrl.Result{}, retry
	case after > 0:
		return ctrl.Result{RequeueAfter: jitter(after)}, nil
	case err != nil:
		return ctrl.Result{}, reconcile.TerminalError(err)
	}
	return ctrl.Result{}, nil
}

// classify returns the shortest time something awaited asks for, and the errors that a retry may mend.
func classify(err error) (after time.Duration, retry error) {
	for _, one := range fault.Leaves(err) {
		if w, ok := fault.AsWaiting(one); ok {
			if after == 0 || w.After < after {
				after = w.After
			}
			continue
		}
		if _, ok := fault.AsTerminal(one); !ok {
			retry = errors.Join(retry, one)
		}
	}
	return after, retry
}

// jitter spreads a delay by a tenth to both sides, so that many resources do not come back at once.
func jitter(d time.Duration) time.Duration {
	return d + time.Duration((rand.Float64()-0.5)*0.2*float64(d)) //nolint:gosec // spreads load, guards nothing
}

func capital(text string) string { return strings.ToUpper(text[:1]) + text[1:] }
