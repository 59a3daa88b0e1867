package main

import (
	"context"
	"fmt"
	"net"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/types"

	"github.com/tux-io/tux-monitoring-operator/hack/cluster"
	"github.com/tux-io/tux-monitoring-operator/hack/e2e/live"
)

const backendManifest = "hack/demo/manifests/backend.yaml"

// installCluster installs what a team has before it hears of us.
func (f *full) installCluster(ctx context.Context) error {
	if err := f.cat(backendManifest); err != nil {
		return err
	}
	if err := f.show(ctx, "apply", "-f", backendManifest); err != nil {
		return err
	}
	f.printer.line("The backend is the Django service of hack/backend. Its fault switches are on, see TUX_FAULTS above.")
	f.printer.line("Then prometheus-operator, from the manifests of its project, and Prometheus and Alertmanager as")
	f.printer.line("kube-prometheus-stack sets them up: %s", cluster.MonitoringManifest)
	install := func() error { return f.cluster.InstallMonitoring(ctx) }
	if err := f.during(ctx, "monitoring starts", install, f.podsMissing); err != nil {
		return err
	}
	if err := f.show(ctx, "get", "-n", cluster.MonitoringNamespace, "prometheuses,alertmanagers"); err != nil {
		return err
	}
	if err := f.awaitDeployment(ctx, resourceNamespace, backendName); err != nil {
		return err
	}
	if err := f.show(ctx, "get", "pods", "-A", "-o", "wide"); err != nil {
		return err
	}
	return f.connect(ctx)
}

func (f *full) awaitDeployment(ctx context.Context, namespace, name string) error {
	await := func() error {
		return f.cluster.AwaitDeployment(ctx, types.NamespacedName{Namespace: namespace, Name: name})
	}
	return f.during(ctx, "pods of "+name+" start", await, f.podsMissing)
}

// podsMissing names a pod that is not ready.
func (f *full) podsMissing(ctx context.Context) string {
	pods := &corev1.PodList{}
	if err := f.reader.List(ctx, pods); err != nil {
		return err.Error()
	}
	ready, waits := 0, ""
	for i := range pods.Items {
		if cluster.IsReady(&pods.Items[i]) {
			ready++
			continue
		}
		waits = ", waiting for " + pods.Items[i].Name
	}
	return fmt.Sprintf("%d of %d pods are ready%s", ready, len(pods.Items), waits)
}

// connect finds the addresses of what was installed, and listens where alerts will arrive.
func (f *full) connect(ctx context.Context) error {
	receiver, err := live.ListenAt(ctx, net.JoinHostPort(f.cluster.Network().Node().String(), receiverPort))
	if err != nil {
		return err
	}
	url, err := f.monitoringURL(ctx, "kps-prometheus")
	if err != nil {
		return err
	}
	prometheus, err := live.NewPrometheus(url)
	if err != nil {
		return err
	}
	f.env = live.Attach(f.cluster, prometheus, receiver, resourceNamespace)
	if f.alertmanager, err = f.monitoringURL(ctx, "kps-alertmanager"); err != nil {
		return err
	}
	if f.service, err = f.env.ServiceURL(ctx, backendName); err != nil {
		return err
	}
	f.traffic = live.NewTraffic(f.service)
	return nil
}

func (f *full) monitoringURL(ctx context.Context, name string) (string, error) {
	service := &corev1.Service{}
	if err := f.reader.Get(ctx, types.NamespacedName{Namespace: cluster.MonitoringNamespace, Name: name}, service); err != nil {
		return "", fmt.Errorf("cannot find Service %q: %w", name, err)
	}
	return "http://" + net.JoinHostPort(service.Spec.ClusterIP, fmt.Sprint(service.Spec.Ports[0].Port)), nil
}

func (f *full) installOperator(ctx context.Context) error {
	if err := f.show(ctx, "apply", "-k", cluster.OperatorManifests); err != nil {
		return err
	}
	f.operatorLog = func() string { return f.cluster.Log(operatorNamespace + "_") }
	if err := f.awaitDeployment(ctx, operatorNamespace, operatorAccount); err != nil {
		return err
	}
	return f.show(ctx, "get", "-n", operatorNamespace, "deployments,pods")
}
