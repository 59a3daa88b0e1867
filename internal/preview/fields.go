package preview

import (
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strings"
)

// settings returns the settings of one field: the defaults with what the matching overrides change.
// Nil if no override matches: the defaults of the panel hold.
func (c *fieldConfig) settings(name, refID string, numeric bool) map[string]any {
	var out map[string]any
	for i := range c.Overrides {
		o := &c.Overrides[i]
		if !o.matches(name, refID, numeric) {
			continue
		}
		if out == nil {
			out = deepCopy(c.Defaults)
		}
		for _, p := range o.Properties {
			set(out, strings.Split(p.ID, "."), p.Value)
		}
	}
	return out
}

func (o *override) matches(name, refID string, numeric bool) bool {
	text, _ := o.Matcher.Options.(string)
	switch o.Matcher.ID {
	case "byName":
		return text == name
	case "byRegexp":
		re, err := regexp.Compile(strings.Trim(text, "/"))
		return err == nil && re.MatchString(name)
	case "byFrameRefID":
		return text == refID
	case "byType":
		return text == "number" && numeric || text == "string" && !numeric
	case "byNames":
		options, _ := o.Matcher.Options.(map[string]any)
		names, _ := options["names"].([]any)
		return slices.Contains(names, any(name)) != (options["mode"] == "exclude")
	}
	return false
}

var knownMatchers = []string{"byName", "byRegexp", "byFrameRefID", "byType", "byNames"}

// unsupported says which overrides are not understood.
func (c *fieldConfig) unsupported() []string {
	var out []string
	for i := range c.Overrides {
		if id := c.Overrides[i].Matcher.ID; !slices.Contains(knownMatchers, id) {
			out = append(out, fmt.Sprintf("overrides by %q are not supported", id))
		}
	}
	return out
}

// set puts a value where the path leads.
func set(object map[string]any, path []string, value any) {
	for _, key := range path[:len(path)-1] {
		inner, ok := object[key].(map[string]any)
		if !ok {
			inner = map[string]any{}
			object[key] = inner
		}
		object = inner
	}
	object[path[len(path)-1]] = value
}

func deepCopy(object map[string]any) map[string]any {
	out := maps.Clone(object)
	for key, value := range out {
		if inner, ok := value.(map[string]any); ok {
			out[key] = deepCopy(inner)
		}
	}
	if out == nil {
		out = map[string]any{}
	}
	return out
}

// lookup returns the value where the path leads; the zero value if there is none of that type.
func lookup[T any](object map[string]any, path ...string) T {
	var zero T
	for _, key := range path[:len(path)-1] {
		inner, ok := object[key].(map[string]any)
		if !ok {
			return zero
		}
		object = inner
	}
	value, _ := object[path[len(path)-1]].(T)
	return value
}
