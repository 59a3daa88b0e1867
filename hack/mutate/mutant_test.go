package main

import (
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/prometheus/common/model"
	"github.com/prometheus/prometheus/model/rulefmt"

	"github.com/tux-io/tux-monitoring-operator/internal/promql"
)

func recording(expr string) rulefmt.Rule {
	return rulefmt.Rule{Record: "mine", Expr: expr}
}

func TestEachOperatorMakesItsMistakes(t *testing.T) {
	cases := map[string]struct {
		expr string
		want []string
	}{
		"comparators are flipped": {"a > b", []string{"comparator: a < b"}},
		"with bool too":           {"a == bool b", []string{"comparator: a != bool b"}},
		"numbers are scaled": {"a > 0.5", []string{
			"comparator: a < 0.5", "threshold: a > 5", "threshold: a > 0.05",
		}},
		"numbers that are calculated with are one number": {"a > 2 * 3", []string{
			"comparator: a < 2 * 3", "threshold: a > 20 * 3", "threshold: a > 0.2 * 3", "arithmetic: a > 2 / 3",
		}},
		"zero stays zero": {"a == 0", []string{"comparator: a != 0"}},
		"matchers are dropped": {`a{b="1",c!~"2"}`, []string{
			`matcher: a{c!~"2"}`, `matcher: a{b="1"}`,
		}},
		"ranges and functions are changed": {"rate(a[5m])", []string{
			"function: increase(a[5m])", "range: rate(a[50m])", "range: rate(a[30s])",
		}},
		"those of subqueries too": {"max_over_time(a[10m:30s] offset 1m)", []string{
			"function: min_over_time(a[10m:30s] offset 1m)", "range: max_over_time(a[1h40m:30s] offset 1m)",
			"range: max_over_time(a[1m:30s] offset 1m)", "offset: max_over_time(a[10m:30s] offset 10m)",
			"offset: max_over_time(a[10m:30s] offset 6s)",
		}},
		"offsets are changed": {"a offset 5m", []string{"offset: a offset 50m", "offset: a offset 30s"}},
		"labels of aggregations are dropped": {"sum by (b, c) (a)", []string{
			"grouping: sum by (c) (a)", "grouping: sum by (b) (a)", "aggregation: max by (b, c) (a)",
		}},
		"sides of sets are dropped": {"a unless on (b) c or d", []string{
			"side: a unless on (b) c", "side: d", "matching: a unless on () c or d", "side: a or d",
		}},
		"and keeps its left side": {"a and c", []string{"side: a"}},
		"labels that are copied are dropped": {"a / on (b) group_left (c, d) e", []string{
			"matching: a / on () group_left (c, d) e", "matching: a / on (b) group_left (d) e",
			"matching: a / on (b) group_left (c) e", "arithmetic: a * on (b) group_left (c, d) e",
		}},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			mutants, err := Mutants(recording(tc.expr))
			if err != nil {
				t.Fatal(err)
			}
			var got []string
			for _, m := range mutants {
				got = append(got, m.Operator+": "+m.After)
				if m.After != m.Changed.Expr {
					t.Errorf("%s is not what it says: %s", m.Key(), m.Changed.Expr)
				}
			}
			slices.Sort(got)
			if diff := cmp.Diff(slices.Sorted(slices.Values(tc.want)), got); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}

func TestMistakesOutsideOfTheExpression(t *testing.T) {
	mutants, err := Mutants(rulefmt.Rule{
		Alert: "Mine", Expr: "a", For: model.Duration(5 * time.Minute), Labels: map[string]string{"severity": "critical", "namespace": "x"},
	})
	if err != nil {
		t.Fatal(err)
	}
	got := map[string]string{}
	for _, m := range mutants {
		got[m.Key()] = m.Changed.For.String() + " " + m.Changed.Labels["severity"] + " " + m.Changed.Labels["namespace"]
	}
	want := map[string]string{
		"Mine / for / dropped":      "0s critical x",
		"Mine / for / doubled":      "10m critical x",
		"Mine / severity / changed": "5m warning x",
		"Mine / label / namespace":  "5m critical ",
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func TestMutantsParseAndAreToldApart(t *testing.T) {
	expr := `sum by (job) (rate(a{job="x"}[5m])) / sum by (job) (rate(a{job="x"}[5m])) > 0.1 unless on (job) up{job="x"} offset 5m == 0`
	mutants, err := Mutants(recording(expr))
	if err != nil {
		t.Fatal(err)
	}
	var keys []string
	for _, m := range mutants {
		keys = append(keys, m.Key())
		if _, err := promql.ParseExpr(m.After); err != nil {
			t.Errorf("%s does not parse: %v", m.After, err)
		}
	}
	slices.Sort(keys)
	if unique := slices.Compact(slices.Clone(keys)); len(unique) != len(keys) || len(keys) < 18 {
		t.Errorf("%d of %d keys are unique: %q", len(unique), len(keys), keys)
	}
}

func TestAnExpressionThatDoesNotParseIsAnError(t *testing.T) {
	if _, err := Mutants(recording("a >")); err == nil {
		t.Error("got no error")
	}
}
