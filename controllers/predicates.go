package controllers

import (
	"maps"

	monitoringv1 "github.com/prometheus-operator/prometheus-operator/pkg/apis/monitoring/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/event"
	"sigs.k8s.io/controller-runtime/pkg/predicate"
)

// inputObject is what the cache holds of an optional input kind: a typed object where we know the
// type, an unstructured one otherwise. It must be the kind of object gather asks for.
func inputObject(kind schema.GroupVersionKind) client.Object {
	switch kind {
	case prometheusKind:
		return &monitoringv1.Prometheus{}
	case alertmanagerKind:
		return &monitoringv1.Alertmanager{}
	}
	object := &unstructured.Unstructured{}
	object.SetGroupVersionKind(kind)
	return object
}

// inputChanged passes what can change a plan: the spec or the labels of an input, not its status. A
// kind without a generation (Service) passes with every version.
func inputChanged() predicate.Predicate {
	return predicate.Funcs{UpdateFunc: func(e event.UpdateEvent) bool {
		if !maps.Equal(e.ObjectOld.GetLabels(), e.ObjectNew.GetLabels()) {
			return true
		}
		if e.ObjectNew.GetGeneration() == 0 {
			return e.ObjectOld.GetResourceVersion() != e.ObjectNew.GetResourceVersion()
		}
		return e.ObjectOld.GetGeneration() != e.ObjectNew.GetGeneration()
	}}
}

// childChanged passes what others did to our objects: a version we wrote ourselves wakes nobody.
func (w *watches) childChanged(kind schema.GroupVersionKind) predicate.Predicate {
	foreign := func(object client.Object) bool {
		return !w.applier.Wrote(kind, client.ObjectKeyFromObject(object), object.GetResourceVersion())
	}
	return predicate.Funcs{
		CreateFunc: func(e event.CreateEvent) bool { return foreign(e.Object) },
		UpdateFunc: func(e event.UpdateEvent) bool { return foreign(e.ObjectNew) },
		DeleteFunc: func(e event.DeleteEvent) bool {
			version := e.Object.GetResourceVersion()
			if e.DeleteStateUnknown {
				version = ""
			}
			w.applier.Gone(kind, client.ObjectKeyFromObject(e.Object), version)
			return true
		},
	}
}

// goes is true when the deletion of an object begins.
func goes() predicate.Predicate {
	return predicate.Funcs{
		CreateFunc: func(event.CreateEvent) bool { return false }, DeleteFunc: func(event.DeleteEvent) bool { return false },
		GenericFunc: func(event.GenericEvent) bool { return false },
		UpdateFunc: func(e event.UpdateEvent) bool {
			return e.ObjectOld.GetDeletionTimestamp() == nil && e.ObjectNew.GetDeletionTimestamp() != nil
		},
	}
}
