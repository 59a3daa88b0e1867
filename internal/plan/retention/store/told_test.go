package store_test

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/tux-io/tux-monitoring-operator/internal/plan/retention/store"
)

// TestAnIndexIsToldOnceOfARevision, and again after an hour.
func TestAnIndexIsToldOnceOfARevision(t *testing.T) {
	now := time.Date(2026, 3, 1, 9, 0, 0, 0, time.UTC)
	old := map[string][]string{"p": {"a", "b"}, "q": {"c"}}
	revisions := map[string]store.Revision{"p": {Number: 7, Term: 1}, "q": {Number: 8, Term: 1}}
	var told store.Told
	due := told.Due(old, revisions, now)
	if diff := cmp.Diff(old, due); diff != "" {
		t.Error(diff)
	}
	// One is taken, one is refused, and of one nobody answered.
	answers := map[string]string{"a": "", "b": "it is rolled over"}
	if diff := cmp.Diff([]string{`1 indices to ISM policy "p"`}, store.Moves(due, answers, "ISM policy")); diff != "" {
		t.Error(diff)
	}
	told = told.After(old, revisions, answers, now)
	refusals := []string{`1 of 2 indices that cannot change to ISM policy "p": it is rolled over`}
	if diff := cmp.Diff(refusals, told.Refusals(old, "ISM policy")); diff != "" {
		t.Error(diff)
	}
	if diff := cmp.Diff(map[string][]string{"q": {"c"}}, told.Due(old, revisions, now.Add(59*time.Minute))); diff != "" {
		t.Error(diff)
	}
	if diff := cmp.Diff(old, told.Due(old, revisions, now.Add(time.Hour))); diff != "" {
		t.Error(diff)
	}
	// What nobody answers now stays as it was told.
	told = told.After(old, revisions, map[string]string{"c": ""}, now.Add(time.Minute))
	if due := told.Due(old, revisions, now.Add(time.Minute)); len(due) > 0 || !cmp.Equal(told.Refusals(old, "ISM policy"), refusals) {
		t.Errorf("%v, %v", due, told)
	}
	revisions["p"] = store.Revision{Number: 9, Term: 1}
	if diff := cmp.Diff(map[string][]string{"p": {"a", "b"}}, told.Due(old, revisions, now.Add(time.Minute))); diff != "" {
		t.Error(diff)
	}
	if next := told.After(map[string][]string{"q": {"c"}}, revisions, nil, now); len(next) != 1 {
		t.Errorf("remembers who follows by now: %v", next)
	}
}
