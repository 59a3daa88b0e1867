package controllers

import (
	"context"
	"slices"
	"strings"

	ctrl "sigs.k8s.io/controller-runtime"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/handler"
	"sigs.k8s.io/controller-runtime/pkg/reconcile"

	tuxv1alpha1 "github.com/tux-io/tux-monitoring-operator/api/v1alpha1"
	"github.com/tux-io/tux-monitoring-operator/internal/plan"
)

// The indexes of TuxMonitorings in the cache: by the Sentry project they want to own, and by the Secrets they log in
// with.
const (
	projectIndex = "sentryProject"
	tokenIndex   = "sentryToken"
)

func indexProjects(mgr ctrl.Manager) error {
	for name, of := range map[string]func(*tuxv1alpha1.TuxMonitoring) []string{
		projectIndex: func(tux *tuxv1alpha1.TuxMonitoring) []string { return []string{plan.SentryProjectOf(tux)} },
		tokenIndex:   tokensOf,
	} {
		// Filled by the manager before anything is reconciled.
		err := mgr.GetFieldIndexer().IndexField(context.Background(), &tuxv1alpha1.TuxMonitoring{}, name, //nolint:forbidigo // only registers
			func(object client.Object) []string { return filled(of(object.(*tuxv1alpha1.TuxMonitoring))) })
		if err != nil {
			return err
		}
	}
	return nil
}

// filled are the texts that are not empty, each once.
func filled(texts []string) []string {
	slices.Sort(texts)
	return slices.DeleteFunc(slices.Compact(texts), func(text string) bool { return text == "" })
}

func tokensOf(tux *tuxv1alpha1.TuxMonitoring) []string {
	names := []string{plan.LogSecretOf(tux)}
	if tux.Spec.Sentry != nil {
		names = append(names, tux.Spec.Sentry.TokenSecretRef.Name)
	}
	return names
}

// ofToken maps a Secret to the resources that log in with it.
func (w *watches) ofToken() handler.EventHandler {
	return handler.EnqueueRequestsFromMapFunc(func(ctx context.Context, object client.Object) []reconcile.Request {
		return w.list(ctx, client.InNamespace(object.GetNamespace()), client.MatchingFields{tokenIndex: object.GetName()})
	})
}

// ofProject maps a resource to the others that want to own the same Sentry project: when it goes, or wants
// another one, the next in line may have it.
func (w *watches) ofProject() handler.EventHandler {
	return handler.EnqueueRequestsFromMapFunc(func(ctx context.Context, object client.Object) []reconcile.Request {
		tux, ok := object.(*tuxv1alpha1.TuxMonitoring)
		if !ok || plan.SentryProjectOf(tux) == "" {
			return nil
		}
		all := w.list(ctx, client.MatchingFields{projectIndex: plan.SentryProjectOf(tux)})
		return slices.DeleteFunc(all, func(r reconcile.Request) bool { return r.NamespacedName == client.ObjectKeyFromObject(tux) })
	})
}

func joined(paths []string) string { return strings.Join(paths, ", ") }
