package sentry

import (
	"context"

	plan "github.com/tux-io/tux-monitoring-operator/internal/plan/sentry"
)

// partsPerCheck is how many of the parts of a project beside its own settings and its keys are read by one check:
// with the organization, the project and the keys these are seven requests.
const partsPerCheck = 4

// Memory is what the last checks of one wanted state have read. Where more parts are wanted than one check may
// read they take turns, and the others are taken from here. Losing it costs reads.
type Memory struct {
	// whole is false until every part was read since the last write.
	whole    bool
	project  string
	observed plan.Settings
	next     int
}

// part is something of a project that is read by a request of its own.
type part struct {
	wanted bool
	read   func(context.Context, *plan.Settings) error
	// take copies what was read before.
	take func(from plan.Settings, to *plan.Settings)
}

func (p *Project) parts() []part {
	w := p.want
	all := []part{
		{w.Filters != plan.Filters{}, p.readFilters, func(from plan.Settings, to *plan.Settings) { to.Filters = from.Filters }},
		// Alerts and monitors are made only for an environment that is there.
		{len(w.Environments)+len(w.Alerts)+len(w.MetricMonitors) > 0, p.readEnvironments, func(from plan.Settings, to *plan.Settings) {
			to.Environments = from.Environments
		}},
		{w.Ownership != plan.Ownership{}, p.readOwnership, func(from plan.Settings, to *plan.Settings) { to.Ownership = from.Ownership }},
		{len(w.CronMonitors) > 0, p.readMonitors, func(from plan.Settings, to *plan.Settings) { to.CronMonitors = from.CronMonitors }},
		{len(w.Alerts)+len(w.MetricMonitors) > 0, p.readDetectors, func(from plan.Settings, to *plan.Settings) {
			to.IssueDetectors, to.MetricMonitors = from.IssueDetectors, from.MetricMonitors
		}},
		{len(w.Alerts) > 0, p.readAlerts, func(from plan.Settings, to *plan.Settings) { to.AlertsFound = from.AlertsFound }},
	}
	wanted := all[:0]
	for _, one := range all {
		if one.wanted {
			wanted = append(wanted, one)
		}
	}
	return wanted
}

// readParts reads the parts whose turn it is, all of them after a write.
func (p *Project) readParts(ctx context.Context, observed *plan.Settings) error {
	parts, m := p.parts(), p.memory
	begin, count := 0, len(parts)
	if m != nil && m.whole && m.project == p.id && count > partsPerCheck {
		begin, count = m.next%len(parts), partsPerCheck
	}
	for i := range parts {
		one := parts[(begin+i)%len(parts)]
		if i >= count {
			one.take(m.observed, observed)
			continue
		}
		if err := one.read(ctx, observed); err != nil {
			return err
		}
	}
	if m != nil {
		m.whole, m.project, m.observed, m.next = true, p.id, *observed, begin+count
	}
	return nil
}

// forget: what was read before a write may be otherwise now.
func (m *Memory) forget() {
	if m != nil {
		m.whole = false
	}
}
