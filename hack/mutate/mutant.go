package main

import (
	"fmt"
	"strings"

	"github.com/prometheus/prometheus/model/rulefmt"
	"github.com/prometheus/prometheus/promql/parser"

	"github.com/tux-io/tux-monitoring-operator/internal/promql"
)

// Mutant is a rule with one mistake in it.
type Mutant struct {
	// Rule that was changed: the alert or the series it records.
	Rule string
	// Operator is the kind of mistake, and Place where and what: stable as long as that part of the rule is,
	// and unique among the mutants of one rule.
	Operator, Place string
	// Before and After are the expression, or the field, that was changed.
	Before, After string
	// Changed is the rule with the mistake.
	Changed rulefmt.Rule
}

// Key names a mutant in the list of explanations.
func (m *Mutant) Key() string { return m.Rule + " / " + m.Operator + " / " + m.Place }

// Mutants returns every mistake the table knows to make in the rule. Those that give an expression of the
// same meaning, as far as that can be told from the text, are left out.
func Mutants(rule rulefmt.Rule) ([]Mutant, error) {
	inExpr, err := mutantsOfExpr(&rule)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", nameOf(&rule), err)
	}
	original, err := promql.ParseExpr(rule.Expr)
	if err != nil {
		return nil, err
	}
	all := append(inExpr, mutantsOfFields(&rule, original)...)
	number(all)
	return all, nil
}

func nameOf(rule *rulefmt.Rule) string {
	if rule.Alert != "" {
		return rule.Alert
	}
	return rule.Record
}

// mutantsOfExpr parses the expression anew for each mutant, since a change is made in place.
func mutantsOfExpr(rule *rulefmt.Rule) ([]Mutant, error) {
	original, err := promql.ParseExpr(rule.Expr)
	if err != nil {
		return nil, err
	}
	seen, implied := map[string]bool{canonical(original): true}, guarded(original)
	var all []Mutant
	for i, slot := range slots(&original) {
		for _, o := range operators {
			for j, c := range o.changes(*slot) {
				if c.changesNothing(*slot, implied) {
					continue
				}
				changed, err := promql.ParseExpr(rule.Expr)
				if err != nil {
					return nil, err
				}
				target := slots(&changed)[i]
				*target = o.changes(*target)[j].apply()
				if key := canonical(changed); !seen[key] {
					seen[key] = true
					all = append(all, newMutant(rule, o.name, c.place, original, changed))
				}
			}
		}
	}
	return all, nil
}

func newMutant(rule *rulefmt.Rule, operator, place string, before, after parser.Expr) Mutant {
	m := Mutant{Rule: nameOf(rule), Operator: operator, Place: place, Before: before.String(), After: after.String(), Changed: *rule}
	m.Changed.Expr = after.String()
	return m
}

// number tells mutants of one place apart: the same series may be selected twice.
func number(all []Mutant) {
	seen := map[string]int{}
	for i := range all {
		key := all[i].Key()
		seen[key]++
		if n := seen[key]; n > 1 {
			all[i].Place += fmt.Sprintf(" (%d)", n)
		}
	}
}

// slots returns where the expressions inside of root are kept, root first, in the order they are written.
func slots(root *parser.Expr) []*parser.Expr {
	out := []*parser.Expr{root}
	for _, child := range children(*root) {
		out = append(out, slots(child)...)
	}
	return out
}

func children(e parser.Expr) []*parser.Expr {
	switch n := e.(type) {
	case *parser.AggregateExpr:
		if n.Param != nil {
			return []*parser.Expr{&n.Param, &n.Expr}
		}
		return []*parser.Expr{&n.Expr}
	case *parser.BinaryExpr:
		return []*parser.Expr{&n.LHS, &n.RHS}
	case *parser.Call:
		out := make([]*parser.Expr, 0, len(n.Args))
		for i := range n.Args {
			out = append(out, &n.Args[i])
		}
		return out
	case *parser.MatrixSelector:
		return []*parser.Expr{&n.VectorSelector}
	case *parser.ParenExpr:
		return []*parser.Expr{&n.Expr}
	case *parser.SubqueryExpr:
		return []*parser.Expr{&n.Expr}
	case *parser.UnaryExpr:
		return []*parser.Expr{&n.Expr}
	}
	return nil
}

// place writes an expression short enough for a table.
func place(e parser.Expr) string {
	const enough = 60
	text := strings.Join(strings.Fields(e.String()), " ")
	if v, ok := e.(*parser.VectorSelector); ok {
		text = v.Name
	}
	if len(text) > enough {
		text = text[:enough] + "..."
	}
	return text
}
