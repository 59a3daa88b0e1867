package main

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"time"

	"github.com/tux-io/tux-monitoring-operator/hack/cluster"
	"github.com/tux-io/tux-monitoring-operator/hack/e2e/live"
)

// full tells the story on a cluster in which everything runs.
type full struct {
	*demo
	cluster *cluster.Cluster
	env     *live.Environment
	traffic *live.Traffic
	// alertmanager and service are where Alertmanager and the Service of the backend are.
	alertmanager, service string
	// broken and healed are when the database went and came back.
	broken, healed time.Time
}

func newFull(d *demo) form { return &full{demo: d} }

func (f *full) chapters() []chapter {
	return []chapter{
		{"A Kubernetes cluster on this machine: its pods are processes with addresses of their own", f.startCluster},
		{"A cluster as you may have it: Prometheus, Alertmanager, and a Django backend", f.installCluster},
		{"Install the operator", f.installOperator},
		{"Ask for monitoring", f.applySample},
		{"What it found", f.showDiscovered},
		{"What it made", f.showCreated},
		{"Is it real?", f.showReal},
		{"The database goes down", f.breakDatabase},
		{"The database is back", f.healDatabase},
		{"Errors of the backend go to Sentry, its secrets do not", f.showSentry},
		{"Somebody deletes the alerts", f.showRepair},
	}
}

// prepare says at once what would fail after minutes.
func (f *full) prepare(ctx context.Context) error {
	cmd := exec.CommandContext(ctx, "hack/demo/requirements.sh")
	cmd.Stderr = os.Stderr
	if err := cmd.Run(); err != nil {
		return fmt.Errorf("this machine cannot run the full demo, see above: %w", err)
	}
	return nil
}

func (f *full) startCluster(ctx context.Context) error {
	start := func() (err error) {
		f.cluster, err = cluster.Start(ctx, cluster.Options{Operator: operatorBinary, Out: f.printer.indented()})
		return err
	}
	if err := f.during(ctx, "etcd, kube-apiserver, kube-controller-manager and a node start", start, nil); err != nil {
		return err
	}
	f.runsOn(ctx, f.cluster, f.cluster.KubectlPath(), f.cluster.Client())
	return f.show(ctx, "get", "nodes", "-o", "wide")
}
