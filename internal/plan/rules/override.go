package rules

import (
	"cmp"
	"fmt"
	"slices"
	"time"

	"github.com/tux-io/tux-monitoring-operator/internal/plan/env"
)

// maxWindow keeps an expression from reading more than a day of raw series at every evaluation.
const maxWindow = 24 * time.Hour

// CheckThreshold returns why the threshold of o makes no sense for the alert, as a message about
// spec.alerts.overrides[name].threshold; nil if it does or is unset. Severity and for cannot be wrong
// once the API server has accepted them; for the window see CheckWindow.
func CheckThreshold(name string, o env.Override) error {
	entry, err := entryOf(name)
	if err != nil || o.Threshold == "" {
		return err
	}
	if entry.Threshold == nil {
		return fmt.Errorf("alert %q has no threshold", name)
	}
	return entry.Threshold.Unit.check(o.Threshold)
}

// CheckWindow returns why the window of o makes no sense for the alert in e, as a message about
// spec.alerts.overrides[name].window; nil if it does or is unset. The threshold of o must be one
// CheckThreshold accepts.
func CheckWindow(name string, o env.Override, e *env.Environment) error {
	entry, err := entryOf(name)
	if err != nil || o.Window == "" {
		return err
	}
	if entry.Window == nil {
		return fmt.Errorf("alert %q has no window", name)
	}
	window := env.Duration(o.Window)
	interval, what := intervalOf(entry, e)
	changed := overridden(entry, o)
	switch {
	case window > maxWindow:
		return fmt.Errorf("%q is longer than %s", o.Window, short(maxWindow))
	case window < 2*interval:
		return fmt.Errorf("%q is shorter than two of the %s intervals of %s, give at least %s",
			o.Window, what, short(interval), short(2*interval))
	case !countable(&changed, interval):
		return fmt.Errorf("%q holds too few answers at the %s interval of %s to see more than %s, give at least %s",
			o.Window, what, short(interval), changed.Threshold.Unit.format(changed.Threshold.Value), short(answersFor(&changed)*interval))
	}
	return nil
}

func checkOverride(name string, e *env.Environment) error {
	o := e.Alerts.Overrides[name]
	return cmp.Or(CheckThreshold(name, o), CheckWindow(name, o, e))
}

// entryOf returns the first entry of an alert; its variants agree on their knobs.
func entryOf(name string) (*alert, error) {
	entries := variants(name)
	if len(entries) == 0 {
		return nil, fmt.Errorf("no alert %q in the catalogue", name)
	}
	return entries[0], nil
}

// intervalOf returns how often the series of an alert get a sample, and what brings it. Alerts on
// metrics are adjusted for all backends at once, so the slowest scrape counts.
func intervalOf(a *alert, e *env.Environment) (interval time.Duration, what string) {
	if a.readsProbes() {
		return env.Duration(e.Probes.Interval), "probe"
	}
	for i := range e.Backends {
		interval = max(interval, env.Duration(e.Backends[i].Metrics.Interval))
	}
	return interval, "scrape"
}

// countable says whether the window of an alert that counts changes can hold more of them than its
// threshold; any other alert is.
func countable(a *alert, interval time.Duration) bool {
	if a.Window == nil || a.Threshold == nil || !a.countsSamples() {
		return true
	}
	return env.Duration(a.Window.Value) >= answersFor(a)*interval
}

// countsSamples says whether the alert counts from sample to sample. Of several processes Kubernetes counts the
// restarts, and loses none between two samples.
func (a *alert) countsSamples() bool {
	return a.Threshold.Unit == unitChanges || a.Threshold.Unit == unitRestarts && slices.Contains(a.When, conditionSingle)
}

// answersFor is how many answers it takes to see one change more than the threshold.
func answersFor(a *alert) time.Duration { return time.Duration(a.Threshold.number()) + 2 }

// adjusted returns the entry with the override of e applied.
func adjusted(a *alert, e *env.Environment) alert { return overridden(a, e.Alerts.Overrides[a.Name]) }

func overridden(a *alert, o env.Override) alert {
	out := *a
	out.For = cmp.Or(o.For, a.For)
	out.Severity = cmp.Or(o.Severity, a.Severity)
	if a.Threshold != nil {
		t := *a.Threshold
		t.Value = cmp.Or(o.Threshold, t.Value)
		out.Threshold = &t
	}
	if a.Window != nil {
		w := *a.Window
		w.Value = cmp.Or(o.Window, w.Value)
		out.Window = &w
	}
	return out
}
