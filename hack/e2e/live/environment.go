package live

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/types"
	ctrlclient "sigs.k8s.io/controller-runtime/pkg/client"

	tuxv1alpha1 "github.com/tux-io/tux-monitoring-operator/api/v1alpha1"
	"github.com/tux-io/tux-monitoring-operator/hack/cluster"
)

// Environment is one namespace with backends, their monitoring, and a pager.
type Environment struct {
	Namespace  string
	Prometheus *Prometheus
	Receiver   *Receiver

	cluster *cluster.Cluster
}

// NewEnvironment makes the namespace, and the route of its alerts to the receiver.
func NewEnvironment(ctx context.Context, c *cluster.Cluster, p *Prometheus, r *Receiver, namespace string) (*Environment, error) {
	e := &Environment{Namespace: namespace, Prometheus: p, Receiver: r, cluster: c}
	objects := []ctrlclient.Object{&corev1.Namespace{ObjectMeta: metav1.ObjectMeta{Name: namespace}}, e.route()}
	for _, object := range objects {
		if err := c.Client().Create(ctx, object); ctrlclient.IgnoreAlreadyExists(err) != nil {
			return nil, fmt.Errorf("cannot create environment %q: %w", namespace, err)
		}
	}
	return e, nil
}

// route is what a team writes to get its alerts. Alertmanager itself adds the condition that the label
// namespace is that of this object: an alert without the label does not come through.
func (e *Environment) route() *unstructured.Unstructured {
	return &unstructured.Unstructured{Object: map[string]any{
		"apiVersion": "monitoring.coreos.com/v1alpha1",
		"kind":       "AlertmanagerConfig",
		"metadata":   map[string]any{"name": "pager", "namespace": e.Namespace},
		"spec": map[string]any{
			"route": map[string]any{
				"receiver": "pager", "groupBy": []any{"alertname"},
				"groupWait": "1s", "groupInterval": "5s", "repeatInterval": "1h",
			},
			"receivers": []any{map[string]any{
				"name":           "pager",
				"webhookConfigs": []any{map[string]any{"url": e.Receiver.URL + e.Namespace, "sendResolved": true}},
			}},
		},
	}}
}

// Apply creates objects in the namespace.
func (e *Environment) Apply(ctx context.Context, objects ...ctrlclient.Object) error {
	for _, object := range objects {
		object.SetNamespace(e.Namespace)
		if err := e.cluster.Client().Create(ctx, object); err != nil {
			return fmt.Errorf("cannot create %T %q: %w", object, object.GetName(), err)
		}
	}
	return nil
}

// Resource returns the TuxMonitoring of the environment.
func (e *Environment) Resource(ctx context.Context) (*tuxv1alpha1.TuxMonitoring, error) {
	list := &tuxv1alpha1.TuxMonitoringList{}
	if err := e.cluster.Client().List(ctx, list, ctrlclient.InNamespace(e.Namespace)); err != nil {
		return nil, err
	}
	if len(list.Items) != 1 {
		return nil, fmt.Errorf("namespace %q has %d TuxMonitorings, want one", e.Namespace, len(list.Items))
	}
	return &list.Items[0], nil
}

// Pods returns the pods of a backend that are not being deleted, by name.
func (e *Environment) Pods(ctx context.Context, backend string) ([]corev1.Pod, error) {
	return e.podsWith(ctx, BackendLabels(backend))
}

// ExporterPods returns the pods of the blackbox exporter.
func (e *Environment) ExporterPods(ctx context.Context) ([]corev1.Pod, error) {
	return e.podsWith(ctx, map[string]string{"app.kubernetes.io/name": "blackbox-exporter"})
}

func (e *Environment) podsWith(ctx context.Context, labels map[string]string) ([]corev1.Pod, error) {
	list := &corev1.PodList{}
	err := e.cluster.Client().List(ctx, list, ctrlclient.InNamespace(e.Namespace), ctrlclient.MatchingLabels(labels))
	if err != nil {
		return nil, err
	}
	pods := slices.DeleteFunc(list.Items, func(p corev1.Pod) bool { return p.DeletionTimestamp != nil })
	slices.SortFunc(pods, func(a, b corev1.Pod) int { return strings.Compare(a.Name, b.Name) })
	return pods, nil
}

// EachPod does something to every pod of a backend.
func (e *Environment) EachPod(ctx context.Context, backend string, do func(context.Context, *corev1.Pod) error) error {
	pods, err := e.Pods(ctx, backend)
	if err != nil {
		return err
	}
	if len(pods) == 0 {
		return fmt.Errorf("backend %q has no pods", backend)
	}
	var errs []error
	for i := range pods {
		errs = append(errs, do(ctx, &pods[i]))
	}
	return errors.Join(errs...)
}

// Break turns fault switches of all pods of a backend.
func (e *Environment) Break(ctx context.Context, backend string, faults Faults) error {
	return e.EachPod(ctx, backend, faults.Set)
}

// Heal turns all fault switches of a backend back.
func (e *Environment) Heal(ctx context.Context, backend string) error {
	return e.EachPod(ctx, backend, Heal)
}

// ServiceURL is where users reach a Service.
func (e *Environment) ServiceURL(ctx context.Context, name string) (string, error) {
	service := &corev1.Service{}
	if err := e.cluster.Client().Get(ctx, types.NamespacedName{Namespace: e.Namespace, Name: name}, service); err != nil {
		return "", fmt.Errorf("cannot find Service %q: %w", name, err)
	}
	return "http://" + service.Spec.ClusterIP, nil
}

// Kubectl runs kubectl in the namespace.
func (e *Environment) Kubectl(ctx context.Context, args ...string) (string, error) {
	return e.cluster.Kubectl(ctx, append([]string{"-n", e.Namespace}, args...)...)
}

// Cluster is where the environment is.
func (e *Environment) Cluster() *cluster.Cluster { return e.cluster }
