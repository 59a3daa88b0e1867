package main

import (
	"context"
	"runtime"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/prometheus/prometheus/model/rulefmt"

	"github.com/tux-io/tux-monitoring-operator/internal/ruletest"
)

// candidate is a mutant and the tests that may kill it.
type candidate struct {
	Mutant
	key    ruleKey
	suites []*suite
}

// candidates are the mutants of every rule of all environments. A rule that looks the same in two of them is
// changed once.
func candidates(all []*environment) ([]candidate, error) {
	var out []candidate
	seen := map[string]bool{}
	for _, e := range all {
		for _, g := range e.groups {
			for i := range g.Rules {
				r := &g.Rules[i]
				if seen[shape(r)] {
					continue
				}
				seen[shape(r)] = true
				mutants, err := Mutants(*r)
				if err != nil {
					return nil, err
				}
				for _, m := range mutants {
					key := keyOf(g.Name, r)
					out = append(out, candidate{m, key, inOrder(e.suites[key], m.Rule)})
				}
			}
		}
	}
	tellApart(out)
	return out, nil
}

// tellApart numbers mutants of one name that come from rules of one name: variants, pairs of windows.
func tellApart(all []candidate) {
	seen := map[string]int{}
	for i := range all {
		key := all[i].Key()
		seen[key]++
		if n := seen[key]; n > 1 {
			all[i].Place += " [variant " + string(rune('0'+min(n, 9))) + "]"
		}
	}
}

// inOrder puts the tests of the rule itself first: they are the most likely to notice.
func inOrder(suites []*suite, rule string) []*suite {
	out := slices.Clone(suites)
	slices.SortStableFunc(out, func(a, b *suite) int {
		own := func(s *suite) int {
			if s.owner.Alert == rule {
				return 0
			}
			return 1
		}
		return own(a) - own(b)
	})
	return out
}

// verdict is what became of a mutant.
type verdict struct {
	candidate
	// Killer is the test that noticed; empty: it survived.
	Killer string
	tests  int
}

// tally is everything one run found out.
type tally struct {
	verdicts []verdict
	tests    int
	took     time.Duration
}

// try runs the tests of each mutant until one notices, on all processors.
func try(ctx context.Context, all []candidate, progress func(done, of int)) tally {
	begin := time.Now()
	verdicts := make([]verdict, len(all))
	next := make(chan int)
	var workers sync.WaitGroup
	for range runtime.GOMAXPROCS(0) {
		workers.Go(func() {
			for i := range next {
				verdicts[i] = judge(ctx, &all[i])
			}
		})
	}
	for i := range all {
		next <- i
		progress(i+1, len(all))
	}
	close(next)
	workers.Wait()
	t := tally{verdicts: verdicts, took: time.Since(begin)}
	for i := range verdicts {
		t.tests += verdicts[i].tests
	}
	return t
}

func judge(ctx context.Context, c *candidate) verdict {
	v := verdict{candidate: *c}
	for _, s := range c.suites {
		run := ruletest.Suite{Groups: withChange(s.groups, c), Evaluation: s.owner.Step}
		for i := range s.tests {
			v.tests++
			if len(run.Run(ctx, &s.tests[i].Test).Failures) > 0 {
				v.Killer = s.tests[i].Test.Name
				return v
			}
		}
	}
	return v
}

// withChange returns the groups with the mutant in the place of its rule.
func withChange(groups []rulefmt.RuleGroup, c *candidate) []rulefmt.RuleGroup {
	out := slices.Clone(groups)
	for i := range out {
		out[i].Rules = slices.Clone(out[i].Rules)
		for j := range out[i].Rules {
			if keyOf(out[i].Name, &out[i].Rules[j]) == c.key {
				out[i].Rules[j] = c.Changed
			}
		}
	}
	return out
}

// unharmed runs every test without any mistake, and returns what fails all the same.
func unharmed(ctx context.Context, all []*environment) []string {
	var failures []string
	done := map[*suite]bool{}
	for _, e := range all {
		for _, suites := range e.suites {
			for _, s := range suites {
				if done[s] {
					continue
				}
				done[s] = true
				run := ruletest.Suite{Groups: s.groups, Evaluation: s.owner.Step}
				for i := range s.tests {
					if f := run.Run(ctx, &s.tests[i].Test).Failures; len(f) > 0 {
						failures = append(failures, s.tests[i].Test.Name+": "+strings.Join(f, "; "))
					}
				}
			}
		}
	}
	slices.Sort(failures)
	return failures
}
