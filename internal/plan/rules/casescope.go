package rules

import (
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"text/template"

	"github.com/tux-io/tux-monitoring-operator/internal/plan/env"
	"github.com/tux-io/tux-monitoring-operator/internal/promql"
)

// caseScope is what a case can use between [[ and ]]: all an entry of the catalogue can, of an alert about
// objectives also .Objective, .Indicator, .Pair and .Allowed, and the fields and methods of this file.
type caseScope struct {
	*objectiveScope
	// Value is a little above the threshold in "just above" and below it in "just below". For a burn alert
	// it is the share of bad events.
	Value number

	alert *alert
	// limit is the threshold as a number.
	limit float64
	// factors of the faster pairs of an objective, by their long window.
	factors map[string]float64
}

func newCaseScope(s *objectiveScope, a *alert) *caseScope {
	out := &caseScope{objectiveScope: s, alert: a}
	if a.Threshold != nil {
		out.limit = a.Threshold.number()
	}
	return out
}

// indicator is what the objective counts, as cases name it; empty for an alert that is about none.
func (s *caseScope) indicator() string {
	if s.Objective == nil {
		return ""
	}
	return fmt.Sprintf("%s from %s", s.Objective.Type, s.Objective.Source)
}

// about tells the cases of one alert apart.
func (s *caseScope) about() string {
	switch {
	case s.Objective == nil:
		return ""
	case s.Pair == nil:
		return s.Objective.Name
	}
	return s.Objective.Name + " over " + s.Pair.Long
}

// podHash is the hash of the ReplicaSet in the names of pods.
const podHash = "5d8f7c6b9"

// PodName is the name of one of the pods of the backend; a letter tells them apart. Kubernetes cuts what
// stands before the last five characters at 58.
func (s *caseScope) PodName(letter string) string {
	const maxPrefix = 58
	prefix := s.Backend + "-" + podHash + "-"
	return prefix[:min(len(prefix), maxPrefix)] + strings.Repeat(letter, 5)
}

// Instance is the address of the pod.
func (s *caseScope) Instance(letter string) string {
	return fmt.Sprintf("10.1.0.%d:8000", strings.Index("abcdefghij", letter)+1)
}

// Pod are the labels of a series the pod itself exports, and of its up.
func (s *caseScope) Pod(letter string) string { return s.onPod(s.Backend, letter) }

// ProbeOf are the labels of the series of one question about the pod.
func (s *caseScope) ProbeOf(question, letter string) string {
	return s.onPod(s.backend.Job(question), letter) + fmt.Sprintf(",component=%q", question)
}

// EntryProbe are the labels of the series of the way users take.
func (s *caseScope) EntryProbe() string {
	job := s.backend.Job(env.QuestionEntry)
	return fmt.Sprintf("namespace=%q,job=%q,component=%q,instance=%q,environment=%s",
		s.Namespace, job, env.QuestionEntry, s.EntryURL(), promql.Quote(s.Environment))
}

// EntryURL is the instance of the series of EntryProbe.
func (s *caseScope) EntryURL() string {
	return "http://" + s.Backend + "." + s.Namespace + ".svc:80/health/live/"
}

// ContainerOf are the labels of a series of cAdvisor about the container of the backend.
func (s *caseScope) ContainerOf(letter string) string {
	return fmt.Sprintf("namespace=%q,job=%q,pod=%q,container=%q", s.Namespace, "kubelet", s.PodName(letter), s.backend.Container)
}

func (s *caseScope) onPod(job, letter string) string {
	return fmt.Sprintf("namespace=%q,job=%q,pod=%q,instance=%q,environment=%s",
		s.Namespace, job, s.PodName(letter), s.Instance(letter), promql.Quote(s.Environment))
}

// UserView is a view that counts as user traffic.
func (s *caseScope) UserView() string {
	excluded, err := regexp.Compile("^(?:" + s.backend.Metrics.ExcludedViews + ")$")
	for _, view := range []string{"api:strings-list", "strings-list", "u0", "x"} {
		if err != nil || !excluded.MatchString(view) {
			return view
		}
	}
	return "view"
}

// ExcludedView is a view that is no user traffic; empty if none of the usual is excluded.
func (s *caseScope) ExcludedView() string {
	excluded, err := regexp.Compile("^(?:" + s.backend.Metrics.ExcludedViews + ")$")
	if err != nil {
		return ""
	}
	for _, view := range []string{"health", "api:health", "api.health"} {
		if excluded.MatchString(view) {
			return view
		}
	}
	return ""
}

// ContainerName is the container of the backend.
func (s *caseScope) ContainerName() string { return s.backend.Container }

// PodQuestions are the questions asked of each pod.
func (s *caseScope) PodQuestions() []string { return s.backend.Questions() }

// HasEntry says whether the way users take is probed.
func (s *caseScope) HasEntry() bool { return s.backend.HasEntry() }

// OtherComponent is the first component without an alert of its own; empty if there is none.
func (s *caseScope) OtherComponent() string {
	if others := s.others(); len(others) > 0 {
		return others[0]
	}
	return ""
}

// number is what the functions of cases return.
type number float64

// String writes twelve digits, which hides what binary fractions add.
func (n number) String() string {
	rounded, err := strconv.ParseFloat(strconv.FormatFloat(float64(n), 'g', 12, 64), 64)
	if err != nil {
		rounded = float64(n)
	}
	return strconv.FormatFloat(rounded, 'f', -1, 64)
}

// caseFunctions calculate with numbers and with texts that are numbers.
var caseFunctions = template.FuncMap{
	"mul": calculates(func(a, b float64) float64 { return a * b }),
	"div": calculates(func(a, b float64) float64 { return a / b }),
	"add": calculates(func(a, b float64) float64 { return a + b }),
	"sub": calculates(func(a, b float64) float64 { return a - b }),
	// ratio is the odds of a share: with 4/s good events, mul 4 (ratio 0.2) bad ones are a share of 0.2.
	"ratio": func(share any) (number, error) {
		v, err := operand(share)
		return number(v / (1 - v)), err
	},
}

func calculates(f func(a, b float64) float64) func(a, b any) (number, error) {
	return func(a, b any) (number, error) {
		x, err := operand(a)
		if err != nil {
			return 0, err
		}
		y, err := operand(b)
		return number(f(x, y)), err
	}
}

func operand(value any) (float64, error) {
	v, err := strconv.ParseFloat(fmt.Sprint(value), 64)
	if err != nil {
		return 0, fmt.Errorf("%v is no number", value)
	}
	return v, nil
}

// expand fills in the [[ ]] of a text of a case.
func (s *caseScope) expand(text string) (string, error) {
	t, err := template.New("").Delims("[[", "]]").Option("missingkey=error").Funcs(caseFunctions).Parse(text)
	if err != nil {
		return "", err
	}
	var out strings.Builder
	if err := t.Execute(&out, s); err != nil {
		return "", err
	}
	return strings.TrimSpace(out.String()), nil
}

// braces writes labels, sorted.
func braces(labels map[string]string) string {
	matchers := make([]string, 0, len(labels))
	for _, name := range slices.Sorted(maps.Keys(labels)) {
		matchers = append(matchers, name+"="+promql.Quote(labels[name]))
	}
	return "{" + strings.Join(matchers, ",") + "}"
}
