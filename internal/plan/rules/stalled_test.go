package rules

import (
	"slices"
	"testing"
	"time"

	monitoringv1 "github.com/prometheus-operator/prometheus-operator/pkg/apis/monitoring/v1"
)

const (
	hour = time.Hour
	day  = 24 * time.Hour
)

// calendar is a Prometheus that scrapes and evaluates every 5 minutes, for timelines of weeks. They begin at
// midnight on a Monday.
func calendar(days int) *clock {
	over := time.Duration(days) * day
	return &clock{
		step: 5 * time.Minute, scrape: 5 * time.Minute, eval: 5 * time.Minute, ends: over, over: over,
		phase: func(string, time.Duration) time.Duration { return 0 },
	}
}

func between(at, from, to time.Duration) bool { return at >= from && at < to }

// office says whether people work: from 8 to 18 o'clock, Monday to Friday.
func office(at time.Duration) bool { return at/day%7 < 5 && between(at%day, 8*hour, 18*hour) }

// people is what they make of one pod: a job every 20 seconds, and requests, as they are recorded: at such a
// distance no rate over 5 minutes can be computed.
func people(pod string, there, jobs bool) world {
	w := world{}
	rate := map[bool]float64{true: 1}
	w.set(target(pod, "up", ""), 1)
	w.set(`job:tux_http_requests:rate5m{namespace="tux-production",job="tux-backend"}`, 2*rate[there])
	w.jobs(pod, "acme", "success", 0.05*rate[there && jobs])
	return w
}

// stalledOnly is what TuxPropagationStalled is made of.
func stalledOnly(t *testing.T) []monitoringv1.RuleGroup {
	t.Helper()
	out := groupsOf(t, production(), "propagation")
	out[0].Rules = slices.DeleteFunc(out[0].Rules, func(r monitoringv1.Rule) bool {
		return r.Alert != "" && r.Alert != "TuxPropagationStalled"
	})
	return out
}

// TestStalledKnowsTheCalendar plays weeks: what is usual at an hour depends on the day.
func TestStalledKnowsTheCalendar(t *testing.T) {
	always := func(time.Duration) bool { return true }
	never := func(time.Duration) bool { return false }
	from := func(begin time.Duration) func(time.Duration) bool {
		return func(at time.Duration) bool { return at >= begin }
	}
	cases := map[string]struct {
		days int
		// there says when people are, away when they are not all the same, stalled when jobs do not end.
		there, away, stalled func(time.Duration) bool
		// want is when the alert fires first, and when no more; 10 minutes are two evaluations.
		want []time.Duration
	}{
		"jobs day and night, that stop on the second Tuesday": {
			days: 9, there: always, away: never, stalled: from(8*day + 10*hour),
			want: []time.Duration{8*day + 11*hour + 10*time.Minute, 9 * day},
		},
		"jobs that stop for two hours": {
			days: 9, there: always, away: never,
			stalled: func(at time.Duration) bool { return between(at, 8*day+10*hour, 8*day+12*hour) },
			want:    []time.Duration{8*day + 11*hour + 10*time.Minute, 8*day + 12*hour},
		},
		"jobs that stop for less than an hour": {
			days: 9, there: always, away: never,
			stalled: func(at time.Duration) bool { return between(at, 8*day+10*hour, 8*day+10*hour+50*time.Minute) },
		},
		"jobs that stop in the first week": {
			days: 5, there: always, away: never, stalled: from(3 * day),
		},
		"an office for more than two weeks": {
			days: 15, there: office, away: never, stalled: never,
		},
		"an office on the second Monday, though Sunday had no jobs": {
			days: 8, there: office, away: never, stalled: from(7*day + 9*hour),
			want: []time.Duration{7*day + 10*hour + 10*time.Minute, 7*day + 18*hour},
		},
		"a holiday on the second Wednesday": {
			days: 10, there: office, away: func(at time.Duration) bool { return at/day == 9 }, stalled: never,
		},
		"jobs that nobody starts any more, while people still come": {
			days: 12, there: always, away: never, stalled: from(8 * day),
			// after three days it is how things are
			want: []time.Duration{8*day + 80*time.Minute, 11 * day},
		},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			c := calendar(tc.days)
			at := time.Duration(0)
			fired := play(t, c, stalledOnly(t), func() world { return world{} }, func(w world, elapsed time.Duration) {
				at = elapsed
				pod := string(rune('a' + at/day%2)) // every midnight all pods are replaced
				for series, s := range people(pod, tc.there(at) && !tc.away(at), !tc.stalled(at)) {
					w[series] = s
				}
			})
			var got []time.Duration
			for _, f := range fired {
				if f.labels["alertname"] != "TuxPropagationStalled" {
					t.Errorf("%v fires too", f.labels)
					continue
				}
				checkLabels(t, f)
				got = append(got, f.first, f.last)
			}
			near := func(a, b time.Duration) bool { return (a - b).Abs() <= 10*time.Minute }
			if !slices.EqualFunc(tc.want, got, near) {
				t.Errorf("fires %v, want %v", got, tc.want)
			}
		})
	}
}
