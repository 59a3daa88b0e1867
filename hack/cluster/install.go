package cluster

import (
	"context"
	"fmt"
	"net"
	"path/filepath"
	"strconv"
	"time"

	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/types"
	"k8s.io/apimachinery/pkg/util/wait"
)

const (
	// MonitoringManifest is what InstallMonitoring applies beside prometheus-operator itself.
	MonitoringManifest = "hack/cluster/manifests/monitoring.yaml"
	// OperatorManifests is what InstallOperator applies.
	OperatorManifests = "config/default"
	// OperatorNamespace is where the operator runs.
	OperatorNamespace = "tux-monitoring-system"
	// MonitoringNamespace is where Prometheus and Alertmanager run.
	MonitoringNamespace = "monitoring"
	// patience is for one part to become ready; a busy machine needs a quarter of it.
	patience = 2 * time.Minute
)

// InstallMonitoring installs prometheus-operator as its project ships it, and the Prometheus and
// Alertmanager of MonitoringManifest, and returns when they serve.
func (c *Cluster) InstallMonitoring(ctx context.Context) error {
	for _, manifests := range []string{filepath.Join(c.operator, operatorInstall), MonitoringManifest} {
		if _, err := c.Kubectl(ctx, "apply", "--server-side", "-f", manifests); err != nil {
			return err
		}
	}
	if err := c.AwaitDeployment(ctx, types.NamespacedName{Namespace: "default", Name: "prometheus-operator"}); err != nil {
		return err
	}
	for _, service := range []string{"kps-prometheus", "kps-alertmanager"} {
		if err := c.awaitService(ctx, types.NamespacedName{Namespace: MonitoringNamespace, Name: service}); err != nil {
			return err
		}
	}
	return nil
}

// InstallOperator installs the operator as config/default says and returns when it is ready.
func (c *Cluster) InstallOperator(ctx context.Context) error {
	if _, err := c.Kubectl(ctx, "apply", "--server-side", "-k", OperatorManifests); err != nil {
		return err
	}
	return c.AwaitDeployment(ctx, types.NamespacedName{Namespace: OperatorNamespace, Name: "tuxmon-manager"})
}

// AwaitDeployment returns when all replicas of a Deployment are ready, in its newest form.
func (c *Cluster) AwaitDeployment(ctx context.Context, key types.NamespacedName) error {
	return c.await(ctx, fmt.Sprintf("Deployment %q", key), key.Namespace+"_"+key.Name, func(ctx context.Context) bool {
		d := &appsv1.Deployment{}
		if c.client.Get(ctx, key, d) != nil {
			return false
		}
		want := int32(1)
		if d.Spec.Replicas != nil {
			want = *d.Spec.Replicas
		}
		s := d.Status
		return s.ObservedGeneration >= d.Generation && s.UpdatedReplicas == want && s.ReadyReplicas == want && s.Replicas == want
	})
}

// awaitService returns when the Service takes connections, which it does when a pod behind it is ready.
func (c *Cluster) awaitService(ctx context.Context, key types.NamespacedName) error {
	return c.await(ctx, fmt.Sprintf("Service %q", key), key.Namespace+"_", func(ctx context.Context) bool {
		service := &corev1.Service{}
		if c.client.Get(ctx, key, service) != nil {
			return false
		}
		for i := range service.Spec.Ports {
			address := net.JoinHostPort(service.Spec.ClusterIP, strconv.Itoa(int(service.Spec.Ports[i].Port)))
			connection, err := (&net.Dialer{Timeout: time.Second}).DialContext(ctx, "tcp", address)
			if err != nil {
				return false
			}
			_ = connection.Close()
		}
		return true
	})
}

// await polls until done; if time runs out the logs of the pods say why.
func (c *Cluster) await(ctx context.Context, what, logs string, done func(context.Context) bool) error {
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	go func() { cancel(c.Wait(ctx)) }()
	err := wait.PollUntilContextTimeout(ctx, 250*time.Millisecond, patience, true, func(ctx context.Context) (bool, error) {
		return done(ctx), nil
	})
	if err == nil {
		return nil
	}
	if cause := context.Cause(ctx); cause != nil {
		err = cause
	}
	return fmt.Errorf("%s does not get ready: %w\n%s", what, err, c.Log(logs))
}

// IsReady reports whether the pod takes traffic.
func IsReady(pod *corev1.Pod) bool {
	if pod.DeletionTimestamp != nil {
		return false
	}
	for _, condition := range pod.Status.Conditions {
		if condition.Type == corev1.PodReady {
			return condition.Status == corev1.ConditionTrue
		}
	}
	return false
}
