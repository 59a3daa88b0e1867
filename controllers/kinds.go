package controllers

import (
	"context"
	"fmt"
	"sync"
	"time"

	monitoringv1 "github.com/prometheus-operator/prometheus-operator/pkg/apis/monitoring/v1"
	apiextensionsv1 "k8s.io/apiextensions-apiserver/pkg/apis/apiextensions/v1"
	"k8s.io/apimachinery/pkg/api/meta"
	"k8s.io/apimachinery/pkg/runtime/schema"
	ctrl "sigs.k8s.io/controller-runtime"
	"sigs.k8s.io/controller-runtime/pkg/builder"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/controller"
	"sigs.k8s.io/controller-runtime/pkg/predicate"
	"sigs.k8s.io/controller-runtime/pkg/source"
)

var (
	prometheusKind   = monitoringv1.SchemeGroupVersion.WithKind(monitoringv1.PrometheusesKind)
	alertmanagerKind = monitoringv1.SchemeGroupVersion.WithKind(monitoringv1.AlertmanagersKind)
	httpRouteKind    = schema.GroupVersionKind{Group: "gateway.networking.k8s.io", Version: "v1", Kind: "HTTPRoute"}
	gatewayKind      = schema.GroupVersionKind{Group: "gateway.networking.k8s.io", Version: "v1", Kind: "Gateway"}
)

// crdPollInterval is how often a CRD that was seen but is not served yet is asked for again.
const crdPollInterval = time.Second

// optionalKinds are the kinds whose CustomResourceDefinition may not be installed yet. Each is watched
// from the moment it is: nothing has to be restarted.
type optionalKinds struct {
	mapper     meta.RESTMapper
	controller controller.Controller
	// wake makes every TuxMonitoring be reconciled.
	wake func(ctx context.Context)
	// served are the optional kinds.
	served map[schema.GroupVersionKind]optionalKind

	mu      sync.RWMutex
	watched map[schema.GroupVersionKind]bool
}

// optionalKind is one kind that may come later.
type optionalKind struct {
	// plural is the resource name, as in the name of its CustomResourceDefinition.
	plural string
	// watch makes the source of its events.
	watch func() source.Source
}

// installed says whether the kind is watched, and so whether it can be read.
func (k *optionalKinds) installed(kind schema.GroupVersionKind) bool {
	k.mu.RLock()
	defer k.mu.RUnlock()
	return k.watched[kind]
}

// watchInstalled starts the watches of all kinds the API server serves by now. It is called once
// before the manager starts, so that the first pass after a restart already sees them.
func (k *optionalKinds) watchInstalled() error {
	for kind := range k.served {
		if _, err := k.watch(kind); err != nil {
			return err
		}
	}
	return nil
}

// watch starts the watch of one kind if it is served and not watched yet.
func (k *optionalKinds) watch(kind schema.GroupVersionKind) (started bool, err error) {
	k.mu.Lock()
	defer k.mu.Unlock()
	if k.watched[kind] {
		return false, nil
	}
	if _, err := k.mapper.RESTMapping(kind.GroupKind(), kind.Version); err != nil {
		if meta.IsNoMatchError(err) {
			return false, nil
		}
		return false, fmt.Errorf("cannot find out whether %s is served: %w", kind.Kind, err)
	}
	if err := k.controller.Watch(k.served[kind].watch()); err != nil {
		return false, fmt.Errorf("cannot watch %s: %w", kind.Kind, err)
	}
	k.watched[kind] = true
	return true, nil
}

// Reconcile looks at one CustomResourceDefinition: a kind that has become available is watched, and
// every TuxMonitoring gets another pass.
func (k *optionalKinds) Reconcile(ctx context.Context, req ctrl.Request) (ctrl.Result, error) {
	kind, ok := k.kindOf(req.Name)
	if !ok || k.installed(kind) {
		k.wake(ctx)
		return ctrl.Result{}, nil
	}
	started, err := k.watch(kind)
	if err != nil {
		return ctrl.Result{}, err
	}
	if !started {
		return ctrl.Result{RequeueAfter: crdPollInterval}, nil
	}
	ctrl.LoggerFrom(ctx).Info("Watching a kind that was installed", "kind", kind.Kind)
	k.wake(ctx)
	return ctrl.Result{}, nil
}

// kindOf finds the kind a CustomResourceDefinition named <plural>.<group> stands for.
func (k *optionalKinds) kindOf(crd string) (schema.GroupVersionKind, bool) {
	for kind, served := range k.served {
		if served.plural+"."+kind.Group == crd {
			return kind, true
		}
	}
	return schema.GroupVersionKind{}, false
}

// setup watches the CustomResourceDefinitions of the optional kinds, as metadata.
func (k *optionalKinds) setup(mgr ctrl.Manager) error {
	ours := predicate.NewPredicateFuncs(func(object client.Object) bool {
		_, ok := k.kindOf(object.GetName())
		return ok
	})
	return ctrl.NewControllerManagedBy(mgr).
		Named("crds").
		For(&apiextensionsv1.CustomResourceDefinition{}, builder.OnlyMetadata, builder.WithPredicates(ours)).
		Complete(k)
}
