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

// candidates are the mutants of every rule of all environments, and the names of rules that no generated test
// involves anywhere. A rule that looks the same in two places is changed once, where a test involves it, and so is
// a part that several variants of a rule share.
func candidates(all []*environment) (out []candidate, untested []string, err error) {
	seen, tested, made := map[string]bool{}, map[string]bool{}, map[string]bool{}
	for _, e := range all {
		for _, g := range e.groups {
			for i := range g.Rules {
				r := &g.Rules[i]
				suites := involved(e.suites[keyOf(g.Name, r)], r)
				if len(suites) == 0 {
					untested = append(untested, nameOf(r))
				}
				if len(suites) == 0 || seen[shape(r)] {
					continue
				}
				seen[shape(r)], tested[nameOf(r)] = true, true
				mutants, err := Mutants(*r)
				if err != nil {
					return nil, nil, err
				}
				for _, m := range mutants {
					if part := m.part(); made[part] {
						continue
					} else if part != "" {
						made[part] = true
					}
					out = append(out, candidate{m, keyOf(g.Name, r), suites})
				}
			}
		}
	}
	tellApart(out)
	untested = slices.DeleteFunc(untested, func(name string) bool { return tested[name] })
	slices.Sort(untested)
	return out, slices.Compact(untested), nil
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

// involved returns the tests for the mistakes in a rule: those of the alert itself, or of each alert that reads
// the record. One suite of each alert is enough, since others differ in numbers only; and tests about
// objectives, which take most of the time, are for rules about objectives only.
func involved(suites []*suite, r *rulefmt.Rule) []*suite {
	objectives := strings.Contains(r.Expr+r.Record, "slo_") || r.Alert == alertBurn || r.Alert == alertNoData
	var out []*suite
	seen := map[string]bool{}
	for _, s := range suites {
		switch {
		case r.Alert != "" && s.owner.Alert != r.Alert,
			s.owner.Concern == concernObjectives && !objectives,
			r.Record != "" && seen[s.owner.Alert]:
			continue
		}
		seen[s.owner.Alert] = true
		out = append(out, s)
	}
	return out
}

// concernObjectives is the concern of alerts about objectives.
const concernObjectives = "objectives"

// verdict is what became of a mutant.
type verdict struct {
	candidate
	// Killer is the test that noticed; empty: it survived.
	Killer string
	// turmoil says that no case noticed, and a turmoil did.
	turmoil bool
	tests   int
	// done is false if the run was stopped before the verdict.
	done bool
}

// tally is everything one run found out.
type tally struct {
	verdicts []verdict
	tests    int
	took     time.Duration
	// untested are recording rules that no generated test involves.
	untested []string
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
	// Where the run was stopped, nothing was found out.
	verdicts = slices.DeleteFunc(verdicts, func(v verdict) bool { return !v.done })
	t := tally{verdicts: verdicts, took: time.Since(begin)}
	for i := range verdicts {
		t.tests += verdicts[i].tests
	}
	return t
}

// judge runs the tests of all cases first, and lets anything happen only if none of them notices.
func judge(ctx context.Context, c *candidate) verdict {
	v := verdict{candidate: *c}
	for _, kind := range []func(context.Context, *suite) (string, error){v.inCases, v.inTurmoil} {
		for _, s := range c.suites {
			killer, err := kind(ctx, s)
			if ctx.Err() != nil {
				return v
			}
			if err != nil {
				killer = err.Error()
			}
			if killer != "" {
				v.Killer, v.done = killer, true
				return v
			}
		}
	}
	v.done = true
	return v
}

// inCases returns the test of a case that notices.
func (v *verdict) inCases(ctx context.Context, s *suite) (string, error) {
	run := ruletest.Suite{Groups: withChange(s.groups, &v.candidate), Evaluation: s.owner.Step, FailFast: true}
	for i := range s.tests {
		v.tests++
		if len(run.Run(ctx, &s.tests[i].Test).Failures) > 0 {
			return s.tests[i].Test.Name, nil
		}
	}
	return "", nil
}

// inTurmoil returns the turmoil in which the mistake shows.
func (v *verdict) inTurmoil(ctx context.Context, s *suite) (string, error) {
	changed := withChange(s.whole, &v.candidate)
	for _, make := range s.turmoils {
		v.tests++
		t, err := make()
		if err != nil {
			return "", err
		}
		if noticed, err := t.notices(ctx, s.owner, changed); noticed || err != nil {
			v.turmoil = true
			return t.test.Name, err
		}
	}
	return "", nil
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
func unharmed(ctx context.Context, all []candidate) []string {
	var failures []string
	done := map[*suite]bool{}
	for i := range all {
		for _, s := range all[i].suites {
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
		if failed := run.Run(ctx, &s.tests[i].Test).Failures; len(failed) > 0 {
			out = append(out, s.tests[i].Test.Name+": "+strings.Join(failed, "; "))
		}
	}
	return out
}
