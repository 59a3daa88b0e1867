package dashboards

import (
	"encoding/json"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/prometheus/prometheus/promql/parser"

	"github.com/tux-io/tux-monitoring-operator/internal/plan/rules"
)

// A check returns what is wrong with a dashboard.
type check func(k *knowledge, b *board) []string

// checks are the rules of a good dashboard. Each is proven by a broken one in broken_test.go.
var checks = map[string]check{
	"the uid has 1 to 40 characters":               checkUID,
	"ids are unique":                               checkIDs,
	"panels neither overlap nor leave the grid":    checkLayout,
	"every panel has a title, unit and text":       checkTexts,
	"every panel says what nothing looks like":     checkNulls,
	"single values ask for now only":               checkInstant,
	"every query has a name":                       checkLegends,
	"no data source is named":                      checkDataSources,
	"every variable that is used exists":           checkUndefined,
	"every variable that exists is used":           checkUnused,
	"every query parses":                           checkParses,
	"every metric is known":                        checkKnown,
	"rates are of counters and counters in rates":  checkCounters,
	"windows fit the zoom":                         checkWindows,
	"every selector is of the namespace":           checkNamespace,
	"quantiles keep the buckets they are taken of": checkQuantiles,
}

func TestDashboardsAreSound(t *testing.T) {
	k := learn(t)
	for shape, e := range environments {
		b := decode(t, text(t, e))
		for name, check := range checks {
			t.Run(shape+": "+name, func(t *testing.T) {
				for _, problem := range check(k, b) {
					t.Error(problem)
				}
			})
		}
	}
}

// knowledge is what series exist.
type knowledge struct{ counters, others []string }

// learn reads the measured contract of the backend and adds what Prometheus and our rules write.
func learn(t *testing.T) *knowledge {
	var families []struct {
		Name, Type string
		Series     []string
	}
	if err := json.Unmarshal([]byte(readFile(t, "testdata/metrics-contract.json")), &families); err != nil {
		t.Fatal(err)
	}
	k := &knowledge{others: append([]string{"ALERTS"}, rules.Records()...)}
	for _, f := range families {
		for _, series := range f.Series {
			if f.Type == "gauge" || strings.HasSuffix(series, "_created") {
				k.others = append(k.others, series)
			} else {
				k.counters = append(k.counters, series)
			}
		}
	}
	return k
}

func checkUID(_ *knowledge, b *board) []string {
	if len(b.UID) < 1 || len(b.UID) > 40 {
		return []string{fmt.Sprintf("uid %q has %d characters", b.UID, len(b.UID))}
	}
	return nil
}

func checkIDs(_ *knowledge, b *board) []string {
	var out []string
	seen := map[int]string{0: "nothing"}
	for i := range b.Panels {
		p := &b.Panels[i]
		if other, ok := seen[p.ID]; ok {
			out = append(out, fmt.Sprintf("panels %q and %q have id %d", other, p.Title, p.ID))
		}
		seen[p.ID] = p.Title
	}
	return out
}

func checkLayout(_ *knowledge, b *board) []string {
	var out []string
	for i := range b.Panels {
		p := &b.Panels[i]
		if g := p.GridPos; g.X < 0 || g.Y < 0 || g.W < 1 || g.H < 1 || g.X+g.W > 24 {
			out = append(out, fmt.Sprintf("panel %q is outside of the grid: %+v", p.Title, g))
		}
		for j := range b.Panels[:i] {
			if q := &b.Panels[j]; overlap(p, q) {
				out = append(out, fmt.Sprintf("panels %q and %q overlap", q.Title, p.Title))
			}
		}
	}
	return out
}

func overlap(p, q *panel) bool {
	a, b := p.GridPos, q.GridPos
	return a.X < b.X+b.W && b.X < a.X+a.W && a.Y < b.Y+b.H && b.Y < a.Y+a.H
}

func checkTexts(_ *knowledge, b *board) []string {
	var out []string
	for _, p := range b.pictures() {
		if p.Title == "" || p.FieldConfig.Defaults.Unit == "" || len(p.Description) < 40 || !strings.HasSuffix(p.Description, ".") {
			out = append(out, fmt.Sprintf("panel %d %q lacks a title, a unit or a description", p.ID, p.Title))
		}
	}
	return out
}

// checkNulls wants a base color without a value, gaps drawn as gaps, and a word in place of a missing
// number.
func checkNulls(_ *knowledge, b *board) []string {
	var out []string
	for _, p := range b.pictures() {
		d := &p.FieldConfig.Defaults
		if len(d.Thresholds.Steps) == 0 || d.Thresholds.Steps[0].Value != nil {
			out = append(out, fmt.Sprintf("panel %q has no base color", p.Title))
		}
		switch {
		case p.Type == "timeseries" && (d.Custom.SpanNulls == nil || *d.Custom.SpanNulls):
			out = append(out, fmt.Sprintf("panel %q draws lines across gaps", p.Title))
		case p.Type != "timeseries" && d.NoValue == "" && !strings.HasSuffix(p.Targets[0].Expr, "or vector(0)"):
			out = append(out, fmt.Sprintf("panel %q does not say what no value means", p.Title))
		}
	}
	return out
}

func checkInstant(_ *knowledge, b *board) []string {
	var out []string
	for _, p := range b.pictures() {
		for i := range p.Targets {
			q := &p.Targets[i]
			if q.Instant == q.Range || q.Instant == (p.Type == "timeseries") {
				out = append(out, fmt.Sprintf("query %s of %s panel %q: instant %v, range %v", q.RefID, p.Type, p.Title, q.Instant, q.Range))
			}
		}
	}
	return out
}

func checkLegends(_ *knowledge, b *board) []string {
	return eachQuery(b, func(q *query) error {
		if q.LegendFormat == "" || q.RefID == "" {
			return fmt.Errorf("has no legend or letter")
		}
		return nil
	})
}

func checkDataSources(_ *knowledge, b *board) []string {
	chosen := source{Type: "prometheus", UID: "${datasource}"}
	var out []string
	for _, p := range b.pictures() {
		if p.DataSource == nil || *p.DataSource != chosen {
			out = append(out, fmt.Sprintf("panel %q has data source %+v", p.Title, p.DataSource))
		}
	}
	return append(out, eachQuery(b, func(q *query) error {
		if q.DataSource == nil || *q.DataSource != chosen {
			return fmt.Errorf("has data source %+v", q.DataSource)
		}
		return nil
	})...)
}

// variablePattern is what Grafana replaces, but the variables it defines itself.
var variablePattern = regexp.MustCompile(`\$\{?([a-zA-Z]\w*)`)

func used(b *board) []string {
	var out []string
	for _, p := range b.pictures() {
		texts := []string{p.Title, p.DataSource.UID}
		for i := range p.Targets {
			texts = append(texts, p.Targets[i].Expr, p.Targets[i].LegendFormat, p.Targets[i].DataSource.UID)
		}
		for _, m := range variablePattern.FindAllStringSubmatch(strings.Join(texts, "\n"), -1) {
			out = append(out, m[1])
		}
	}
	return out
}

func defined(b *board) []string {
	var out []string
	for _, v := range b.Templating.List {
		out = append(out, v.Name)
	}
	return out
}

func checkUndefined(_ *knowledge, b *board) []string { return missingFrom(defined(b), used(b)) }
func checkUnused(_ *knowledge, b *board) []string    { return missingFrom(used(b), defined(b)) }

func missingFrom(have, want []string) []string {
	var out []string
	for _, name := range want {
		if !slices.Contains(have, name) {
			out = append(out, fmt.Sprintf("variable %q", name))
		}
	}
	return out
}

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
		if !ok || slices.Contains(k.counters, s.Name) == insideRate(path) {
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
		if !ok {
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

func eachQuery(b *board, f func(*query) error) []string {
	var out []string
	for _, p := range b.pictures() {
		if len(p.Targets) == 0 {
			out = append(out, fmt.Sprintf("panel %q has no query", p.Title))
		}
		for i := range p.Targets {
			if err := f(&p.Targets[i]); err != nil {
				out = append(out, fmt.Sprintf("panel %q: %q: %v", p.Title, p.Targets[i].Expr, err))
			}
		}
	}
	return out
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

// grafanaSays replaces variables as Grafana does with two backends chosen.
var grafanaSays = strings.NewReplacer("$__rate_interval", "2m", "$__range", "3h", "$backend", "(web|api)")
