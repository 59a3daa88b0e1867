package controllers

import (
	"context"
	"fmt"

	monitoringv1 "github.com/prometheus-operator/prometheus-operator/pkg/apis/monitoring/v1"
	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	networkingv1 "k8s.io/api/networking/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"sigs.k8s.io/controller-runtime/pkg/client"

	tuxv1alpha1 "github.com/tux-io/tux-monitoring-operator/api/v1alpha1"
	"github.com/tux-io/tux-monitoring-operator/internal/plan"
	"github.com/tux-io/tux-monitoring-operator/internal/plan/discover"
)

// gather reads everything the plan may look at, from informers but for the namespace where those are limited to some.
func (r *Reconciler) gather(ctx context.Context, p *pass) error {
	c := discover.Cluster{}
	here := client.InNamespace(p.tux.Namespace)
	if err := r.gatherNamespace(ctx, p.tux.Namespace, &c); err != nil {
		return err
	}
	var deployments appsv1.DeploymentList
	if err := r.client.List(ctx, &deployments, here); err != nil {
		return fmt.Errorf("cannot list Deployments: %w", err)
	}
	var services corev1.ServiceList
	if err := r.client.List(ctx, &services, here); err != nil {
		return fmt.Errorf("cannot list Services: %w", err)
	}
	var ingresses networkingv1.IngressList
	if err := r.client.List(ctx, &ingresses, here); err != nil {
		return fmt.Errorf("cannot list Ingresses: %w", err)
	}
	c.Deployments, c.Services, c.Ingresses = deployments.Items, services.Items, ingresses.Items
	if err := r.gatherPrometheuses(ctx, &c); err != nil {
		return err
	}
	if err := r.gatherAlertmanagers(ctx, &c); err != nil {
		return err
	}
	if err := r.gatherGateways(ctx, here, &c); err != nil {
		return err
	}
	p.cluster = c
	return r.gatherSentry(ctx, p)
}

// gatherSentry: a right on Secrets that is missing keeps Sentry from being kept in step, and nothing else.
func (r *Reconciler) gatherSentry(ctx context.Context, p *pass) error {
	if p.tux.Spec.Sentry == nil && p.tux.Status.Sentry == nil {
		return nil
	}
	if p.noSecrets = r.secrets.ensure(ctx, p.tux.Namespace); p.tux.Spec.Sentry == nil {
		return nil
	}
	var siblings tuxv1alpha1.TuxMonitoringList
	if err := r.client.List(ctx, &siblings, client.MatchingFields{projectIndex: plan.SentryProjectOf(p.tux)}); err != nil {
		return fmt.Errorf("cannot list TuxMonitorings: %w", err)
	}
	p.siblings = siblings.Items
	if p.noSecrets == nil {
		p.dsn, p.noSecrets = r.keeper.dsn(ctx, p.tux)
	}
	return nil
}

// namespace reads the metadata of one.
func (r *Reconciler) namespace(ctx context.Context, name string) (*metav1.PartialObjectMetadata, error) {
	namespace := &metav1.PartialObjectMetadata{}
	namespace.SetGroupVersionKind(corev1.SchemeGroupVersion.WithKind("Namespace"))
	reader := client.Reader(r.client)
	if r.scope.namespaced() {
		reader = r.live // a Role allows to get its own namespace, and not to watch it
	}
	return namespace, reader.Get(ctx, client.ObjectKey{Name: name}, namespace)
}

func (r *Reconciler) gatherNamespace(ctx context.Context, name string, c *discover.Cluster) error {
	namespace, err := r.namespace(ctx, name)
	if err != nil {
		return fmt.Errorf("cannot read the labels of namespace %q: %w", name, err)
	}
	c.NamespaceLabels = namespace.Labels
	return nil
}

func (r *Reconciler) gatherPrometheuses(ctx context.Context, c *discover.Cluster) error {
	if !r.kinds.installed(prometheusKind) {
		c.PrometheusCRDMissing = true
		return nil
	}
	var list monitoringv1.PrometheusList
	if err := r.client.List(ctx, &list); err != nil {
		return fmt.Errorf("cannot list Prometheus resources: %w", err)
	}
	c.Prometheuses = list.Items
	return nil
}

func (r *Reconciler) gatherAlertmanagers(ctx context.Context, c *discover.Cluster) error {
	if !r.kinds.installed(alertmanagerKind) {
		c.AlertmanagerCRDMissing = true
		return nil
	}
	var list monitoringv1.AlertmanagerList
	if err := r.client.List(ctx, &list); err != nil {
		return fmt.Errorf("cannot list Alertmanager resources: %w", err)
	}
	c.Alertmanagers = list.Items
	return nil
}

func (r *Reconciler) gatherGateways(ctx context.Context, here client.InNamespace, c *discover.Cluster) (err error) {
	if c.HTTPRoutes, err = r.listIfInstalled(ctx, httpRouteKind, here); err != nil {
		return err
	}
	c.Gateways, err = r.listIfInstalled(ctx, gatewayKind)
	return err
}

func (r *Reconciler) listIfInstalled(
	ctx context.Context, kind schema.GroupVersionKind, opts ...client.ListOption,
) ([]unstructured.Unstructured, error) {
	if !r.kinds.installed(kind) {
		return nil, nil
	}
	list := &unstructured.UnstructuredList{}
	list.SetGroupVersionKind(kind)
	if err := r.client.List(ctx, list, opts...); err != nil {
		return nil, fmt.Errorf("cannot list %ss: %w", kind.Kind, err)
	}
	return list.Items, nil
}
