package main

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/tux-io/tux-monitoring-operator/hack/e2e/live"
)

// healDatabase mends what breakDatabase broke, and waits until everybody has heard of it.
func (f *full) healDatabase(ctx context.Context) error {
	before := f.traffic.Counts()
	if err := f.flip(ctx, nil); err != nil {
		return err
	}
	if err := f.watch(ctx, f.healed, f.recovery(before)...); err != nil {
		return err
	}
	if err := f.checkDiagnosis(ctx); err != nil {
		return err
	}
	f.printer.line("From the first second of the fault until now: one page, and its end.")
	return f.showChat(ctx)
}

// recovery is what follows from a database that is back.
func (f *full) recovery(before map[int]int) []milestone {
	return []milestone{
		{"probes of every pod: ready yes, database yes", func(ctx context.Context) string {
			return f.answersDiffer(ctx, map[string]float64{"ready": 1, "database": 1, "full": 1})
		}},
		{"all pods are ready, and endpoints of the Service again", func(ctx context.Context) string {
			return f.endpointsDiffer(ctx, true)
		}},
		{"users get answers", func(context.Context) string { return f.noAnswers(before) }},
		{"the way of users answers the probe", func(ctx context.Context) string {
			return f.answersDiffer(ctx, map[string]float64{"entry": 1})
		}},
		{"no alert is firing or pending in Prometheus", f.alertsLeft},
		{"the pager has heard that it is resolved", func(context.Context) string {
			return f.notArrived("resolved", f.healed)
		}},
	}
}

func (f *full) noAnswers(before map[int]int) string {
	now := f.traffic.Counts()
	for status, n := range now {
		if status >= 200 && status < 300 && n > before[status] {
			return ""
		}
	}
	return "users got " + describeCounts(before, now)
}

// alertsLeft is about alerts that say that something is wrong now; exceptionsAlert looks back for minutes.
func (f *full) alertsLeft(ctx context.Context) string {
	for _, state := range []string{live.Firing, live.Pending} {
		names, err := f.env.Prometheus.Now(ctx, resourceNamespace, state)
		if err != nil {
			return err.Error()
		}
		names = slices.DeleteFunc(names, func(name string) bool { return name == exceptionsAlert })
		if len(names) > 0 {
			return fmt.Sprintf("still %s: %s", state, strings.Join(names, ", "))
		}
	}
	return ""
}

// showChat tells of what was worth knowing but no page.
func (f *full) showChat(ctx context.Context) error {
	heard := firing(f.env.Receiver.Since(chat, f.broken), exceptionsAlert)
	if len(heard) == 0 {
		return nil
	}
	f.printer.line("The chat, where nobody is woken, has this for whoever wants to know what users met:")
	f.printer.line("  | %s: %s", heard[0].Labels["alertname"], heard[0].Annotations["summary"])
	for _, line := range fold(heard[0].Annotations["description"], pageWidth) {
		f.printer.line("  | %s", line)
	}
	names, err := f.env.Prometheus.Now(ctx, resourceNamespace, live.Firing)
	if err != nil {
		return err
	}
	if slices.Contains(names, exceptionsAlert) {
		f.printer.line("It looks back over minutes and stays until those have passed.")
	}
	return nil
}
