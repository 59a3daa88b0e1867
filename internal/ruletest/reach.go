package ruletest

import (
	"slices"
	"time"

	"github.com/prometheus/prometheus/model/labels"
	"github.com/prometheus/prometheus/promql/parser"
)

// reach is how far back an expression looks at a metric: over a span that ends so long ago.
type reach struct {
	ago, span time.Duration
}

// asks are the series an expression asks for.
type asks struct {
	// selectors are the matchers of each selector.
	selectors [][]*labels.Matcher
	// reaches of each metric.
	reaches map[string][]reach
	// compared are the labels by which series are grouped and compared, sorted.
	compared []string
	// numbers are those of the expression but 0.
	numbers []float64
}

func asksOf(expr parser.Expr) *asks {
	a := &asks{reaches: map[string][]reach{}}
	a.visit(expr, reach{})
	slices.Sort(a.compared)
	a.compared = slices.Compact(a.compared)
	return a
}

func (a *asks) visit(node parser.Node, within reach) {
	switch n := node.(type) {
	case *parser.VectorSelector:
		within.ago += n.OriginalOffset
		a.selectors = append(a.selectors, n.LabelMatchers)
		if !slices.Contains(a.reaches[n.Name], within) {
			a.reaches[n.Name] = append(a.reaches[n.Name], within)
		}
		return
	case *parser.NumberLiteral:
		if n.Val != 0 {
			a.numbers = append(a.numbers, n.Val)
		}
	case *parser.AggregateExpr:
		a.compared = append(a.compared, n.Grouping...)
	case *parser.BinaryExpr:
		if n.VectorMatching != nil {
			a.compared = append(a.compared, n.VectorMatching.MatchingLabels...)
		}
	case *parser.MatrixSelector:
		within.span += n.Range
	case *parser.SubqueryExpr:
		within.span += n.Range
		within.ago += n.OriginalOffset
	}
	for child := range parser.ChildrenIter(node) {
		a.visit(child, within)
	}
}

// stretches are how much further or less far a mistake may look.
var stretches = []float64{0.1, 1, 10}

// The moments of a noise: a rule is evaluated so many times, and samples of long ago are so many in a span.
const (
	evaluations = 30
	inSpan      = 40
	lookback    = 5 * time.Minute
)

// moments returns when a metric needs samples, so that a rule evaluated from start on in steps finds some wherever it
// looks, and wherever it would look by mistake.
func moments(reaches []reach, start time.Time, step time.Duration) []int64 {
	var out []int64
	add := func(from, to time.Time, every time.Duration) {
		// Multiples, so that spans that overlap share their moments.
		for at := from.Truncate(every); !at.After(to); at = at.Add(every) {
			out = append(out, at.UnixMilli())
		}
	}
	end := start.Add((evaluations - 1) * step)
	for _, r := range reaches {
		for _, further := range stretches {
			if r.ago == 0 && further != 1 {
				continue
			}
			ago := time.Duration(float64(r.ago) * further)
			add(start.Add(-ago-lookback), end.Add(-ago), step)
			for _, longer := range stretches {
				span := time.Duration(float64(r.span) * longer)
				add(start.Add(-ago-span), end.Add(-ago), max(step, (span/inSpan).Truncate(step)))
			}
		}
	}
	slices.Sort(out)
	return slices.Compact(out)
}
