package main

import (
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/tux-io/tux-monitoring-operator/internal/plan/rules"
)

func verdictOf(rule, operator, place, killer string) verdict {
	return verdict{candidate: candidate{Mutant: Mutant{Rule: rule, Operator: operator, Place: place}}, Killer: killer, done: true}
}

func TestScoresAndSurvivors(t *testing.T) {
	out := tally{verdicts: []verdict{
		verdictOf("B", "for", "dropped", "a test"), verdictOf("B", "for", "doubled", ""), verdictOf("A", "range", "x10", ""),
	}}
	if got, want := out.total().String(), "1 of 3 (33.3 %)"; got != want {
		t.Errorf("total is %s, want %s", got, want)
	}
	var text strings.Builder
	table(&text, "rule", out.by(ruleOf))
	want := "| rule | killed | of | share |\n|---|---|---|---|\n| A | 0 | 1 | 0 % |\n| B | 1 | 2 | 50 % |\n"
	if diff := cmp.Diff(want, text.String()); diff != "" {
		t.Errorf("table (-want +got):\n%s", diff)
	}
	var keys []string
	for _, v := range out.survivors() {
		keys = append(keys, v.Key())
	}
	if diff := cmp.Diff([]string{"A / range / x10", "B / for / doubled"}, keys); diff != "" {
		t.Errorf("survivors (-want +got):\n%s", diff)
	}
}

func TestEverySurvivorIsExplainedAndEveryExplanationSurvives(t *testing.T) {
	survivors := []verdict{verdictOf("A", "range", "x10", ""), verdictOf("B", "for", "doubled", "")}
	all, err := readExplanations([]byte("explanations: [{why: because, survivors: [A / range / x10, A / range / /10]}]"))
	if err != nil {
		t.Fatal(err)
	}
	want := []string{"is explained and does not survive: A / range / /10", "survives without an explanation: B / for / doubled"}
	if diff := cmp.Diff(want, disagreements(survivors, all)); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func TestExplanationsThatCannotBeRead(t *testing.T) {
	for name, content := range map[string]string{
		"nothing is explained": "explanations: [{why: because}]",
		"nothing is said":      "explanations: [{survivors: [A]}]",
		"no pattern":           "explanations: [{why: because, survivors: ['(']}]",
		"unknown field":        "explanations: [{because: x}]",
	} {
		if _, err := readExplanations([]byte(content)); err == nil {
			t.Errorf("%s: no error", name)
		}
	}
}

// TestExplanationsAreAboutMistakesWeMake finds what was left behind when a rule changed, without running any test.
func TestExplanationsAreAboutMistakesWeMake(t *testing.T) {
	environments, err := loadEnvironments()
	if err != nil {
		t.Fatal(err)
	}
	rules, _ := subjects(environments)
	all, err := candidates(rules)
	if err != nil {
		t.Fatal(err)
	}
	made := make([]verdict, 0, len(all))
	known := map[string]bool{}
	for _, c := range all {
		if known[c.Key()] {
			t.Errorf("two mistakes are called %q", c.Key())
		}
		known[c.Key()] = true
		made = append(made, verdict{candidate: c})
	}
	explanations, err := loadExplanations()
	if err != nil {
		t.Fatal(err)
	}
	for _, text := range disagreements(made, explanations) {
		if strings.HasPrefix(text, "is explained") {
			t.Errorf("%s: it is not made", text)
		}
	}
}

// TestEveryAlertIsChanged: an alert no environment renders, or no test is generated for, is not proven.
func TestEveryAlertIsChanged(t *testing.T) {
	environments, err := loadEnvironments()
	if err != nil {
		t.Fatal(err)
	}
	_, untested := subjects(environments)
	for _, name := range untested {
		if slices.Contains(alertNames(), name) {
			t.Errorf("no generated test involves %s", name)
		}
	}
	for _, name := range alertNames() {
		if !isRendered(environments, name) {
			t.Errorf("no environment has %s", name)
		}
	}
}

func isRendered(all []*environment, alert string) bool {
	for _, e := range all {
		for _, g := range e.groups {
			for i := range g.Rules {
				if g.Rules[i].Alert == alert {
					return true
				}
			}
		}
	}
	return false
}

// alertNames are the alerts of the catalogue.
func alertNames() []string {
	all := rules.Catalogue()
	names := make([]string, 0, len(all))
	for i := range all {
		names = append(names, all[i].Name)
	}
	return names
}
