package compat

import (
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	monitoringv1 "github.com/prometheus-operator/prometheus-operator/pkg/apis/monitoring/v1"
	"sigs.k8s.io/yaml"
)

const root = "../.."

// sources are where the rendered rules of the repository are: the golden plans, and what ships with the operator.
var sources = []string{"internal/plan/testdata/*/want/prometheusrule-*.yaml", "config/prometheus/rules.yaml"}

// readRules returns the groups of every PrometheusRule, by a name that is unique.
func readRules(t *testing.T) map[string][]monitoringv1.RuleGroup {
	t.Helper()
	out := map[string][]monitoringv1.RuleGroup{}
	for _, pattern := range sources {
		files, err := filepath.Glob(filepath.Join(root, pattern))
		if err != nil || len(files) == 0 {
			t.Fatalf("no file matches %q: %v", pattern, err)
		}
		for _, file := range files {
			name, err := filepath.Rel(root, file)
			if err != nil {
				t.Fatal(err)
			}
			name = strings.NewReplacer("internal/plan/testdata/", "", "/want", "", "/", "--").Replace(name)
			out[name] = readRule(t, file).Spec.Groups
		}
	}
	return out
}

func readRule(t *testing.T, file string) *monitoringv1.PrometheusRule {
	t.Helper()
	content, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	rule := &monitoringv1.PrometheusRule{}
	if err := yaml.UnmarshalStrict(content, rule); err != nil {
		t.Fatalf("%s: %v", file, err)
	}
	if rule.Kind != monitoringv1.PrometheusRuleKind || len(rule.Spec.Groups) == 0 {
		t.Fatalf("%s is a %s with %d groups", file, rule.Kind, len(rule.Spec.Groups))
	}
	return rule
}

// writeRules writes each set of groups as a rule file, as prometheus-operator does, after edit.
func writeRules(t *testing.T, rules map[string][]monitoringv1.RuleGroup, edit func(file string, g *monitoringv1.RuleGroup)) []string {
	t.Helper()
	dir := t.TempDir()
	files := make([]string, 0, len(rules))
	for name, groups := range rules {
		edited := make([]monitoringv1.RuleGroup, 0, len(groups))
		for _, g := range groups {
			edit(name, &g)
			edited = append(edited, g)
		}
		content, err := yaml.Marshal(monitoringv1.PrometheusRuleSpec{Groups: edited})
		if err != nil {
			t.Fatal(err)
		}
		file := filepath.Join(dir, name)
		if err := os.WriteFile(file, content, 0o600); err != nil {
			t.Fatal(err)
		}
		files = append(files, file)
	}
	return files
}

func unchanged(string, *monitoringv1.RuleGroup) {}

// hurried makes every group evaluate each second, whatever interval it asks for. Some golden plans are about one
// environment: their groups get names of their own, and what they record gets a label of its own.
func hurried(file string, g *monitoringv1.RuleGroup) {
	g.Interval = nil
	g.Name = fmt.Sprintf("%s: %s", file, g.Name)
	g.Rules = slices.Clone(g.Rules)
	for i := range g.Rules {
		if r := &g.Rules[i]; r.Record != "" {
			r.Labels = maps.Clone(r.Labels)
			if r.Labels == nil {
				r.Labels = map[string]string{}
			}
			r.Labels["plan"] = file
		}
	}
}
