package main

import (
	"maps"
	"slices"
	"time"

	monitoringv1 "github.com/prometheus-operator/prometheus-operator/pkg/apis/monitoring/v1"
	"github.com/prometheus/common/model"

	"github.com/tux-io/tux-monitoring-operator/internal/promql"
)

const severityLabel = "severity"

// mutantsOfFields are mistakes outside of the expression: how long an alert waits, and what it is labelled.
func mutantsOfFields(rule *monitoringv1.Rule) []Mutant {
	return append(mutantsOfFor(rule), mutantsOfLabels(rule)...)
}

func mutantsOfFor(rule *monitoringv1.Rule) []Mutant {
	if rule.For == nil {
		return nil
	}
	wait, err := model.ParseDuration(string(*rule.For))
	if err != nil || wait == 0 {
		return nil
	}
	longer := monitoringv1.Duration(promql.Duration(2 * time.Duration(wait)))
	dropped := newFieldMutant(rule, "for", "dropped", string(*rule.For), "")
	dropped.Changed.For = nil
	doubled := newFieldMutant(rule, "for", "doubled", string(*rule.For), string(longer))
	doubled.Changed.For = &longer
	return []Mutant{dropped, doubled}
}

// mutantsOfLabels gives the severity another value and drops every other label.
func mutantsOfLabels(rule *monitoringv1.Rule) []Mutant {
	var all []Mutant
	for _, name := range slices.Sorted(maps.Keys(rule.Labels)) {
		if name == severityLabel {
			other := otherSeverity(rule.Labels[name])
			m := newFieldMutant(rule, "severity", "changed", rule.Labels[name], other)
			m.Changed.Labels[name] = other
			all = append(all, m)
			continue
		}
		m := newFieldMutant(rule, "label", name, name+": "+rule.Labels[name], "")
		delete(m.Changed.Labels, name)
		all = append(all, m)
	}
	return all
}

func otherSeverity(severity string) string {
	if severity == "critical" {
		return "warning"
	}
	return "critical"
}

func newFieldMutant(rule *monitoringv1.Rule, operator, place, before, after string) Mutant {
	return Mutant{Rule: nameOf(rule), Operator: operator, Place: place, Before: before, After: after, Changed: *rule.DeepCopy()}
}
