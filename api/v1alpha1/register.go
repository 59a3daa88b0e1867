package v1alpha1

import (
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/runtime/schema"
)

// The kinds of this group.
const (
	// Kind is that of the monitoring of an environment.
	Kind = "TuxMonitoring"
	// KindLogErasure is that of a request to erase lines.
	KindLogErasure = "TuxLogErasure"
)

// GroupVersion of this package.
var GroupVersion = schema.GroupVersion{Group: "monitoring.tux.io", Version: "v1alpha1"}

// AddToScheme registers the types of this package.
var AddToScheme = schemeBuilder.AddToScheme

var schemeBuilder = runtime.NewSchemeBuilder(func(scheme *runtime.Scheme) error {
	scheme.AddKnownTypes(GroupVersion, &TuxMonitoring{}, &TuxMonitoringList{}, &TuxLogErasure{}, &TuxLogErasureList{})
	metav1.AddToGroupVersion(scheme, GroupVersion)
	return nil
})
