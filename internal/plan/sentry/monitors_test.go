package sentry_test

import (
	"reflect"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/tux-io/tux-monitoring-operator/internal/plan/sentry"
)

// eachField gives each field of a value in turn another value, and says which one it was.
func eachField[T any](t *testing.T, value T, check func(field string, changed T)) {
	t.Helper()
	for i := range reflect.TypeOf(value).NumField() {
		changed := value
		field := reflect.ValueOf(&changed).Elem().Field(i)
		switch field.Kind() {
		case reflect.String:
			field.SetString(field.String() + "x")
		case reflect.Int:
			field.SetInt(field.Int() + 1)
		case reflect.Bool:
			field.SetBool(!field.Bool())
		default:
			t.Fatalf("a field of kind %s", field.Kind())
		}
		check(reflect.TypeOf(value).Field(i).Name, changed)
	}
}

func TestEachFieldOfACronMonitorIsCompared(t *testing.T) {
	whole := sentry.CronMonitor{
		Name: "Nightly", Schedule: "0 3 * * MON", Timezone: "UTC", Margin: 1, MaxRuntime: 2, Failures: 3, Recoveries: 4, Active: true,
	}
	drift := func(want, got sentry.CronMonitor) bool {
		all := func(m sentry.CronMonitor) sentry.Settings {
			return sentry.Settings{CronMonitors: map[string]sentry.CronMonitor{"a": m}}
		}
		return len(all(want).Drift(all(got))) > 0
	}
	eachField(t, whole, func(field string, changed sentry.CronMonitor) {
		if !drift(whole, changed) {
			t.Errorf("%s may be anything", field)
		}
		if least := (sentry.CronMonitor{Active: true}); field != "Active" && drift(least, changed) {
			t.Errorf("%s is not set, and drift all the same", field)
		}
	})
	other := whole
	other.Schedule, other.Name = " 0  3 * * mon", "Nightly "
	if drift(whole, other) {
		t.Error("white space and letter case are drift")
	}
	if diff := cmp.Diff(whole, sentry.CronMonitor{Active: true}.Over(whole)); diff != "" {
		t.Error(diff)
	}
	if !drift(whole, sentry.CronMonitor{}) || len((sentry.Settings{}).Drift(sentry.Settings{CronMonitors: map[string]sentry.CronMonitor{"a": whole}})) > 0 {
		t.Error("a monitor that is not wanted is drift, or one that is empty none")
	}
}

func TestEachFieldOfAnAlertIsCompared(t *testing.T) {
	whole := sentry.Alert{Environment: "live", On: true, Minutes: 30, Events: 5, Window: "1h", Team: "ops"}
	want := sentry.Settings{Alerts: map[string]sentry.Alert{"a": whole}}
	drift := func(got sentry.Alert, connected ...string) bool {
		return len(want.Drift(sentry.Settings{
			AlertsFound: map[string]sentry.ObservedAlert{"a": {Alert: got, Detectors: connected}}, IssueDetectors: []string{"1", "2"},
		})) > 0
	}
	eachField(t, whole, func(field string, changed sentry.Alert) {
		if !drift(changed, "1", "2") {
			t.Errorf("%s may be anything", field)
		}
	})
	if drift(whole, "3", "2", "1") || !drift(whole, "1") || !drift(whole) {
		t.Error("an alert is connected with the detectors of the project, and whatever else")
	}
	if len(want.Drift(sentry.Settings{})) > 0 || len(want.Drift(sentry.Settings{Environments: map[string]bool{"live": true}})) == 0 {
		t.Error("an alert is made as soon as its environment is there, and not before")
	}
}

func TestEachFieldOfAMetricMonitorIsCompared(t *testing.T) {
	for _, whole := range []sentry.MetricMonitor{sentry.ErrorRate("live", 5, 900), sentry.P95("live", 800, 300)} {
		want := sentry.Settings{MetricMonitors: map[string]sentry.MetricMonitor{"a": whole}}
		eachField(t, whole, func(field string, changed sentry.MetricMonitor) {
			if len(want.Drift(sentry.Settings{MetricMonitors: map[string]sentry.MetricMonitor{"a": changed}})) == 0 {
				t.Errorf("%s may be anything", field)
			}
		})
		if len(want.Drift(sentry.Settings{})) > 0 || len(want.Drift(sentry.Settings{Environments: map[string]bool{"live": true}})) == 0 {
			t.Error("a monitor is made as soon as its environment is there, and not before")
		}
	}
}

func TestMonitorsForPeople(t *testing.T) {
	s := sentry.Settings{
		CronMonitors: map[string]sentry.CronMonitor{
			"a": {Name: "N", Schedule: "0 3 * * *", Timezone: "UTC", Margin: 1, MaxRuntime: 2, Failures: 3, Recoveries: 4, Active: true},
			"b": {Schedule: "0 3 * * *"},
		},
		MetricMonitors: map[string]sentry.MetricMonitor{"a": sentry.ErrorRate("live", 5, 900), "b": {Aggregate: "apdex(1)", Query: "q", Other: "percent"}},
	}
	for path, want := range map[string]string{
		"cronMonitors[a]":   `0 3 * * *, UTC, named "N", margin 1m, at most 2m, after 3 failures, until 4 successes`,
		"cronMonitors[b]":   "0 3 * * *, disabled",
		"metricMonitors[a]": "count() above 5 in 900s",
		"metricMonitors[b]": `apdex(1) above 0 in 0s of "q", disabled, percent`,
		"metricMonitors[c]": "",
	} {
		if got := s.Text(path); got != want {
			t.Errorf("%s: %q, want %q", path, got, want)
		}
	}
}
