package main

import (
	"strconv"

	"github.com/prometheus/prometheus/promql/parser"
)

// canonical writes an expression so that two that cannot differ are the same text: calculations with
// constants are done, and a factor of 0 leaves nothing of the other factor but its labels.
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
