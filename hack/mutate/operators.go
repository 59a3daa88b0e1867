package main

import (
	"fmt"
	"slices"
	"time"

	"github.com/prometheus/common/model"
	"github.com/prometheus/prometheus/promql/parser"

	"github.com/tux-io/tux-monitoring-operator/internal/promql"
)

// operator is a kind of mistake in an expression.
type operator struct {
	name string
	// changes are the mistakes of this kind that can be made in an expression, not in what is inside it.
	changes func(parser.Expr) []change
}

// change is one mistake. apply changes the expression it was made for and returns what stands in its place.
type change struct {
	place string
	apply func() parser.Expr
	// label that is dropped, of a matcher or of on(); empty for any other change.
	label string
}

// changesNothing says whether the label that is dropped is there anyway; see pinned.go.
func (c *change) changesNothing(e parser.Expr, implied map[*parser.VectorSelector]map[string]bool) bool {
	switch n := e.(type) {
	case *parser.VectorSelector:
		return c.label != "" && implied[n][c.label]
	case *parser.BinaryExpr:
		return c.label != "" && needless(n, c.label)
	}
	return false
}

// operators of expressions; those of the other fields of a rule are in fields.go.
var operators = []operator{
	{"comparator", flipComparator},
	{"threshold", scaleNumber},
	{"matcher", dropMatcher},
	{"range", scaleRange},
	{"offset", scaleOffset},
	{"grouping", dropGrouping},
	{"matching", dropMatching},
	{"side", dropSide},
	{"arithmetic", swapArithmetic},
	{"aggregation", swapAggregation},
	{"function", swapFunction},
}

// factors by which a number or a span is changed.
var factors = []struct {
	text  string
	times float64
}{{"x10", 10}, {"/10", 0.1}}

var opposite = map[parser.ItemType]parser.ItemType{
	parser.GTR: parser.LSS, parser.LSS: parser.GTR, parser.GTE: parser.LTE, parser.LTE: parser.GTE,
	parser.EQLC: parser.NEQ, parser.NEQ: parser.EQLC,
}

func flipComparator(e parser.Expr) []change {
	b, ok := e.(*parser.BinaryExpr)
	if !ok || !b.Op.IsComparisonOperator() {
		return nil
	}
	other := opposite[b.Op]
	return []change{{fmt.Sprintf("%s to %s: %s", b.Op, other, place(b)), func() parser.Expr {
		b.Op = other
		return b
	}, ""}}
}

func scaleNumber(e parser.Expr) []change {
	n, ok := e.(*parser.NumberLiteral)
	if !ok {
		return nil
	}
	var out []change
	for _, f := range factors {
		out = append(out, change{fmt.Sprintf("%s %s", n, f.text), func() parser.Expr {
			n.Val *= f.times
			n.Duration = false
			return n
		}, ""})
	}
	return out
}

func dropMatcher(e parser.Expr) []change {
	v, ok := e.(*parser.VectorSelector)
	if !ok {
		return nil
	}
	var out []change
	for i, m := range v.LabelMatchers {
		if m.Name == model.MetricNameLabel {
			continue
		}
		out = append(out, change{fmt.Sprintf("%s of %s", m.Name, place(v)), func() parser.Expr {
			v.LabelMatchers = slices.Delete(v.LabelMatchers, i, i+1)
			return v
		}, m.Name})
	}
	return out
}

// scaleRange changes the range of a selector or of a subquery.
func scaleRange(e parser.Expr) []change {
	switch n := e.(type) {
	case *parser.MatrixSelector:
		return scaleSpan(e, &n.Range, place(n.VectorSelector))
	case *parser.SubqueryExpr:
		return scaleSpan(e, &n.Range, place(n.Expr))
	}
	return nil
}

// scaleOffset changes the offset of a selector or of a subquery that has one.
func scaleOffset(e parser.Expr) []change {
	switch n := e.(type) {
	case *parser.VectorSelector:
		if n.OriginalOffset != 0 {
			return scaleSpan(e, &n.OriginalOffset, place(n))
		}
	case *parser.SubqueryExpr:
		if n.OriginalOffset != 0 {
			return scaleSpan(e, &n.OriginalOffset, place(n.Expr))
		}
	}
	return nil
}

func scaleSpan(e parser.Expr, span *time.Duration, of string) []change {
	var out []change
	for _, f := range factors {
		out = append(out, change{fmt.Sprintf("%s %s of %s", promql.Duration(*span), f.text, of), func() parser.Expr {
			*span = time.Duration(float64(*span) * f.times).Round(time.Millisecond)
			return e
		}, ""})
	}
	return out
}

// dropGrouping forgets a label of an aggregation.
func dropGrouping(e parser.Expr) []change {
	a, ok := e.(*parser.AggregateExpr)
	if !ok {
		return nil
	}
	return dropLabels(e, &a.Grouping, fmt.Sprintf("of %s by %v", a.Op, a.Grouping))
}

// dropMatching forgets a label on which two sides are matched, or one that is copied from one side.
func dropMatching(e parser.Expr) []change {
	b, ok := e.(*parser.BinaryExpr)
	if !ok || b.VectorMatching == nil || !b.VectorMatching.On {
		return nil
	}
	out := dropLabels(e, &b.VectorMatching.MatchingLabels, fmt.Sprintf("of %s on: %s", b.Op, place(b.RHS)))
	return append(out, dropLabels(e, &b.VectorMatching.Include, fmt.Sprintf("of group: %s", place(b.RHS)))...)
}

func dropLabels(e parser.Expr, list *[]string, of string) []change {
	var out []change
	for i, name := range *list {
		out = append(out, change{name + " " + of, func() parser.Expr {
			*list = slices.Delete(slices.Clone(*list), i, i+1)
			return e
		}, name})
	}
	return out
}

// dropSide forgets one side of unless, and, or. What an unless or an and leaves is their left side.
func dropSide(e parser.Expr) []change {
	b, ok := e.(*parser.BinaryExpr)
	if !ok || !b.Op.IsSetOperator() {
		return nil
	}
	out := []change{{fmt.Sprintf("%s %s", b.Op, place(b.RHS)), func() parser.Expr { return b.LHS }, ""}}
	if b.Op == parser.LOR {
		out = append(out, change{"before or: " + place(b.LHS), func() parser.Expr { return b.RHS }, ""})
	}
	return out
}

var otherArithmetic = map[parser.ItemType]parser.ItemType{
	parser.ADD: parser.SUB, parser.SUB: parser.ADD, parser.MUL: parser.DIV, parser.DIV: parser.MUL,
}

func swapArithmetic(e parser.Expr) []change {
	b, ok := e.(*parser.BinaryExpr)
	if !ok || otherArithmetic[b.Op] == 0 {
		return nil
	}
	other := otherArithmetic[b.Op]
	return []change{{fmt.Sprintf("%s to %s: %s", b.Op, other, place(b)), func() parser.Expr {
		b.Op = other
		return b
	}, ""}}
}

var otherAggregation = map[parser.ItemType]parser.ItemType{
	parser.SUM: parser.MAX, parser.MAX: parser.MIN, parser.MIN: parser.MAX, parser.AVG: parser.MAX, parser.COUNT: parser.GROUP,
	parser.TOPK: parser.BOTTOMK, parser.BOTTOMK: parser.TOPK,
}

func swapAggregation(e parser.Expr) []change {
	a, ok := e.(*parser.AggregateExpr)
	if !ok || otherAggregation[a.Op] == 0 {
		return nil
	}
	other := otherAggregation[a.Op]
	return []change{{fmt.Sprintf("%s to %s: %s", a.Op, other, place(a.Expr)), func() parser.Expr {
		a.Op = other
		return a
	}, ""}}
}

var otherFunction = map[string]string{
	"rate": "increase", "increase": "rate", "max_over_time": "min_over_time", "min_over_time": "max_over_time",
	"avg_over_time": "max_over_time", "sum_over_time": "max_over_time", "changes": "resets", "delta": "increase",
	"absent_over_time": "present_over_time", "count_over_time": "present_over_time",
}

func swapFunction(e parser.Expr) []change {
	c, ok := e.(*parser.Call)
	if !ok || otherFunction[c.Func.Name] == "" {
		return nil
	}
	other := parser.Functions[otherFunction[c.Func.Name]]
	return []change{{fmt.Sprintf("%s to %s: %s", c.Func.Name, other.Name, place(c.Args[0])), func() parser.Expr {
		c.Func = other
		return c
	}, ""}}
}
