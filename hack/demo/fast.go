package main

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"os"
	"time"

	"k8s.io/apimachinery/pkg/runtime"
	clientgoscheme "k8s.io/client-go/kubernetes/scheme"
	"sigs.k8s.io/controller-runtime/pkg/client"

	tuxv1alpha1 "github.com/tux-io/tux-monitoring-operator/api/v1alpha1"
	"github.com/tux-io/tux-monitoring-operator/hack/controlplane"
	"github.com/tux-io/tux-monitoring-operator/hack/ports"
)

// fast tells the story on a control plane without nodes: the operator runs as a process with the token
// of its ServiceAccount, because no pod can run.
type fast struct {
	*demo
	plane *controlplane.ControlPlane
}

func newFast(d *demo) form { return &fast{demo: d} }

// prepare finds nothing to refuse: a control plane runs wherever Go builds it.
func (f *fast) prepare(context.Context) error { return nil }

func (f *fast) chapters() []chapter {
	return []chapter{
		{"A Kubernetes control plane on this machine", f.startControlPlane},
		{"A cluster as you may have it: a Prometheus that selects by label, and a Django backend", f.applyCluster},
		{"Install the operator", f.installOperator},
		{"Run it with the permissions of its own ServiceAccount, for there are no nodes to run pods", f.runOperator},
		{"Ask for monitoring", f.applySample},
		{"What it found", f.showDiscovered},
		{"What it made", f.showCreated},
		{"A project in Sentry that is proven to scrub", f.showSentry},
		{"Somebody deletes the alerts", f.showRepair},
	}
}

func (f *fast) startControlPlane(ctx context.Context) (err error) {
	f.plane, err = controlplane.Start(ctx, controlplane.Options{
		WithControllerManager: true,
		CRDs:                  []string{"hack/controlplane/crds"},
		Out:                   f.printer.indented(),
	})
	if err != nil {
		return err
	}
	scheme := runtime.NewScheme()
	if err := errors.Join(clientgoscheme.AddToScheme(scheme), tuxv1alpha1.AddToScheme(scheme)); err != nil {
		return errors.Join(err, f.plane.Stop())
	}
	reader, err := client.New(f.plane.Config(), client.Options{Scheme: scheme})
	f.runsOn(ctx, f.plane, f.plane.Binary("kubectl"), reader)
	return err
}

func (f *fast) applyCluster(ctx context.Context) error {
	return f.show(ctx, "apply", "-f", "hack/demo/manifests/fast")
}

func (f *fast) installOperator(ctx context.Context) error {
	if err := f.show(ctx, "apply", "-k", "config/default"); err != nil {
		return err
	}
	return f.show(ctx, "wait", "--for=condition=Established", kubectlPatience, "crd/tuxmonitorings.monitoring.tux.io")
}

func (f *fast) runOperator(ctx context.Context) error {
	kubeconfig, err := f.plane.ServiceAccountKubeconfig(ctx, operatorNamespace, operatorAccount)
	if err != nil {
		return err
	}
	health, err := ports.FreeAddress(ctx)
	if err != nil {
		return err
	}
	args := []string{
		"manager", "--kubeconfig=" + kubeconfig, "--leader-elect=false",
		"--metrics-bind-address=127.0.0.1:0", "--health-probe-bind-address=" + health,
		"--secret-namespaces=" + resourceNamespace,
	}
	f.printer.command(operatorBinary, args...)
	// Nothing of the user's environment: neither a kubeconfig nor a Sentry DSN.
	command := controlplane.Command{Name: operatorAccount, Path: operatorBinary, Args: args, Env: []string{"PATH=" + os.Getenv("PATH")}}
	if err := f.plane.Run(command); err != nil {
		return err
	}
	f.operatorLog = func() string { return f.plane.Log(operatorAccount) }
	return f.awaitOperator(ctx, "http://"+health+"/readyz")
}

// showSentry asks for a Sentry project; there is no backend that could send anything to it.
func (f *fast) showSentry(ctx context.Context) error {
	address, err := f.serveSentry(ctx, "127.0.0.1:0")
	if err != nil {
		return err
	}
	if err := f.declareSentry(ctx, address); err != nil {
		return err
	}
	return f.tamper(ctx)
}

func (f *fast) awaitOperator(ctx context.Context, url string) error {
	started := time.Now()
	err := f.await(ctx, "the operator gets ready", func(ctx context.Context) string {
		if err := answersOK(ctx, url); err != nil {
			return err.Error()
		}
		return ""
	})
	if err == nil {
		f.printer.line("ready after %s", tenths(time.Since(started)))
	}
	return err
}

func answersOK(ctx context.Context, url string) error {
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, url, http.NoBody)
	if err != nil {
		return err
	}
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		return err
	}
	defer func() { _ = response.Body.Close() }()
	if response.StatusCode != http.StatusOK {
		return fmt.Errorf("%s answers %s", url, response.Status)
	}
	return nil
}

func (f *fast) handOver(ctx context.Context) error {
	f.printHandOver(commands())
	<-ctx.Done()
	return nil
}
