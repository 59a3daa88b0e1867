package cmd

import (
	"fmt"

	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime"

	tuxv1alpha1 "github.com/tux-io/tux-monitoring-operator/api/v1alpha1"
	"github.com/tux-io/tux-monitoring-operator/internal/plan/discover"
)

// facts are the objects of files, sorted into what a plan may look at.
type facts struct {
	tuxes []document
	// others are all objects that are no TuxMonitoring.
	others []document
}

func sortFacts(documents []document, namespace string) facts {
	var f facts
	for _, d := range documents {
		kind := d.object.GroupVersionKind()
		if d.object.GetNamespace() == "" && kind.Kind != "Namespace" {
			d.object.SetNamespace(namespace)
		}
		if kind.Group == tuxv1alpha1.GroupVersion.Group && kind.Kind == tuxv1alpha1.Kind {
			f.tuxes = append(f.tuxes, d)
		} else {
			f.others = append(f.others, d)
		}
	}
	return f
}

// cluster returns what a resource of the namespace may look at, as the operator gathers it. Kinds a
// plan does not look at are passed over: a file may hold a whole application.
func (f *facts) cluster(namespace string) (discover.Cluster, error) {
	c := discover.Cluster{}
	for _, d := range f.others {
		if err := addFact(&c, d.object, namespace); err != nil {
			return c, fmt.Errorf("cannot use %s %q of %s: %w", d.object.GetKind(), d.object.GetName(), d.source, err)
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
