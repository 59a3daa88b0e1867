package rules

import (
	"fmt"
	"maps"
	"slices"

	monitoringv1 "github.com/prometheus-operator/prometheus-operator/pkg/apis/monitoring/v1"
	"k8s.io/apimachinery/pkg/util/intstr"

	tuxv1alpha1 "github.com/tux-io/tux-monitoring-operator/api/v1alpha1"
	"github.com/tux-io/tux-monitoring-operator/internal/plan/env"
	"github.com/tux-io/tux-monitoring-operator/internal/promql"
)

// CheckAdditional returns what Prometheus would refuse in a group of the user, and names of rules
// that are ours. Every error is a *promql.FieldError whose text begins with the path below
// spec.alerts.additionalGroups[name]: `rules[2].expr: 1:14: parse error: ...`.
func CheckAdditional(g tuxv1alpha1.RuleGroup) []error {
	checked := promql.Group{Name: g.Name, Interval: string(g.Interval)}
	var errs []error
	for i := range g.Rules {
		r := &g.Rules[i]
		checked.Rules = append(checked.Rules, promql.Rule{
			Alert: string(r.Alert), Record: r.Record, Expr: r.Expr, For: string(r.For),
			Labels: r.Labels, Annotations: r.Annotations,
		})
		if err := checkReserved(i, r); err != nil {
			errs = append(errs, err)
		}
	}
	return append(promql.CheckGroup(checked), errs...)
}

// checkReserved refuses names of the catalogue. A second alert of the same name could not be told
// from ours in a notification, and a second recording rule would write into our series.
func checkReserved(index int, r *tuxv1alpha1.Rule) error {
	if r.Alert != "" && len(variants(string(r.Alert))) > 0 {
		err := fmt.Errorf("%q is an alert of the catalogue; disable it in spec.alerts.disabled and use another name", r.Alert)
		return &promql.FieldError{Rule: index, Field: "alert", Err: err}
	}
	if r.Record != "" && slices.Contains(Records(), r.Record) {
		err := fmt.Errorf("%q is a series of the catalogue; use another name", r.Record)
		return &promql.FieldError{Rule: index, Field: "record", Err: err}
	}
	return nil
}

// Records returns the names of the series our recording rules write, sorted.
func Records() []string {
	var names []string
	for _, c := range catalogue() {
		for _, r := range c.Records {
			names = append(names, r.Record)
		}
	}
	slices.Sort(names)
	return slices.Compact(names)
}

func additional(e *env.Environment) []env.Object {
	var out []env.Object
	for i := range e.Alerts.Groups {
		g := &e.Alerts.Groups[i]
		rule := newRule(e.Meta(env.OutputRules, "additional-"+g.Name, e.Select.Rules))
		rule.addGroup(e.Namespace+"/"+e.Name+"/additional/"+g.Name, additionalRules(e, g))
		rule.Spec.Groups[0].Interval = duration(string(g.Interval))
		out = append(out, rule.PrometheusRule)
	}
	return out
}

func additionalRules(e *env.Environment, g *tuxv1alpha1.RuleGroup) []monitoringv1.Rule {
	out := make([]monitoringv1.Rule, 0, len(g.Rules))
	for i := range g.Rules {
		r := &g.Rules[i]
		out = append(out, monitoringv1.Rule{
			Alert:       string(r.Alert),
			Record:      r.Record,
			Expr:        intstr.FromString(r.Expr),
			For:         duration(string(r.For)),
			Labels:      additionalLabels(e, r),
			Annotations: r.Annotations,
		})
	}
	return out
}

// additionalLabels makes alerts routable like ours; what the user wrote for these two labels is
// replaced, or an alert could pose as one of another environment.
func additionalLabels(e *env.Environment, r *tuxv1alpha1.Rule) map[string]string {
	if r.Alert == "" {
		return r.Labels
	}
	labels := map[string]string{}
	maps.Copy(labels, r.Labels)
	labels[env.AlertNamespace], labels[env.AlertEnvironment] = e.Namespace, e.Title
	return labels
}
