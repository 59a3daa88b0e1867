package main

import (
	"testing"

	"github.com/prometheus/prometheus/model/rulefmt"
)

// TestAMistakeInASharedPartIsMadeOnce: variants of a rule that differ in one clause share the mistakes of the others.
func TestAMistakeInASharedPartIsMadeOnce(t *testing.T) {
	parts := func(expr string) map[string]bool {
		mutants, err := Mutants(rulefmt.Rule{Alert: "Mine", Expr: expr, Labels: map[string]string{"severity": "critical"}})
		if err != nil {
			t.Fatal(err)
		}
		out := map[string]bool{}
		for i := range mutants {
			out[mutants[i].part()] = true
		}
		return out
	}
	first := parts(`a{x="1"} > 5 unless on (n) b{y="1"}`)
	second := parts(`a{x="1"} > 5 unless on (n) c{z="1"}`)
	shared, own := 0, 0
	for part := range second {
		if first[part] && part != "" {
			shared++
		} else if part != "" {
			own++
		}
	}
	// Of a: the comparator, two numbers, the matcher; and the severity. Of c: the matcher.
	if shared != 5 || own < 1 {
		t.Errorf("%d mistakes are shared and %d are not", shared, own)
	}
}

func TestSampledSpreads(t *testing.T) {
	all := make([]candidate, 10)
	if got := len(sampled(all, 3)); got != 3 {
		t.Errorf("one of three of ten are %d", got)
	}
	if got := len(sampled(all, 1)); got != len(all) {
		t.Errorf("one of one of ten are %d", got)
	}
}
