package sentrytest

import (
	"encoding/json"
	"fmt"
	"maps"
	"net/http"
	"slices"
	"strings"
	"unicode/utf8"
)

// field says what a project setting takes. It returns what is kept, false if the value is dropped
// without a word, and a text if it is refused.
type field func(value any) (kept any, ok bool, refusal string)

// fields are the settings that can be written; the published schema has fewer.
var fields = map[string]field{
	"name": textField(200, false), "platform": platformField, "subjectPrefix": textField(200, true),
	"subjectTemplate": textField(200, false), "resolveAge": resolveAgeField,
	"dataScrubber": boolField, "dataScrubberDefaults": boolField, "scrubIPAddresses": boolField,
	"sensitiveFields": listField(4000), "safeFields": safeFieldsField, "relayPiiConfig": piiField,
	"defaultEnvironment": environmentField, "enableAutoReleaseCreation": boolField, "verifySSL": boolField,
	"scrapeJavaScript": boolField, "allowedDomains": domainsField,
}

// updateProject keeps what it knows and may be written, and says nothing about the rest. It works
// through the fields in the order of their names, and what was kept before a refusal stays.
func updateProject(e *exchange) {
	var body map[string]any
	if !e.decode(&body) {
		return
	}
	mayWrite := e.has(writeProject...)
	for _, name := range slices.Sorted(maps.Keys(body)) {
		// Who may only read is refused a value, and believed to have sent none if it is an empty one.
		if !mayWrite && !falsy(body[name]) {
			refuse(e, http.StatusForbidden, "You do not have permission to perform this action.")
			return
		}
		if !mayWrite {
			continue
		}
		if refusal := e.write(name, body[name]); refusal != "" {
			invalid(e, name, refusal)
			return
		}
	}
	respond(e, http.StatusOK, projectBody(e.state, e.project))
}

func (e *exchange) write(name string, value any) (refusal string) {
	if name == "slug" {
		return e.rename(value)
	}
	known := fields[name]
	if known == nil {
		e.server.problem("unknown project setting " + name)
		return ""
	}
	kept, ok, refusal := known(value)
	if ok && refusal == "" && !e.state.Deaf[name] {
		e.project.Settings[name] = kept
	}
	return refusal
}

func (e *exchange) rename(value any) string {
	slug, ok := value.(string)
	if !ok {
		return wrongType
	}
	if refusal := refusedSlug(slug); refusal != "" {
		return refusal
	}
	if other, moved := e.state.project(slug); other != nil && !moved && other != e.project {
		return "Another project (" + other.Slug + ") is already using that slug"
	}
	e.project.OldSlugs = append(e.project.OldSlugs, e.project.Slug)
	e.project.Slug = slug
	return ""
}

func falsy(value any) bool {
	switch value := value.(type) {
	case nil:
		return true
	case bool:
		return !value
	case string:
		return value == ""
	case float64:
		return value == 0
	case []any:
		return len(value) == 0
	default:
		return false
	}
}

const wrongType = "Not a valid value."

func boolField(value any) (any, bool, string) {
	if value == nil {
		return nil, false, ""
	}
	on, ok := value.(bool)
	if !ok {
		return nil, false, "Must be a valid boolean."
	}
	return on, true, ""
}

func textField(length int, empty bool) field {
	return func(value any) (any, bool, string) {
		text, ok := value.(string)
		switch {
		case !ok:
			return nil, false, wrongType
		case utf8.RuneCountInString(text) > length:
			return nil, false, fmt.Sprintf("Ensure this field has no more than %d characters.", length)
		case text == "" && !empty:
			return nil, false, ""
		}
		return text, true, ""
	}
}

func platformField(value any) (any, bool, string) {
	text, _ := value.(string)
	if text == "" {
		return nil, false, ""
	}
	if !slices.Contains([]string{"python", "python-django", "python-celery", "other"}, text) {
		return nil, false, "Invalid platform"
	}
	return text, true, ""
}

func resolveAgeField(value any) (any, bool, string) {
	if value == nil {
		return 0, true, ""
	}
	hours, ok := value.(float64)
	if !ok {
		return nil, false, "A valid integer is required."
	}
	return int(hours), true, ""
}

func environmentField(value any) (any, bool, string) {
	if value == nil {
		return nil, true, ""
	}
	text, ok := value.(string)
	if !ok {
		return nil, false, wrongType
	}
	return text, true, ""
}

// listField takes texts; characters bounds their sum.
func listField(characters int) field {
	return func(value any) (any, bool, string) {
		list, ok := value.([]any)
		if !ok {
			return nil, false, "Expected a list of items."
		}
		kept, sum := []string{}, 0
		for _, one := range list {
			text, ok := one.(string)
			if !ok {
				return nil, false, wrongType
			}
			sum += len(text)
			kept = append(kept, text)
		}
		if sum > characters {
			return nil, false, "List of sensitive fields is too long."
		}
		return kept, true, ""
	}
}

func safeFieldsField(value any) (any, bool, string) {
	kept, ok, refusal := listField(1 << 20)(value)
	list, _ := kept.([]string)
	for _, one := range list {
		if strings.ContainsAny(one, " ()") {
			return nil, false, "Invalid syntax near \"" + one + "\" (line 1)."
		}
	}
	return kept, ok, refusal
}

func piiField(value any) (any, bool, string) {
	if value == nil {
		return nil, false, ""
	}
	text, ok := value.(string)
	if !ok {
		return nil, false, wrongType
	}
	if text == "" {
		return "", true, ""
	}
	var config struct {
		Rules        map[string]any      `json:"rules"`
		Applications map[string][]string `json:"applications"`
	}
	if json.Unmarshal([]byte(text), &config) != nil {
		return nil, false, "Could not parse config"
	}
	for _, rules := range config.Applications {
		for _, rule := range rules {
			if !strings.HasPrefix(rule, "@") && config.Rules[rule] == nil {
				return nil, false, "Invalid JSON: unknown rule " + rule
			}
		}
	}
	return text, true, ""
}

func domainsField(value any) (any, bool, string) {
	kept, ok, refusal := listField(1 << 20)(value)
	if list, _ := kept.([]string); ok && len(list) == 0 {
		return nil, false, "Empty value will block all requests, use * to accept from all domains"
	}
	return kept, ok, refusal
}
