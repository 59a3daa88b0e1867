package main

import (
	"strings"

	"github.com/prometheus/prometheus/promql/parser"

	"github.com/tux-io/tux-monitoring-operator/internal/promql"
)

// part names the mistake by the part of the expression it is in: of a rule, and of unless, and, or between its
// clauses. Variants of a rule differ in some of these parts, mostly in which other alerts they rely on; a mistake
// in a part they share is the same mistake. Empty for a mistake in none of them alone.
func (m *Mutant) part() string {
	before, after := partsOf(m.Before), partsOf(m.After)
	if len(before) != len(after) {
		return ""
	}
	at := -1
	for i := range before {
		if before[i] == after[i] {
			continue
		}
		if at >= 0 {
			return ""
		}
		at = i
	}
	if at < 0 {
		return ""
	}
	return strings.Join([]string{m.Rule, m.Operator, differing.ReplaceAllString(before[at], "#"), m.Place, after[at]}, "\n")
}

// partsOf splits an expression at the set operators outside of all brackets, how its sides are matched included.
func partsOf(text string) []string {
	expr, err := promql.ParseExpr(text)
	if err != nil {
		// The field of a mutant that is no expression: how long it waits, or a label.
		return []string{text}
	}
	var out []string
	var split func(e parser.Expr)
	split = func(e parser.Expr) {
		b, ok := e.(*parser.BinaryExpr)
		if !ok || !b.Op.IsSetOperator() {
			out = append(out, e.String())
			return
		}
		split(b.LHS)
		out = append(out, b.Op.String()+" "+strings.Join(b.VectorMatching.MatchingLabels, ","))
		split(b.RHS)
	}
	split(expr)
	return out
}
