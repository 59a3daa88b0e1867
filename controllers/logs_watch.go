package controllers

import (
	"context"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/meta"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"
	"k8s.io/client-go/util/workqueue"
	ctrl "sigs.k8s.io/controller-runtime"
	"sigs.k8s.io/controller-runtime/pkg/builder"
	"sigs.k8s.io/controller-runtime/pkg/cache"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/controller"
	"sigs.k8s.io/controller-runtime/pkg/handler"
	"sigs.k8s.io/controller-runtime/pkg/predicate"
	"sigs.k8s.io/controller-runtime/pkg/reconcile"
	"sigs.k8s.io/controller-runtime/pkg/source"

	tuxv1alpha1 "github.com/tux-io/tux-monitoring-operator/api/v1alpha1"
	"github.com/tux-io/tux-monitoring-operator/internal/plan"
	"github.com/tux-io/tux-monitoring-operator/internal/plan/env"
)

// documentIndex finds TuxMonitorings in the cache by the ConfigMap their log store reads.
const documentIndex = "logDocument"

func documentOf(object client.Object) (types.NamespacedName, bool) {
	tux, ok := object.(*tuxv1alpha1.TuxMonitoring)
	if !ok {
		return types.NamespacedName{}, false
	}
	want := plan.LogsOf(tux)
	if want == nil || want.Document == (env.LogDocument{}) {
		return types.NamespacedName{}, false
	}
	return types.NamespacedName{Namespace: want.Document.Namespace, Name: want.Document.Name}, true
}

// setupLogs adds the controller of documents: one reconciliation for each ConfigMap.
func setupLogs(mgr ctrl.Manager, documents cache.Cache, k *logKeeper) error {
	// Filled by the manager before anything is reconciled.
	ctx := context.Background() //nolint:forbidigo // only registers
	err := mgr.GetFieldIndexer().IndexField(ctx, &tuxv1alpha1.TuxMonitoring{}, documentIndex,
		func(object client.Object) []string {
			if document, ok := documentOf(object); ok {
				return []string{document.String()}
			}
			return nil
		})
	if err != nil {
		return err
	}
	// On a change both the old and the new resource are mapped: a document that is left is made again as well.
	ofDocument := handler.EnqueueRequestsFromMapFunc(func(_ context.Context, object client.Object) []reconcile.Request {
		if document, ok := documentOf(object); ok {
			return []reconcile.Request{{NamespacedName: document}}
		}
		return nil
	})
	document := &metav1.PartialObjectMetadata{}
	document.SetGroupVersionKind(corev1.SchemeGroupVersion.WithKind("ConfigMap"))
	b := ctrl.NewControllerManagedBy(mgr).Named("logs")
	if k.erases {
		b = b.Watches(&tuxv1alpha1.TuxLogErasure{}, handler.EnqueueRequestsFromMapFunc(k.documentOfErasure), builder.WithPredicates(opens()))
	}
	return b.
		Watches(&tuxv1alpha1.TuxMonitoring{}, ofDocument, builder.WithPredicates(predicate.GenerationChangedPredicate{})).
		WatchesRawSource(source.Kind(documents, client.Object(document), &handler.EnqueueRequestForObject{})).
		WatchesRawSource(source.Channel(k.wanted, &handler.EnqueueRequestForObject{})).
		WithOptions(controller.Options{
			ReconciliationTimeout: reconcileTimeout,
			RateLimiter:           workqueue.NewTypedItemExponentialFailureRateLimiter[reconcile.Request](firstRetry, maxBackoff),
		}).
		Complete(k)
}

// isTrueOf: the condition was true for this generation.
func isTrueOf(tux *tuxv1alpha1.TuxMonitoring, kind string) bool {
	c := meta.FindStatusCondition(tux.Status.Conditions, kind)
	return c != nil && c.Status == metav1.ConditionTrue && c.ObservedGeneration == tux.Generation
}
