package main

import (
	"strconv"

	"github.com/prometheus/prometheus/promql/parser"
)

// canonical writes an expression so that two that cannot differ are the same text: calculations with
// constants are done, of samples that all have one value the least is the largest, and quantiles of rates are those of increases.
func canonical(e parser.Expr) string {
	copied, err := parser.NewParser(parser.Options{}).ParseExpr(e.String())
	if err != nil {
		// A mutant that does not parse is a mutant: it is killed when it is loaded.
		return e.String()
	}
	fold(&copied)
	return copied.String()
}

// fold calculates from the inside out.
func fold(e *parser.Expr) {
	for _, child := range children(*e) {
		fold(child)
	}
	switch n := (*e).(type) {
	case *parser.Call:
		if n.Func.Name == "histogram_quantile" {
			perSecond(n.Args[1])
		}
		if n.Func.Name == "min_over_time" && oneValue(n.Args[0]) {
			n.Func = parser.Functions["max_over_time"]
		}
	case *parser.ParenExpr:
		if number, ok := n.Expr.(*parser.NumberLiteral); ok {
			*e = number
		}
	case *parser.BinaryExpr:
		if value, ok := calculated(n); ok {
			*e = &parser.NumberLiteral{Val: value}
		}
	}
}

// perSecond writes rate for increase: a quantile is the same of buckets that are all so many times higher.
func perSecond(e parser.Expr) {
	for _, slot := range slots(&e) {
		if call, ok := (*slot).(*parser.Call); ok && call.Func.Name == "increase" {
			call.Func = parser.Functions["rate"]
		}
	}
}

// oneValue says whether all samples of an expression have the same value: those of ALERTS, what absent makes, and what ==
// leaves.
func oneValue(e parser.Expr) bool {
	switch n := e.(type) {
	case *parser.VectorSelector:
		return n.Name == "ALERTS"
	case *parser.Call:
		return n.Func.Name == "absent" || n.Func.Name == "absent_over_time"
	case *parser.BinaryExpr:
		_, number := n.RHS.(*parser.NumberLiteral)
		switch n.Op {
		case parser.EQLC:
			return number && !n.ReturnBool
		case parser.LAND, parser.LUNLESS:
			return oneValue(n.LHS)
		}
		return false
	case *parser.MatrixSelector, *parser.SubqueryExpr, *parser.ParenExpr:
		return oneValue(*children(e)[0])
	}
	return false
}

func calculated(b *parser.BinaryExpr) (float64, bool) {
	left, ok := b.LHS.(*parser.NumberLiteral)
	if !ok {
		return 0, false
	}
	right, ok := b.RHS.(*parser.NumberLiteral)
	if !ok {
		return 0, false
	}
	switch b.Op {
	case parser.ADD:
		return rounded(left.Val + right.Val), true
	case parser.SUB:
		return rounded(left.Val - right.Val), true
	case parser.MUL:
		return rounded(left.Val * right.Val), true
	case parser.DIV:
		return rounded(left.Val / right.Val), true
	}
	return 0, false
}

// rounded forgets what only the order of the operations makes.
func rounded(value float64) float64 {
	const digits = 12
	out, err := strconv.ParseFloat(strconv.FormatFloat(value, 'g', digits, 64), 64)
	if err != nil {
		return value
	}
	return out
}
