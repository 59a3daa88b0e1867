package ruletest

import (
	"strings"

	"github.com/prometheus/prometheus/promql/parser"

	"github.com/tux-io/tux-monitoring-operator/internal/plan/rules"
)

// speaking are the needed rules of a case that can say anything: those that read a series of the case, or one
// that such a rule records. Whatever else is needed reads nothing and says nothing, and most of the time of a
// test over days would be spent on it.
func (x *Index) speaking(c *rules.Case, needed []bool) []bool {
	there := map[string]bool{alertsSeries: true, alertsForState: true}
	give := func(series map[string]rules.Behaviour) {
		for notation := range series {
			name, _, _ := strings.Cut(notation, "{")
			there[name] = true
		}
	}
	give(c.Healthy)
	for i := range c.Situations {
		give(c.Situations[i].Series)
	}
	out := make([]bool, len(needed))
	for again := true; again; {
		again = false
		for i := range x.all {
			if !needed[i] || out[i] || !says(x.all[i].expr, there) && x.rule(i).Alert != c.Alert {
				continue
			}
			out[i], again = true, true
			there[x.rule(i).Record] = true
		}
	}
	return out
}

const (
	alertsSeries   = "ALERTS"
	alertsForState = "ALERTS_FOR_STATE"
)

// says is false for an expression that has no result because nothing it selects is there.
func says(expr parser.Expr, there map[string]bool) bool {
	selects, found := false, false
	parser.Inspect(expr, func(node parser.Node, _ []parser.Node) error {
		switch n := node.(type) {
		case *parser.VectorSelector:
			selects, found = true, found || n.Name == "" || there[n.Name]
		case *parser.Call:
			switch n.Func.Name {
			case "absent", "absent_over_time", "vector":
				found = true
			}
		}
		return nil
	})
	return found || !selects
}
