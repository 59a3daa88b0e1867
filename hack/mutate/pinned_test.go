package main

import (
	"testing"

	"github.com/prometheus/prometheus/model/rulefmt"
)

func TestMistakesThatChangeNothingAreNotMade(t *testing.T) {
	cases := map[string]struct {
		expr, operator, place string
		made                  bool
	}{
		"both sides have the label":             {`a{n="x"} unless on (n, p) b{n="x"}`, "matching", "n of unless on: b", false},
		"one side does not":                     {`a{n="x"} unless on (n, p) b{m="x"}`, "matching", "n of unless on: b", true},
		"it has another value there":            {`a{n="x"} unless on (n, p) b{n="y"}`, "matching", "n of unless on: b", true},
		"it is taken off":                       {`a{n="x"} unless on (n, p) sum by (p) (b{n="x"})`, "matching", "n of unless on: sum by (p) (b{n=\"x\"})", true},
		"the left side asks for it":             {`a{n="x"} unless on (n) b{n="x"}`, "matcher", "n of b", false},
		"the left side is not compared by it":   {`a{n="x"} unless on (p) b{n="x"}`, "matcher", "n of b", true},
		"or adds what the matcher keeps out":    {`a{n="x"} or on (n) b{n="x"}`, "matcher", "n of b", true},
		"absent asks about all of them":         {`a{n="x"} unless on (n) absent(b{n="x"})`, "matcher", "n of b", true},
		"the expression has the label itself":   {`a{n="x"} > 1`, "label", "n", false},
		"the expression has it not":             {`sum by (p) (a{n="x"}) > 1`, "label", "n", true},
		"the expression has it sometimes":       {`a{n="x"} or b`, "label", "n", true},
		"what is inside is compared inside":     {`a{n="x"} unless on (n) (b{n="x"} and on (p) c{n="x"})`, "matcher", "n of c", true},
		"unless keeps what is on the left only": {`a{n="x"} unless on (n) b{n="x"}`, "matcher", "n of a", true},
		"and asks for it on the right":          {`a{n="x"} and on (n) b{n="x"}`, "matcher", "n of a", false},
		"a division compares all labels":        {`a{job="x"} / b{job="x"}`, "matcher", "job of b", false},
		"a division does not compare this one":  {`a{job="x"} / ignoring (job) b{job="x"}`, "matcher", "job of b", true},
		"label_replace makes another label":     {`label_replace(a{n="x"}, "m", "1", "", "") unless on (n) b{n="x"}`, "matcher", "n of b", false},
		"label_replace makes this label":        {`label_replace(a{n="x"}, "n", "1", "", "") unless on (n) b{n="x"}`, "matcher", "n of b", true},
		"what is equal to 1 is 1":               {`min_over_time((a == 1 unless b)[5m:1m])`, "function", "min_over_time to max_over_time: (a == 1 unless b)[5m:1m]", false},
		"what absent makes is 1":                {`min_over_time(absent(a)[5m:1m])`, "function", "min_over_time to max_over_time: absent(a)[5m:1m]", false},
		"what is above 1 is anything":           {`min_over_time((a > 1)[5m:1m])`, "function", "min_over_time to max_over_time: (a > 1)[5m:1m]", true},
		"a factor is no side":                   {`a{n="x"} and on (n) 2 * b{n="x"}`, "matcher", "n of b", false},
		"or has two sides":                      {`a{n="x"} unless on (n) (b{n="x"} or c{n="x"})`, "matcher", "n of c", false},
		"and compares all labels of each":       {`a{n="x"} unless on (n) (b{n="x"} or c{n="x"})`, "matcher", "n of b", false},
		"what is on its left keeps out":         {`a{n="x"} unless on (n) (b{n="x"} or on (p) c{n="x"})`, "matcher", "n of b", true},
		"both sides have the same pattern":      {`a{n=~"x.*"} and on (n) b{n=~"x.*"}`, "matcher", "n of a", false},
		"both sides keep out the same":          {`a{n!~"x.*"} and on (n) b{n!~"x.*"}`, "matcher", "n of a", false},
		"of a call the series count":            {`clamp_min(a{n="x"}, 0) or on (n) b{n="x"}`, "matching", "n of or on: b", false},
		"a pattern does not fix a value":        {`a{n=~"x.*"} unless on (n, p) b{n=~"x.*"}`, "matching", "n of unless on: b", true},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			mutants, err := Mutants(rulefmt.Rule{Alert: "Mine", Expr: tc.expr, Labels: map[string]string{"n": "x"}})
			if err != nil {
				t.Fatal(err)
			}
			made := false
			for i := range mutants {
				made = made || (mutants[i].Operator == tc.operator && mutants[i].Place == tc.place)
			}
			if made != tc.made {
				t.Errorf("%s / %s is made: %t, want %t", tc.operator, tc.place, made, tc.made)
			}
		})
	}
}
