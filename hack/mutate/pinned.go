package main

import (
	"slices"
	"strings"

	"github.com/prometheus/common/model"
	"github.com/prometheus/prometheus/promql/parser"
)

// pinned returns what holds of a label in every result of an expression, because each selector asks for
// it and nothing on the way takes the label off: "=web", "!~health.*"; empty if that cannot be told.
func pinned(e parser.Expr, label string) string {
	switch n := e.(type) {
	case *parser.VectorSelector:
		return asked(n, label)
	case *parser.AggregateExpr:
		if !n.Without && slices.Contains(n.Grouping, label) {
			return pinned(n.Expr, label)
		}
		return ""
	case *parser.BinaryExpr:
		return pinnedBinary(n, label)
	case *parser.Call:
		if madeUp(n, label) {
			return ""
		}
	}
	for _, inside := range children(e) {
		if kind := (*inside).Type(); kind == parser.ValueTypeVector || kind == parser.ValueTypeMatrix {
			return pinned(*inside, label)
		}
	}
	return ""
}

// madeUp says whether label_replace or label_join make the label; all others of the series are kept.
func madeUp(call *parser.Call, label string) bool {
	if call.Func.Name != "label_replace" && call.Func.Name != "label_join" {
		return false
	}
	made, ok := call.Args[1].(*parser.StringLiteral)
	return !ok || made.Val == label
}

// asked returns what a selector asks of a label.
func asked(v *parser.VectorSelector, label string) string {
	for _, m := range v.LabelMatchers {
		if m.Name == label {
			return m.Type.String() + m.Value
		}
	}
	return ""
}

func pinnedBinary(b *parser.BinaryExpr, label string) string {
	left, right := pinned(b.LHS, label), pinned(b.RHS, label)
	switch {
	case b.Op == parser.LOR && left != right:
		return ""
	case b.LHS.Type() == parser.ValueTypeScalar:
		return right
	case b.VectorMatching == nil, b.Op.IsSetOperator(), b.VectorMatching.Card != parser.CardOneToOne:
		return left
	case b.VectorMatching.On != slices.Contains(b.VectorMatching.MatchingLabels, label):
		// One-to-one keeps the labels of on(), and takes off those of ignoring().
		return ""
	}
	return left
}

// needless are the labels of on() that both sides have with the same value anyway: dropping one changes
// nothing.
func needless(b *parser.BinaryExpr, label string) bool {
	value := pinned(b.LHS, label)
	return b.Op.IsSetOperator() && strings.HasPrefix(value, "=") && !strings.HasPrefix(value, "=~") && value == pinned(b.RHS, label)
}

// guarded finds the selectors whose matcher of a label is implied: the other side of and, of a calculation or of
// a comparison has the label with that value, and it is compared. Of unless that holds for the right side only.
func guarded(e parser.Expr) map[*parser.VectorSelector]map[string]bool {
	out := map[*parser.VectorSelector]map[string]bool{}
	for _, slot := range slots(&e) {
		b, ok := (*slot).(*parser.BinaryExpr)
		if !ok || b.VectorMatching == nil || b.Op == parser.LOR {
			continue
		}
		for _, label := range compared(b) {
			value := pinned(b.LHS, label)
			if value == "" || pinned(b.RHS, label) != value {
				continue
			}
			inner := plain(&b.RHS, label)
			if b.Op != parser.LUNLESS {
				// What has no partner on the right is left out, too.
				inner = append(inner, plain(&b.LHS, label)...)
			}
			for _, one := range inner {
				if out[one] == nil {
					out[one] = map[string]bool{}
				}
				out[one][label] = true
			}
		}
	}
	return out
}

// compared are the labels an operation compares, of those any selector asks for.
func compared(b *parser.BinaryExpr) []string {
	if b.VectorMatching.On {
		return b.VectorMatching.MatchingLabels
	}
	var out []string
	for _, slot := range slots(&b.LHS) {
		v, ok := (*slot).(*parser.VectorSelector)
		if !ok {
			continue
		}
		for _, m := range v.LabelMatchers {
			if m.Name != model.MetricNameLabel && !slices.Contains(b.VectorMatching.MatchingLabels, m.Name) && !slices.Contains(out, m.Name) {
				out = append(out, m.Name)
			}
		}
	}
	return out
}

// plain returns the selectors that decide which results an expression has, if the series of each value of a label are
// looked at by themselves. absent is none: it asks about all series of a selector together.
func plain(e *parser.Expr, label string) []*parser.VectorSelector {
	switch n := (*e).(type) {
	case *parser.VectorSelector:
		return []*parser.VectorSelector{n}
	case *parser.Call:
		if n.Func.Name == "absent" || n.Func.Name == "absent_over_time" {
			return nil
		}
	case *parser.BinaryExpr:
		return plainBinary(n, label)
	}
	var out []*parser.VectorSelector
	for _, child := range children(*e) {
		out = append(out, plain(child, label)...)
	}
	return out
}

// plainBinary: the right side of an operation is compared with its own left side, not with what is outside. That of
// or is a result, too, and so is the left one if it keeps out nothing of another value of the label.
func plainBinary(b *parser.BinaryExpr, label string) []*parser.VectorSelector {
	switch {
	case b.LHS.Type() == parser.ValueTypeScalar:
		return plain(&b.RHS, label)
	case b.Op != parser.LOR:
		return plain(&b.LHS, label)
	}
	out := plain(&b.RHS, label)
	if b.VectorMatching == nil || b.VectorMatching.On == slices.Contains(b.VectorMatching.MatchingLabels, label) {
		out = append(out, plain(&b.LHS, label)...)
	}
	return out
}
