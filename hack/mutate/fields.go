package main

import (
	"maps"
	"slices"

	"github.com/prometheus/prometheus/model/rulefmt"
	"github.com/prometheus/prometheus/promql/parser"
)

const severityLabel = "severity"

// mutantsOfFields are mistakes outside of the expression: how long an alert waits, and what it is labelled.
func mutantsOfFields(rule *rulefmt.Rule, expr parser.Expr) []Mutant {
	return append(mutantsOfFor(rule), mutantsOfLabels(rule, expr)...)
}

func mutantsOfFor(rule *rulefmt.Rule) []Mutant {
	if rule.For == 0 {
		return nil
	}
	dropped := newFieldMutant(rule, "for", "dropped", rule.For.String(), "")
	dropped.Changed.For = 0
	doubled := newFieldMutant(rule, "for", "doubled", rule.For.String(), (2 * rule.For).String())
	doubled.Changed.For = 2 * rule.For
	return []Mutant{dropped, doubled}
}

// mutantsOfLabels gives the severity another value and drops every other label, but for those the expression
// has with that value anyway.
func mutantsOfLabels(rule *rulefmt.Rule, expr parser.Expr) []Mutant {
	var all []Mutant
	for _, name := range slices.Sorted(maps.Keys(rule.Labels)) {
		if name == severityLabel {
			other := otherSeverity(rule.Labels[name])
			m := newFieldMutant(rule, "severity", "changed", rule.Labels[name], other)
			m.Changed.Labels[name] = other
			all = append(all, m)
			continue
		}
		if pinned(expr, name) == "="+rule.Labels[name] {
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

func newFieldMutant(rule *rulefmt.Rule, operator, place, before, after string) Mutant {
	m := Mutant{Rule: nameOf(rule), Operator: operator, Place: place, Before: before, After: after, Changed: *rule}
	m.Changed.Labels = maps.Clone(rule.Labels)
	return m
}
