package sentry

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"slices"
	"strings"
)

// Preset is a part of an event that is removed whole.
type Preset string

// The presets.
const (
	// PresetHeaders removes request headers that hold credentials.
	PresetHeaders Preset = "Headers"
	// PresetCookies removes all cookies.
	PresetCookies Preset = "Cookies"
	// PresetQueryStrings removes the query string of the request.
	PresetQueryStrings Preset = "QueryStrings"
	// PresetBodies removes the body of the request.
	PresetBodies Preset = "Bodies"
)

var cookieSelectors = []string{"$http.cookies", "$http.cookies.**"}

// presets lists the selectors of each, as Sentry's data scrubbing has them.
var presets = map[Preset][]string{
	// Sentry takes the header Cookie apart before it scrubs: where only the header is named, it is stored.
	PresetHeaders: append(headers("authorization", "cookie", "proxy-authorization", "set-cookie", "x-api-key", "x-csrftoken"),
		cookieSelectors...),
	PresetCookies:      cookieSelectors,
	PresetQueryStrings: {"$http.query_string", "$http.query_string.**"},
	PresetBodies:       {"$http.data", "$http.data.**"},
}

// removal is the rule of Sentry that removes a value, whatever it is.
const removal = "@anything:remove"

func headers(names ...string) []string {
	selectors := make([]string, 0, len(names))
	for _, name := range names {
		selectors = append(selectors, "$http.headers."+strings.ToLower(name))
	}
	return selectors
}

// PIIRules is the configuration that removes what the presets name, and the request headers named
// besides. The same input gives the same bytes, whatever its order; without input it is "", which
// clears what there is.
func PIIRules(wanted []Preset, headerNames []string) string {
	selectors := headers(headerNames...)
	for _, preset := range wanted {
		selectors = append(selectors, presets[preset]...)
	}
	if len(selectors) == 0 {
		return ""
	}
	slices.Sort(selectors)
	applications := map[string][]string{}
	for _, selector := range selectors {
		applications[selector] = []string{removal}
	}
	content, err := json.Marshal(struct {
		Rules        map[string]any      `json:"rules"`
		Applications map[string][]string `json:"applications"`
	}{map[string]any{}, applications})
	if err != nil {
		panic(err) // texts in maps can always be written
	}
	return string(content)
}

// Declared says that anything is.
func (p Privacy) Declared() bool {
	return p.Scrubber != nil || p.Defaults != nil || p.IPAddresses != nil || p.SensitiveFields != nil || p.SafeFields != nil || p.Rules != nil
}

// Policy is what an organization demands of all its projects.
type Policy struct {
	Scrubber, Defaults, IPAddresses bool
	SensitiveFields, SafeFields     []string
}

// EffectivePrivacy is what holds for the events of a project in the end.
type EffectivePrivacy struct {
	Scrubber, Defaults, IPAddresses bool
	SensitiveFields, SafeFields     []string
	// Overridden are the paths of wanted settings that the organization decides otherwise.
	Overridden []string
	// Exposed are names of sensitive fields which the organization calls safe, so that they are kept.
	Exposed []string
}

// Effective adds the policy of the organization to what a project has: what either removes is removed,
// and what the organization calls safe is kept.
func Effective(want, observed Privacy, policy Policy) EffectivePrivacy {
	effective := EffectivePrivacy{
		Scrubber:        is(observed.Scrubber) || policy.Scrubber,
		Defaults:        is(observed.Defaults) || policy.Defaults,
		IPAddresses:     is(observed.IPAddresses) || policy.IPAddresses,
		SensitiveFields: union(policy.SensitiveFields, observed.SensitiveFields),
		SafeFields:      union(policy.SafeFields, observed.SafeFields),
	}
	for _, one := range []struct {
		path   string
		wanted *bool
		forced bool
	}{
		{PathScrubber, want.Scrubber, policy.Scrubber},
		{PathScrubberDefaults, want.Defaults, policy.Defaults},
		{PathIPAddresses, want.IPAddresses, policy.IPAddresses},
	} {
		if one.wanted != nil && !*one.wanted && one.forced {
			effective.Overridden = append(effective.Overridden, one.path)
		}
	}
	safe := union(policy.SafeFields)
	for _, name := range union(want.SensitiveFields) {
		if slices.Contains(safe, name) {
			effective.Exposed = append(effective.Exposed, name)
		}
	}
	return effective
}

// Digest tells one effective privacy from another.
func (e EffectivePrivacy) Digest() string {
	content, err := json.Marshal(e)
	if err != nil {
		panic(err) // texts and switches can always be written
	}
	sum := sha256.Sum256(content)
	return hex.EncodeToString(sum[:])[:16]
}

func is(p *bool) bool { return p != nil && *p }

// union is the sorted set of names, in lower case.
func union(lists ...[]string) []string {
	var all []string
	for _, one := range slices.Concat(lists...) {
		all = append(all, strings.ToLower(strings.TrimSpace(one)))
	}
	slices.Sort(all)
	return slices.Compact(all)
}

// LikelyCause says, for people, why Sentry answers 200 and keeps its own value of a setting.
func LikelyCause(path string) string {
	switch {
	case path == PathRateLimit:
		return "the plan of the organization may not include rate limits of keys"
	case strings.HasPrefix(path, "privacy."):
		return "the token may lack the scope project:write, or the server may be too old for this setting"
	case strings.HasPrefix(path, prefixCronMonitor):
		return "the plan of the organization may have no free seat for cron monitors, which are switched off then"
	case strings.HasPrefix(path, prefixAlert):
		return "the server may be too old to connect alerts with the project, or the token may lack the scope alerts:write"
	case strings.HasPrefix(path, prefixMetric):
		return "the plan of the organization may not include this monitor, or the token may lack the scope alerts:write"
	case path == PathTeams:
		return "the token may not see all teams of the project"
	default:
		return "the token may lack the scope project:write"
	}
}
