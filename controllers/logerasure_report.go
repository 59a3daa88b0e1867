package controllers

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/equality"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/apimachinery/pkg/api/meta"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"
	ctrl "sigs.k8s.io/controller-runtime"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/controller/controllerutil"

	tuxv1alpha1 "github.com/tux-io/tux-monitoring-operator/api/v1alpha1"
	"github.com/tux-io/tux-monitoring-operator/internal/plan"
	"github.com/tux-io/tux-monitoring-operator/internal/plan/env"
	judge "github.com/tux-io/tux-monitoring-operator/internal/plan/erasure"
)

// report writes the status if it differs, tells news, and decides when to look again.
func (r *eraser) report(ctx context.Context, p *erasurePass, verdict judge.Verdict) (ctrl.Result, error) {
	st := &p.e.Status
	was := meta.FindStatusCondition(st.Conditions, tuxv1alpha1.ConditionErased)
	news := was == nil || was.Reason != verdict.Reason
	st.Subject, st.ObservedGeneration = plan.SubjectOf(p.e), p.e.Generation
	judge.Conditions(st, verdict)
	if !equality.Semantic.DeepEqual(p.stored.Status, *st) {
		if err := r.patchStatus(ctx, p); err != nil {
			return ctrl.Result{}, err
		}
		if news {
			r.announce(p.e, verdict)
		}
	}
	if verdict.After <= 0 {
		return ctrl.Result{}, nil
	}
	return ctrl.Result{RequeueAfter: jitter(verdict.After)}, nil
}

// announce tells what a person must do, and that it is completed.
func (r *eraser) announce(e *tuxv1alpha1.TuxLogErasure, verdict judge.Verdict) {
	completed := e.Status.Step == tuxv1alpha1.LogErasureCompleted
	kind := corev1.EventTypeNormal
	if verdict.Status == metav1.ConditionFalse {
		kind = corev1.EventTypeWarning
	}
	if completed {
		erasuresTotal.WithLabelValues(verdict.Reason).Inc()
	}
	if completed || kind == corev1.EventTypeWarning {
		r.events.Eventf(e, nil, kind, verdict.Reason, "Erase", "%s", verdict.Message)
	}
}

// record keeps what was done in a ConfigMap that has no owner, so that it stays when the resource goes. Applied, it is the
// same however often it is written.
func (r *eraser) record(ctx context.Context, e *tuxv1alpha1.TuxLogErasure, outcome string) error {
	text, err := plan.NewErasureRecord(e, outcome)
	if err != nil {
		return err
	}
	content, err := json.Marshal(map[string]any{
		"apiVersion": "v1", "kind": "ConfigMap",
		"metadata": map[string]any{
			"name": plan.RecordName(string(e.UID)), "namespace": e.Namespace,
			"labels": map[string]string{env.PartOfLabel: env.PartOfValue, env.RecordLabel: env.RecordErasure},
		},
		"data": map[string]string{plan.RecordKey: text},
	})
	if err != nil {
		return fmt.Errorf("cannot write the record: %w", err)
	}
	object := &corev1.ConfigMap{}
	object.Namespace, object.Name = e.Namespace, plan.RecordName(string(e.UID))
	patch := client.RawPatch(types.ApplyPatchType, content)
	err = r.writer.Patch(ctx, object, patch, client.FieldOwner(env.FieldManager), client.ForceOwnership)
	if err != nil {
		return fmt.Errorf("cannot write the record: %w", err)
	}
	return nil
}

// finalize lets an erasure go. One that was sent is taken back if that is not too late; the record says how it ended. Neither a
// log store that does not answer nor a record that is refused must hold up a namespace for long.
func (r *eraser) finalize(ctx context.Context, p *erasurePass) (ctrl.Result, error) {
	if !controllerutil.ContainsFinalizer(p.e, erasureFinalizer) {
		return ctrl.Result{}, nil
	}
	outcome, message, wait := r.giveUp(ctx, p)
	if wait > 0 {
		return ctrl.Result{RequeueAfter: jitter(wait)}, nil
	}
	unrecorded := ""
	if p.e.Status.Request != nil && outcome != "" {
		// In a namespace that is being deleted nothing can be created.
		err := r.record(ctx, p.e, outcome)
		switch {
		case err == nil || apierrors.HasStatusCause(err, corev1.NamespaceTerminatingCause):
		case time.Until(p.e.DeletionTimestamp.Add(r.logs.options.DeletionTimeout)) > 0:
			return ctrl.Result{}, err
		default:
			unrecorded = "; there is no record of it: " + err.Error()
		}
	}
	controllerutil.RemoveFinalizer(p.e, erasureFinalizer)
	if err := r.patchMeta(ctx, p); client.IgnoreNotFound(errors.Unwrap(err)) != nil {
		return ctrl.Result{}, err
	}
	if outcome != "" {
		erasuresTotal.WithLabelValues(outcome).Inc()
		kind := corev1.EventTypeNormal
		if outcome == tuxv1alpha1.ReasonErasureLeft || unrecorded != "" {
			kind = corev1.EventTypeWarning
		}
		r.events.Eventf(p.e, nil, kind, outcome, "CancelErasure", "%s", message+unrecorded)
	}
	return ctrl.Result{}, nil
}

// giveUp says how an erasure that is deleted ends, or how long to wait for that. One that was done has no news.
func (r *eraser) giveUp(ctx context.Context, p *erasurePass) (outcome, message string, wait time.Duration) {
	st := &p.e.Status
	switch {
	case st.Request == nil:
		return tuxv1alpha1.ReasonErasureCancelled, "Nothing was sent to the log store", 0
	case st.Request.ProcessedAt != nil:
		return "", "", 0
	}
	const left = "The request is carried out all the same: "
	if refused := r.aim(ctx, p); refused != nil {
		return tuxv1alpha1.ReasonErasureLeft, left + refused.Message, 0
	}
	err := r.cancel(ctx, p)
	var late *tooLate
	switch {
	case err == nil:
		return tuxv1alpha1.ReasonErasureCancelled, "The request was taken back, or never arrived", 0
	case errors.As(err, &late):
		return tuxv1alpha1.ReasonErasureLeft, left + late.Error(), 0
	}
	if rest := time.Until(p.e.DeletionTimestamp.Add(r.logs.options.DeletionTimeout)); rest > 0 {
		return "", "", min(rest, r.times.Settle)
	}
	return tuxv1alpha1.ReasonErasureLeft, left + err.Error(), 0
}

// tooLate is an error that will not pass.
type tooLate struct{ text string }

// Error is the text.
func (t *tooLate) Error() string { return t.text }

// cancel takes back what was sent.
func (r *eraser) cancel(ctx context.Context, p *erasurePass) error {
	st := &p.e.Status
	store, err := r.logs.eraserOf(ctx, p.target)
	if err != nil {
		return err
	}
	request := plan.ErasureOf(p.e)
	found, err := store.Find(ctx, request, st.Request.ID)
	if err != nil {
		return err
	}
	if found == nil {
		if ok, verdict := judge.MayPost(st, p.now, r.times); !ok {
			return errors.New(verdict.Message)
		}
		if !judge.NeverRan(st) {
			return &tooLate{"the log store does not know it any more, and may have carried it out"}
		}
		return nil
	}
	st.Request.ID, st.Request.Progress = found.ID, found.Progress
	switch {
	case found.Done:
		return &tooLate{"the log store was done before"}
	case st.Request.Attempts == 0:
		return &tooLate{"somebody else has sent it"}
	}
	if err := store.Cancel(ctx, request, found.ID); err != nil {
		if judge.IsRefusal(err) {
			return &tooLate{"the log store does not let it be taken back any more"}
		}
		return err
	}
	if found.Begun {
		return &tooLate{"it was stopped on its way, and what it had deleted is gone"}
	}
	judge.TakenBack(st)
	return r.patchStatus(ctx, p)
}
