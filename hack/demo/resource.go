package main

import (
	"context"
	"fmt"
	"strings"

	"sigs.k8s.io/controller-runtime/pkg/client"

	tuxv1alpha1 "github.com/tux-io/tux-monitoring-operator/api/v1alpha1"
)

func (d *demo) applySample(ctx context.Context) error {
	if err := d.cat(sample); err != nil {
		return err
	}
	if err := d.show(ctx, "apply", "-f", sample); err != nil {
		return err
	}
	resource := "tuxmon/" + resourceName
	if err := d.show(ctx, "wait", "-n", resourceNamespace, "--for=condition=Ready", kubectlPatience, resource); err != nil {
		return fmt.Errorf("%w\n%s", err, d.conditions(ctx))
	}
	return d.show(ctx, "get", "-n", resourceNamespace, "tuxmon")
}

func (d *demo) resource(ctx context.Context) (*tuxv1alpha1.TuxMonitoring, error) {
	t := &tuxv1alpha1.TuxMonitoring{}
	key := client.ObjectKey{Namespace: resourceNamespace, Name: resourceName}
	if err := d.reader.Get(ctx, key, t); err != nil {
		return nil, fmt.Errorf("cannot read the TuxMonitoring: %w", err)
	}
	return t, nil
}

// conditions of the resource, one a line, to explain why it is not Ready.
func (d *demo) conditions(ctx context.Context) string {
	t, err := d.resource(ctx)
	if err != nil {
		return err.Error()
	}
	if len(t.Status.Conditions) == 0 {
		return "it has no conditions: the operator has not looked at it"
	}
	var lines []string
	for _, c := range t.Status.Conditions {
		lines = append(lines, fmt.Sprintf("%s=%s %s: %s", c.Type, c.Status, c.Reason, c.Message))
	}
	return strings.Join(lines, "\n")
}

func (d *demo) showDiscovered(ctx context.Context) error {
	t, err := d.resource(ctx)
	if err != nil {
		return err
	}
	if len(t.Status.Backends) != 1 || len(t.Status.Prometheuses) != 1 {
		return fmt.Errorf("found %d backends and %d Prometheus resources, want one of each",
			len(t.Status.Backends), len(t.Status.Prometheuses))
	}
	for _, line := range describe(&t.Status) {
		d.printer.line("%s", line)
	}
	return nil
}
