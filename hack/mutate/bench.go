package main

import (
	"context"
	"runtime"
	"slices"
	"sync"
	"time"

	"github.com/prometheus/prometheus/model/rulefmt"

	"github.com/tux-io/tux-monitoring-operator/internal/ruletest"
)

// verdict is what became of a mutant.
type verdict struct {
	candidate
	// Killer is the test that noticed; empty: it survived.
	Killer string
	// inNoise says that no case noticed, and a noise did.
	inNoise bool
	tests   int
	// done is false if the run was stopped before the verdict.
	done bool
}

// tally is everything one run found out.
type tally struct {
	verdicts []verdict
	took     time.Duration
	// untested are recording rules that no generated test involves.
	untested []string
}

// tests is how many were run.
func (t *tally) tests() int {
	count := 0
	for i := range t.verdicts {
		count += t.verdicts[i].tests
	}
	return count
}

// try runs the tests of all cases of each mutant until one notices.
func try(ctx context.Context, all []candidate, progress func(done, of int)) tally {
	verdicts := make([]verdict, len(all))
	inParallel(len(all), func(i int) {
		verdicts[i] = judge(ctx, &all[i])
		progress(i+1, len(all))
	})
	// Where the run was stopped, nothing was found out.
	return tally{verdicts: slices.DeleteFunc(verdicts, func(v verdict) bool { return !v.done })}
}

// inParallel does so many things on all processors.
func inParallel(count int, do func(i int)) {
	next := make(chan int)
	var workers sync.WaitGroup
	for range runtime.GOMAXPROCS(0) {
		workers.Go(func() {
			for i := range next {
				do(i)
			}
		})
	}
	for i := range count {
		next <- i
	}
	close(next)
	workers.Wait()
}

// judge runs the tests of all cases.
func judge(ctx context.Context, c *candidate) verdict {
	v := verdict{candidate: *c}
	for _, s := range c.of.suites {
		v.Killer = v.inCases(ctx, s)
		if ctx.Err() != nil {
			return v
		}
		if v.Killer != "" {
			break
		}
	}
	v.done = true
	return v
}

// inCases returns the test of a case that notices.
func (v *verdict) inCases(ctx context.Context, s *suite) string {
	run := ruletest.Suite{Groups: withChange(s.groups, &v.candidate), Evaluation: s.owner.Step, FailFast: true}
	for i := range s.tests {
		v.tests++
		if len(run.Run(ctx, &s.tests[i].Test).Failures) > 0 {
			return s.tests[i].Test.Name
		}
	}
	return ""
}

// withChange returns the groups with the mutant in the place of its rule.
func withChange(groups []rulefmt.RuleGroup, c *candidate) []rulefmt.RuleGroup {
	out := slices.Clone(groups)
	for i := range out {
		out[i].Rules = slices.Clone(out[i].Rules)
		for j := range out[i].Rules {
			if keyOf(out[i].Name, &out[i].Rules[j]) == c.of.key {
				out[i].Rules[j] = c.Changed
			}
		}
	}
	return out
}

// unharmed runs every test without any mistake, and returns what fails all the same.
func unharmed(ctx context.Context, all []candidate) []string {
	var failures []string
	done := map[*suite]bool{}
	for i := range all {
		for _, s := range all[i].of.suites {
			if !done[s] {
				done[s] = true
				failures = append(failures, s.failures(ctx)...)
			}
		}
	}
	slices.Sort(failures)
	return failures
}

func (s *suite) failures(ctx context.Context) []string {
	var out []string
	run := ruletest.Suite{Groups: s.groups, Evaluation: s.owner.Step}
	for i := range s.tests {
		out = append(out, run.Run(ctx, &s.tests[i].Test).Failures...)
	}
	return out
}
