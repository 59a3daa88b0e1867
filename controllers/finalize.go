package controllers

import (
	"context"
	"errors"
	"fmt"
	"time"

	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	ctrl "sigs.k8s.io/controller-runtime"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/controller/controllerutil"

	tuxv1alpha1 "github.com/tux-io/tux-monitoring-operator/api/v1alpha1"
	"github.com/tux-io/tux-monitoring-operator/internal/external"
	"github.com/tux-io/tux-monitoring-operator/internal/external/sentry"
	"github.com/tux-io/tux-monitoring-operator/internal/fault"
	"github.com/tux-io/tux-monitoring-operator/internal/plan"
	"github.com/tux-io/tux-monitoring-operator/internal/plan/env"
)

// sentryFinalizer holds a resource until its Sentry project is deleted. Only a resource that wants that has it.
const sentryFinalizer = "monitoring.tux.io/sentry"

// forgetInterval is how long to wait for a run that was told to stop.
const forgetInterval = 500 * time.Millisecond

// hold adds the finalizer before the first side effect, or takes it away from who no longer needs it.
func (r *Reconciler) hold(ctx context.Context, tux *tuxv1alpha1.TuxMonitoring) error {
	if tux.Spec.Mode == tuxv1alpha1.ModePlan {
		return nil
	}
	base := tux.DeepCopy()
	logs := plan.LogsOf(tux)
	sentry := tux.Spec.Sentry != nil && tux.Spec.Sentry.DeletionPolicy == tuxv1alpha1.DeletionPolicyDelete
	changed := setFinalizer(tux, sentryFinalizer, sentry)
	changed = setFinalizer(tux, logsFinalizer, logs != nil && logs.Removes) || changed
	if !changed {
		return nil
	}
	return r.patchFinalizers(ctx, tux, base)
}

func setFinalizer(tux *tuxv1alpha1.TuxMonitoring, name string, wanted bool) (changed bool) {
	if wanted {
		return controllerutil.AddFinalizer(tux, name)
	}
	return controllerutil.RemoveFinalizer(tux, name)
}

// patchFinalizers sends nothing but the finalizers, for the version that was looked at.
func (r *Reconciler) patchFinalizers(ctx context.Context, tux, base *tuxv1alpha1.TuxMonitoring) error {
	err := r.client.Patch(ctx, tux, client.MergeFromWithOptions(base, client.MergeFromWithOptimisticLock{}))
	if apierrors.IsNotFound(err) {
		return nil
	}
	if err != nil {
		return fmt.Errorf("cannot write the finalizers: %w", err)
	}
	r.writes.remember(tux)
	return nil
}

// finalize lets a resource go, after its Sentry project if that is wanted. Children are left to the garbage
// collector: recreating them would fight a foreground deletion.
func (r *Reconciler) finalize(ctx context.Context, tux *tuxv1alpha1.TuxMonitoring) (ctrl.Result, error) {
	key := client.ObjectKeyFromObject(tux)
	if !r.keeper.pause(key) {
		return ctrl.Result{RequeueAfter: forgetInterval}, nil
	}
	r.logs.pause(key)
	base, wait := tux.DeepCopy(), time.Duration(0)
	for name, release := range map[string]func(context.Context, *tuxv1alpha1.TuxMonitoring) time.Duration{
		sentryFinalizer: r.release, logsFinalizer: r.releaseLogs,
	} {
		if !controllerutil.ContainsFinalizer(base, name) {
			continue
		}
		after := release(ctx, base)
		if after <= 0 {
			controllerutil.RemoveFinalizer(tux, name)
		} else if wait == 0 || after < wait {
			wait = after
		}
	}
	if len(tux.Finalizers) == len(base.Finalizers) {
		return ctrl.Result{RequeueAfter: wait}, nil
	}
	return ctrl.Result{RequeueAfter: wait}, r.patchFinalizers(ctx, tux, base)
}

// release deletes the project beside the pass, and returns how long to wait for that; 0 means that the
// resource may go. What cannot be deleted is told and left: it must not hold up a namespace.
func (r *Reconciler) release(ctx context.Context, tux *tuxv1alpha1.TuxMonitoring) time.Duration {
	want := plan.Build(plan.Input{Tux: tux}).Environment.Sentry
	if want == nil || !want.Deletes {
		return 0
	}
	if tux.Spec.Mode == tuxv1alpha1.ModePlan || tux.Spec.Mode == tuxv1alpha1.ModeSuspended {
		r.retained(tux, want, errors.New("mode is not Enforce"))
		return 0
	}
	k, key := r.keeper, client.ObjectKeyFromObject(tux)
	left := r.timeLeft(ctx, tux, k.options.DeletionTimeout)
	if wait, ok := r.reachSecrets(ctx, tux, want, left); !ok {
		return wait
	}
	j, err := r.newJob(ctx, tux, want)
	if err != nil {
		return forgetInterval
	}
	k.mu.Lock()
	k.learn(tux)
	k.mu.Unlock()
	result := k.runner.Tell(external.Task{Key: deletionKey(key), Fingerprint: j.fingerprint,
		Sync: func(ctx context.Context, _ external.Outcome) (external.Outcome, error) {
			return external.Outcome{}, k.withdraw(ctx, j)
		}})
	switch {
	case result.Ran && result.Err == nil:
		r.events.Eventf(tux, nil, corev1.EventTypeNormal, tuxv1alpha1.ReasonSynced, "DeleteProject", "Let go of Sentry project %q", want.Slug)
	case result.Ran && isTerminal(result.Err), left <= 0:
		r.retained(tux, want, result.Err)
	default:
		return left
	}
	k.runner.Forget(deletionKey(key))
	return 0
}

// reachSecrets makes sure that Secrets can be read. If not it returns how long to wait; 0 means that nobody ever will, and the
// project stays. A hiccup of the API server must not leave it behind.
func (r *Reconciler) reachSecrets(
	ctx context.Context, tux *tuxv1alpha1.TuxMonitoring, want *env.Sentry, left time.Duration,
) (wait time.Duration, ok bool) {
	err := r.secrets.ensure(ctx, tux.Namespace)
	if err == nil {
		return 0, true
	}
	if apierrors.IsForbidden(err) || left <= 0 {
		r.retained(tux, want, err)
		return 0, false
	}
	return min(forgetInterval, left), false
}

// hurry is how long a namespace that goes is held up at most. What a clean end needs goes with it, in no certain order: the
// Secret with the token, the document of Loki.
const hurry = 10 * time.Second

// timeLeft is how long to wait for a clean end.
func (r *Reconciler) timeLeft(ctx context.Context, tux *tuxv1alpha1.TuxMonitoring, timeout time.Duration) time.Duration {
	if namespace, err := r.namespace(ctx, tux.Namespace); err == nil && namespace.DeletionTimestamp != nil {
		timeout = min(timeout, hurry)
	}
	return time.Until(tux.DeletionTimestamp.Add(timeout))
}

func isTerminal(err error) bool {
	_, ok := fault.AsTerminal(err)
	return ok
}

// retained tells that the project is still there.
func (r *Reconciler) retained(tux *tuxv1alpha1.TuxMonitoring, want *env.Sentry, err error) {
	if err == nil {
		err = errors.New("sentry did not answer in time")
	}
	r.events.Eventf(tux, nil, corev1.EventTypeWarning, tuxv1alpha1.ReasonProjectRetained, "DeleteProject",
		"Sentry project %q was not deleted, delete it by hand if it is no longer needed: %s", want.Slug, err)
}

// withdraw deletes the project if we made it. Without a token nobody will ever be able to: the Secret of a
// namespace that goes is often gone before.
func (k *keeper) withdraw(ctx context.Context, j job) error {
	config, err := k.config(ctx, j)
	if err != nil {
		if waiting, ok := fault.AsWaiting(err); ok {
			return fault.Terminal(waiting.Reason, err)
		}
		return err
	}
	want, err := k.wanted(ctx, j)
	if err != nil {
		return err
	}
	connected, _, err := sentry.Connect(ctx, config)
	if err != nil {
		return gone(err)
	}
	return gone(connected.Withdraw(ctx, want))
}

// gone: what is not there, or not visible to us, will not become so.
func gone(err error) error {
	if waiting, ok := fault.AsWaiting(err); ok && waiting.Reason == external.ReasonParentMissing {
		return fault.Terminal(waiting.Reason, err)
	}
	return err
}
