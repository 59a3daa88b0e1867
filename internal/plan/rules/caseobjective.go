package rules

import (
	"fmt"
	"maps"
	"math"
	"slices"
	"strings"
	"time"

	"github.com/tux-io/tux-monitoring-operator/internal/plan/burnrate"
	"github.com/tux-io/tux-monitoring-operator/internal/plan/env"
	"github.com/tux-io/tux-monitoring-operator/internal/promql"
)

// quiet is how many requests a second no alert on user traffic calls for, see TuxHighErrorRate.
const quiet = 0.099

// EventsRate is how many events a second a burn alert needs to be believed, or quiet if that is more.
func (s *caseScope) EventsRate() (number, error) {
	if s.Pair == nil {
		return 0, fmt.Errorf("alert %q has no pair of windows", s.alert.Name)
	}
	return number(max(quiet, 1.2*float64(s.Pair.MinEvents)/env.Duration(s.Pair.Long).Seconds())), nil
}

// EventsTake is how long it takes until a burn alert has seen enough events.
func (s *caseScope) EventsTake() (string, error) {
	rate, err := s.EventsRate()
	if err != nil {
		return "", err
	}
	seconds := math.Ceil(float64(s.Pair.MinEvents) / float64(rate))
	return short(time.Duration(seconds)*time.Second + 6*time.Minute), nil
}

// AtLeast says whether the limit is at least share.
func (s *caseScope) AtLeast(share float64) bool { return s.limit >= share }

// near is factor times the threshold. A share of all events is never more than one.
func (s *caseScope) near(factor float64) number {
	if s.Pair != nil && s.limit*factor >= 1 {
		return number((1 + s.limit) / 2)
	}
	return number(s.limit * factor)
}

// above is .Value of "just above" with the usual margin.
func (s *caseScope) above() float64 { return float64(s.near(1.05)) }

// GoodRate and BadRate are the events a second of which .Value are bad.
func (s *caseScope) GoodRate() (number, error) {
	rate, err := s.EventsRate()
	return rate * (1 - s.Value), err
}

// BadRate see GoodRate.
func (s *caseScope) BadRate() (number, error) {
	rate, err := s.EventsRate()
	return rate * s.Value, err
}

// Shadowed says why a burn alert cannot be told from another one that is rendered: a faster pair with the
// same factor, or an alert that names the cause of what this one would see.
func (s *caseScope) Shadowed() (string, error) {
	rate, err := s.EventsRate()
	if err != nil {
		return "", err
	}
	for faster := range strings.SplitSeq(s.Pair.Faster, "|") {
		if factor, known := s.factors[faster]; known && s.above() > factor*burnrate.Allowed(s.Objective.Target) {
			return "it is silent while the burn over " + faster + " fires, which has the same factor", nil
		}
	}
	for _, cause := range []struct {
		alert string
		least number
	}{{"TuxHighErrorRate", 0.1}, {"TuxPropagationFailures", 0}} {
		changed := adjusted(variants(cause.alert)[0], s.environment)
		if slices.Contains(strings.Split(s.Pair.Causes, "|"), cause.alert) && rate > cause.least && s.above() > changed.Threshold.number() {
			return "it is silent while " + cause.alert + " fires, whose threshold is lower", nil
		}
	}
	return "", nil
}

// Good is a series of events that count, and are not bad. Bad is one of bad events.
func (s *caseScope) Good() (string, error) {
	o := s.Objective
	if s.countsApart() {
		return s.counter(&o.Total, promql.Example)
	}
	return s.counter(&o.Total, func(matchers []string) (map[string]string, error) {
		return promql.Counterexample(matchers, withJob(&o.Errors))
	})
}

// Bad see Good.
func (s *caseScope) Bad() (string, error) { return s.counter(&s.Objective.Errors, promql.Example) }

// CountedRate is how fast Good grows: bad events that are counted by another metric are among all.
func (s *caseScope) CountedRate() (number, error) {
	if s.countsApart() {
		return s.EventsRate()
	}
	return s.GoodRate()
}

func (s *caseScope) countsApart() bool { return s.Objective.Errors.Name != s.Objective.Total.Name }

// Uncountable says why no series can be made up for the counters of an objective; empty: they can.
func (s *caseScope) Uncountable() string {
	for _, series := range []func() (string, error){s.Good, s.Bad} {
		if _, err := series(); err != nil {
			return err.Error()
		}
	}
	return ""
}

func withJob(c *env.Counters) []string {
	if c.Job == "" {
		return c.Matchers
	}
	return append([]string{c.Job}, c.Matchers...)
}

// counter writes a series with labels the counters select.
func (s *caseScope) counter(c *env.Counters, example func(matchers []string) (map[string]string, error)) (string, error) {
	found, err := example(withJob(c))
	if err != nil {
		return "", err
	}
	all := map[string]string{
		"namespace": s.Namespace, labelJob: s.Backend, "pod": s.PodName("a"), "instance": s.Instance("a"), "environment": s.Environment,
	}
	maps.Copy(all, found)
	return c.Name + braces(all), nil
}
