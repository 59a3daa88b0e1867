package rules

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	gocmp "github.com/google/go-cmp/cmp"
	monitoringv1 "github.com/prometheus-operator/prometheus-operator/pkg/apis/monitoring/v1"

	"github.com/tux-io/tux-monitoring-operator/internal/plan/env"
)

// weekly is a timeline that begins on a Saturday at midnight, of which some hours of the next are evaluated.
var weekly = clock{
	step: 2 * time.Minute, scrape: 2 * time.Minute, eval: 2 * time.Minute,
	from: 7*day + 9*time.Hour, over: 7*day + 13*time.Hour, ends: 10 * day,
	phase: func(string, time.Duration) time.Duration { return 0 },
}

// usersAt is how many requests a second users make: busy by day, quiet at night, a tenth on weekends.
func usersAt(at time.Duration) float64 {
	busy := 1.0
	if hour := at % day; hour >= 8*time.Hour && hour < 18*time.Hour {
		busy = 10
	}
	if weekday := int(at/day) % 7; weekday < 2 {
		busy /= 10
	}
	return busy
}

const recorded = `job:tux_http_requests:rate5m{namespace="tux-production",job="tux-backend"}`

// anyDay is what the comparison reads, and its recording rule with the value it has.
func anyDay(w world, at time.Duration) {
	w.set(recorded, usersAt(at))
	for _, pod := range []string{"a", "b"} {
		w.set(target(pod, "up", ""), 1)
		w.count(target(pod, "django_http_requests_before_middlewares_total", ""), 1)
	}
}

// weeks are scenarios in which days matter; at is the time since the Saturday. The alerts that fire are those
// of traffic.
var weeks = map[string]struct {
	edit []func(*env.Environment)
	// clock has the from and over to use instead of those of weekly.
	clock clock
	fault func(w world, at time.Duration)
	want  []string
}{
	"the second weekend": {clock: clock{from: 7 * day, over: 9 * day}},
	"users stay away in the first week": {
		clock: clock{from: 6*day + 9*time.Hour, over: 6*day + 13*time.Hour},
		fault: func(w world, at time.Duration) {
			if on(at, 6, 10, 12) {
				w.set(recorded, 0)
			}
		},
	},
	"users stay away on the second Saturday": {
		fault: func(w world, at time.Duration) {
			if on(at, 7, 10, 12) {
				w.set(recorded, 0.1)
			}
		},
		want: []string{"TuxTrafficDrop"},
	},
	"nobody comes at all, to pods that are new": {
		fault: func(w world, at time.Duration) {
			if on(at, 7, 10, 12) {
				w.drop(recorded)
			}
		},
		want: []string{"TuxTrafficDrop"},
	},
	"a quarter of the users comes": {
		fault: func(w world, at time.Duration) {
			if on(at, 7, 10, 12) {
				w.set(recorded, 0.25)
			}
		},
	},
	"users stay away for ten minutes, as in a deploy": {
		fault: func(w world, at time.Duration) {
			if on(at, 7, 10, 11) && at%time.Hour < 10*time.Minute {
				w.set(recorded, 0)
			}
		},
	},
	"the day after a campaign": {
		clock: clock{from: 8*day + 9*time.Hour, over: 8*day + 13*time.Hour},
		fault: func(w world, at time.Duration) {
			if on(at, 7, 0, 24) {
				w.set(recorded, 10*usersAt(at))
			}
		},
	},
	"a week after a campaign": {
		clock: clock{from: 8*day + 9*time.Hour, over: 8*day + 13*time.Hour},
		fault: func(w world, at time.Duration) {
			if on(at, 1, 0, 24) {
				w.set(recorded, 10*usersAt(at))
			}
		},
	},
	"a nightly job ends half an hour earlier": {
		clock: clock{from: 7 * day, over: 7*day + 3*time.Hour},
		fault: func(w world, at time.Duration) {
			length := time.Hour
			if at > 7*day {
				length = 35 * time.Minute
			}
			if at%day < length {
				w.set(recorded, 50)
			}
		},
	},
	"nine pods of ten cannot be scraped": {
		fault: func(w world, at time.Duration) {
			if on(at, 7, 10, 12) {
				w.drop("django_", podLabel("b"))
				w.set(recorded, 0.1)
				w.set(target("b", "up", ""), 0)
				for i := range 8 {
					w.set(target(fmt.Sprint("more-", i), "up", ""), 0)
				}
			}
		},
	},
	"no pod can be scraped": {
		fault: func(w world, at time.Duration) {
			if on(at, 7, 10, 12) {
				w.unscrapable("ab")
				w.drop(recorded)
			}
		},
	},
	"the middlewares are missing since a release": {
		fault: func(w world, at time.Duration) {
			if on(at, 7, 10, 12) {
				w.drop("django_")
				w.drop(recorded)
			}
		},
	},
	"some of the pods lack the middlewares": {
		fault: func(w world, at time.Duration) {
			if on(at, 7, 10, 12) {
				w.drop("django_", podLabel("b"))
				w.set(recorded, 0.1)
			}
		},
	},
	"the way to the pods is broken, which pages": {
		edit: []func(*env.Environment){disabled("TuxNotReady", "TuxNotLive", "TuxHealthUnreachable")},
		fault: func(w world, at time.Duration) {
			w.entry(1, 200)
			w.probe("live ready full database", "ab", 1, 200)
			if on(at, 7, 10, 12) {
				w.entry(0, 0)
				w.set(recorded, 0)
			}
		},
	},
	"scaled to zero": {
		edit: []func(*env.Environment){scaledToZero},
		fault: func(w world, at time.Duration) {
			if on(at, 7, 10, 12) {
				w.set(recorded, 0)
			}
		},
	},
	"a Prometheus that forgets after five days": {
		edit: []func(*env.Environment){keeping(5 * day)},
		fault: func(w world, at time.Duration) {
			if on(at, 7, 10, 12) {
				w.set(recorded, 0)
			}
		},
	},
	"so few users that none is normal": {
		fault: func(w world, at time.Duration) {
			w.set(recorded, usersAt(at)/20)
			if on(at, 7, 10, 12) {
				w.set(recorded, 0)
			}
		},
	},
}

// on says whether at is between two hours of a day.
func on(at time.Duration, days, from, to int) bool {
	return at >= time.Duration(days)*day+time.Duration(from)*time.Hour && at < time.Duration(days)*day+time.Duration(to)*time.Hour
}

func TestTrafficIsComparedWithTheRightDay(t *testing.T) {
	for name, sc := range weeks {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			c := weekly
			c.from, c.over = cmp.Or(sc.clock.from, c.from), cmp.Or(sc.clock.over, c.over)
			happens := func(w world, at time.Duration) {
				anyDay(w, at)
				if sc.fault != nil {
					sc.fault(w, at)
				}
			}
			e := production(append(sc.edit, func(e *env.Environment) { e.Probes.Interval = "2m" })...)
			fired := play(t, &c, onlyTraffic(t, e), func() world { return world{} }, happens)
			fired = slices.DeleteFunc(fired, func(f firing) bool { return f.labels["alertname"] == "TuxEntryDown" })
			if diff := gocmp.Diff(sc.want, alertNames(fired)); diff != "" {
				t.Errorf("fired (-want +got):\n%s", diff)
			}
			for _, f := range fired {
				checkLabels(t, f)
				if f.first < 7*day+10*time.Hour+15*time.Minute || f.last > 7*day+12*time.Hour+15*time.Minute {
					t.Errorf("%s fires from %v to %v", f.labels["alertname"], f.first, f.last)
				}
			}
		})
	}
}

// onlyTraffic are the rules the comparison needs, since days of all rules would take minutes.
func onlyTraffic(t *testing.T, e *env.Environment) []monitoringv1.RuleGroup {
	t.Helper()
	kept := []string{"TuxTrafficDrop", "TuxEntryDown"}
	var out []monitoringv1.RuleGroup
	for _, g := range groups(t, e) {
		g.Rules = slices.DeleteFunc(g.Rules, func(r monitoringv1.Rule) bool { return !slices.Contains(kept, r.Alert) })
		if len(g.Rules) > 0 && (strings.HasSuffix(g.Name, "/http") || strings.HasSuffix(g.Name, "/probes")) {
			out = append(out, g)
		}
	}
	return out
}
