//go:build e2e

package e2e

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/tux-io/tux-monitoring-operator/hack/e2e/live"
)

// injection breaks a place and mends it.
type injection struct {
	breaks, mends func(p *place) error
}

const (
	// alertLimit is for an alert to fire: probe interval, what a rate over 5 minutes needs, for, evaluation, and a
	// busy machine.
	alertLimit = 4 * time.Minute
	// calmLimit is for everything to resolve: the longest window, and a busy machine.
	calmLimit = 7 * time.Minute
	// settle is how long a fault goes on after its alerts have come, for a wrong one to come too: longer
	// than the for of most, two evaluations and a probe.
	settle = 20 * time.Second
)

// try runs the faults of a place in the order of the table.
func (p *place) try(where Place, injections map[string]injection) {
	p.t.Helper()
	for _, fault := range Faults {
		if fault.Place != where {
			continue
		}
		inject, ok := injections[fault.Name]
		if !ok {
			p.t.Errorf("nobody knows how to bring about %q", fault.Name)
			continue
		}
		p.t.Run(fault.Name, func(t *testing.T) { p.on(t).tryOne(fault, inject) })
	}
}

// on is the same place for a subtest.
func (p *place) on(t *testing.T) *place {
	copied := *p
	copied.t = t
	return &copied
}

func (p *place) tryOne(fault Fault, inject injection) {
	line := row{fault: fault, result: "FAILED"}
	defer func() { shared.report.add(line) }()
	began := time.Now()
	p.must(inject.breaks(p))
	mended := false
	defer func() {
		if !mended {
			_ = inject.mends(p)
		}
	}()
	line.fired = eventually(p.ctx, p.t, "alerts fire", alertLimit, func(ctx context.Context) string {
		return p.missing(ctx, fault.Expected, began)
	})
	line.arrived = line.fired + eventually(p.ctx, p.t, "alerts arrive", alertLimit, func(context.Context) string {
		return p.notArrived(fault.Expected, "firing", began)
	})
	p.checkRouting(fault.Expected, began)
	for _, condition := range fault.Holds {
		eventually(p.ctx, p.t, condition, alertLimit, func(ctx context.Context) string { return p.doesNotHold(ctx, condition) })
	}
	p.pause(settle)

	healed := time.Now()
	mended = true
	p.must(inject.mends(p))
	line.resolved = eventually(p.ctx, p.t, "alerts resolve", calmLimit, func(ctx context.Context) string {
		if left := p.alertsLeft(ctx); left != "" {
			return left
		}
		return p.notArrived(fault.Expected, "resolved", healed)
	})
	// Targets that come back one after the other must not leave anything behind.
	p.pause(2 * live.Step)
	line.others = p.checkDiagnosis(fault, began)
	if fault.Forgotten != "" {
		eventually(p.ctx, p.t, fault.Forgotten, calmLimit, func(ctx context.Context) string { return p.doesNotHold(ctx, fault.Forgotten) })
	}
	if !p.t.Failed() {
		line.result = "ok"
	}
}

func (p *place) doesNotHold(ctx context.Context, condition string) string {
	vector, err := p.Prometheus.Query(ctx, strings.ReplaceAll(condition, "$ns", p.Namespace))
	if err != nil {
		return err.Error()
	}
	if len(vector) == 0 {
		return "it does not hold"
	}
	return ""
}

// missing are expected alerts that have not fired since.
func (p *place) missing(ctx context.Context, expected []string, since time.Time) string {
	fired, err := p.fired(ctx, since)
	if err != nil {
		return err.Error()
	}
	var missing []string
	for _, name := range expected {
		if _, ok := fired[name]; !ok {
			missing = append(missing, name)
		}
	}
	if len(missing) == 0 {
		return ""
	}
	return fmt.Sprintf("%s silent; firing: %s", strings.Join(missing, ", "), strings.Join(slices.Sorted(maps.Keys(fired)), ", "))
}

// fired are the alerts of the place that have fired since.
func (p *place) fired(ctx context.Context, since time.Time) (map[string][]live.Episode, error) {
	episodes, err := p.Prometheus.Alerts(ctx, p.Namespace, live.Firing, since, time.Now())
	if err != nil {
		return nil, err
	}
	fired := map[string][]live.Episode{}
	for _, episode := range episodes {
		fired[episode.Alert] = append(fired[episode.Alert], episode)
	}
	return fired, nil
}

func (p *place) notArrived(expected []string, status string, since time.Time) string {
	for _, name := range expected {
		if _, ok := p.Receiver.Arrived(p.Namespace, name, status, since); !ok {
			return fmt.Sprintf("no notification that %s is %s", name, status)
		}
	}
	return ""
}

// checkRouting: what arrived came by the route of this namespace, and carries what people route by.
func (p *place) checkRouting(expected []string, since time.Time) {
	p.t.Helper()
	for _, n := range p.Receiver.Since(p.Namespace, since) {
		if !slices.Contains(expected, n.Labels["alertname"]) {
			continue
		}
		for label, want := range map[string]string{"namespace": p.Namespace, "environment": p.Namespace} {
			if n.Labels[label] != want {
				p.t.Errorf("%s arrived with %s=%q, want %q", n.Labels["alertname"], label, n.Labels[label], want)
			}
		}
		for _, label := range []string{"backend", "severity", "job"} {
			if n.Labels[label] == "" {
				p.t.Errorf("%s arrived without the label %q", n.Labels["alertname"], label)
			}
		}
	}
}

// checkDiagnosis: nothing fired but what was expected or is allowed. It returns what is allowed and did.
func (p *place) checkDiagnosis(fault Fault, since time.Time) []string {
	p.t.Helper()
	fired, err := p.fired(p.ctx, since)
	p.must(err)
	var others []string
	for _, name := range slices.Sorted(maps.Keys(fired)) {
		switch {
		case slices.Contains(fault.Expected, name):
		case slices.Contains(fault.Allowed, name):
			others = append(others, name)
		default:
			for _, e := range fired[name] {
				p.t.Errorf("wrong diagnosis: %s fired from %s to %s after the fault: %v",
					name, e.First.Sub(since).Round(time.Second), e.Last.Sub(since).Round(time.Second), e.Labels)
			}
			others = append(others, name)
		}
	}
	return others
}
