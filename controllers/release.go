package controllers

import (
	"context"
	"errors"
	"fmt"
	"slices"

	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/apimachinery/pkg/api/meta"
	"k8s.io/client-go/util/retry"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/controller/controllerutil"

	tuxv1alpha1 "github.com/tux-io/tux-monitoring-operator/api/v1alpha1"
)

// Released is what became of TuxMonitorings and TuxLogErasures.
type Released struct {
	// Resources is how many had a finalizer of ours.
	Resources int
	// Hidden are named namespaces we may not look into: with a namespace its Role goes, and no right is left to ask
	// whether it has gone.
	Hidden []string
}

// Release takes our finalizers from every TuxMonitoring and TuxLogErasure of the namespaces, of all if there are none: after that no
// resource and no namespace waits for an operator that is gone. Sentry projects and what Loki was told stay. The operator
// must not run: it would put them back.
func Release(ctx context.Context, c client.Client, namespaces []string) (released Released, err error) {
	if len(namespaces) == 0 {
		namespaces = []string{corev1.NamespaceAll}
	}
	var errs []error
	for _, namespace := range namespaces {
		all, err := ours(ctx, c, namespace)
		if apierrors.IsForbidden(err) && namespace != corev1.NamespaceAll {
			released.Hidden = append(released.Hidden, namespace)
			continue
		}
		if err != nil {
			errs = append(errs, fmt.Errorf("cannot list TuxMonitorings and TuxLogErasures: %w", err))
			continue
		}
		for _, object := range all {
			had, err := releaseOne(ctx, c, object)
			if err != nil {
				errs = append(errs, fmt.Errorf("cannot release %s/%s: %w", object.GetNamespace(), object.GetName(), err))
			}
			if had {
				released.Resources++
			}
		}
	}
	return released, errors.Join(errs...)
}

// ours are the resources of both kinds. Of one that is not installed there are none.
func ours(ctx context.Context, c client.Client, namespace string) ([]client.Object, error) {
	var tuxes tuxv1alpha1.TuxMonitoringList
	var erasures tuxv1alpha1.TuxLogErasureList
	var all []client.Object
	if err := c.List(ctx, &tuxes, client.InNamespace(namespace)); err != nil {
		return nil, err
	}
	for i := range tuxes.Items {
		all = append(all, &tuxes.Items[i])
	}
	if err := c.List(ctx, &erasures, client.InNamespace(namespace)); err != nil && !meta.IsNoMatchError(err) {
		return nil, err
	}
	for i := range erasures.Items {
		all = append(all, &erasures.Items[i])
	}
	return all, nil
}

// releaseOne looks again where somebody else wrote meanwhile: a list of finalizers is replaced as a whole.
func releaseOne(ctx context.Context, c client.Client, object client.Object) (had bool, err error) {
	if !slices.ContainsFunc(finalizers, func(name string) bool { return controllerutil.ContainsFinalizer(object, name) }) {
		return false, nil
	}
	err = retry.RetryOnConflict(retry.DefaultBackoff, func() error {
		if err := c.Get(ctx, client.ObjectKeyFromObject(object), object); err != nil {
			return err
		}
		base, ok := object.DeepCopyObject().(client.Object)
		if !ok || !removeFinalizers(object) {
			return nil
		}
		return c.Patch(ctx, object, client.MergeFromWithOptions(base, client.MergeFromWithOptimisticLock{}))
	})
	if apierrors.IsNotFound(err) {
		return false, nil
	}
	return err == nil, err
}

// finalizers are all that are ours.
var finalizers = []string{sentryFinalizer, logsFinalizer, erasureFinalizer}

// removeFinalizers takes off all of them.
func removeFinalizers(object client.Object) (had bool) {
	for _, name := range finalizers {
		had = controllerutil.RemoveFinalizer(object, name) || had
	}
	return had
}
