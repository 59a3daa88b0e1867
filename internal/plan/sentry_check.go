package plan

import (
	"fmt"
	"time"

	tuxv1alpha1 "github.com/tux-io/tux-monitoring-operator/api/v1alpha1"
	"github.com/tux-io/tux-monitoring-operator/internal/plan/env"
	"github.com/tux-io/tux-monitoring-operator/internal/plan/sentry"
)

func (p *Plan) checkSentry(spec *tuxv1alpha1.Sentry) {
	if spec == nil {
		return
	}
	p.checkRateLimit(spec)
	p.checkRotation(spec)
	p.checkCronMonitors(spec.CronMonitors)
	p.checkMetricMonitors(spec.MetricMonitors)
	for i := range spec.Alerts {
		one := &spec.Alerts[i]
		if wholeMinutes(one.RepeatInterval, maxRepeatInterval) {
			continue
		}
		p.refuse(tuxv1alpha1.ReasonInvalidDuration, fmt.Sprintf("spec.sentry.alerts[%s].repeatInterval", one.Name),
			string(one.RepeatInterval)+" is longer than 30d or no number of whole minutes, the alert is left as it is")
		delete(p.Environment.Sentry.Settings.Alerts, one.Name)
	}
}

func (p *Plan) checkMetricMonitors(spec []tuxv1alpha1.SentryMetricMonitor) {
	for i := range spec {
		one := &spec[i]
		if env.Duration(string(one.P95)) <= maxP95 {
			continue
		}
		p.refuse(tuxv1alpha1.ReasonInvalidDuration, fmt.Sprintf("spec.sentry.metricMonitors[%s].p95", one.Name),
			string(one.P95)+" is longer than 1h, the monitor is left as it is")
		delete(p.Environment.Sentry.Settings.MetricMonitors, one.Name)
	}
}

// wholeMinutes: or nothing at all.
func wholeMinutes(given tuxv1alpha1.Duration, most time.Duration) bool {
	d := env.Duration(string(given))
	return given == "" || d <= most && d >= time.Minute && d%time.Minute == 0
}

// checkCronMonitors: Sentry counts in whole minutes, and no longer than 28 days.
func (p *Plan) checkCronMonitors(spec []tuxv1alpha1.SentryCronMonitor) {
	for i := range spec {
		for name, given := range map[string]tuxv1alpha1.Duration{"margin": spec[i].Margin, "maxRuntime": spec[i].MaxRuntime} {
			if wholeMinutes(given, maxMonitorTime) {
				continue
			}
			p.refuse(tuxv1alpha1.ReasonInvalidDuration, fmt.Sprintf("spec.sentry.cronMonitors[%s].%s", spec[i].Slug, name),
				string(given)+" is longer than 28d or no number of whole minutes, the monitor is left as it is")
			delete(p.Environment.Sentry.Settings.CronMonitors, spec[i].Slug)
		}
	}
}

// checkRateLimit: Sentry counts in whole seconds, and no longer than a day.
func (p *Plan) checkRateLimit(spec *tuxv1alpha1.Sentry) {
	if spec.DSN == nil || spec.DSN.RateLimit == nil {
		return
	}
	window := env.Duration(string(spec.DSN.RateLimit.Window))
	if window <= maxLimitWindow && window%time.Second == 0 {
		return
	}
	p.refuse(tuxv1alpha1.ReasonInvalidDuration, "spec.sentry.dsn.rateLimit.window",
		string(spec.DSN.RateLimit.Window)+" is longer than 1d or no number of whole seconds, the limit is left as it is")
	p.Environment.Sentry.Settings.Key.RateLimit = nil
}

// checkRotation: a key must live longer than it takes to replace it.
func (p *Plan) checkRotation(spec *tuxv1alpha1.Sentry) {
	if spec.DSN == nil || spec.DSN.Rotation == nil {
		return
	}
	r := &p.Environment.Sentry.Rotation
	for _, one := range []struct {
		wrong       bool
		name, given string
		what        string
	}{
		{r.Interval > 0 && r.Interval < minKeyAge, "interval", string(spec.DSN.Rotation.Interval), "is less than 1d"},
		{r.Overlap < minKeyOverlap, "overlap", string(spec.DSN.Rotation.Overlap), "is less than 10m"},
		{r.Interval > 0 && r.Overlap >= r.Interval, "overlap", string(spec.DSN.Rotation.Overlap), "is not less than interval"},
	} {
		if one.wrong {
			p.refuse(tuxv1alpha1.ReasonInvalidDuration, "spec.sentry.dsn.rotation."+one.name, one.given+" "+one.what+", no key is replaced")
			*r = sentry.Rotation{}
			return
		}
	}
}
