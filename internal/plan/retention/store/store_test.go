package store_test

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/tux-io/tux-monitoring-operator/internal/plan/retention"
	"github.com/tux-io/tux-monitoring-operator/internal/plan/retention/store"
)

const day = 24 * time.Hour

// TestNamesOfTenantsDoNotMeet: whatever tenants and classes there are.
func TestNamesOfTenantsDoNotMeet(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		tenant := rapid.StringMatching(`[a-z0-9][a-z0-9._-]{0,6}`)
		class := rapid.StringMatching(`[a-z]([a-z0-9-]{0,5}[a-z0-9])?`)
		a, b, x, y := tenant.Draw(t, "a"), tenant.Draw(t, "b"), class.Draw(t, "x"), class.Draw(t, "y")
		if (a != b || x != y) && store.Stream(a, x) == store.Stream(b, y) {
			t.Fatalf("%s %s and %s %s: %s", a, x, b, y, store.Stream(a, x))
		}
	})
}

var holds = retention.Commitment{
	DefaultDays: 30, Classes: []retention.Promised{{Name: "error", Days: 90}}, Retired: []string{"debug"},
}

// TestWhatIsOverdueIsAskedForBehindEveryRollover: a line lives as much longer as its index takes to be followed by the next.
func TestWhatIsOverdueIsAskedForBehindEveryRollover(t *testing.T) {
	want := []store.Question{
		{Class: "error", Stream: "logs-tux.error-prod", Youngest: 94 * day, Eldest: 124 * day},
		{Class: "default", Stream: "logs-tux.default-prod", Youngest: 32 * day, Eldest: 62 * day},
		{Class: "unparsed", Stream: "logs-tux.unparsed-prod", Youngest: 32 * day, Eldest: 62 * day},
		{Class: "debug", Stream: "logs-tux.debug-prod", Youngest: 32 * day, Eldest: 62 * day},
	}
	if diff := cmp.Diff(want, store.Questions("prod", holds)); diff != "" {
		t.Error(diff)
	}
}

// TestWhatWouldGoIsAskedForInEveryStreamThatFollows: the default is that of all classes without days of their own.
func TestWhatWouldGoIsAskedForInEveryStreamThatFollows(t *testing.T) {
	for name, tc := range map[string]struct {
		decrease retention.Decrease
		streams  []string
		eldest   time.Duration
	}{
		"a class":     {retention.Decrease{Class: "error", From: 90, To: 5}, []string{"logs-tux.error-prod"}, 94 * day},
		"the default": {retention.Decrease{Class: "default", From: 30, To: 5}, []string{"logs-tux.default-prod", "logs-tux.unparsed-prod", "logs-tux.debug-prod"}, 32 * day},
	} {
		t.Run(name, func(t *testing.T) {
			var streams []string
			for _, q := range store.Going("prod", holds, tc.decrease) {
				streams = append(streams, q.Stream)
				if q.Class != tc.decrease.Class || q.Youngest != 5*day || q.Eldest != tc.eldest {
					t.Errorf("%+v", q)
				}
			}
			if diff := cmp.Diff(tc.streams, streams); diff != "" {
				t.Error(diff)
			}
		})
	}
}
