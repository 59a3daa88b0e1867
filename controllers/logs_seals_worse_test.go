package controllers

import (
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/tux-io/tux-monitoring-operator/internal/external"
	"github.com/tux-io/tux-monitoring-operator/internal/fault"
	"github.com/tux-io/tux-monitoring-operator/internal/plan/retention/seal"
)

// TestAClassWaitsForNoOther: of an error for a person and one that passes the latter says when to go on, and both are told.
func TestAClassWaitsForNoOther(t *testing.T) {
	passes, person := errors.New("connection refused"), fault.Terminal("SealRefused", errors.New("max_query_lookback"))
	for _, got := range []error{worse(passes, person), worse(person, passes)} {
		if _, terminal := fault.AsTerminal(got); terminal || !errors.Is(got, passes) {
			t.Errorf("waits for a person: %v", got)
		}
	}
	if got := worse(person, passes); !strings.Contains(got.Error(), "max_query_lookback") {
		t.Error(got)
	}
	if worse(nil, nil) != nil || !errors.Is(worse(nil, passes), passes) || !errors.Is(worse(person, nil), person) {
		t.Error("one of them is none")
	}
}

// TestSealingMayTakeItsTime: an hour of a million lines has a thousand answers, of which Loki is asked ten in a second.
func TestSealingMayTakeItsTime(t *testing.T) {
	const answers, perSecond = seal.MaxLines / 1000, 10
	if least := 5 * answers / perSecond * time.Second; seal.Reading < least {
		t.Errorf("%s is not %s", seal.Reading, least)
	}
	config := external.RunnerConfig{
		Interval: time.Minute, Spread: time.Second, MinBackoff: time.Second, MaxBackoff: time.Minute, Recheck: time.Hour, Timeout: logsTimeout, Workers: logsWorkers,
		Done: func(external.Key, external.Result, bool) {},
	}
	if _, err := newSealer(config); err != nil {
		t.Error(err)
	}
}
