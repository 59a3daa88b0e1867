package dashboards

import (
	"fmt"
	"regexp"
	"slices"
	"strings"

	"github.com/prometheus/prometheus/promql/parser"
)

func checkParses(_ *knowledge, b *board) []string {
	return eachQuery(b, func(q *query) error {
		_, err := parse(q.Expr)
		return err
	})
}

func checkKnown(k *knowledge, b *board) []string {
	return eachNode(b, func(node parser.Node, _ []parser.Node) error {
		s, ok := node.(*parser.VectorSelector)
		if !ok || slices.Contains(k.counters, s.Name) || slices.Contains(k.others, s.Name) {
			return nil
		}
		return fmt.Errorf("nothing exports %q", s.Name)
	})
}

var rateFunctions = []string{"rate", "irate", "increase"}

func checkCounters(k *knowledge, b *board) []string {
	return eachNode(b, func(node parser.Node, path []parser.Node) error {
		s, ok := node.(*parser.VectorSelector)
		counter := ok && slices.Contains(k.counters, s.Name)
		if !ok || counter == insideRate(path) || counter && (counted(path) || difference(k, path)) {
			return nil
		}
		return fmt.Errorf("%q: a rate of no counter, or a counter without a rate", s.Name)
	})
}

func insideRate(path []parser.Node) bool {
	return slices.ContainsFunc(path, func(n parser.Node) bool {
		call, ok := n.(*parser.Call)
		return ok && slices.Contains(rateFunctions, call.Func.Name)
	})
}

// counted says whether only the number of series matters.
func counted(path []parser.Node) bool {
	return slices.ContainsFunc(path, func(n parser.Node) bool {
		aggregate, ok := n.(*parser.AggregateExpr)
		return ok && aggregate.Op == parser.COUNT
	})
}

// difference says whether a counter is taken from another, as what has ended from what has begun.
func difference(k *knowledge, path []parser.Node) bool {
	if len(path) == 0 {
		return false
	}
	b, ok := path[len(path)-1].(*parser.BinaryExpr)
	if !ok || b.Op != parser.SUB {
		return false
	}
	for _, side := range []parser.Expr{b.LHS, b.RHS} {
		s, ok := side.(*parser.VectorSelector)
		if !ok || !slices.Contains(k.counters, s.Name) {
			return false
		}
	}
	return true
}

func checkWindows(_ *knowledge, b *board) []string {
	fixed := regexp.MustCompile(`\[\d`)
	return eachQuery(b, func(q *query) error {
		if fixed.MatchString(q.Expr) {
			return fmt.Errorf("has a fixed window")
		}
		return nil
	})
}

func checkNamespace(_ *knowledge, b *board) []string {
	return eachNode(b, func(node parser.Node, _ []parser.Node) error {
		s, ok := node.(*parser.VectorSelector)
		if !ok || ofNoEnvironment.MatchString(s.Name) {
			return nil
		}
		for _, m := range s.LabelMatchers {
			if m.Name == "namespace" && m.Value == "shop" && m.Type.String() == "=" {
				return nil
			}
		}
		return fmt.Errorf("%s is of every namespace", s)
	})
}

// ofNoEnvironment are series of Prometheus and of the operator, which serve all environments.
var ofNoEnvironment = regexp.MustCompile(`^(prometheus|controller_runtime|tuxmonitoring)_`)

func checkQuantiles(_ *knowledge, b *board) []string {
	return eachNode(b, func(node parser.Node, _ []parser.Node) error {
		call, ok := node.(*parser.Call)
		if !ok || call.Func.Name != "histogram_quantile" {
			return nil
		}
		sum, ok := call.Args[1].(*parser.AggregateExpr)
		if !ok || sum.Without || !slices.Contains(sum.Grouping, "le") {
			return fmt.Errorf("%s loses le", call)
		}
		return nil
	})
}

// eachNode visits the nodes of all queries; one that does not parse has none.
func eachNode(b *board, f func(node parser.Node, path []parser.Node) error) []string {
	return eachQuery(b, func(q *query) error {
		expr, err := parse(q.Expr)
		if err != nil {
			return nil // checkParses reports it
		}
		var found error
		parser.Inspect(expr, func(node parser.Node, path []parser.Node) error {
			if err := f(node, path); err != nil {
				found = err
			}
			return nil
		})
		return found
	})
}

func parse(expr string) (parser.Expr, error) {
	return parser.NewParser(parser.Options{}).ParseExpr(grafanaSays.Replace(expr))
}

// grafanaSays replaces variables as Grafana does with two backends chosen, and everything else.
var grafanaSays = choosing("(web|api)")

// choosing is the same with these backends chosen.
func choosing(backends string) *strings.Replacer {
	return strings.NewReplacer("$__rate_interval", "4m", "$__range", "3h", "$__interval", "1m", "$backend", backends,
		"$pod", ".*", "$view", ".*", "$workspace", ".*")
}
