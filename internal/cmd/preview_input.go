package cmd

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/tux-io/tux-monitoring-operator/internal/plan"
	"github.com/tux-io/tux-monitoring-operator/internal/plan/env"
	"github.com/tux-io/tux-monitoring-operator/internal/preview"
)

// namedDashboard is a dashboard and the name --only may choose it by.
type namedDashboard struct {
	name string
	*preview.Dashboard
}

// load returns the dashboards to draw, and the findings of the plans they come from.
func (o *previewOptions) load(ctx context.Context, stdin io.Reader) ([]*preview.Dashboard, []string, error) {
	var all []namedDashboard
	var findings []string
	var err error
	if len(o.files) > 0 {
		all, findings, err = o.planned(ctx, stdin)
	} else {
		all, err = o.read()
	}
	if err != nil {
		return nil, nil, err
	}
	chosen, err := o.choose(all)
	if err != nil && len(findings) > 0 {
		return nil, nil, fmt.Errorf("%w; the plan has findings:\n%s", err, strings.Join(findings, "\n"))
	}
	return chosen, findings, err
}

// choose returns what --only asks for, or everything.
func (o *previewOptions) choose(all []namedDashboard) ([]*preview.Dashboard, error) {
	var out []*preview.Dashboard
	var known []string
	for _, d := range all {
		known = append(known, d.name)
		if slices.Contains([]string{"", d.name, d.Title, d.UID}, o.only) {
			out = append(out, d.Dashboard)
		}
	}
	switch {
	case len(all) == 0:
		return nil, errors.New("cannot preview: there is no dashboard")
	case len(out) == 0:
		return nil, fmt.Errorf("cannot preview: no dashboard %q, there are %s", o.only, strings.Join(known, ", "))
	}
	return out, nil
}

// planned returns the dashboards of the resources in the files, as the operator would apply them.
func (o *previewOptions) planned(ctx context.Context, stdin io.Reader) ([]namedDashboard, []string, error) {
	plans, findings, err := o.plans(ctx, "preview", stdin)
	if err != nil {
		return nil, nil, err
	}
	var all []namedDashboard
	for _, p := range plans {
		list, err := dashboardsOf(p)
		if err != nil {
			return nil, nil, err
		}
		all = append(all, list...)
	}
	return all, findings, nil
}

func dashboardsOf(p *plan.Plan) ([]namedDashboard, error) {
	var all []namedDashboard
	for i := range p.Outputs {
		if p.Outputs[i].Name != env.OutputDashboards {
			continue
		}
		for _, object := range p.Outputs[i].Objects {
			list, err := dashboardsIn(object)
			if err != nil {
				return nil, err
			}
			all = append(all, list...)
		}
	}
	slices.SortStableFunc(all, func(x, y namedDashboard) int { return preview.ComparePlaces(x.name, y.name) })
	return all, nil
}

// dashboardsIn returns the dashboards of a ConfigMap for the sidecar or of a GrafanaDashboard.
func dashboardsIn(object client.Object) ([]namedDashboard, error) {
	files := map[string]string{}
	switch object := object.(type) {
	case *corev1.ConfigMap:
		files = object.Data
	case *unstructured.Unstructured:
		text, found, err := unstructured.NestedString(object.Object, "spec", "json")
		if err != nil {
			return nil, fmt.Errorf("%s %q: %w", object.GetKind(), object.GetName(), err)
		}
		if found {
			_, name, _ := strings.Cut(object.GetName(), "-dashboard-")
			files[name] = text
		}
	}
	var all []namedDashboard
	for file, text := range files {
		d, err := preview.Parse([]byte(text))
		if err != nil {
			return nil, fmt.Errorf("%s of %q: %w", file, object.GetName(), err)
		}
		all = append(all, namedDashboard{nameOf(file), d})
	}
	return all, nil
}

// nameOf is the last part of a file name such as tux-production_production_overview.json.
func nameOf(file string) string {
	name := strings.TrimSuffix(filepath.Base(file), ".json")
	return name[strings.LastIndex(name, "_")+1:]
}

// read returns the dashboards in the files of --dashboard.
func (o *previewOptions) read() ([]namedDashboard, error) {
	var all []namedDashboard
	for _, file := range o.dashboards {
		text, err := os.ReadFile(file) //nolint:gosec // reading the file the user names is the purpose
		if err != nil {
			return nil, fmt.Errorf("cannot read the dashboard: %w", err)
		}
		d, err := preview.Parse(text)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", file, err)
		}
		all = append(all, namedDashboard{nameOf(file), d})
	}
	return all, nil
}
