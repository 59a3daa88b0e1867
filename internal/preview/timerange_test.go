package preview

import (
	"testing"
	"time"
)

func TestParseTime(t *testing.T) {
	now := time.Date(2026, 11, 18, 12, 34, 56, 0, time.UTC) // a Wednesday
	cases := map[string]struct {
		text string
		end  bool
		want string
	}{
		"now":                          {"now", false, "2026-11-18T12:34:56Z"},
		"hours ago":                    {"now-3h", false, "2026-11-18T09:34:56Z"},
		"the begin of the day":         {"now/d", false, "2026-11-18T00:00:00Z"},
		"the end of the day":           {"now/d", true, "2026-11-18T23:59:59Z"},
		"the begin of yesterday":       {"now-1d/d", false, "2026-11-17T00:00:00Z"},
		"the begin of the week":        {"now/w", false, "2026-11-16T00:00:00Z"},
		"the begin of the month":       {"now/M", false, "2026-11-01T00:00:00Z"},
		"a month ago":                  {"now-1M", false, "2026-10-18T12:34:56Z"},
		"RFC 3339, in another zone":    {"2026-11-18T10:00:00+02:00", false, "2026-11-18T08:00:00Z"},
		"milliseconds since 1970":      {"1795003200000", false, "2026-11-18T12:00:00Z"},
		"no time":                      {"yesterday", false, ""},
		"an unknown unit":              {"now-3q", false, ""},
		"a date alone is not accepted": {"2026-11-18", false, ""},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			got, err := ParseTime(tc.text, now, tc.end)
			if tc.want == "" {
				if err == nil {
					t.Errorf("got %s, want an error", got)
				}
				return
			}
			if err != nil || got.Format(time.RFC3339) != tc.want {
				t.Errorf("got %s (%v), want %s", got.Format(time.RFC3339), err, tc.want)
			}
		})
	}
}

// TestInterval compares with what Grafana computes (calculateInterval of @grafana/data).
func TestInterval(t *testing.T) {
	cases := map[string]struct {
		length   time.Duration
		points   int
		shortest time.Duration
		want     time.Duration
	}{
		"three hours":                 {3 * time.Hour, 600, 0, 20 * time.Second},
		"three hours of 30 s":         {3 * time.Hour, 600, 30 * time.Second, 30 * time.Second},
		"a day":                       {24 * time.Hour, 600, 0, 2 * time.Minute},
		"a month":                     {30 * 24 * time.Hour, 600, 0, time.Hour},
		"five minutes":                {5 * time.Minute, 600, 0, time.Second},
		"years":                       {20 * 365 * 24 * time.Hour, 600, 0, 7 * 24 * time.Hour},
		"no point fits: one at least": {time.Hour, 0, 0, time.Hour},
		"a step below a second":       {10 * time.Second, 5000, 0, time.Second},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			if got := interval(tc.length, tc.points, tc.shortest); got != tc.want {
				t.Errorf("got %v, want %v", got, tc.want)
			}
		})
	}
	if got := rateInterval(15*time.Second, 30*time.Second); got != 2*time.Minute {
		t.Errorf("$__rate_interval of a short step is %v, want four scrapes", got)
	}
	if got := rateInterval(5*time.Minute, 30*time.Second); got != 330*time.Second {
		t.Errorf("$__rate_interval of a long step is %v, want a step and a scrape", got)
	}
}
