package ruletest

import (
	"fmt"
	"slices"
	"strings"

	"github.com/prometheus/common/model"
	"github.com/prometheus/prometheus/model/labels"
	"github.com/prometheus/prometheus/model/rulefmt"
	"github.com/prometheus/prometheus/promql/parser"

	"github.com/tux-io/tux-monitoring-operator/internal/plan/rules"
)

// Subject is one resource whose rules are tested.
type Subject struct {
	// Name is namespace/name.
	Name string
	// Shipped are the rules of the catalogue, Additional those of the user.
	Shipped, Additional []RuleFile
	Cases               []rules.Case
}

// UserFile is a test file of the user.
type UserFile struct {
	// Name for messages.
	Name string
	File
}

// Job is one test that can be run.
type Job struct {
	Result
	suite *Suite
	test  *Test
}

// Jobs returns the generated tests of each subject, in the order of the cases, and then those of the files
// of the user, which run against all rules of all subjects.
func Jobs(subjects []Subject, files []UserFile) ([]Job, error) {
	var out []Job
	var all []rulefmt.RuleGroup
	for i := range subjects {
		s := &subjects[i]
		index, err := NewIndex(groupsOf(s.Shipped))
		if err != nil {
			return nil, fmt.Errorf("%s: %w", s.Name, err)
		}
		for j := range s.Cases {
			jobs, err := s.generated(index, &s.Cases[j])
			if err != nil {
				return nil, fmt.Errorf("%s: %w", s.Name, err)
			}
			out = append(out, jobs...)
		}
		all = slices.Concat(all, groupsOf(s.Shipped), groupsOf(s.Additional))
	}
	for i := range files {
		out = append(out, files[i].jobs(all)...)
	}
	return out, nil
}

func groupsOf(files []RuleFile) []rulefmt.RuleGroup {
	var out []rulefmt.RuleGroup
	for i := range files {
		out = append(out, files[i].Groups...)
	}
	return out
}

func (s *Subject) generated(index *Index, c *rules.Case) ([]Job, error) {
	if c.Skipped != "" {
		return nil, nil
	}
	needed, err := index.For(c)
	if err != nil {
		return nil, err
	}
	tests, err := Generate(c, needed)
	if err != nil {
		return nil, err
	}
	suite := &Suite{Groups: append(needed, groupsOf(s.Additional)...), Evaluation: c.Step}
	out := make([]Job, 0, len(tests))
	for i := range tests {
		out = append(out, Job{
			Result: Result{
				Suite: s.Name, Test: tests[i].Test.Name,
				Alert: c.Alert, Backend: c.Backend, About: c.About, Situation: tests[i].Situation,
			},
			suite: suite, test: &tests[i].Test,
		})
	}
	return out, nil
}

func (f *UserFile) jobs(groups []rulefmt.RuleGroup) []Job {
	suite := &Suite{Groups: groups, Evaluation: f.evaluation(), Order: f.GroupEvalOrder, Fuzzy: f.FuzzyCompare}
	out := make([]Job, 0, len(f.Tests))
	for i := range f.Tests {
		name := f.Tests[i].Name
		if name == "" {
			name = fmt.Sprintf("test %d", i+1)
		}
		out = append(out, Job{Result: Result{Suite: f.Name, Test: name}, suite: suite, test: &f.Tests[i]})
	}
	return out
}

// Untested returns the names of the user's alerts no file asks about, sorted.
func (s *Subject) Untested(files []UserFile) []string {
	asked := func(alert string) bool {
		return slices.ContainsFunc(files, func(f UserFile) bool {
			return slices.ContainsFunc(f.Tests, func(t Test) bool { return t.asksAbout(alert) })
		})
	}
	var out []string
	for _, g := range groupsOf(s.Additional) {
		for _, r := range g.Rules {
			if r.Alert != "" && !asked(r.Alert) {
				out = append(out, r.Alert)
			}
		}
	}
	slices.Sort(out)
	return slices.Compact(out)
}

// asksAbout says whether a test compares an alert: by name, or in an expression on ALERTS.
func (t *Test) asksAbout(alert string) bool {
	if slices.ContainsFunc(t.AlertTests, func(a AlertTest) bool { return a.Alertname == alert }) {
		return true
	}
	return slices.ContainsFunc(t.ExprTests, func(e ExprTest) bool {
		if !strings.Contains(e.Expr, "ALERTS") {
			return false
		}
		expr, err := newParser().ParseExpr(e.Expr)
		return err == nil && slices.ContainsFunc(parser.ExtractSelectors(expr), func(matchers []*labels.Matcher) bool {
			return selects(matchers, alert)
		})
	})
}

// selects says whether matchers are those of ALERTS and name the alert.
func selects(matchers []*labels.Matcher, alert string) bool {
	series, named := false, false
	for _, m := range matchers {
		series = series || (m.Name == model.MetricNameLabel && m.Matches("ALERTS"))
		named = named || (m.Name == labels.AlertName && m.Matches(alert))
	}
	return series && named
}
