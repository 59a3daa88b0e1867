package sentrytest

import (
	"encoding/json"
	"net/url"
	"regexp"
	"slices"
	"strings"
)

// This is what Sentry's relay does to an event before it is stored (getsentry/relay, relay-pii and
// relay-event-normalization), as far as events of a web backend go. What it does not have: selectors other
// than those of parts of a request, and rules other than the removal of anything.

// normalise takes apart what comes as a text: query string, JSON body and cookies. The header Cookie is gone
// afterwards.
func normalise(event map[string]any) {
	request, ok := event["request"].(map[string]any)
	if !ok {
		return
	}
	if query, ok := request["query_string"].(string); ok {
		request["query_string"] = pairs(query, "&")
	}
	if body, ok := request["data"].(string); ok {
		var content any
		if json.Unmarshal([]byte(body), &content) == nil {
			request["data"], request["inferredContentType"] = content, "application/json"
		}
	}
	headers, _ := request["headers"].(map[string]any)
	cookies, _ := request["cookies"].(string)
	list := []any{}
	for _, name := range sortedKeys(headers) {
		value, _ := headers[name].(string)
		if strings.EqualFold(name, "cookie") {
			if cookies == "" {
				cookies = value
			}
			continue
		}
		list = append(list, []any{name, value})
	}
	request["headers"] = list
	request["cookies"] = pairs(cookies, ";")
}

// pairs are those of a query string or of a header Cookie.
func pairs(text, between string) []any {
	all := []any{}
	for _, one := range strings.Split(text, between) {
		name, value, _ := strings.Cut(strings.TrimSpace(one), "=")
		if name == "" {
			continue
		}
		if plain, err := url.QueryUnescape(value); err == nil && between == "&" {
			value = plain
		}
		all = append(all, []any{name, value})
	}
	return all
}

func sortedKeys(m map[string]any) []string {
	var all []string
	for name := range m {
		all = append(all, name)
	}
	slices.Sort(all)
	return all
}

const filtered = "[Filtered]"

var (
	// passwordKeys and tokenKeys are what Sentry takes for names of secrets; the former also for content.
	passwordKeys = regexp.MustCompile(`(?i)(password|secret|passwd|api[-_]key|apikey|auth|credentials|mysql_pwd|` +
		`privatekey|private[-_]key|token\S*[:=]|^otp$|^two[-_]factor$)`)
	tokenKeys = regexp.MustCompile(`(?i)token`)
	bearer    = regexp.MustCompile(`(?i)\bBearer\s+\S+`)
	cards     = regexp.MustCompile(`\b(?:3[47]\d|4\d{3}|5[1-5]\d\d|65\d\d|6011)(?:[-\s]?\d){12}\b`)
	addresses = regexp.MustCompile(`\b\d{1,3}\.\d{1,3}\.\d{1,3}\.\d{1,3}\b`)
	// sessionCookies are some of those it knows.
	sessionCookies = []string{"session", "sessionid", "phpsessid", "csrf", "xsrf", "_csrf", "csrf_token", "csrf-token"}
)

// scrubber is the settings of a project with the policies of its organization.
type scrubber struct {
	data, defaults, addresses bool
	sensitive                 *regexp.Regexp
	safe                      []string
}

func newScrubber(organization, project map[string]any) scrubber {
	on := func(name string) bool { return organization[name] == true || project[name] == true }
	var sensitive []string
	for _, one := range texts(organization["sensitiveFields"], project["sensitiveFields"]) {
		sensitive = append(sensitive, regexp.QuoteMeta(one))
	}
	s := scrubber{
		data: on("dataScrubber"), defaults: on("dataScrubberDefaults"), addresses: on("scrubIPAddresses"),
		safe: texts(organization["safeFields"], project["safeFields"]),
	}
	if s.data && len(sensitive) > 0 {
		s.sensitive = regexp.MustCompile("(?i)" + strings.Join(sensitive, "|"))
	}
	return s
}

// texts are the lists of names, in lower case, without empty ones.
func texts(lists ...any) []string {
	var all []string
	for _, one := range lists {
		names, _ := one.([]string)
		for _, name := range names {
			if name = strings.ToLower(strings.TrimSpace(name)); name != "" {
				all = append(all, name)
			}
		}
	}
	return all
}

// scrub applies the rules of organization and project first, and then the plain settings.
func scrub(event, organization, project map[string]any) {
	request, _ := event["request"].(map[string]any)
	for _, settings := range []map[string]any{organization, project} {
		text, _ := settings["relayPiiConfig"].(string)
		applyRules(request, text)
	}
	s := newScrubber(organization, project)
	for _, part := range []string{"headers", "cookies", "query_string", "data", "env"} {
		s.part(request, part)
	}
	if cookies, ok := request["cookies"].([]any); ok && s.data && s.defaults {
		for _, one := range cookies {
			if pair, ok := one.([]any); ok && slices.Contains(sessionCookies, strings.ToLower(pair[0].(string))) {
				pair[1] = filtered
			}
		}
	}
	user, _ := event["user"].(map[string]any)
	contexts, _ := event["contexts"].(map[string]any)
	for _, holder := range []map[string]any{user, contexts} {
		for _, name := range sortedKeys(holder) {
			s.part(holder, name)
		}
	}
	if s.addresses {
		delete(user, "ip_address")
		env, _ := request["env"].(map[string]any)
		delete(env, "REMOTE_ADDR")
	}
}

func (s scrubber) part(holder map[string]any, name string) {
	if value, ok := holder[name]; ok {
		holder[name] = s.clean(strings.ToLower(name), value)
	}
}

// clean is a value without what must not be stored; key is its name in lower case.
func (s scrubber) clean(key string, value any) any {
	switch value := value.(type) {
	case string:
		return s.text(key, value)
	case map[string]any:
		if s.secretName(key) {
			return nil
		}
		for _, name := range sortedKeys(value) {
			s.part(value, name)
		}
	case []any:
		if s.secretName(key) {
			return nil
		}
		for i, one := range value {
			if pair, ok := one.([]any); ok && len(pair) == 2 {
				name, _ := pair[0].(string)
				pair[1] = s.clean(strings.ToLower(name), pair[1])
				continue
			}
			value[i] = s.clean("", one)
		}
	}
	return value
}

func (s scrubber) secretName(key string) bool {
	return s.sensitive != nil && s.sensitive.MatchString(key) ||
		s.data && s.defaults && (passwordKeys.MatchString(key) || tokenKeys.MatchString(key))
}

func (s scrubber) text(key, value string) string {
	if slices.Contains(s.safe, key) || key == "user-agent" {
		return value
	}
	switch {
	case s.secretName(key), s.sensitive != nil && s.sensitive.MatchString(value),
		s.data && s.defaults && passwordKeys.MatchString(value):
		return filtered
	}
	if s.data && s.defaults {
		value = cards.ReplaceAllString(bearer.ReplaceAllString(value, filtered), filtered)
	}
	if s.addresses {
		value = addresses.ReplaceAllString(value, "[ip]")
	}
	return value
}

// applyRules removes the parts of a request that advanced data scrubbing names.
func applyRules(request map[string]any, config string) {
	var rules struct {
		Applications map[string][]string `json:"applications"`
	}
	if json.Unmarshal([]byte(config), &rules) != nil {
		return
	}
	for selector, applied := range rules.Applications {
		part, ok := strings.CutPrefix(selector, "$http.")
		if !ok || !slices.Contains(applied, "@anything:remove") {
			continue
		}
		part, name, named := strings.Cut(part, ".")
		if !named || name == "**" {
			if _, has := request[part]; has {
				request[part] = nil
			}
			continue
		}
		list, _ := request[part].([]any)
		for _, one := range list {
			if pair, ok := one.([]any); ok && len(pair) == 2 && strings.EqualFold(pair[0].(string), name) {
				pair[1] = nil
			}
		}
	}
}
