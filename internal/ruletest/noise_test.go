package ruletest_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/prometheus/prometheus/model/rulefmt"

	"github.com/tux-io/tux-monitoring-operator/internal/plan/rules"
	"github.com/tux-io/tux-monitoring-operator/internal/ruletest"
)

// memoryRule returns the case of TuxMemoryHigh, all cases of its environment, and the rule.
func memoryRule(t *testing.T) (*rules.Case, []rules.Case, *rulefmt.Rule) {
	t.Helper()
	s := subject(t, production())
	at := slices.IndexFunc(s.Cases, func(c rules.Case) bool { return c.Alert == "TuxMemoryHigh" })
	for _, file := range s.Shipped {
		for _, g := range file.Groups {
			for i := range g.Rules {
				if g.Rules[i].Alert == "TuxMemoryHigh" {
					return &s.Cases[at], s.Cases, &g.Rules[i]
				}
			}
		}
	}
	t.Fatal("there is no such rule")
	return nil, nil, nil
}

func says(t *testing.T, d *ruletest.Data, r *rulefmt.Rule) string {
	t.Helper()
	said, err := d.Says(t.Context(), r)
	if err != nil {
		t.Fatal(err)
	}
	return said
}

func TestANoiseIsRepeatable(t *testing.T) {
	c, all, rule := memoryRule(t)
	noise := func(seed uint64) string {
		d, err := ruletest.NewNoise(c, all, rule, nil, seed)
		if err != nil {
			t.Fatal(err)
		}
		return says(t, d, rule)
	}
	said := map[string]bool{}
	for seed := range uint64(20) {
		first := noise(seed)
		if noise(seed) != first {
			t.Errorf("seed %d is not the same twice", seed)
		}
		said[first] = true
	}
	// In some of them nothing happens.
	if len(said) < 5 {
		t.Errorf("20 seeds are %d noises", len(said))
	}
}

// TestNoiseTellsAMistake: each of these shows in some noise, and what is no mistake shows in none.
func TestNoiseTellsAMistake(t *testing.T) {
	c, all, rule := memoryRule(t)
	cases := map[string]struct {
		change func(r *rulefmt.Rule)
		shows  bool
	}{
		"the threshold":       {func(r *rulefmt.Rule) { r.Expr = strings.Replace(r.Expr, "> ", "> 10 * ", 1) }, true},
		"the comparator":      {func(r *rulefmt.Rule) { r.Expr = strings.Replace(r.Expr, "> ", "< ", 1) }, true},
		"the severity":        {func(r *rulefmt.Rule) { r.Labels = map[string]string{"severity": "none"} }, true},
		"one that breaks":     {func(r *rulefmt.Rule) { r.Expr = `label_replace({__name__=~".+"}, "__name__", "x", "", "")` }, true},
		"written otherwise":   {func(r *rulefmt.Rule) { r.Expr = "(" + r.Expr + ")" }, false},
		"of another group":    {func(r *rulefmt.Rule) { r.Annotations = nil }, false},
		"how long it waits":   {func(r *rulefmt.Rule) { r.For *= 2 }, false},
		"the same arithmetic": {func(r *rulefmt.Rule) { r.Expr = strings.Replace(r.Expr, "> ", "> 1 * ", 1) }, false},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			changed := *rule
			tc.change(&changed)
			shown := 0
			for seed := range uint64(20) {
				d, err := ruletest.NewNoise(c, all, rule, nil, seed)
				if err != nil {
					t.Fatal(err)
				}
				if says(t, d, rule) != says(t, d, &changed) {
					shown++
				}
			}
			if (shown > 0) != tc.shows {
				t.Errorf("%d of 20 noises show it", shown)
			}
		})
	}
}

// TestNoiseReachesAsFarAsTheRule: a rule that compares with last week finds something there.
func TestNoiseReachesAsFarAsTheRule(t *testing.T) {
	c, all, _ := memoryRule(t)
	rule := &rulefmt.Rule{Record: "mine:ago", Expr: `max_over_time(process_resident_memory_bytes[1h] offset 1w)`}
	silent := &rulefmt.Rule{Record: "mine:ago", Expr: `vector(1) < 0`}
	d, err := ruletest.NewNoise(c, all, rule, nil, 1)
	if err != nil {
		t.Fatal(err)
	}
	if says(t, d, rule) == says(t, d, silent) {
		t.Error("there is nothing a week ago")
	}
	if _, err := ruletest.NewNoise(c, all, &rulefmt.Rule{Expr: "sum("}, nil, 1); err == nil {
		t.Error("noise is made of what is no expression")
	}
}

func TestRecordedAreMerged(t *testing.T) {
	s := subject(t, production())
	index, err := ruletest.NewIndex(groupsOf(s))
	if err != nil {
		t.Fatal(err)
	}
	at := slices.IndexFunc(s.Cases, func(c rules.Case) bool { return c.Alert == "TuxHighErrorRate" })
	needed, err := index.For(&s.Cases[at])
	if err != nil {
		t.Fatal(err)
	}
	tests, err := ruletest.Generate(&s.Cases[at], needed)
	if err != nil {
		t.Fatal(err)
	}
	run := ruletest.Suite{Groups: needed, Evaluation: s.Cases[at].Step}
	recorded, err := run.Recorded(t.Context(), &tests[0])
	if err != nil {
		t.Fatal(err)
	}
	values := map[string]int{}
	for _, one := range recorded {
		values[one.Labels.Get("__name__")] += len(one.Values)
	}
	if values["job:tux_http_errors:rate5m"] < 2 || values["job:tux_http_requests:rate5m"] < 1 {
		t.Errorf("recorded are %v", values)
	}
	if twice := ruletest.Merge(append(recorded, recorded...)); len(twice) != len(recorded) {
		t.Errorf("%d series become %d", len(recorded), len(twice))
	}
}

func groupsOf(s ruletest.Subject) []rulefmt.RuleGroup {
	var out []rulefmt.RuleGroup
	for _, file := range s.Shipped {
		out = append(out, file.Groups...)
	}
	return out
}
