package rules

import (
	"fmt"
	"maps"
	"slices"
	"time"

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
	clauses, err := promql.Lookbacks(text, alertsSeries)
	if err != nil {
		return nil, err
	}
	out := make([]Teller, len(clauses))
	for i := range clauses {
		example, err := promql.Example(clauses[i].Matchers)
		if err != nil {
			return nil, fmt.Errorf("no example of ALERTS%v: %w", clauses[i].Matchers, err)
		}
		out[i] = Teller{Labels: example, Others: strangers(example, clauses), Keeps: clauses[i].Range}
	}
	return out, nil
}

// strangers are alerts that differ from one in a single label, and are selected by no clause.
func strangers(one map[string]string, clauses []promql.Lookback) []map[string]string {
	var out []map[string]string
	for _, name := range slices.Sorted(maps.Keys(one)) {
		other := maps.Clone(one)
		other[name] = "other"
		if name == "alertstate" {
			other[name] = "pending"
		}
		if !slices.ContainsFunc(clauses, func(clause promql.Lookback) bool { return clause.Selects(other) }) {
			out = append(out, other)
		}
	}
	return out
}
