package ruletest_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/prometheus/prometheus/model/rulefmt"

	"github.com/tux-io/tux-monitoring-operator/internal/plan/rules"
	"github.com/tux-io/tux-monitoring-operator/internal/ruletest"
)

// memoryCase returns the case of TuxMemoryHigh, all cases of its environment and the rules it needs.
func memoryCase(t *testing.T) (*rules.Case, []rules.Case, []rulefmt.RuleGroup) {
	t.Helper()
	s := subject(t, production())
	at := slices.IndexFunc(s.Cases, func(c rules.Case) bool { return c.Alert == "TuxMemoryHigh" })
	var groups []rulefmt.RuleGroup
	for _, file := range s.Shipped {
		groups = append(groups, file.Groups...)
	}
	index, err := ruletest.NewIndex(groups)
	if err != nil {
		t.Fatal(err)
	}
	needed, err := index.For(&s.Cases[at])
	if err != nil {
		t.Fatal(err)
	}
	return &s.Cases[at], s.Cases, needed
}

func TestATurmoilIsRepeatable(t *testing.T) {
	c, all, needed := memoryCase(t)
	turmoil := func(seed uint64) []ruletest.Series {
		test, err := ruletest.Turmoil(c, all, needed, nil, seed)
		if err != nil {
			t.Fatal(err)
		}
		return test.InputSeries
	}
	if diff := cmp.Diff(turmoil(1), turmoil(1)); diff != "" {
		t.Errorf("the same seed twice (-first +second):\n%s", diff)
	}
	if cmp.Equal(turmoil(1), turmoil(2)) {
		t.Error("two seeds are the same timeline")
	}
}

// TestAHistoryTellsAMistake: the threshold, which is in no digest itself, and how long the alert waits.
func TestAHistoryTellsAMistake(t *testing.T) {
	c, all, needed := memoryCase(t)
	mistakes := map[string]func(r *rulefmt.Rule){
		"the threshold":   func(r *rulefmt.Rule) { r.Expr = strings.Replace(r.Expr, "> ", "> 10 * ", 1) },
		"the wait":        func(r *rulefmt.Rule) { r.For *= 2 },
		"no expression":   func(r *rulefmt.Rule) { r.Expr = "vector(0) > 1" },
		"one that breaks": func(r *rulefmt.Rule) { r.Expr = `label_replace({__name__=~".+"}, "__name__", "x", "", "")` },
	}
	for name, mistake := range mistakes {
		t.Run(name, func(t *testing.T) {
			noticed, silent := 0, 0
			for seed := range uint64(6) {
				test, err := ruletest.Turmoil(c, all, needed, nil, seed)
				if err != nil {
					t.Fatal(err)
				}
				reference := history(t, needed, &test, nil)
				if again := history(t, needed, &test, &reference); again.Digest() != reference.Digest() {
					t.Errorf("seed %d: the same rules say something else", seed)
				}
				if reference.Alert == "0s none" {
					silent++
				}
				changed := history(t, withMistake(needed, c.Alert, mistake), &test, &reference)
				if changed.Digest() != reference.Digest() {
					noticed++
					if len(changed.Steps) > len(reference.Steps) {
						t.Errorf("seed %d: it goes on behind the end", seed)
					}
				}
			}
			if noticed == 0 || silent == 6 {
				t.Errorf("%d of 6 turmoils notice, in %d the alert is silent", noticed, silent)
			}
		})
	}
}

func history(t *testing.T, groups []rulefmt.RuleGroup, test *ruletest.Test, reference *ruletest.History) ruletest.History {
	t.Helper()
	suite := ruletest.Suite{Groups: groups}
	h, err := suite.History(t.Context(), test, "TuxMemoryHigh", reference)
	if err != nil {
		t.Fatal(err)
	}
	return h
}

func withMistake(groups []rulefmt.RuleGroup, alert string, mistake func(r *rulefmt.Rule)) []rulefmt.RuleGroup {
	out := slices.Clone(groups)
	for i := range out {
		out[i].Rules = slices.Clone(out[i].Rules)
		for j := range out[i].Rules {
			if out[i].Rules[j].Alert == alert {
				mistake(&out[i].Rules[j])
			}
		}
	}
	return out
}
