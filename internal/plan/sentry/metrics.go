package sentry

import "fmt"

// What a metric monitor counts, in Sentry's words.
const (
	aggregateErrors = "count()"
	datasetErrors   = "events"
	// aggregateP95 is of spans in milliseconds, queryRequests those of them that are requests.
	aggregateP95  = "p95(span.duration)"
	datasetSpans  = "events_analytics_platform"
	queryRequests = "span.op:http.server"
)

// MetricMonitor makes an issue when a number of one environment is above a threshold. All of it is wanted.
type MetricMonitor struct {
	Environment string
	On          bool
	Aggregate   string
	Dataset     string
	Query       string
	// Above is the threshold, Window are seconds.
	Above, Window int
	// Other is what an observed one has that cannot be wanted.
	Other string
}

// ErrorRate counts errors in a window.
func ErrorRate(environment string, above, window int) MetricMonitor {
	return MetricMonitor{Environment: environment, On: true, Aggregate: aggregateErrors, Dataset: datasetErrors, Above: above, Window: window}
}

// P95 is the time, in milliseconds, within which 95 of 100 requests are answered.
func P95(environment string, above, window int) MetricMonitor {
	return MetricMonitor{
		Environment: environment, On: true, Aggregate: aggregateP95, Dataset: datasetSpans, Query: queryRequests, Above: above, Window: window,
	}
}

// OfSpans says whether it counts spans, and not errors.
func (m MetricMonitor) OfSpans() bool { return m.Dataset == datasetSpans }

// metricDrift names the metric monitors that are to be written. As with alerts, one of an environment that has sent
// no event cannot be made before.
func (s Settings) metricDrift(observed Settings) []string {
	var drift []string
	for name, wanted := range s.MetricMonitors {
		got, exists := observed.MetricMonitors[name]
		_, sends := observed.Environments[wanted.Environment]
		if exists && wanted != got || !exists && sends {
			drift = append(drift, MetricMonitorPath(name))
		}
	}
	return drift
}

// text is the monitor for people.
func (m MetricMonitor) text() string {
	text := fmt.Sprintf("%s above %d in %ds", m.Aggregate, m.Above, m.Window)
	if m.Query != "" {
		text += fmt.Sprintf(" of %q", m.Query)
	}
	if !m.On {
		text += ", disabled"
	}
	if m.Other != "" {
		text += ", " + m.Other
	}
	return text
}
