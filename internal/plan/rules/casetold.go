package rules

import (
	"fmt"
	"maps"
	"slices"
	"time"

	"github.com/prometheus/prometheus/model/labels"
	"github.com/prometheus/prometheus/promql/parser"

	"github.com/tux-io/tux-monitoring-operator/internal/promql"
)

// Teller is another alert that keeps the one of a case silent while it fires.
type Teller struct {
	// Labels of a series of ALERTS that is one of its alerts.
	Labels map[string]string
	// Others are labels of alerts that are none of its, each but for one label.
	Others []map[string]string
	// Keeps is how long after the last sample of the teller the alert stays silent.
	Keeps time.Duration
}

const alertsSeries = "ALERTS"

// tellersIn finds the clauses of an expression that look back at ALERTS. Each is one of `unless`.
func tellersIn(text string) ([]Teller, error) {
	expr, err := promql.ParseExpr(text)
	if err != nil {
		return nil, err
	}
	var out []Teller
	var all [][]*labels.Matcher
	parser.Inspect(expr, func(node parser.Node, _ []parser.Node) error {
		ranged, ok := node.(*parser.MatrixSelector)
		if !ok {
			return nil
		}
		selector, ok := ranged.VectorSelector.(*parser.VectorSelector)
		if ok && selector.Name == alertsSeries {
			all = append(all, selector.LabelMatchers)
			out = append(out, Teller{Keeps: ranged.Range})
		}
		return nil
	})
	for i := range out {
		if out[i].Labels, err = exampleOf(all[i]); err != nil {
			return nil, err
		}
	}
	for i := range out {
		out[i].Others = strangers(out[i].Labels, all)
	}
	return out, nil
}

func exampleOf(matchers []*labels.Matcher) (map[string]string, error) {
	texts := make([]string, 0, len(matchers))
	for _, m := range matchers {
		if m.Name != labels.MetricName {
			texts = append(texts, m.String())
		}
	}
	found, err := promql.Example(texts)
	if err != nil {
		return nil, fmt.Errorf("no example of ALERTS%v: %w", texts, err)
	}
	return found, nil
}

// strangers are alerts that differ from one in a single label, and are selected by no clause.
func strangers(one map[string]string, clauses [][]*labels.Matcher) []map[string]string {
	var out []map[string]string
	for _, name := range slices.Sorted(maps.Keys(one)) {
		other := maps.Clone(one)
		other[name] = "other"
		if name == "alertstate" {
			other[name] = "pending"
		}
		if !slices.ContainsFunc(clauses, func(matchers []*labels.Matcher) bool { return selects(matchers, other) }) {
			out = append(out, other)
		}
	}
	return out
}

func selects(matchers []*labels.Matcher, series map[string]string) bool {
	return !slices.ContainsFunc(matchers, func(m *labels.Matcher) bool {
		return m.Name != labels.MetricName && !m.Matches(series[m.Name])
	})
}
