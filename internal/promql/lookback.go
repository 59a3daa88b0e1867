package promql

import (
	"time"

	"github.com/prometheus/common/model"
	"github.com/prometheus/prometheus/model/labels"
	"github.com/prometheus/prometheus/promql/parser"
)

// Lookback is a selector of past samples, as in max_over_time(name{...}[5m]).
type Lookback struct {
	// Matchers as PromQL, without the one of the name.
	Matchers []string
	// Range is how far it looks back.
	Range time.Duration

	parsed []*labels.Matcher
}

// Lookbacks finds what an expression selects of the past of the series of a name, in the order of the text.
func Lookbacks(text, name string) ([]Lookback, error) {
	expr, err := ParseExpr(text)
	if err != nil {
		return nil, err
	}
	var out []Lookback
	parser.Inspect(expr, func(node parser.Node, _ []parser.Node) error {
		ranged, ok := node.(*parser.MatrixSelector)
		if !ok {
			return nil
		}
		if vector, ok := ranged.VectorSelector.(*parser.VectorSelector); ok && vector.Name == name {
			out = append(out, newLookback(vector, ranged.Range))
		}
		return nil
	})
	return out, nil
}

func newLookback(vector *parser.VectorSelector, back time.Duration) Lookback {
	out := Lookback{Range: back}
	for _, m := range vector.LabelMatchers {
		if m.Name != model.MetricNameLabel {
			out.Matchers, out.parsed = append(out.Matchers, m.String()), append(out.parsed, m)
		}
	}
	return out
}

// Selects says whether a series of the name with these labels is selected.
func (l *Lookback) Selects(series map[string]string) bool {
	for _, m := range l.parsed {
		if !m.Matches(series[m.Name]) {
			return false
		}
	}
	return true
}
