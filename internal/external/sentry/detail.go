package sentry

import (
	"encoding/json"
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strings"
)

// maxDetail bounds what an error quotes of an answer.
const maxDetail = 300

// detail finds the reason in the body of a refusal. Sentry has many forms of it: a text, an object
// with a message, or one list of texts for each field that is wrong.
func detail(body []byte) string {
	var content any
	if json.Unmarshal(body, &content) != nil {
		return ""
	}
	return reason(content)
}

func reason(content any) string {
	switch content := content.(type) {
	case string:
		return content
	case []any:
		var all []string
		for _, one := range content {
			all = append(all, reason(one))
		}
		return strings.Join(all, "; ")
	case map[string]any:
		return reasonOf(content)
	default:
		return ""
	}
}

// reasonOf prefers the names that hold a reason; without one, every name is a field that is wrong.
func reasonOf(content map[string]any) string {
	for _, name := range []string{"detail", "message"} {
		if text := reason(content[name]); text != "" {
			return text
		}
	}
	var all []string
	for _, name := range slices.Sorted(maps.Keys(content)) {
		if text := reason(content[name]); text != "" {
			all = append(all, fmt.Sprintf("%s: %s", name, text))
		}
	}
	return strings.Join(all, "; ")
}

// secrets are the shapes of what an answer could quote: tokens of Sentry, DSNs, and long hexadecimal
// numbers, which keys and older tokens are.
var secrets = regexp.MustCompile(`sntr[a-z]{1,2}_[\w=/+-]+|https?://[^\s"'/@]+@[^\s"']*|\b[0-9a-fA-F]{32,}\b`)

// scrub makes a text of the other side fit for an error: one line, bounded, without secrets.
func (c *Client) scrub(text string) string {
	text = strings.ReplaceAll(text, c.config.Token.value, "[scrubbed]")
	text = secrets.ReplaceAllString(text, "[scrubbed]")
	text = strings.Join(strings.Fields(text), " ")
	if len(text) > maxDetail {
		text = strings.ToValidUTF8(text[:maxDetail], "") + "..."
	}
	return text
}
