package plan

import (
	"cmp"
	"time"

	tuxv1alpha1 "github.com/tux-io/tux-monitoring-operator/api/v1alpha1"
	"github.com/tux-io/tux-monitoring-operator/internal/plan/env"
	"github.com/tux-io/tux-monitoring-operator/internal/plan/sentry"
)

// The defaults of spec.sentry.
const (
	defaultSentryURL      = "https://sentry.io"
	defaultSentryPlatform = "python-django"
	defaultLimitWindow    = "1m"
	// maxLimitWindow is the longest one Sentry counts in.
	maxLimitWindow = 24 * time.Hour
	// maxMonitorTime is the longest margin and run of a cron monitor.
	maxMonitorTime = 28 * 24 * time.Hour
	// maxRepeatInterval is ours: Sentry takes any, and one that is longer is an alert nobody hears.
	maxRepeatInterval  = 30 * 24 * time.Hour
	defaultAlertRepeat = "30m"
	defaultAlertWindow = "1h"
	// maxP95 is ours: what takes longer is no request.
	maxP95              = time.Hour
	defaultMetricWindow = "15m"
	// The bounds of rotation are ours: a key that is replaced more often than pods start helps nobody.
	minKeyAge, minKeyOverlap = 24 * time.Hour, 10 * time.Minute
	defaultKeyOverlap        = "1d"
)

// autoAssignments are Sentry's words for ours.
var autoAssignments = map[tuxv1alpha1.AutoAssignment]string{
	tuxv1alpha1.AutoAssignmentIssueOwner:     "Auto Assign to Issue Owner",
	tuxv1alpha1.AutoAssignmentSuspectCommits: "Auto Assign to Suspect Commits",
	tuxv1alpha1.AutoAssignmentDisabled:       "Turn off Auto-Assignment",
}

// completeSentry fills in the defaults. Settings get none: what is not set is not touched.
func completeSentry(spec *tuxv1alpha1.Sentry, environment string) *env.Sentry {
	if spec == nil {
		return nil
	}
	s := &env.Sentry{
		URL:          cmp.Or(string(spec.URL), defaultSentryURL),
		Organization: spec.Organization,
		Token:        spec.TokenSecretRef,
		Slug:         spec.Project.Slug,
		Name:         cmp.Or(spec.Project.Name, spec.Project.Slug),
		Platform:     cmp.Or(spec.Project.Platform, defaultSentryPlatform),
		Member:       spec.Project.Sharing == tuxv1alpha1.SharingMember,
		Adoption:     sentry.Adoption(cmp.Or(spec.Project.Adoption, tuxv1alpha1.AdoptionNever)),
		Deletes:      spec.DeletionPolicy == tuxv1alpha1.DeletionPolicyDelete,
		KeyName:      environment,
	}
	if spec.DSN != nil {
		s.KeyName = cmp.Or(spec.DSN.KeyName, environment)
		s.Rotation = keyRotation(spec.DSN.Rotation)
	}
	if len(spec.Teams) > 0 {
		s.Team = string(spec.Teams[0])
	}
	s.Settings = sentrySettings(spec, s)
	s.Environment = environment
	s.ProofOnChange = spec.Privacy != nil && spec.Privacy.Proof != tuxv1alpha1.PrivacyProofOnRequest
	s.Settings.Alerts = sentryAlerts(spec.Alerts, environment)
	s.Settings.MetricMonitors = metricMonitors(spec.MetricMonitors, environment)
	return s
}

func sentrySettings(spec *tuxv1alpha1.Sentry, s *env.Sentry) sentry.Settings {
	settings := sentry.Settings{Key: keySettings(spec.DSN, s.KeyName)}
	if s.Member {
		return settings
	}
	settings.Slug = &s.Slug
	settings.Name, settings.Platform = set(spec.Project.Name), set(spec.Project.Platform)
	settings.Teams = texts(spec.Teams)
	settings.Privacy = privacySettings(spec.Privacy)
	settings.Filters = filterSettings(spec.Filters)
	if e := spec.Environments; e != nil {
		settings.DefaultEnvironment = set(string(e.Default))
		settings.Environments = hidden(e)
	}
	if o := spec.Ownership; o != nil {
		settings.Ownership = sentry.Ownership{Rules: set(o.Rules), AutoAssignment: set(autoAssignments[o.AutoAssignment])}
	}
	settings.CronMonitors = cronMonitors(spec.CronMonitors)
	return settings
}

// triggers are Sentry's words for ours.
var triggers = map[tuxv1alpha1.SentryAlertType]string{
	tuxv1alpha1.SentryAlertNewIssue: sentry.TriggerNewIssue, tuxv1alpha1.SentryAlertRegression: sentry.TriggerRegression,
	tuxv1alpha1.SentryAlertHighVolume: sentry.TriggerAny,
}

// sentryAlerts are those of an owner and of members alike: each is of one environment.
func sentryAlerts(spec []tuxv1alpha1.SentryAlert, environment string) map[string]sentry.Alert {
	if len(spec) == 0 {
		return nil
	}
	all := map[string]sentry.Alert{}
	for i := range spec {
		one := &spec[i]
		alert := sentry.Alert{
			Environment: environment, On: true, Trigger: triggers[one.Type], Team: string(one.Team),
			Minutes: minutes(cmp.Or(one.RepeatInterval, defaultAlertRepeat)),
		}
		if one.Type == tuxv1alpha1.SentryAlertHighVolume {
			alert.Events, alert.Window = int(one.Events), cmp.Or(string(one.Window), defaultAlertWindow)
		}
		all[one.Name] = alert
	}
	return all
}

// metricMonitors are those of an owner and of members alike: each is of one environment.
func metricMonitors(spec []tuxv1alpha1.SentryMetricMonitor, environment string) map[string]sentry.MetricMonitor {
	if len(spec) == 0 {
		return nil
	}
	all := map[string]sentry.MetricMonitor{}
	for i := range spec {
		one := &spec[i]
		window := int(env.Duration(cmp.Or(string(one.Window), defaultMetricWindow)) / time.Second)
		all[one.Name] = sentry.ErrorRate(environment, int(one.Errors), window)
		if one.P95 != "" {
			all[one.Name] = sentry.P95(environment, int(env.Duration(string(one.P95))/time.Millisecond), window)
		}
	}
	return all
}

func cronMonitors(spec []tuxv1alpha1.SentryCronMonitor) map[string]sentry.CronMonitor {
	if len(spec) == 0 {
		return nil
	}
	all := map[string]sentry.CronMonitor{}
	for i := range spec {
		one := &spec[i]
		all[one.Slug] = sentry.CronMonitor{
			Name: one.Name, Schedule: one.Schedule, Timezone: one.Timezone, Active: true,
			Margin: minutes(one.Margin), MaxRuntime: minutes(one.MaxRuntime),
			Failures: int(one.FailureThreshold), Recoveries: int(one.RecoveryThreshold),
		}
	}
	return all
}

func minutes(d tuxv1alpha1.Duration) int { return int(env.Duration(string(d)) / time.Minute) }

// keySettings: the key is ours and of no use while it is switched off.
func keySettings(spec *tuxv1alpha1.SentryDSN, name string) sentry.Key {
	active := true
	key := sentry.Key{Name: &name, Active: &active}
	if spec != nil && spec.RateLimit != nil && spec.RateLimit.Count != nil {
		window := env.Duration(cmp.Or(string(spec.RateLimit.Window), defaultLimitWindow))
		key.RateLimit = &sentry.RateLimit{Count: int(*spec.RateLimit.Count), Window: int(window / time.Second)}
	}
	return key
}

func keyRotation(spec *tuxv1alpha1.SentryKeyRotation) sentry.Rotation {
	if spec == nil {
		return sentry.Rotation{}
	}
	r := sentry.Rotation{Interval: env.Duration(string(spec.Interval)), Overlap: env.Duration(cmp.Or(string(spec.Overlap), defaultKeyOverlap))}
	if spec.NotBefore != nil {
		r.NotBefore = spec.NotBefore.Time
	}
	return r
}

func privacySettings(spec *tuxv1alpha1.SentryPrivacy) sentry.Privacy {
	if spec == nil {
		return sentry.Privacy{}
	}
	p := sentry.Privacy{Scrubber: enabled(spec.Scrubber), Defaults: enabled(spec.Defaults)}
	if spec.IPAddresses != "" {
		remove := spec.IPAddresses == tuxv1alpha1.IPAddressesRemove
		p.IPAddresses = &remove
	}
	if spec.SensitiveFields != nil {
		p.SensitiveFields = texts(*spec.SensitiveFields)
	}
	if spec.SafeFields != nil {
		p.SafeFields = texts(*spec.SafeFields)
	}
	if spec.Rules != nil {
		var presets []sentry.Preset
		for _, preset := range spec.Rules.Presets {
			presets = append(presets, sentry.Preset(preset))
		}
		rules := sentry.PIIRules(presets, texts(spec.Rules.Headers))
		p.Rules = &rules
	}
	return p
}

func filterSettings(spec *tuxv1alpha1.SentryFilters) sentry.Filters {
	if spec == nil {
		return sentry.Filters{}
	}
	return sentry.Filters{
		BrowserExtensions: enabled(spec.BrowserExtensions), HealthChecks: enabled(spec.HealthChecks),
		LegacyBrowsers: enabled(spec.LegacyBrowsers), Localhost: enabled(spec.Localhost), WebCrawlers: enabled(spec.WebCrawlers),
	}
}

func hidden(spec *tuxv1alpha1.SentryEnvironments) map[string]bool {
	if len(spec.Hidden)+len(spec.Visible) == 0 {
		return nil
	}
	all := map[string]bool{}
	for _, name := range spec.Hidden {
		all[string(name)] = true
	}
	for _, name := range spec.Visible {
		all[string(name)] = false
	}
	return all
}

// enabled is nil for a state that is not set.
func enabled(state tuxv1alpha1.State) *bool {
	if state == "" {
		return nil
	}
	on := state == tuxv1alpha1.StateEnabled
	return &on
}

// set is nil for a text that is not set.
func set(text string) *string {
	if text == "" {
		return nil
	}
	return &text
}

// texts is never nil: an empty list says something.
func texts[T ~string](list []T) []string {
	all := make([]string, 0, len(list))
	for _, one := range list {
		all = append(all, string(one))
	}
	return all
}
