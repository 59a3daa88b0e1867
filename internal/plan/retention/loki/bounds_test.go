package loki_test

import (
	"testing"
	"time"

	"github.com/tux-io/tux-monitoring-operator/internal/plan/retention/loki"
)

func TestBounds(t *testing.T) {
	tests := map[string]struct {
		in   string
		want loki.Bounds
		bad  bool
	}{
		"the defaults of Loki": {"max_entries_limit_per_query: 5000\nmax_query_lookback: 0s\n", loki.Bounds{Entries: 5000}, false},
		"smaller ones":         {"max_entries_limit_per_query: 100\nmax_query_lookback: 1w\n", loki.Bounds{Entries: 100, Lookback: 7 * 24 * time.Hour}, false},
		"no limit of lines":    {"max_entries_limit_per_query: 0\nmax_query_lookback: 0s\n", loki.Bounds{Entries: 5000}, false},
		"no lookback":          {in: "max_entries_limit_per_query: 5000\n", bad: true},
		"no entries":           {in: "max_query_lookback: 0s\n", bad: true},
		"no duration":          {in: "max_entries_limit_per_query: 5000\nmax_query_lookback: soon\n", bad: true},
		"a page for people":    {in: "<html>", bad: true},
	}
	for name, tc := range tests {
		t.Run(name, func(t *testing.T) {
			if got, err := loki.ReadBounds([]byte(tc.in)); got != tc.want || (err != nil) != tc.bad {
				t.Errorf("%+v, %v", got, err)
			}
		})
	}
	now := time.Date(2026, 11, 24, 0, 0, 0, 0, time.UTC)
	week := loki.Bounds{Lookback: 7 * 24 * time.Hour}
	if !week.Reaches(now.AddDate(0, 0, -6), now) || week.Reaches(now.AddDate(0, 0, -7), now) || !(loki.Bounds{}).Reaches(time.Time{}, now) {
		t.Error("what a lookback reaches")
	}
}
