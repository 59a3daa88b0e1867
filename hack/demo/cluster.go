package main

import (
	"cmp"
	"context"
	"fmt"
	"net"
	"net/http"
	"os"
	"time"

	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/util/wait"
	clientgoscheme "k8s.io/client-go/kubernetes/scheme"
	"sigs.k8s.io/controller-runtime/pkg/client"

	tuxv1alpha1 "github.com/tux-io/tux-monitoring-operator/api/v1alpha1"
	"github.com/tux-io/tux-monitoring-operator/hack/controlplane"
)

func (d *demo) startCluster(ctx context.Context) (err error) {
	d.cluster, err = controlplane.Start(ctx, controlplane.Options{
		WithControllerManager: true,
		CRDs:                  []string{"hack/controlplane/crds"},
		Out:                   d.printer.indented(),
	})
	if err != nil {
		return err
	}
	scheme := runtime.NewScheme()
	if err := clientgoscheme.AddToScheme(scheme); err != nil {
		return err
	}
	if err := tuxv1alpha1.AddToScheme(scheme); err != nil {
		return err
	}
	d.reader, err = client.New(d.cluster.Config(), client.Options{Scheme: scheme})
	return err
}

func (d *demo) applyCluster(ctx context.Context) error {
	return d.show(ctx, "apply", "-f", "hack/demo/manifests")
}

func (d *demo) installOperator(ctx context.Context) error {
	if err := d.show(ctx, "apply", "-k", "config/default"); err != nil {
		return err
	}
	return d.show(ctx, "wait", "--for=condition=Established", "--timeout=30s", "crd/tuxmonitorings.monitoring.tux.io")
}

func (d *demo) runOperator(ctx context.Context) error {
	kubeconfig, err := d.cluster.ServiceAccountKubeconfig(ctx, operatorNamespace, operatorAccount)
	if err != nil {
		return err
	}
	health, err := freeAddress(ctx)
	if err != nil {
		return err
	}
	args := []string{
		"manager", "--kubeconfig=" + kubeconfig, "--leader-elect=false",
		"--metrics-bind-address=127.0.0.1:0", "--health-probe-bind-address=" + health,
	}
	d.printer.command(operatorBinary, args...)
	// Nothing of the user's environment: neither a kubeconfig nor a Sentry DSN.
	command := controlplane.Command{Name: operatorName, Path: operatorBinary, Args: args, Env: []string{"PATH=" + os.Getenv("PATH")}}
	if err := d.cluster.Run(command); err != nil {
		return err
	}
	d.operatorRuns = true
	return d.awaitOperator(ctx, "http://"+health+"/readyz")
}

// freeAddress returns a loopback address nobody listens on now.
func freeAddress(ctx context.Context) (string, error) {
	listener, err := (&net.ListenConfig{}).Listen(ctx, "tcp", "127.0.0.1:0")
	if err != nil {
		return "", fmt.Errorf("cannot find a free port: %w", err)
	}
	return listener.Addr().String(), listener.Close()
}

// awaitOperator waits until the operator is ready, or is not there any more.
func (d *demo) awaitOperator(ctx context.Context, url string) error {
	started := time.Now()
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	go func() { cancel(d.cluster.Wait(ctx)) }()
	err := wait.PollUntilContextTimeout(ctx, 100*time.Millisecond, time.Minute, true, func(ctx context.Context) (bool, error) {
		return answersOK(ctx, url), nil
	})
	if err != nil {
		return fmt.Errorf("the operator does not get ready: %w", cmp.Or(context.Cause(ctx), err))
	}
	d.printer.line("ready after %s", time.Since(started).Round(100*time.Millisecond))
	return nil
}

func answersOK(ctx context.Context, url string) bool {
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, url, http.NoBody)
	if err != nil {
		return false
	}
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		return false
	}
	defer func() { _ = response.Body.Close() }()
	return response.StatusCode == http.StatusOK
}
