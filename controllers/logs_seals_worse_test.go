package controllers

import (
	"errors"
	"slices"
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

// TestTheLastSealIsReadPastTheCache, which may not have heard of its ConfigMap, or of its second part.
func TestTheLastSealIsReadPastTheCache(t *testing.T) {
	head := seal.Head{Hour: time.Date(2026, 11, 24, 13, 0, 0, 0, time.UTC), Hash: "x"}
	first, second := "a-seals-audit-20261124", "a-seals-audit-20261124-2"
	for _, tc := range []struct {
		cached map[string]string
		head   seal.Head
		want   []string
	}{
		{nil, seal.Head{}, nil},
		{nil, head, []string{first}},
		{map[string]string{first: "1"}, head, []string{first, second}},
	} {
		if got := toRead(tc.cached, "a", "audit", tc.head); !slices.Equal(got, tc.want) {
			t.Errorf("%v", got)
		}
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
