package rules

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/tux-io/tux-monitoring-operator/internal/plan/env"
)

const (
	// conditionProbes is that of everything that reads what the blackbox exporter answers.
	conditionProbes = "probes"
	// conditionReplicas is that of alerts which mean that pods should be there.
	conditionReplicas = "replicas"
	// conditionSingle is that of alerts which read process_* metrics.
	conditionSingle = "single"
)

// week is how long samples must be kept to be compared with the hour around this moment a week ago.
const week = 8 * 24 * time.Hour

// componentPrefix begins the condition that a component of the health JSON is probed:
// "component database".
const componentPrefix = "component "

// condition is something a rule needs in order to work.
type condition struct {
	holds func(*env.Environment, *env.Backend) bool
	// reason is told to the user where the condition does not hold.
	reason string
	// askedFor is the field of the spec that makes it hold, if that is a wish and not a fact: what
	// nobody asked for is not missing.
	askedFor string
}

var conditions = map[string]condition{
	conditionProbes: {
		holds:  func(e *env.Environment, _ *env.Backend) bool { return e.Probes.Enabled },
		reason: "spec.probes.state is Disabled, and the alert reads probes",
	},
	"components": {
		holds:  func(_ *env.Environment, b *env.Backend) bool { return len(b.Health.Components) > 0 },
		reason: "health.components is empty",
	},
	"entry": {
		holds:  func(_ *env.Environment, b *env.Backend) bool { return b.HasEntry() },
		reason: "no Service, Ingress or HTTPRoute leads to the pods, so there is no entry to probe",
	},
	conditionSingle: {
		holds:  func(_ *env.Environment, b *env.Backend) bool { return !b.Multiprocess },
		reason: "the backend runs several processes, and they export no process_* metrics",
	},
	// Several processes add up their counters in files. Those of one that was killed stay, with its requests
	// begun and never answered.
	"whole counts": {
		holds:  func(_ *env.Environment, b *env.Backend) bool { return !b.Multiprocess },
		reason: "the backend runs several processes, and requests of one that was killed would count as in flight for ever",
	},
	"sample limit": {
		holds:  func(_ *env.Environment, b *env.Backend) bool { return b.Metrics.SampleLimit > 0 },
		reason: "metrics.sampleLimit is 0, so no scrape is too large",
	},
	"certificate": {
		holds:  func(_ *env.Environment, b *env.Backend) bool { return b.HasCertificate() },
		reason: "no Ingress or HTTPRoute leads to the pods by https, so there is no certificate to look at",
	},
	"objectives": {
		holds:  func(e *env.Environment, b *env.Backend) bool { return len(objectivesOf(e, b)) > 0 },
		reason: "no objective is in force for the backend: spec.objectives leaves none, or the retention of the Prometheus is below 7d",
	},
	"migrations": {
		holds:  func(_ *env.Environment, b *env.Backend) bool { return b.Metrics.Migrations },
		reason: "metrics.migrations of the backend is not Exported, and the alert reads django_migrations_unapplied_total",
	},
	"a week": {
		holds: func(e *env.Environment, _ *env.Backend) bool {
			return e.Retention.Time == 0 || e.Retention.Time >= week
		},
		reason: "the retention of the Prometheus is below 8d, and the alert compares with a week ago",
	},
	"multiprocess": {
		holds:  func(_ *env.Environment, b *env.Backend) bool { return b.Multiprocess },
		reason: "the backend runs one process",
	},
	conditionReplicas: {
		holds:  func(_ *env.Environment, b *env.Backend) bool { return !b.ScaledToZero },
		reason: "spec.replicas of the Deployment is 0, so no pod is expected",
	},
	"heartbeat": {
		holds:    func(e *env.Environment, _ *env.Backend) bool { return e.HasHeartbeat() },
		reason:   "spec.routing.heartbeat is not set",
		askedFor: "spec.routing.heartbeat",
	},
}

// conditionNamed returns the condition a catalogue entry names.
func conditionNamed(name string) (condition, bool) {
	component, ok := strings.CutPrefix(name, componentPrefix)
	if !ok {
		c, known := conditions[name]
		return c, known
	}
	return condition{
		holds:  func(_ *env.Environment, b *env.Backend) bool { return slices.Contains(b.Health.Components, component) },
		reason: fmt.Sprintf("health.components does not contain %q", component),
	}, true
}

func knownConditions(names []string) error {
	for _, name := range names {
		if _, ok := conditionNamed(name); !ok {
			return fmt.Errorf("unknown condition %q", name)
		}
	}
	return nil
}

// missing returns why a rule with these conditions cannot work for b; "" if it can.
func missing(when []string, e *env.Environment, b *env.Backend) string {
	for _, name := range when {
		if c, _ := conditionNamed(name); !c.holds(e, b) {
			return c.reason
		}
	}
	return ""
}

// askedFor returns the field of the spec that one of these conditions waits for; "" if none does.
func askedFor(when []string) string {
	for _, name := range when {
		if c, _ := conditionNamed(name); c.askedFor != "" {
			return c.askedFor
		}
	}
	return ""
}

// ships says whether some variant of the alert is rendered for b while b has pods. While b is scaled to
// zero an alert that expects pods is not rendered, but what it explains shall call nobody either.
func ships(name string, e *env.Environment, b *env.Backend) bool {
	withPods := *b
	withPods.ScaledToZero = false
	return !e.Alerts.Disabled[name] && missingAlert(name, e, &withPods) == ""
}

// missingAlert returns why no variant of the alert can work for b; "" if one can.
func missingAlert(name string, e *env.Environment, b *env.Backend) string {
	reason := ""
	for _, a := range variants(name) {
		changed := adjusted(a, e)
		why := changed.missing(e, b)
		if why == "" {
			return ""
		}
		reason = cmp.Or(reason, why)
	}
	return reason
}

// missing returns why the alert, with its override applied, cannot work for b; "" if it can.
func (a *alert) missing(e *env.Environment, b *env.Backend) string {
	if why := missing(a.When, e, b); why != "" {
		return why
	}
	if timeout := env.Duration(e.Probes.Timeout); !a.inTime(timeout) {
		return fmt.Sprintf("its threshold of %s is not below the probe timeout of %s, after which there is no answer at all",
			a.Threshold.Unit.format(a.Threshold.Value), short(timeout))
	}
	if interval, what := intervalOf(a, e); !countable(a, interval) {
		return fmt.Sprintf("its window of %s holds too few answers at the %s interval of %s to see more than %s",
			a.Window.Value, what, short(interval), a.Threshold.Unit.format(a.Threshold.Value))
	}
	return ""
}

// inTime says whether a probe can take longer than the threshold before it is given up; 0 is no timeout. An
// alert that compares anything else is in time.
func (a *alert) inTime(timeout time.Duration) bool {
	return timeout == 0 || a.Threshold == nil || a.Threshold.Unit != unitProbeTime || a.Threshold.number() < timeout.Seconds()
}

// Omission is a catalogue alert that cannot work for a backend.
type Omission struct{ Alert, Deployment, Reason string }

// Omitted returns the alerts that cannot work here, sorted by alert and Deployment. Alerts the user
// disabled are not among them, nor those that have to be asked for.
func Omitted(e *env.Environment) []Omission {
	var out []Omission
	for _, info := range Catalogue() {
		if e.Alerts.Disabled[info.Name] || info.AskedFor != "" {
			continue
		}
		for i := range e.Backends {
			if reason := missingAlert(info.Name, e, &e.Backends[i]); reason != "" {
				out = append(out, Omission{info.Name, e.Backends[i].Deployment, reason})
			}
		}
	}
	return out
}
