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
	}
	if len(spec.Teams) > 0 {
		s.Team = string(spec.Teams[0])
	}
	s.Settings = sentrySettings(spec, s)
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
	return settings
}

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

// checkSentry: Sentry counts in whole seconds, and no longer than a day.
func (p *Plan) checkSentry(spec *tuxv1alpha1.Sentry) {
	if spec == nil || spec.DSN == nil || spec.DSN.RateLimit == nil {
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
