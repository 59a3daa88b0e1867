package manifest

import (
	"fmt"

	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime"

	tuxv1alpha1 "github.com/tux-io/tux-monitoring-operator/api/v1alpha1"
	"github.com/tux-io/tux-monitoring-operator/internal/plan/discover"
)

// Set is the objects of files, sorted.
type Set struct {
	// Tuxes are the TuxMonitorings, in the order of the files.
	Tuxes []Document
	// Others are all other objects.
	Others []Document
}

// Sort splits documents. An object without a namespace gets the one given, as kubectl does it.
func Sort(documents []Document, namespace string) Set {
	var s Set
	for _, d := range documents {
		kind := d.Object.GroupVersionKind()
		if d.Object.GetNamespace() == "" && kind.Kind != "Namespace" {
			d.Object.SetNamespace(namespace)
		}
		if kind.Group == tuxv1alpha1.GroupVersion.Group && kind.Kind == tuxv1alpha1.Kind {
			s.Tuxes = append(s.Tuxes, d)
		} else {
			s.Others = append(s.Others, d)
		}
	}
	return s
}

// Cluster returns what a resource of the namespace may look at, as the operator gathers it. Kinds a
// plan does not look at are passed over: a file may hold a whole application.
func (s *Set) Cluster(namespace string) (discover.Cluster, error) {
	c := discover.Cluster{}
	for _, d := range s.Others {
		if err := addFact(&c, d.Object, namespace); err != nil {
			return c, fmt.Errorf("cannot use %s %q of %s: %w", d.Object.GetKind(), d.Object.GetName(), d.Source, err)
		}
	}
	return c, nil
}

func addFact(c *discover.Cluster, object *unstructured.Unstructured, namespace string) error {
	here := object.GetNamespace() == namespace
	switch kind := object.GroupVersionKind(); kind.GroupKind().String() {
	case "Namespace":
		if object.GetName() == namespace {
			c.NamespaceLabels = object.GetLabels()
		}
	case "Prometheus.monitoring.coreos.com":
		return add(&c.Prometheuses, object, true)
	case "Alertmanager.monitoring.coreos.com":
		return add(&c.Alertmanagers, object, true)
	case "Deployment.apps":
		return add(&c.Deployments, object, here)
	case "Service":
		return add(&c.Services, object, here)
	case "Ingress.networking.k8s.io":
		return add(&c.Ingresses, object, here)
	case "HTTPRoute.gateway.networking.k8s.io":
		if here {
			c.HTTPRoutes = append(c.HTTPRoutes, *object)
		}
	case "Gateway.gateway.networking.k8s.io":
		c.Gateways = append(c.Gateways, *object)
	}
	return nil
}

func add[T any](list *[]T, object *unstructured.Unstructured, wanted bool) error {
	if !wanted {
		return nil
	}
	var typed T
	if err := runtime.DefaultUnstructuredConverter.FromUnstructured(object.Object, &typed); err != nil {
		return err
	}
	*list = append(*list, typed)
	return nil
}
