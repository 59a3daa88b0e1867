package sentry

import "strings"

// The settings that there are several of are named in the path.
const (
	prefixEnvironment = "environments.hidden"
	prefixCronMonitor = "cronMonitors"
	prefixAlert       = "alerts"
	prefixMetric      = "metricMonitors"
)

func element(prefix, name string) string { return prefix + "[" + name + "]" }

func elementOf(prefix, path string) (string, bool) {
	rest, found := strings.CutPrefix(path, prefix+"[")
	if !found {
		return "", false
	}
	return strings.CutSuffix(rest, "]")
}

// EnvironmentPath is the path of whether an environment is hidden.
func EnvironmentPath(name string) string { return element(prefixEnvironment, name) }

// EnvironmentOf is the environment of a path of EnvironmentPath.
func EnvironmentOf(path string) (string, bool) { return elementOf(prefixEnvironment, path) }

// CronMonitorPath is the path of a cron monitor.
func CronMonitorPath(slug string) string { return element(prefixCronMonitor, slug) }

// CronMonitorOf is the slug of a path of CronMonitorPath.
func CronMonitorOf(path string) (string, bool) { return elementOf(prefixCronMonitor, path) }

// AlertPath is the path of an alert.
func AlertPath(name string) string { return element(prefixAlert, name) }

// AlertOf is the name of a path of AlertPath.
func AlertOf(path string) (string, bool) { return elementOf(prefixAlert, path) }

// MetricMonitorPath is the path of a metric monitor.
func MetricMonitorPath(name string) string { return element(prefixMetric, name) }

// MetricMonitorOf is the name of a path of MetricMonitorPath.
func MetricMonitorOf(path string) (string, bool) { return elementOf(prefixMetric, path) }
