package rules

import (
	"cmp"
	"fmt"
	"strings"
	"time"

	"github.com/prometheus/common/model"

	"github.com/tux-io/tux-monitoring-operator/internal/plan/env"
)

// Waits returns how long another alert waits, as the range of a selector: a condition that held at every
// probe of the range is one the other alert fires for. That takes one probe more than fit into its for;
// without it a flapping component would pass for an outage.
func (s *scope) Waits(name string) (string, error) {
	entry, err := entryOf(name)
	if err != nil {
		return "", err
	}
	a := adjusted(entry, s.environment)
	return "[" + short(env.Duration(a.For)+s.probeInterval()) + "]", nil
}

// settling is how long a symptom may outlive its cause: the kubelet asks a pod, the endpoints follow,
// the next probe sees it.
const settling = time.Minute

// Settling is the range of a subquery for "now or shortly before".
func (s *scope) Settling() string { return s.subquery(max(settling, 2*s.probeInterval())) }

// Fading is the range of a subquery for "as long as an average shows it", less what the alert waits anyway: an
// average over an outage that is over must not fire.
func (s *scope) Fading() string {
	return s.subquery(max(s.faded(), settling, 2*s.probeInterval()))
}

// faded is how long after its end an average shows a fault, less what the alert waits. The average is over the
// window of the alert, or over the 5 minutes of recording rules.
func (s *scope) faded() time.Duration {
	return cmp.Or(env.Duration(s.Window), 5*time.Minute) + settling - s.wait
}

func (s *scope) probeInterval() time.Duration { return env.Duration(s.environment.Probes.Interval) }

// subquery looks several times per probe, because its steps are aligned to the clock and not to now.
func (s *scope) subquery(span time.Duration) string {
	step := max(s.probeInterval()/5, time.Second).Truncate(time.Second)
	return "[" + short(span) + ":" + short(step) + "]"
}

// words writes a Prometheus duration for people: 1h30m is "1 hour 30 minutes".
func words(text string) string {
	rest := env.Duration(text)
	var parts []string
	for _, unit := range []struct {
		length time.Duration
		name   string
	}{{24 * time.Hour, "day"}, {time.Hour, "hour"}, {time.Minute, "minute"}, {time.Second, "second"}, {time.Millisecond, "millisecond"}} {
		n := rest / unit.length
		rest %= unit.length
		switch {
		case n == 1:
			parts = append(parts, "1 "+unit.name)
		case n > 1:
			parts = append(parts, fmt.Sprintf("%d %ss", n, unit.name))
		}
	}
	return strings.Join(parts, " ")
}

// short writes a duration as Prometheus does: 90s is 1m30s.
func short(d time.Duration) string { return model.Duration(d).String() }
