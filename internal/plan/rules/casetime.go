package rules

import (
	"fmt"
	"math"
	"time"

	"github.com/tux-io/tux-monitoring-operator/internal/plan/env"
)

// Step is the time between two samples.
func (s *caseScope) Step() string { return short(s.step()) }

// Steps is n times Step.
func (s *caseScope) Steps(n int) string { return short(time.Duration(n) * s.step()) }

// Shortly is half of what the alert waits, in whole steps; empty where it does not wait for two.
func (s *caseScope) Shortly() string {
	if half := env.Duration(s.alert.For) / 2 / s.step() * s.step(); half > 0 {
		return short(half)
	}
	return ""
}

// Plus adds durations.
func (s *caseScope) Plus(spans ...string) string {
	var sum time.Duration
	for _, span := range spans {
		sum += env.Duration(span)
	}
	return short(sum)
}

// WaitOf is when another alert certainly fires after its fault began.
func (s *caseScope) WaitOf(name string) (string, error) {
	entry, err := entryOf(name)
	if err != nil {
		return "", err
	}
	a := adjusted(entry, s.environment)
	return short(env.Duration(a.For) + 2*s.probeInterval()), nil
}

// FlipsEvery is how long an answer stays up or down so that it changes once more often in the window than
// the threshold allows, or not more often.
func (s *caseScope) FlipsEvery() (string, error) {
	if s.alert.Window == nil || s.alert.Threshold == nil {
		return "", fmt.Errorf("alert %q counts no changes in a window", s.alert.Name)
	}
	step := s.step()
	samples := float64(env.Duration(s.alert.Window.Value) / step)
	every := math.Floor((samples - 1) / (s.limit + 1))
	if float64(s.Value) < s.limit {
		every = math.Ceil((samples + 1) / s.limit)
	}
	return short(time.Duration(max(every, 1)) * step), nil
}
