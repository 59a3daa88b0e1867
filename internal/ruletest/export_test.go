package ruletest_test

import (
	"bytes"
	"encoding/xml"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"github.com/prometheus/prometheus/model/rulefmt"

	tuxv1alpha1 "github.com/tux-io/tux-monitoring-operator/api/v1alpha1"
	"github.com/tux-io/tux-monitoring-operator/internal/plan/env"
	"github.com/tux-io/tux-monitoring-operator/internal/ruletest"
)

// few are alerts of each kind: with records, with a threshold, that always fires, about the absence.
var few = []string{"TuxMemoryHigh", "TuxPropagationFailures", "TuxWatchdog", "TuxBackendAbsent"}

// TestExportedFilesSayTheSame reads what was written and runs it against whole files.
func TestExportedFilesSayTheSame(t *testing.T) {
	s := only(subject(t, production()), few...)
	exported, err := s.Export()
	if err != nil {
		t.Fatal(err)
	}
	again, err := s.Export()
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(exported, again); diff != "" {
		t.Errorf("the second export differs:\n%s", diff)
	}
	rules := map[string][]rulefmt.RuleGroup{}
	var got []ruletest.Result
	for _, file := range exported {
		if !strings.HasSuffix(file.Name, ".test.yaml") {
			parsed, err := ruletest.ParseRuleFile(file.Name, file.Content)
			if err != nil {
				t.Fatal(err)
			}
			rules[file.Name] = parsed.Groups
		}
	}
	for _, file := range exported {
		if strings.HasSuffix(file.Name, ".test.yaml") {
			got = append(got, playFile(t, file, rules)...)
		}
	}
	want := run(t, s)
	ignore := cmpopts.IgnoreFields(ruletest.Result{}, "Suite", "Alert", "Backend", "About", "Situation", "Duration", "Evaluations")
	byName := cmpopts.SortSlices(func(a, b ruletest.Result) bool { return a.Test < b.Test })
	if diff := cmp.Diff(want, got, ignore, byName); diff != "" {
		t.Errorf("results (-generated +exported):\n%s", diff)
	}
}

func playFile(t *testing.T, file ruletest.ExportedFile, rules map[string][]rulefmt.RuleGroup) []ruletest.Result {
	t.Helper()
	f, err := ruletest.Read(file.Content)
	if err != nil {
		t.Fatalf("%s: %v", file.Name, err)
	}
	var s ruletest.Subject
	for _, name := range f.RuleFiles {
		if rules[name] == nil {
			t.Fatalf("%s: no rule file %q", file.Name, name)
		}
		s.Shipped = append(s.Shipped, ruletest.RuleFile{Name: name, Groups: rules[name]})
	}
	return run(t, s, ruletest.UserFile{Name: file.Name, File: f})
}

// TestABrokenRuleFails: each change is one somebody could make by mistake.
func TestABrokenRuleFails(t *testing.T) {
	cases := map[string]struct {
		alert, old, replaced, situation string
	}{
		"the threshold is too high":     {"TuxMemoryHigh", "512", "600", "just above"},
		"the threshold is too low":      {"TuxMemoryHigh", "512", "400", "just below"},
		"the namespace is not asked":    {"TuxMemoryHigh", `namespace="tux-production",`, "", ruletest.SomebodyElse},
		"the job is a pattern":          {"TuxMemoryHigh", `job="tux-backend"`, `job=~"tux-backend.*"`, ruletest.SomebodyElse},
		"it is absent without labels":   {"TuxBackendAbsent", "or absent(up{", "or absent(1 == up{", "just above"},
		"one pod is enough to be there": {"TuxBackendAbsent", "sum by", "min by", "one of two pods refuses to be scraped"},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := only(subject(t, production()), tc.alert)
			for i := range s.Shipped {
				groups := s.Shipped[i].Groups
				for j := range groups {
					for k := range groups[j].Rules {
						if r := &groups[j].Rules[k]; r.Alert == tc.alert {
							r.Expr = strings.Replace(r.Expr, tc.old, tc.replaced, 1)
						}
					}
				}
			}
			failed := failures(run(t, s))
			if !slices.ContainsFunc(failed, func(r ruletest.Result) bool { return r.Situation == tc.situation && r.Message != "" }) {
				t.Errorf("%q does not fail, but %v", tc.situation, failed)
			}
		})
	}
}

// TestALongerWaitFails: the wait is part of the test.
func TestALongerWaitFails(t *testing.T) {
	s := only(subject(t, production()), "TuxMemoryHigh")
	for i := range s.Cases {
		s.Cases[i].For /= 2
	}
	if len(failures(run(t, s))) == 0 {
		t.Error("a rule that waits twice as long passes")
	}
}

func TestAdditionalGroupsAreEvaluated(t *testing.T) {
	group := tuxv1alpha1.RuleGroup{Name: "own", Rules: []tuxv1alpha1.Rule{{Alert: "Own", Expr: `up * on (namespace) group_left up`}}}
	s := only(subject(t, production(func(e *env.Environment) { e.Alerts.Groups = []tuxv1alpha1.RuleGroup{group} })), "TuxBackendAbsent")
	failed := failures(run(t, s))
	if len(failed) == 0 || !strings.Contains(failed[0].Message, `rule "Own"`) {
		t.Errorf("a rule that cannot be evaluated fails nothing: %v", failed)
	}
	if diff := cmp.Diff([]string{"Own"}, s.Untested(nil)); diff != "" {
		t.Errorf("untested (-want +got):\n%s", diff)
	}
}

func TestJUnit(t *testing.T) {
	var out bytes.Buffer
	results := []ruletest.Result{
		{Suite: "ns/a", Alert: "A", Test: "one", Passed: true},
		{Suite: "ns/a", Alert: "A", Test: "two", Message: "want <1>\ngot \"2\""},
		{Suite: "own.yaml", Test: "three", Passed: true},
	}
	if err := ruletest.WriteJUnit(&out, results); err != nil {
		t.Fatal(err)
	}
	type suite struct {
		Name     string `xml:"name,attr"`
		Tests    int    `xml:"tests,attr"`
		Failures int    `xml:"failures,attr"`
		Failure  string `xml:"testcase>failure"`
	}
	var got struct {
		Suites []suite `xml:"testsuite"`
	}
	if err := xml.Unmarshal(out.Bytes(), &got); err != nil {
		t.Fatal(err)
	}
	want := []suite{{"ns/a", 2, 1, "want <1>\ngot \"2\""}, {"own.yaml", 1, 0, ""}}
	if diff := cmp.Diff(want, got.Suites); diff != "" {
		t.Errorf("suites (-want +got):\n%s", diff)
	}
}
