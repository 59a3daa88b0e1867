package sentry

import (
	"cmp"
	"fmt"
	"strings"
)

// CronMonitor expects check-ins of a job, and makes an issue when they do not come. In a wanted one the zero
// value of a field means that it is left as it is.
type CronMonitor struct {
	Name string
	// Schedule is a crontab expression with five fields; an observed one may be anything.
	Schedule, Timezone string
	// Margin and MaxRuntime are minutes.
	Margin, MaxRuntime int
	// Failures and Recoveries in a row open and resolve an issue.
	Failures, Recoveries int
	// Active is true in every wanted one.
	Active bool
}

// Over is the monitor with what is not set taken from what there is.
func (m CronMonitor) Over(got CronMonitor) CronMonitor {
	m.Name, m.Timezone = cmp.Or(m.Name, got.Name), cmp.Or(m.Timezone, got.Timezone)
	m.Schedule = cmp.Or(m.Schedule, got.Schedule)
	m.Margin, m.MaxRuntime = cmp.Or(m.Margin, got.Margin), cmp.Or(m.MaxRuntime, got.MaxRuntime)
	m.Failures, m.Recoveries = cmp.Or(m.Failures, got.Failures), cmp.Or(m.Recoveries, got.Recoveries)
	return m
}

// differs says whether what is set is otherwise in what there is. White space and letter case of a schedule
// mean nothing.
func (m CronMonitor) differs(got CronMonitor) bool {
	return m.Over(got).normal() != got.normal()
}

func (m CronMonitor) normal() CronMonitor {
	m.Name = strings.TrimSpace(m.Name)
	m.Schedule = strings.ToLower(strings.Join(strings.Fields(m.Schedule), " "))
	return m
}

// text is the monitor for people.
func (m CronMonitor) text() string {
	parts := []string{m.Schedule}
	for _, part := range []struct {
		set  bool
		text string
	}{
		{m.Timezone != "", m.Timezone},
		{m.Name != "", fmt.Sprintf("named %q", m.Name)},
		{m.Margin > 0, fmt.Sprintf("margin %dm", m.Margin)},
		{m.MaxRuntime > 0, fmt.Sprintf("at most %dm", m.MaxRuntime)},
		{m.Failures > 0, fmt.Sprintf("after %d failures", m.Failures)},
		{m.Recoveries > 0, fmt.Sprintf("until %d successes", m.Recoveries)},
		{!m.Active, "disabled"},
	} {
		if part.set {
			parts = append(parts, part.text)
		}
	}
	return strings.Join(parts, ", ")
}
