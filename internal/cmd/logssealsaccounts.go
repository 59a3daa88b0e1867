package cmd

import (
	"bytes"
	"fmt"
	"os"
	"slices"
	"strings"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/runtime"

	tuxv1alpha1 "github.com/tux-io/tux-monitoring-operator/api/v1alpha1"
	"github.com/tux-io/tux-monitoring-operator/internal/external/loki"
	"github.com/tux-io/tux-monitoring-operator/internal/manifest"
	"github.com/tux-io/tux-monitoring-operator/internal/plan"
	"github.com/tux-io/tux-monitoring-operator/internal/plan/retention/erasure"
	"github.com/tux-io/tux-monitoring-operator/internal/plan/retention/seal"
)

// accounts say which requests to delete lines somebody has accounted for.
type accounts struct {
	// requests are of lists of Loki, which have those of everybody: they say when and what, and account for nothing.
	requests []seal.Deletion
	// ids that were named, as TENANT/ID.
	ids      []string
	erasures []tuxv1alpha1.TuxLogErasure
	records  []plan.ErasureRecord
}

// has says whether somebody has accounted for a request of Loki's list.
func (a *accounts) has(tenant string, d *seal.Deletion) bool {
	return slices.Contains(a.ids, tenant+"/"+d.ID) || plan.Erases(a.erasures, a.records, tenant, &erasure.LokiRequest{
		ID: d.ID, Query: d.Query, Status: d.Status, From: d.From, To: d.To, Created: d.Received,
	})
}

// readErasures reads files: a list in JSON is one of Loki, and everything else are objects of a cluster.
func readErasures(files, ids []string) (accounts, error) {
	all := accounts{ids: ids}
	for _, one := range ids {
		if tenant, id, ok := strings.Cut(one, "/"); !ok || tenant == "" || id == "" {
			return all, fmt.Errorf("cannot verify seals: --accounted is %q, no request such as tux-production/a1b2c3d4", one)
		}
	}
	for _, name := range files {
		text, err := os.ReadFile(name) //nolint:gosec // reading the file the user names is the purpose
		if err != nil {
			return all, fmt.Errorf("cannot open file: %w", err)
		}
		if !bytes.HasPrefix(bytes.TrimSpace(text), []byte("[")) {
			if err := all.readObjects(name); err != nil {
				return all, err
			}
			continue
		}
		list, err := loki.ReadRequested(text)
		if err != nil {
			return all, fmt.Errorf("%s: %w", name, err)
		}
		all.requests = append(all.requests, list...)
	}
	return all, nil
}

// readObjects reads TuxLogErasures, and the ConfigMaps they have left.
func (a *accounts) readObjects(name string) error {
	documents, err := manifest.Read([]string{name}, nil)
	if err != nil {
		return err
	}
	for _, d := range documents {
		var e tuxv1alpha1.TuxLogErasure
		var left corev1.ConfigMap
		switch d.Object.GetKind() {
		case tuxv1alpha1.KindLogErasure:
			err = runtime.DefaultUnstructuredConverter.FromUnstructured(d.Object.Object, &e)
			a.erasures = append(a.erasures, e)
		case "ConfigMap":
			if err = runtime.DefaultUnstructuredConverter.FromUnstructured(d.Object.Object, &left); err == nil {
				var record plan.ErasureRecord
				record, err = plan.ReadErasureRecord(left.Data[plan.RecordKey])
				a.records = append(a.records, record)
			}
		default:
			err = fmt.Errorf("it is a %s, and no TuxLogErasure", d.Object.GetKind())
		}
		if err != nil {
			return fmt.Errorf("cannot read %s: %w", d.Source, err)
		}
	}
	return nil
}
