package controllers

import (
	"context"
	"errors"
	"fmt"

	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/client-go/util/retry"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/controller/controllerutil"

	tuxv1alpha1 "github.com/tux-io/tux-monitoring-operator/api/v1alpha1"
)

// Released is what became of TuxMonitorings.
type Released struct {
	// Resources is how many had a finalizer of ours.
	Resources int
	// Hidden are named namespaces we may not look into: with a namespace its Role goes, and no right is left to ask
	// whether it has gone.
	Hidden []string
}

// Release takes our finalizers from every TuxMonitoring of the namespaces, of all if there are none: after that no
// resource and no namespace waits for an operator that is gone. Sentry projects and what Loki was told stay. The operator
// must not run: it would put them back.
func Release(ctx context.Context, c client.Client, namespaces []string) (released Released, err error) {
	if len(namespaces) == 0 {
		namespaces = []string{corev1.NamespaceAll}
	}
	var errs []error
	for _, namespace := range namespaces {
		var all tuxv1alpha1.TuxMonitoringList
		err := c.List(ctx, &all, client.InNamespace(namespace))
		if apierrors.IsForbidden(err) && namespace != corev1.NamespaceAll {
			released.Hidden = append(released.Hidden, namespace)
			continue
		}
		if err != nil {
			errs = append(errs, fmt.Errorf("cannot list TuxMonitorings: %w", err))
			continue
		}
		for i := range all.Items {
			had, err := releaseOne(ctx, c, &all.Items[i])
			if err != nil {
				errs = append(errs, fmt.Errorf("cannot release %s/%s: %w", all.Items[i].Namespace, all.Items[i].Name, err))
			}
			if had {
				released.Resources++
			}
		}
	}
	return released, errors.Join(errs...)
}

// releaseOne looks again where somebody else wrote meanwhile: a list of finalizers is replaced as a whole.
func releaseOne(ctx context.Context, c client.Client, tux *tuxv1alpha1.TuxMonitoring) (had bool, err error) {
	if !removeFinalizers(tux.DeepCopy()) {
		return false, nil
	}
	err = retry.RetryOnConflict(retry.DefaultBackoff, func() error {
		if err := c.Get(ctx, client.ObjectKeyFromObject(tux), tux); err != nil {
			return err
		}
		base := tux.DeepCopy()
		if !removeFinalizers(tux) {
			return nil
		}
		return c.Patch(ctx, tux, client.MergeFromWithOptions(base, client.MergeFromWithOptimisticLock{}))
	})
	if apierrors.IsNotFound(err) {
		return false, nil
	}
	return err == nil, err
}

// removeFinalizers takes off all that are ours.
func removeFinalizers(tux *tuxv1alpha1.TuxMonitoring) (had bool) {
	for _, name := range []string{sentryFinalizer, logsFinalizer} {
		had = controllerutil.RemoveFinalizer(tux, name) || had
	}
	return had
}
