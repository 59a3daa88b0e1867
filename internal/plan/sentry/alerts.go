package sentry

import (
	"fmt"
	"slices"
	"strings"
)

// What an alert waits for, in Sentry's words.
const (
	TriggerNewIssue   = "first_seen_event"
	TriggerRegression = "regression_event"
	// TriggerAny is every event; what else must hold is in Events and Window.
	TriggerAny = ""
)

// Alert tells somebody of issues of one environment. All of it is wanted.
type Alert struct {
	Environment string
	On          bool
	// Minutes is how long an issue is not told of again.
	Minutes int
	Trigger string
	// Events is how many of them must have come in Window; 0 asks for none.
	Events int
	Window string
	// Team is the slug of who is told; "" are the owners of the issue.
	Team string
	// Other is what an observed one has that cannot be wanted.
	Other string
}

// ObservedAlert is an alert and what it is connected with; without that it never fires.
type ObservedAlert struct {
	Alert
	// Detectors are numbers.
	Detectors []string
}

// differs says whether an alert is to be written, given the detectors it must be connected with.
func (a Alert) differs(got ObservedAlert, detectors []string) bool {
	unconnected := func(id string) bool { return !slices.Contains(got.Detectors, id) }
	return a != got.Alert || slices.ContainsFunc(detectors, unconnected)
}

// alertDrift names the alerts that are to be written. One of an environment that has sent no event cannot be
// made before: that is no drift.
func (s Settings) alertDrift(observed Settings) []string {
	var drift []string
	for name, wanted := range s.Alerts {
		got, exists := observed.AlertsFound[name]
		_, sends := observed.Environments[wanted.Environment]
		if exists && wanted.differs(got, observed.IssueDetectors) || !exists && sends {
			drift = append(drift, AlertPath(name))
		}
	}
	return drift
}

// Waiting names the alerts and metric monitors that Sentry takes only when their environment has sent an event, sorted.
func (s Settings) Waiting(observed Settings) []string {
	var waiting []string
	for name, wanted := range s.Alerts {
		_, exists := observed.AlertsFound[name]
		if _, sends := observed.Environments[wanted.Environment]; !exists && !sends {
			waiting = append(waiting, AlertPath(name))
		}
	}
	for name, wanted := range s.MetricMonitors {
		_, exists := observed.MetricMonitors[name]
		if _, sends := observed.Environments[wanted.Environment]; !exists && !sends {
			waiting = append(waiting, MetricMonitorPath(name))
		}
	}
	slices.Sort(waiting)
	return waiting
}

// text is the alert for people.
func (a Alert) text() string {
	var parts []string
	for _, part := range []struct {
		set  bool
		text string
	}{
		{a.Trigger == TriggerNewIssue, "new issue"},
		{a.Trigger == TriggerRegression, "regression"},
		{a.Trigger != TriggerNewIssue && a.Trigger != TriggerRegression && a.Trigger != TriggerAny, a.Trigger},
		{a.Events > 0, fmt.Sprintf("more than %d events in %s", a.Events, a.Window)},
		{true, fmt.Sprintf("every %dm at most", a.Minutes)},
		{a.Team != "", "team " + a.Team},
		{a.Team == "", "owners of the issue"},
		{!a.On, "disabled"},
		{a.Other != "", a.Other},
	} {
		if part.set {
			parts = append(parts, part.text)
		}
	}
	return strings.Join(parts, ", ")
}
