package main

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/apimachinery/pkg/types"
	"k8s.io/apimachinery/pkg/util/wait"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/tux-io/tux-monitoring-operator/internal/plan/env"
)

// kind is something the operator must have made at least one of.
type kind struct {
	schema.GroupVersionKind
	// selected is true for kinds Prometheus finds by label.
	selected bool
}

var kinds = []kind{
	{monitoringKind("ServiceMonitor"), true},
	{monitoringKind("PodMonitor"), true},
	{monitoringKind("Probe"), true},
	{monitoringKind("PrometheusRule"), true},
	{schema.GroupVersionKind{Version: "v1", Kind: "ConfigMap"}, false},
	{schema.GroupVersionKind{Group: "apps", Version: "v1", Kind: "Deployment"}, false},
}

func monitoringKind(name string) schema.GroupVersionKind {
	return schema.GroupVersionKind{Group: "monitoring.coreos.com", Version: "v1", Kind: name}
}

// showCreated shows what exists, and checks that each kind does and carries the labels of the
// Prometheus, which nobody typed.
func (d *demo) showCreated(ctx context.Context) error {
	all := "servicemonitors,podmonitors,probes,prometheusrules,configmaps,deployments"
	if err := d.show(ctx, "get", "-n", resourceNamespace, all, "-l", managedSelector); err != nil {
		return err
	}
	var errs []error
	for _, k := range kinds {
		errs = append(errs, d.checkCreated(ctx, k))
	}
	return errors.Join(errs...)
}

func (d *demo) checkCreated(ctx context.Context, k kind) error {
	objects, err := d.managed(ctx, k.GroupVersionKind)
	if err != nil {
		return err
	}
	if len(objects) == 0 {
		return fmt.Errorf("no %s was made", k.Kind)
	}
	for i := range objects {
		if k.selected && objects[i].GetLabels()["release"] != "kps" {
			return fmt.Errorf("%s %q lacks the label release=kps, no Prometheus selects it", k.Kind, objects[i].GetName())
		}
	}
	return nil
}

// managed returns the objects of a kind that the operator made for the sample.
func (d *demo) managed(ctx context.Context, gvk schema.GroupVersionKind) ([]unstructured.Unstructured, error) {
	list := &unstructured.UnstructuredList{}
	list.SetGroupVersionKind(gvk.GroupVersion().WithKind(gvk.Kind + "List"))
	ours := client.MatchingLabels{env.ManagedByLabel: env.ManagedByValue}
	if err := d.reader.List(ctx, list, client.InNamespace(resourceNamespace), ours); err != nil {
		return nil, fmt.Errorf("cannot list %s: %w", gvk.Kind, err)
	}
	return list.Items, nil
}

// showRepair deletes a PrometheusRule and waits for another of the same name.
func (d *demo) showRepair(ctx context.Context) error {
	rules, err := d.managed(ctx, monitoringKind("PrometheusRule"))
	if err != nil || len(rules) == 0 {
		return errors.Join(errors.New("there is no PrometheusRule to delete"), err)
	}
	rule := &rules[0]
	resource := "prometheusrule/" + rule.GetName()
	before := rule.GetUID()
	if err := d.show(ctx, "delete", "-n", resourceNamespace, resource); err != nil {
		return err
	}
	started := time.Now()
	if err := d.awaitOther(ctx, rule, before); err != nil {
		return err
	}
	d.printer.line("it was back %s after kubectl returned", time.Since(started).Round(time.Millisecond))
	if err := d.show(ctx, "get", "-n", resourceNamespace, resource); err != nil {
		return err
	}
	return d.show(ctx, "events", "-n", resourceNamespace, "--for=tuxmonitoring/"+resourceName)
}

func (d *demo) awaitOther(ctx context.Context, rule *unstructured.Unstructured, before types.UID) error {
	key := client.ObjectKeyFromObject(rule)
	err := wait.PollUntilContextTimeout(ctx, 5*time.Millisecond, 30*time.Second, true, func(ctx context.Context) (bool, error) {
		err := client.IgnoreNotFound(d.reader.Get(ctx, key, rule))
		return err == nil && rule.GetUID() != before && rule.GetUID() != "", err
	})
	if err != nil {
		return fmt.Errorf("PrometheusRule %q does not come back: %w", strings.TrimSpace(key.Name), err)
	}
	return nil
}
