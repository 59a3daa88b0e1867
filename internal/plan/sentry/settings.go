package sentry

import (
	"maps"
	"slices"
)

// Settings are those of a project and of the client key of an environment. In a wanted state nil means
// that the setting is left as it is; in an observed one everything is set.
type Settings struct {
	// Slug is part of addresses; the project is known by its number whatever its slug.
	Slug     *string
	Name     *string
	Platform *string
	// Teams have access; at least one.
	Teams []string
	// DefaultEnvironment is the one Sentry shows first.
	DefaultEnvironment *string
	// Environments says of each whether it is hidden. One that has sent no event does not exist, and
	// cannot be hidden before it does: that is no drift.
	Environments map[string]bool
	Privacy      Privacy
	Filters      Filters
	Ownership    Ownership
	Key          Key
	// CronMonitors are by slug. What is not wanted is left alone, whoever made it.
	CronMonitors map[string]CronMonitor
	// Alerts are by name. What is not wanted is left alone, whoever made it.
	Alerts map[string]Alert
	// MetricMonitors are by name. What is not wanted is left alone, whoever made it.
	MetricMonitors map[string]MetricMonitor
	// AlertsFound and IssueDetectors are only in an observed state: the alerts of the wanted names, and the
	// numbers of the detectors that an alert must be connected with.
	AlertsFound    map[string]ObservedAlert
	IssueDetectors []string
}

// Privacy says what is removed from events before they are stored.
type Privacy struct {
	// Scrubber removes the values of sensitive fields, Defaults adds those with well-known names.
	Scrubber, Defaults *bool
	// IPAddresses is true if addresses are removed.
	IPAddresses *bool
	// SensitiveFields and SafeFields add to the names; empty lists clear them.
	SensitiveFields, SafeFields []string
	// Rules is a configuration as PIIRules makes it; "" is none.
	Rules *string
}

// Filters drop events before they count.
type Filters struct {
	BrowserExtensions, HealthChecks, LegacyBrowsers, Localhost, WebCrawlers *bool
}

// Ownership says to whom issues belong.
type Ownership struct {
	Rules          *string
	AutoAssignment *string
}

// Key is the client key of an environment.
type Key struct {
	Name      *string
	Active    *bool
	RateLimit *RateLimit
}

// RateLimit is how many events are taken in a number of seconds; the zero value is no limit.
type RateLimit struct{ Count, Window int }

// Drift names the settings which the receiver sets and observed has otherwise, sorted.
func (s Settings) Drift(observed Settings) []string {
	var drift []string
	for _, field := range fields {
		if field.differs(s, observed) {
			drift = append(drift, field.path)
		}
	}
	for _, name := range slices.Sorted(maps.Keys(s.Environments)) {
		hidden, exists := observed.Environments[name]
		if exists && hidden != s.Environments[name] {
			drift = append(drift, EnvironmentPath(name))
		}
	}
	for slug, wanted := range s.CronMonitors {
		if got, exists := observed.CronMonitors[slug]; !exists || wanted.differs(got) {
			drift = append(drift, CronMonitorPath(slug))
		}
	}
	drift = append(drift, s.alertDrift(observed)...)
	drift = append(drift, s.metricDrift(observed)...)
	slices.Sort(drift)
	return drift
}
