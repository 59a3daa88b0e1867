package sentry

import (
	"encoding/json"
	"fmt"
	"reflect"
	"slices"
	"strings"
)

// Paths of the settings, as messages and events name them.
const (
	PathSlug               = "project.slug"
	PathName               = "project.name"
	PathPlatform           = "project.platform"
	PathTeams              = "teams"
	PathDefaultEnvironment = "environments.default"
	PathScrubber           = "privacy.scrubber"
	PathScrubberDefaults   = "privacy.defaults"
	PathIPAddresses        = "privacy.ipAddresses"
	PathSensitiveFields    = "privacy.sensitiveFields"
	PathSafeFields         = "privacy.safeFields"
	PathRules              = "privacy.rules"
	PathBrowserExtensions  = "filters.browserExtensions"
	PathHealthChecks       = "filters.healthChecks"
	PathLegacyBrowsers     = "filters.legacyBrowsers"
	PathLocalhost          = "filters.localhost"
	PathWebCrawlers        = "filters.webCrawlers"
	PathOwnershipRules     = "ownership.rules"
	PathAutoAssignment     = "ownership.autoAssignment"
	PathKeyName            = "dsn.keyName"
	PathKeyActive          = "dsn"
	PathRateLimit          = "dsn.rateLimit"
	// PathDeploys is no setting: it is told when the release changes, and not compared.
	PathDeploys = "deploys"
)

// field is one setting and how it is compared.
type field struct {
	path    string
	differs func(want, got Settings) bool
	// text is the value for people.
	text func(Settings) string
}

// fields are all settings but the environments, whose names are not known before.
var fields = []field{
	value(PathSlug, func(s Settings) *string { return s.Slug }, same),
	value(PathName, func(s Settings) *string { return s.Name }, strings.TrimSpace),
	value(PathPlatform, func(s Settings) *string { return s.Platform }, same),
	list(PathTeams, func(s Settings) []string { return s.Teams }, same),
	value(PathDefaultEnvironment, func(s Settings) *string { return s.DefaultEnvironment }, same),
	value(PathScrubber, func(s Settings) *bool { return s.Privacy.Scrubber }, same),
	value(PathScrubberDefaults, func(s Settings) *bool { return s.Privacy.Defaults }, same),
	value(PathIPAddresses, func(s Settings) *bool { return s.Privacy.IPAddresses }, same),
	// Sentry compares names without case, and some of its versions store them in lower case.
	list(PathSensitiveFields, func(s Settings) []string { return s.Privacy.SensitiveFields }, strings.ToLower),
	list(PathSafeFields, func(s Settings) []string { return s.Privacy.SafeFields }, same),
	value(PathRules, func(s Settings) *string { return s.Privacy.Rules }, canonicalJSON),
	value(PathBrowserExtensions, func(s Settings) *bool { return s.Filters.BrowserExtensions }, same),
	value(PathHealthChecks, func(s Settings) *bool { return s.Filters.HealthChecks }, same),
	value(PathLegacyBrowsers, func(s Settings) *bool { return s.Filters.LegacyBrowsers }, same),
	value(PathLocalhost, func(s Settings) *bool { return s.Filters.Localhost }, same),
	value(PathWebCrawlers, func(s Settings) *bool { return s.Filters.WebCrawlers }, same),
	value(PathOwnershipRules, func(s Settings) *string { return s.Ownership.Rules }, lines),
	value(PathAutoAssignment, func(s Settings) *string { return s.Ownership.AutoAssignment }, same),
	value(PathKeyName, func(s Settings) *string { return s.Key.Name }, strings.TrimSpace),
	value(PathKeyActive, func(s Settings) *bool { return s.Key.Active }, same),
	value(PathRateLimit, func(s Settings) *RateLimit { return s.Key.RateLimit }, effectiveLimit),
}

// value compares one that is set or not. Not set in the observed state is the zero value: Sentry
// answers null for some settings that were never written.
func value[T comparable](path string, get func(Settings) *T, normal func(T) T) field {
	text := func(s Settings) string {
		if v := get(s); v != nil {
			return strings.Join(strings.Fields(fmt.Sprintf("%+v", *v)), " ")
		}
		return ""
	}
	return field{path: path, text: text, differs: func(want, got Settings) bool {
		wanted, observed := get(want), get(got)
		if wanted == nil {
			return false
		}
		if observed == nil {
			observed = new(T)
		}
		return normal(*wanted) != normal(*observed)
	}}
}

// list compares a set of texts; Sentry keeps neither order nor duplicates.
func list(path string, get func(Settings) []string, normal func(string) string) field {
	asSet := func(all []string) []string {
		set := make([]string, 0, len(all))
		for _, one := range all {
			set = append(set, normal(strings.TrimSpace(one)))
		}
		slices.Sort(set)
		return slices.Compact(set)
	}
	text := func(s Settings) string { return strings.Join(asSet(get(s)), ", ") }
	return field{path: path, text: text, differs: func(want, got Settings) bool {
		wanted := get(want)
		return wanted != nil && !slices.Equal(asSet(wanted), asSet(get(got)))
	}}
}

func same[T any](v T) T { return v }

// canonicalJSON is the same for texts with the same content; no rules are no text.
func canonicalJSON(text string) string {
	var content any
	if json.Unmarshal([]byte(text), &content) != nil {
		return text
	}
	if m, ok := content.(map[string]any); ok && isEmpty(m["rules"]) && isEmpty(m["applications"]) {
		return ""
	}
	canonical, err := json.Marshal(content)
	if err != nil {
		return text
	}
	return string(canonical)
}

func isEmpty(part any) bool {
	return part == nil || reflect.ValueOf(part).Kind() == reflect.Map && reflect.ValueOf(part).Len() == 0
}

// lines sets aside how lines end, and white space at the ends.
func lines(text string) string {
	all := strings.Split(strings.ReplaceAll(text, "\r\n", "\n"), "\n")
	for i := range all {
		all[i] = strings.TrimRight(all[i], " \t")
	}
	return strings.TrimSpace(strings.Join(all, "\n"))
}

// effectiveLimit: a limit with a part that is zero is none.
func effectiveLimit(l RateLimit) RateLimit {
	if l.Count <= 0 || l.Window <= 0 {
		return RateLimit{}
	}
	return l
}

// Text is the value of the setting of a path, for people, on one line.
func (s Settings) Text(path string) string {
	if text, ok := s.elementText(path); ok {
		return text
	}
	for _, field := range fields {
		if field.path == path {
			return field.text(s)
		}
	}
	return ""
}

// elementText is Text for the settings that there are several of.
func (s Settings) elementText(path string) (string, bool) {
	if name, ok := EnvironmentOf(path); ok {
		if hidden, known := s.Environments[name]; known {
			return map[bool]string{true: "hidden", false: "visible"}[hidden], true
		}
		return "", true
	}
	if slug, ok := CronMonitorOf(path); ok {
		return textOf(s.CronMonitors, slug), true
	}
	if name, ok := MetricMonitorOf(path); ok {
		return textOf(s.MetricMonitors, name), true
	}
	if name, ok := AlertOf(path); ok {
		return textOf(s.Alerts, name) + textOf(s.AlertsFound, name), true
	}
	return "", false
}

func textOf[T interface{ text() string }](all map[string]T, name string) string {
	if one, known := all[name]; known {
		return one.text()
	}
	return ""
}
