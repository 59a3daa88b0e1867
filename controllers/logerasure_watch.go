package controllers

import (
	"context"
	"fmt"
	"time"

	"k8s.io/apimachinery/pkg/api/meta"
	"k8s.io/apimachinery/pkg/types"
	"k8s.io/client-go/util/workqueue"
	ctrl "sigs.k8s.io/controller-runtime"
	"sigs.k8s.io/controller-runtime/pkg/builder"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/controller"
	"sigs.k8s.io/controller-runtime/pkg/event"
	"sigs.k8s.io/controller-runtime/pkg/handler"
	"sigs.k8s.io/controller-runtime/pkg/predicate"
	"sigs.k8s.io/controller-runtime/pkg/reconcile"

	tuxv1alpha1 "github.com/tux-io/tux-monitoring-operator/api/v1alpha1"
	judge "github.com/tux-io/tux-monitoring-operator/internal/plan/erasure"
)

// erasureWorkers is how many are carried out at once: each may ask a log store for a long time.
const erasureWorkers = 4

// erasureTimes fills in what is not set.
func erasureTimes(o LogOptions) judge.Times {
	t := o.Erasure
	for _, one := range []struct {
		of *time.Duration
		by time.Duration
	}{
		{&t.Propagation, o.Propagation}, {&t.Settle, 5 * time.Minute}, {&t.Hidden, 10 * time.Minute}, {&t.Verify, 30 * time.Minute},
		{&t.Stall, 48 * time.Hour}, {&t.Poll, 2 * time.Minute}, {&t.Recheck, time.Hour},
	} {
		if *one.of == 0 {
			*one.of = one.by
		}
	}
	return t
}

// erasuresInstalled says whether their CustomResourceDefinition is. Without it there are none until the next start: a watch
// of what is not there would end the operator.
func erasuresInstalled(mgr ctrl.Manager) (bool, error) {
	kind := tuxv1alpha1.GroupVersion.WithKind(tuxv1alpha1.KindLogErasure)
	_, err := mgr.GetRESTMapper().RESTMapping(kind.GroupKind(), kind.Version)
	if meta.IsNoMatchError(err) {
		mgr.GetLogger().Info("Doing without TuxLogErasures, whose CustomResourceDefinition is not installed")
		return false, nil
	}
	return err == nil, err
}

// opens lets through what opens or closes a tenant for deletion.
func opens() predicate.Predicate {
	needs := func(object client.Object) bool {
		e, ok := object.(*tuxv1alpha1.TuxLogErasure)
		return ok && judge.NeedsDeletion(&e.Status)
	}
	return predicate.Funcs{
		CreateFunc: func(e event.CreateEvent) bool { return needs(e.Object) },
		DeleteFunc: func(e event.DeleteEvent) bool { return needs(e.Object) },
		UpdateFunc: func(e event.UpdateEvent) bool {
			return needs(e.ObjectOld) != needs(e.ObjectNew) ||
				needs(e.ObjectNew) && len(e.ObjectOld.GetFinalizers()) != len(e.ObjectNew.GetFinalizers())
		},
	}
}

// documentOfErasure is the document that opens the tenant of an erasure.
func (k *logKeeper) documentOfErasure(ctx context.Context, object client.Object) []reconcile.Request {
	e, ok := object.(*tuxv1alpha1.TuxLogErasure)
	if !ok {
		return nil
	}
	tux := &tuxv1alpha1.TuxMonitoring{}
	if err := k.inputs.Get(ctx, client.ObjectKey{Namespace: e.Namespace, Name: e.Spec.MonitoringRef.Name}, tux); err != nil {
		return nil // without it there is no document
	}
	if document, ok := documentOf(tux); ok {
		return []reconcile.Request{{NamespacedName: document}}
	}
	return nil
}

// setupErasures adds the controller of TuxLogErasures.
func setupErasures(mgr ctrl.Manager, k *logKeeper) error {
	if !k.erases {
		return nil
	}
	// Also who waits for a TuxMonitoring lists them, and that may come first.
	_, err := mgr.GetCache().GetInformer(context.Background(), &tuxv1alpha1.TuxLogErasure{}) //nolint:forbidigo // only registers
	if err != nil {
		return fmt.Errorf("cannot watch TuxLogErasures: %w", err)
	}
	r := &eraser{
		cached: mgr.GetClient(), live: mgr.GetAPIReader(), writer: k.writer, logs: k, events: k.events, times: erasureTimes(k.options),
	}
	deleted := predicate.NewPredicateFuncs(func(object client.Object) bool { return !object.GetDeletionTimestamp().IsZero() })
	return ctrl.NewControllerManagedBy(mgr).Named("erasures").
		For(&tuxv1alpha1.TuxLogErasure{}, builder.WithPredicates(
			predicate.Or(predicate.GenerationChangedPredicate{}, predicate.AnnotationChangedPredicate{}, deleted))).
		Watches(&tuxv1alpha1.TuxMonitoring{}, handler.EnqueueRequestsFromMapFunc(r.ofMonitoring),
			builder.WithPredicates(predicate.ResourceVersionChangedPredicate{})).
		WithOptions(controller.Options{
			MaxConcurrentReconciles: erasureWorkers,
			ReconciliationTimeout:   erasureTimeout,
			RateLimiter:             workqueue.NewTypedItemExponentialFailureRateLimiter[reconcile.Request](firstRetry, maxBackoff),
		}).
		Complete(r)
}

// ofMonitoring are the erasures that wait for something of a TuxMonitoring.
func (r *eraser) ofMonitoring(ctx context.Context, object client.Object) []reconcile.Request {
	var all tuxv1alpha1.TuxLogErasureList
	if err := r.cached.List(ctx, &all, client.InNamespace(object.GetNamespace())); err != nil {
		ctrl.LoggerFrom(ctx).Error(err, "Cannot list the TuxLogErasures to wake")
		return nil
	}
	var requests []reconcile.Request
	for i := range all.Items {
		e := &all.Items[i]
		if e.Spec.MonitoringRef.Name == object.GetName() && judge.Waiting(&e.Status) {
			requests = append(requests, reconcile.Request{NamespacedName: types.NamespacedName{Namespace: e.Namespace, Name: e.Name}})
		}
	}
	return requests
}
