package main

import (
	"context"
	"fmt"
	"os"
	"strings"

	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/tux-io/tux-monitoring-operator/hack/controlplane"
)

// What the demo is about; the names are those of config/ and of the sample.
const (
	sample            = "config/samples/monitoring_v1alpha1_tuxmonitoring.yaml"
	resourceName      = "production"
	resourceNamespace = "tux-production"
	operatorNamespace = "tux-monitoring-system"
	operatorAccount   = "tuxmon-manager"
	operatorBinary    = "bin/tuxmon"
	operatorName      = "tuxmon-manager"
	managedSelector   = "app.kubernetes.io/managed-by=tuxmonitoring"
)

// demo is one telling of the story.
type demo struct {
	printer *printer
	once    bool

	cluster *controlplane.ControlPlane
	reader  client.Client
	// operatorRuns decides whose log explains a failure.
	operatorRuns bool
}

// chapter is one step of the story.
type chapter struct {
	title string
	tell  func(context.Context) error
}

func (d *demo) chapters() []chapter {
	return []chapter{
		{"A Kubernetes control plane on this machine", d.startCluster},
		{"A cluster as you may have it: a Prometheus that selects by label, and a Django backend", d.applyCluster},
		{"Install the operator", d.installOperator},
		{"Run it with the permissions of its own ServiceAccount, for there are no nodes to run pods", d.runOperator},
		{"Ask for monitoring", d.applySample},
		{"What it found", d.showDiscovered},
		{"What it made", d.showCreated},
		{"Somebody deletes the alerts", d.showRepair},
	}
}

// tell tells all chapters; the first that fails ends the story.
func (d *demo) tell(ctx context.Context) error {
	if _, err := os.Stat(sample); err != nil {
		return fmt.Errorf("cannot find the sample, run this in the root of the repository (make demo): %w", err)
	}
	chapters := d.chapters()
	for i, c := range chapters {
		d.printer.chapter(i+1, len(chapters), c.title)
		if err := c.tell(ctx); err != nil {
			if ctx.Err() != nil {
				return fmt.Errorf("interrupted: %s", c.title)
			}
			return d.explain(err)
		}
	}
	if d.once {
		return nil
	}
	return d.handOver(ctx)
}

// explain adds the last lines of the operator, which usually know more.
func (d *demo) explain(err error) error {
	if !d.operatorRuns {
		return err
	}
	log := d.cluster.Log(operatorName)
	if strings.Contains(err.Error(), log) {
		return err
	}
	return fmt.Errorf("%w\nlast lines of the operator:\n%s", err, log)
}

// handOver leaves the cluster to the user until Ctrl-C.
func (d *demo) handOver(ctx context.Context) error {
	d.printer.handOver(d.cluster.Kubeconfig(), d.cluster.Binary("kubectl"))
	return d.cluster.Wait(ctx)
}

func (d *demo) stop() error {
	if d.cluster == nil {
		return nil
	}
	d.printer.line("stopping")
	return d.cluster.Stop()
}
