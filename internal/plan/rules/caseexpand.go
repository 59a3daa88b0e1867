package rules

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/prometheus/common/model"

	"github.com/tux-io/tux-monitoring-operator/internal/plan/env"
)

// expandCase fills in an entry.
func (s *caseScope) expandCase(entry *caseEntry) (Case, error) {
	rule, err := alertRule(s, s.scope, s.alert)
	if err != nil {
		return Case{}, err
	}
	out := Case{
		Alert: s.alert.Name, Backend: s.Backend, About: s.about(), Labels: rule.Labels, For: env.Duration(s.alert.For), Always: entry.Always,
	}
	x := expansion{caseScope: s}
	if out.Skipped = x.text(entry.Skip); out.Skipped != "" || x.err != nil {
		return out, x.err
	}
	if out.Tellers, err = tellersIn(rule.Expr.StrVal); err != nil {
		return Case{}, err
	}
	out.Step = x.span(cmp.Or(entry.Step, short(s.step())))
	out.Before = x.span(cmp.Or(entry.Before, "30m"))
	out.Healthy = x.series(entry.Healthy)
	out.Situations = x.situations(entry)
	return out, x.err
}

// step is how often Prometheus looks, if nobody says otherwise.
func (s *caseScope) step() time.Duration {
	step := 30 * time.Second
	if s.Backend == "" {
		return step
	}
	step = min(step, env.Duration(s.backend.Metrics.Interval))
	if s.environment.Probes.Enabled {
		step = min(step, s.probeInterval())
	}
	return max(step, time.Second)
}

// situations expands all that can happen.
func (x *expansion) situations(entry *caseEntry) []Situation {
	margin := x.number(cmp.Or(string(entry.Margin), usualMargin))
	above := x.at(1 + margin)
	out := []Situation{above.firing(JustAbove, entry.Fault, entry.Labels, entry, entry.After, entry.Lasts)}
	out[0].Records = above.records(entry.Records)
	if s := out[0]; s.Name != "" && entry.Below != belowNone && !entry.Always {
		below := x.at(1 - margin)
		s.Name, s.Fires, s.Labels, s.Records, s.Series = JustBelow, false, nil, nil, below.series(entry.Fault)
		out = append(out, s)
		x.err = cmp.Or(x.err, below.err)
	}
	for _, name := range slices.Sorted(maps.Keys(entry.Also)) {
		also := entry.Also[name]
		after, lasts := cmp.Or(also.After, entry.After), cmp.Or(also.Lasts, entry.Lasts)
		out = append(out, above.firing(name, also.Fault, also.labelsOr(entry), entry, after, lasts))
	}
	for _, name := range slices.Sorted(maps.Keys(entry.Near)) {
		s := above.firing(name, entry.Near[name], entry.Labels, entry, entry.After, entry.Lasts)
		s.Fires, s.Labels = false, nil
		out = append(out, s)
	}
	x.err = cmp.Or(x.err, above.err)
	return slices.DeleteFunc(out, func(s Situation) bool { return s.Name == "" })
}

// firing expands one situation in which the alert fires.
func (x *expansion) firing(name string, fault seriesEntry, labels labelsEntry, entry *caseEntry, after, lasts string) Situation {
	s := Situation{Name: x.text(name), Fires: true}
	if s.Name == "" {
		return s
	}
	s.Series, s.Labels = x.series(fault), x.labels(labels)
	s.After = x.span(cmp.Or(after, "0s"))
	s.Lasts = x.span(cmp.Or(lasts, "15m"))
	s.Forgotten = s.After + 10*time.Minute
	if entry.Forgotten != "" {
		s.Forgotten = x.span(entry.Forgotten)
	}
	return s
}

func (a *alsoEntry) labelsOr(entry *caseEntry) labelsEntry {
	if a.Labels != nil {
		return a.Labels
	}
	return entry.Labels
}

// expansion fills in templates for one value of the threshold and remembers the first error.
type expansion struct {
	*caseScope
	err error
}

// at returns the expansion whose .Value is factor times the threshold.
func (x *expansion) at(factor float64) *expansion {
	s := *x.caseScope
	s.Value = s.near(factor)
	return &expansion{caseScope: &s}
}

func (x *expansion) fail(err error) {
	if x.err == nil {
		x.err = err
	}
}

func (x *expansion) text(template string) string {
	out, err := x.expand(template)
	if err != nil {
		x.fail(fmt.Errorf("%q: %w", template, err))
	}
	return out
}

func (x *expansion) number(template string) float64 {
	out, err := strconv.ParseFloat(x.text(template), 64)
	if err != nil {
		x.fail(fmt.Errorf("%q is no number", template))
	}
	return out
}

func (x *expansion) span(template string) time.Duration {
	d, err := model.ParseDuration(x.text(template))
	if err != nil {
		x.fail(fmt.Errorf("%q is no duration", template))
	}
	return time.Duration(d)
}

// series expands a world: one entry may become several series, or none.
func (x *expansion) series(entry seriesEntry) map[string]Behaviour {
	out := map[string]Behaviour{}
	for _, key := range slices.Sorted(maps.Keys(entry)) {
		for series := range strings.Lines(x.text(key)) {
			series = strings.TrimSpace(series)
			if series == "" {
				continue
			}
			b, err := parseBehaviour(x.text(string(entry[key])))
			if err != nil {
				x.fail(fmt.Errorf("series %s: %w", series, err))
			}
			out[series] = b
		}
	}
	return out
}

// labels completes the labels of what fires.
func (x *expansion) labels(entries labelsEntry) []map[string]string {
	if len(entries) == 0 {
		entries = labelsEntry{{}}
	}
	out := make([]map[string]string, 0, len(entries))
	for _, entry := range entries {
		labels := map[string]string{"alertname": x.alert.Name}
		for name, value := range entry {
			if value := x.text(string(value)); value != "" {
				labels[name] = value
			}
		}
		maps.Copy(labels, map[string]string{
			env.AlertNamespace: x.Namespace, env.AlertEnvironment: x.Environment, env.AlertSeverity: x.alert.Severity,
		})
		if x.Backend != "" {
			labels[env.AlertBackend] = x.Backend
		}
		out = append(out, labels)
	}
	return out
}

func (x *expansion) records(entries map[string]text) map[string]float64 {
	out := map[string]float64{}
	for key, value := range entries {
		if series := x.text(key); series != "" {
			out[series] = x.number(string(value))
		}
	}
	return out
}
