package rules

import (
	"embed"
	"fmt"
	"maps"
	"time"

	"github.com/tux-io/tux-monitoring-operator/internal/plan/burnrate"
	"github.com/tux-io/tux-monitoring-operator/internal/plan/env"
)

// A case says what the series of an alert look like when all is well, during the fault, and in situations
// that only resemble it. Package ruletest makes unit tests from it. cases/<concern>.yaml:
//
//	cases:
//	- alert: TuxHighErrorRate   # of the catalogue
//	  when: []                  # conditions of the variant this case is for, as in the catalogue
//	  skip: ""                  # a template; where it expands to something, that is why there is no case
//	  indicator: ""             # for an alert about objectives: "Availability from Metrics"
//	  always: false             # true: it fires with healthy alone, and never resolves
//	  healthy: {}               # series that exist all the time: notation -> behaviour
//	  fault: {}                 # what differs during the fault
//	  before: 30m               # how long everything is healthy before the fault
//	  after: 0s                 # how long after the begin of the fault the expression is true
//	  lasts: 15m                # how long the fault lasts beyond after and the `for` of the alert
//	  forgotten: after + 10m    # how long after the fault nothing of it is left
//	  step: 30s                 # between two samples and evaluations; default: the shortest interval, at most 30s
//	  margin: "0.05"            # how far .Value is from the threshold
//	  below: silent             # or none: no "just below", near is required then
//	  labels: {}                # beside alertname, namespace, environment, backend, severity; a list if several fire
//	  near: {}                  # what must not even be pending at its end: name -> series that differ from healthy
//	  also: {}                  # what must fire too: name -> {fault, labels, after, lasts}
//	  records: {}               # what recording rules say at the end of "just above": series -> value
//
// Keys and values are templates between [[ and ]], with everything an entry of the catalogue can use and
// what casescope.go adds. A series or situation whose name expands to nothing is left out; a key that
// expands to several lines is several series. The behaviours are those of behaviour.go.

//go:embed cases/*.yaml
var caseFiles embed.FS

// The names of the situations every case has.
const (
	JustAbove = "just above"
	JustBelow = "just below"
)

// usualMargin is the default of margin.
const usualMargin = "0.05"

// Case is one alert of one backend, or of one objective, and what it must do. Everything is expanded.
type Case struct {
	Alert, Concern string
	// Backend is the Deployment; empty: the environment as a whole.
	Backend string
	// About tells apart the cases of one alert and backend, for people: an objective and its window.
	About string
	// Skipped says why nothing can be tested here; empty: it can.
	Skipped string
	// Labels are the static labels of the rendered rule, by which it can be found.
	Labels map[string]string
	// For is how long the rule waits.
	For time.Duration
	// Always says that the alert fires without any fault.
	Always bool
	// Step is the time between two samples and between two evaluations.
	Step time.Duration
	// Before is how long all is well before the fault.
	Before time.Duration
	// Healthy are the series that exist all the time.
	Healthy map[string]Behaviour
	// Situations, just above and just below first, the others by name.
	Situations []Situation
	// Tellers are other alerts that tell of the fault and keep this one silent.
	Tellers []Teller
}

// Situation is one fault, or what only resembles one.
type Situation struct {
	Name string
	// Fires says that the alert must fire; otherwise it must stay silent.
	Fires bool
	// Labels of the alerts that fire, complete but for alertstate.
	Labels []map[string]string
	// Series that differ from those of the healthy world.
	Series map[string]Behaviour
	// After the begin of the fault the expression is true. Lasts is how long the fault lasts beyond that
	// and the wait of the alert. Forgotten is how long after its end the alert is silent again.
	After, Lasts, Forgotten time.Duration
	// Records are values of recorded series at the end of the fault.
	Records map[string]float64
}

// Cases returns the cases of what is rendered for e with its overrides, by concern, alert and backend. An
// alert that is disabled or cannot work has none. An entry that names an unknown alert is an error.
func Cases(e *env.Environment) ([]Case, error) {
	entries, err := loadCases(caseFiles)
	if err != nil {
		return nil, err
	}
	var out []Case
	for i := range concerns {
		c := &catalogue()[i]
		for _, b := range c.backends(e) {
			found, err := casesOf(e, b, c, entries)
			if err != nil {
				return nil, err
			}
			out = append(out, found...)
		}
	}
	return out, nil
}

// casesOf returns the cases of one concern of one backend, in the order of the catalogue.
func casesOf(e *env.Environment, b *env.Backend, c *concern, entries []caseEntry) ([]Case, error) {
	var out []Case
	for i := range c.Alerts {
		a := adjusted(&c.Alerts[i], e)
		if e.Alerts.Disabled[a.Name] || a.missing(e, b) != "" {
			continue
		}
		subjects, err := subjectsOf(e, b, c, &a)
		if err != nil {
			return nil, err
		}
		for _, s := range subjects {
			for j := range entries {
				if !entries[j].suits(e, b, s) {
					continue
				}
				expanded, err := s.expandCase(&entries[j])
				if err != nil {
					return nil, fmt.Errorf("case of alert %q for %q: %w", a.Name, s.about(), err)
				}
				expanded.Concern = c.Name
				out = append(out, expanded)
			}
		}
	}
	return out, nil
}

// suits says whether the entry is for the alert of s.
func (c *caseEntry) suits(e *env.Environment, b *env.Backend, s *caseScope) bool {
	return c.Alert == s.alert.Name && missing(c.When, e, b) == "" && c.Indicator == s.indicator()
}

// subjectsOf returns a scope for each rule that is rendered from an alert: one, or one for each objective
// and pair of windows.
func subjectsOf(e *env.Environment, b *env.Backend, c *concern, a *alert) ([]*caseScope, error) {
	if c.Name != concernObjectives {
		s := newScope(e, b).with(a)
		return []*caseScope{newCaseScope(&objectiveScope{scope: s}, a)}, nil
	}
	var out []*caseScope
	for _, o := range objectivesOf(e, b) {
		s, err := newObjectiveScope(e, b, c, &o)
		if err != nil {
			return nil, fmt.Errorf("objective %q: %w", o.Name, err)
		}
		if a.Name != alertBurn {
			out = append(out, newCaseScope(s, a))
			continue
		}
		var faster []string
		factors := map[string]float64{}
		for _, p := range burnrate.Pairs(env.Duration(o.Window)) {
			if !s.wants(p) {
				continue
			}
			one, wait := s.ofPair(a, p, faster)
			changed := *a
			changed.For, changed.Severity = short(wait), s.severity(p)
			pair := newCaseScope(one, &changed)
			pair.limit = p.Factor * burnrate.Allowed(o.Target)
			pair.factors = maps.Clone(factors)
			out = append(out, pair)
			faster = append(faster, short(p.Long))
			factors[short(p.Long)] = p.Factor
		}
	}
	return out, nil
}
