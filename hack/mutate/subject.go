package main

import (
	"fmt"
	"slices"
	"strings"

	"github.com/prometheus/prometheus/model/rulefmt"
)

// subject is a rule in which mistakes are made, and the tests that may notice them.
type subject struct {
	rulefmt.Rule
	// name tells it apart from its variants: "TuxRestarting", "TuxRestarting 2".
	name   string
	key    ruleKey
	suites []*suite
}

// candidate is a mutant of a subject.
type candidate struct {
	Mutant
	of *subject
}

// subjects are the rules of all environments, and the names of those that no generated test involves anywhere. A
// rule that looks the same in two places is changed once, where a test involves it.
func subjects(all []*environment) (out []*subject, untested []string) {
	seen, variants := map[string]bool{}, map[string]int{}
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
				seen[shape(r)] = true
				name := nameOf(r)
				if variants[name]++; variants[name] > 1 {
					name = fmt.Sprintf("%s %d", name, variants[name])
				}
				out = append(out, &subject{*r, name, keyOf(g.Name, r), suites})
			}
		}
	}
	untested = slices.DeleteFunc(untested, func(name string) bool { return variants[name] > 0 })
	slices.Sort(untested)
	return out, slices.Compact(untested)
}

// candidates are the mutants of all subjects. A part that several variants of a rule share is changed once.
func candidates(all []*subject) ([]candidate, error) {
	var out []candidate
	made := map[string]bool{}
	for _, s := range all {
		mutants, err := Mutants(s.Rule)
		if err != nil {
			return nil, err
		}
		for _, m := range mutants {
			if part := m.part(); made[part] {
				continue
			} else if part != "" {
				made[part] = true
			}
			out = append(out, candidate{m, s})
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
			all[i].Place += fmt.Sprintf(" [variant %d]", n)
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
