package main

import (
	_ "embed"
	"fmt"
	"maps"
	"slices"
	"strings"

	monitoringv1 "github.com/prometheus-operator/prometheus-operator/pkg/apis/monitoring/v1"
	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"sigs.k8s.io/yaml"

	tuxv1alpha1 "github.com/tux-io/tux-monitoring-operator/api/v1alpha1"
	"github.com/tux-io/tux-monitoring-operator/internal/manifest"
	"github.com/tux-io/tux-monitoring-operator/internal/plan"
	"github.com/tux-io/tux-monitoring-operator/internal/preview"
)

//go:embed resource.yaml
var resource string

// sample is what the sample resource becomes.
type sample struct {
	dashboards []named
	// rules is a rule file with all groups, which have these names.
	rules  string
	groups []string
}

// named is a dashboard and its name in the plan.
type named struct {
	name string
	*preview.Dashboard
}

func loadSample() (*sample, error) {
	documents, err := manifest.Read([]string{"-"}, strings.NewReader(resource))
	if err != nil {
		return nil, err
	}
	set := manifest.Sort(documents, "default")
	tux := &tuxv1alpha1.TuxMonitoring{}
	if err := runtime.DefaultUnstructuredConverter.FromUnstructured(set.Tuxes[0].Object.Object, tux); err != nil {
		return nil, fmt.Errorf("cannot read the resource: %w", err)
	}
	cluster, err := set.Cluster(tux.Namespace)
	if err != nil {
		return nil, err
	}
	p := plan.Build(plan.Input{Tux: tux, Cluster: cluster})
	if len(p.Findings) > 0 {
		return nil, fmt.Errorf("the resource has findings: %v", p.Findings)
	}
	return read(p)
}

func read(p *plan.Plan) (*sample, error) {
	s := &sample{}
	var groups []monitoringv1.RuleGroup
	for i := range p.Outputs {
		if err := p.Outputs[i].Err; err != nil {
			return nil, err
		}
		for _, object := range p.Outputs[i].Objects {
			switch object := object.(type) {
			case *monitoringv1.PrometheusRule:
				groups = append(groups, object.Spec.Groups...)
			case *corev1.ConfigMap:
				if err := s.add(object); err != nil {
					return nil, err
				}
			}
		}
	}
	for i := range groups {
		s.groups = append(s.groups, groups[i].Name)
	}
	slices.SortFunc(s.dashboards, func(x, y named) int { return preview.ComparePlaces(x.name, y.name) })
	text, err := yaml.Marshal(monitoringv1.PrometheusRuleSpec{Groups: groups})
	s.rules = string(text)
	return s, err
}

// add reads the dashboards of a ConfigMap; others hold something else.
func (s *sample) add(config *corev1.ConfigMap) error {
	for _, file := range slices.Sorted(maps.Keys(config.Data)) {
		base, isDashboard := strings.CutSuffix(file, ".json")
		if !isDashboard {
			continue
		}
		d, err := preview.Parse([]byte(config.Data[file]))
		if err != nil {
			return fmt.Errorf("ConfigMap %q: %w", config.Name, err)
		}
		s.dashboards = append(s.dashboards, named{base[strings.LastIndex(base, "_")+1:], d})
	}
	return nil
}

// series returns the meters of everything there is in the sample's cluster.
func (s *sample) series() []*meter {
	var meters []*meter
	for pod := range pods {
		e := exporter{target(pod), &meters}
		httpMetrics(e, pod)
		businessMetrics(e, pod)
		runtimeMetrics(e, pod)
	}
	clusterMetrics(&meters, s.groups)
	return meters
}
