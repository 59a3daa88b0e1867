package main

import (
	"bytes"
	"embed"
	"fmt"
	"io/fs"
	"regexp"
	"strings"

	monitoringv1 "github.com/prometheus-operator/prometheus-operator/pkg/apis/monitoring/v1"
	"github.com/prometheus/prometheus/model/rulefmt"
	"k8s.io/apimachinery/pkg/runtime"

	tuxv1alpha1 "github.com/tux-io/tux-monitoring-operator/api/v1alpha1"
	"github.com/tux-io/tux-monitoring-operator/internal/manifest"
	"github.com/tux-io/tux-monitoring-operator/internal/plan"
	"github.com/tux-io/tux-monitoring-operator/internal/plan/rules"
	"github.com/tux-io/tux-monitoring-operator/internal/ruletest"
)

// The environments whose rules are changed, in this order: one that has everything, then those in which some
// rules look different.
//
//go:embed environments/*.yaml
var environmentFiles embed.FS

// place of a rule among all groups of an environment.
type ruleKey struct {
	group, name, expr, labels string
}

func keyOf(group string, r *rulefmt.Rule) ruleKey {
	return ruleKey{group, nameOf(r), r.Expr, fmt.Sprint(r.Labels)}
}

// suite are the generated tests of one case, and the rules they need.
type suite struct {
	groups []rulefmt.RuleGroup
	owner  *rules.Case
	tests  []ruletest.Generated
	// stage is what its noises are made of.
	stage stage
}

// environment is what is rendered for one resource, and what tests it.
type environment struct {
	name   string
	groups []rulefmt.RuleGroup
	// suites that involve a rule.
	suites map[ruleKey][]*suite
}

func loadEnvironments() ([]*environment, error) {
	names, err := fs.Glob(environmentFiles, "environments/*.yaml")
	if err != nil {
		return nil, err
	}
	all := make([]*environment, 0, len(names))
	for _, name := range names {
		e, err := loadEnvironment(name)
		if err != nil {
			return nil, fmt.Errorf("environment %q: %w", name, err)
		}
		all = append(all, e)
	}
	return all, nil
}

func loadEnvironment(name string) (*environment, error) {
	content, err := environmentFiles.ReadFile(name)
	if err != nil {
		return nil, err
	}
	p, err := planOf(content)
	if err != nil {
		return nil, err
	}
	objects, err := rules.Render(p.Environment)
	if err != nil {
		return nil, err
	}
	e := &environment{name: name, suites: map[ruleKey][]*suite{}}
	for _, object := range objects {
		rule, ok := object.(*monitoringv1.PrometheusRule)
		if !ok {
			return nil, fmt.Errorf("%q is a %T", object.GetName(), object)
		}
		file, err := ruletest.NewRuleFile(rule)
		if err != nil {
			return nil, err
		}
		e.groups = append(e.groups, file.Groups...)
	}
	cases, err := rules.Cases(p.Environment)
	if err != nil {
		return nil, err
	}
	return e, e.addSuites(cases)
}

// planOf makes the plan of the one resource among the objects.
func planOf(content []byte) (*plan.Plan, error) {
	documents, err := manifest.Read([]string{"-"}, bytes.NewReader(content))
	if err != nil {
		return nil, err
	}
	set := manifest.Sort(documents, "default")
	if len(set.Tuxes) != 1 {
		return nil, fmt.Errorf("%d resources, want one", len(set.Tuxes))
	}
	tux := &tuxv1alpha1.TuxMonitoring{}
	if err := runtime.DefaultUnstructuredConverter.FromUnstructuredWithValidation(set.Tuxes[0].Object.Object, tux, true); err != nil {
		return nil, err
	}
	cluster, err := set.Cluster(tux.Namespace)
	if err != nil {
		return nil, err
	}
	p := plan.Build(plan.Input{Tux: tux, Cluster: cluster})
	for _, f := range p.Findings {
		return nil, fmt.Errorf("the plan has a finding: %s", f)
	}
	return p, nil
}

func (e *environment) addSuites(cases []rules.Case) error {
	index, err := ruletest.NewIndex(e.groups)
	if err != nil {
		return err
	}
	var all []*suite
	for i := range cases {
		if cases[i].Skipped != "" {
			continue
		}
		one := &suite{owner: &cases[i]}
		if one.groups, err = index.For(&cases[i]); err != nil {
			return err
		}
		if one.tests, err = ruletest.Generate(&cases[i], one.groups); err != nil {
			return err
		}
		all = append(all, one)
		for _, g := range one.groups {
			for j := range g.Rules {
				key := keyOf(g.Name, &g.Rules[j])
				e.suites[key] = append(e.suites[key], one)
			}
		}
	}
	setStages(all, cases)
	return nil
}

// numbers and the names of objectives differ between rules that are rendered from one entry.
var differing = regexp.MustCompile(`\d+(\.\d+)?(ms|[smhdwy])?|objective="[^"]*"|namespace="[^"]*"|"TuxErrorBudgetBurn"`)

// The alerts about objectives; the first is rendered for each objective and pair of windows.
const (
	alertBurn   = "TuxErrorBudgetBurn"
	alertNoData = "TuxObjectiveNoData"
)

// shape is the same for rules that are rendered from one entry and differ in numbers only: a mistake in one of
// them is the same mistake in all.
func shape(r *rulefmt.Rule) string {
	if r.Alert == alertBurn {
		// Its pairs of windows and objectives differ in which causes they name; one of each severity will do.
		return r.Alert + " " + r.Labels[severityLabel]
	}
	return nameOf(r) + " " + differing.ReplaceAllString(strings.Join(strings.Fields(r.Expr), " "), "#")
}
