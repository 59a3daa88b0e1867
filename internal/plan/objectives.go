package plan

import (
	"cmp"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strconv"

	tuxv1alpha1 "github.com/tux-io/tux-monitoring-operator/api/v1alpha1"
	"github.com/tux-io/tux-monitoring-operator/internal/plan/burnrate"
	"github.com/tux-io/tux-monitoring-operator/internal/plan/env"
	"github.com/tux-io/tux-monitoring-operator/internal/promql"
)

// checkObjectives puts those into force that can be watched. A refused entry is as if it were not there:
// one that is there by itself stays at its defaults.
func (p *Plan) checkObjectives(spec []tuxv1alpha1.Objective) {
	wanted := map[string]env.Objective{}
	// Where so little is kept no objective can be watched, which is not for the resource to correct.
	if kept := p.Environment.Retention.Time; kept == 0 || kept >= shortestWindow {
		for name := range defaultObjectives {
			wanted[name] = completeObjective(&tuxv1alpha1.Objective{Name: name}, kept)
		}
	}
	for i := range spec {
		if spec[i].State == tuxv1alpha1.StateDisabled {
			delete(wanted, spec[i].Name)
			continue
		}
		o, err := p.objective(&spec[i])
		if err == nil {
			wanted[spec[i].Name] = o
			continue
		}
		path, cause := "spec.objectives["+spec[i].Name+"]", err
		if at := (*objectiveError)(nil); errors.As(err, &at) {
			path, cause = path+"."+at.field, at.err
		}
		p.refuse(tuxv1alpha1.ReasonInvalidObjective, path, cause.Error())
	}
	for _, name := range slices.Sorted(maps.Keys(wanted)) {
		p.Environment.Objectives = append(p.Environment.Objectives, wanted[name])
	}
}

// objectiveError is what is wrong with one field of an objective.
type objectiveError struct {
	field string
	err   error
}

func (e *objectiveError) Error() string { return e.field + ": " + e.err.Error() }

func wrong(field string, err error) error {
	if err == nil {
		return nil
	}
	return &objectiveError{field, err}
}

// objective completes an entry and finds out whether it can be watched here.
func (p *Plan) objective(spec *tuxv1alpha1.Objective) (env.Objective, error) {
	o := completeObjective(spec, p.Environment.Retention.Time)
	err := cmp.Or(
		wrong("window", checkObjectiveWindow(&o, p.Environment.Retention)),
		wrong("target", checkReachable(&o)),
		wrong("indicator.source", p.checkSource(&o)),
		wrong("indicator.threshold", p.checkThreshold(&o)))
	if err != nil || o.Type != tuxv1alpha1.IndicatorRatio {
		return o, err
	}
	if o.Errors, err = counters(spec.Indicator.Errors); err != nil {
		return o, wrong("indicator.errors", err)
	}
	o.Total, err = counters(spec.Indicator.Total)
	return o, wrong("indicator.total", err)
}

func counters(text string) (env.Counters, error) {
	s, err := promql.ParseCounters(text)
	return env.Counters(s), err
}

// checkObjectiveWindow refuses a window of which the Prometheus has forgotten the beginning.
func checkObjectiveWindow(o *env.Objective, kept env.Retention) error {
	window := env.Duration(o.Window)
	if kept.Time == 0 || (window <= kept.Time && window >= shortestWindow) {
		return nil
	}
	if kept.Time < shortestWindow {
		return fmt.Errorf("an objective needs at least 7d of samples, and Prometheus %s keeps them for %s: raise its spec.retention",
			kept.Prometheus, promql.Duration(kept.Time))
	}
	return fmt.Errorf("%s is longer than Prometheus %s keeps its samples, which is %s: shorten the window or raise its spec.retention",
		o.Window, kept.Prometheus, promql.Duration(kept.Time))
}

// checkReachable refuses a burn factor that asks for more than all events to be bad.
func checkReachable(o *env.Objective) error {
	allowed := burnrate.Allowed(o.Target)
	for _, pair := range burnrate.Pairs(env.Duration(o.Window)) {
		field, watched := "alerting.ticket", o.Tickets
		if pair.Page {
			field, watched = "alerting.page", o.Pages
		}
		if err := pair.Check(allowed); watched && err != nil {
			return fmt.Errorf("%s over %s cannot be watched over %s: %w; set a target of at least %s, a shorter window, or %s to Disabled",
				o.Target, o.Window, promql.Duration(pair.Long), err, burnrate.Decimal(pair.LowestTarget()), field)
		}
	}
	return nil
}

func (p *Plan) checkSource(o *env.Objective) error {
	if o.Source == tuxv1alpha1.SourceProbes && !p.Environment.Probes.Enabled {
		return errors.New("is Probes, but spec.probes.state is Disabled")
	}
	return nil
}

func (p *Plan) checkThreshold(o *env.Objective) error {
	if o.Type != tuxv1alpha1.IndicatorLatency {
		return nil
	}
	seconds, err := strconv.ParseFloat(o.Threshold, 64)
	if err != nil {
		return fmt.Errorf("%q is no decimal number", o.Threshold)
	}
	if o.Source == tuxv1alpha1.SourceMetrics {
		return promql.CheckBucket(o.Threshold, seconds)
	}
	if timeout := p.Environment.Probes.Timeout; seconds <= 0 || seconds >= env.Duration(timeout).Seconds() {
		return fmt.Errorf("%q must be above 0 and below spec.probes.timeout, %s, after which no probe waits", o.Threshold, timeout)
	}
	return nil
}

// objectiveStatus lists what is watched, by Deployment.
func objectiveStatus(e *env.Environment) []tuxv1alpha1.ObjectiveStatus {
	var out []tuxv1alpha1.ObjectiveStatus
	for i := range e.Backends {
		for j := range e.Objectives {
			o := &e.Objectives[j]
			if !o.For(&e.Backends[i]) {
				continue
			}
			out = append(out, tuxv1alpha1.ObjectiveStatus{
				Name: o.Name, Deployment: e.Backends[i].Deployment, Indicator: indicatorText(o),
				Target: o.Target, Window: o.Window,
			})
		}
	}
	return out
}

func indicatorText(o *env.Objective) string {
	if o.Type == tuxv1alpha1.IndicatorLatency {
		return fmt.Sprintf("Latency of %ss from %s", o.Threshold, o.Source)
	}
	return fmt.Sprintf("%s from %s", o.Type, o.Source)
}
