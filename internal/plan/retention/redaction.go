package retention

import (
	"maps"
	"regexp"
	"slices"
	"strings"
)

// Preset is a kind of secret or personal data that is taken out of log lines.
type Preset string

// The presets.
const (
	Authorization Preset = "Authorization"
	CardNumber    Preset = "CardNumber"
	Cookie        Preset = "Cookie"
	Email         Preset = "Email"
	JWT           Preset = "JWT"
	Password      Preset = "Password"
	Token         Preset = "Token"
)

// Redacted stands where something was taken out.
const Redacted = "[redacted]"

// rule is how a preset works. It works on the whole line as text, because what must not be stored also
// stands inside messages and tracebacks, where no field has a name. The pattern is RE2, which collectors
// have as well; what its first group matches stays. A line that is redacted stays as it is when it is
// redacted again.
type rule struct {
	pattern *regexp.Regexp
	// hints: a line without any of them in lower case is not searched. Searching for texts is much
	// cheaper than a pattern that ignores case.
	hints []string
	// confirm tells a find from what only has its shape; nil is always. Collectors cannot ask it: they
	// take out everything with the shape.
	confirm func(found string) bool
}

// named is the pattern of a value that stands behind a telling name, in JSON (also inside a JSON text,
// where quotes are escaped), as name=value and as name: value. A JSON null, number or boolean behind a
// quoted name is no secret.
func named(names string) *regexp.Regexp {
	name := `[\w-]{0,40}(?:` + names + `)`
	quoted := `\\?["']` + name + `\\?["']\s{0,4}[:=,]\s{0,4}\\?["']`
	scheme := `(?:(?:bearer|basic|digest|token|jwt)\s{1,4})?`
	return regexp.MustCompile(`(?i)((?:` + quoted + `|\b` + name + `\s{0,2}=\s{0,2}|\b` + name + `:\s{0,2})` + scheme + `)[^"'\\\s,;&)}]+`)
}

var presets = map[Preset]rule{
	Authorization: {pattern: named("authori[sz]ation"), hints: []string{"authori"}},
	CardNumber:    {pattern: cardNumber, hints: nil, confirm: passesLuhn},
	Cookie:        {pattern: named(`cookie|sessionid|csrf-?_?token`), hints: []string{"cookie", "sessionid", "csrf"}},
	Email: {
		pattern: regexp.MustCompile(`()\b[A-Za-z0-9][A-Za-z0-9._%+-]{0,63}@(?:[A-Za-z0-9-]{1,63}\.)+[A-Za-z]{2,24}\b`),
		hints:   []string{"@"},
	},
	JWT:      {pattern: regexp.MustCompile(`()\beyJ[\w-]{5,}\.[\w-]+\.[\w-]*`), hints: []string{"eyj"}},
	Password: {pattern: named("passwo?r?d|passphrase|pwd"), hints: []string{"pass", "pwd"}},
	Token:    {pattern: named("token|secret|api[-_]?key|access[-_]?key"), hints: []string{"token", "secret", "key"}},
}

// cardNumber has the lengths and first digits of the large issuers.
var cardNumber = regexp.MustCompile(`()\b(?:(?:4\d{3}|5[1-5]\d{2}|2[2-7]\d{2}|6011|65\d{2})[ -]?\d{4}[ -]?\d{4}[ -]?\d{4}` +
	`|3[47]\d{2}[ -]?\d{6}[ -]?\d{5})\b`)

// Presets are all there are, sorted.
func Presets() []Preset { return slices.Sorted(maps.Keys(presets)) }

// Pattern is the RE2 expression of the preset, and Replacement what takes the place of a match.
func (p Preset) Pattern() string { return presets[p].pattern.String() }

// Replacement keeps the name in front of a value.
const Replacement = "${1}" + Redacted

// Redact takes out of the line what a collector with this preset takes out.
func (p Preset) Redact(line string) string {
	return presets[p].pattern.ReplaceAllString(line, Replacement)
}

// Finder looks for what presets take out, in many lines.
type Finder struct {
	wanted []Preset
}

// NewFinder returns a finder for the presets, each of which exists.
func NewFinder(wanted []Preset) *Finder {
	f := &Finder{wanted: slices.Clone(wanted)}
	slices.Sort(f.wanted)
	f.wanted = slices.Compact(f.wanted)
	return f
}

// Find says which presets would take something out of the line.
func (f *Finder) Find(line string) []Preset {
	lower := strings.ToLower(line)
	var found []Preset
	for _, preset := range f.wanted {
		if r := presets[preset]; r.suspects(lower) && r.finds(line) {
			found = append(found, preset)
		}
	}
	return found
}

func (r rule) suspects(lower string) bool {
	if r.hints == nil {
		return hasDigits(lower, 13)
	}
	return slices.ContainsFunc(r.hints, func(hint string) bool { return strings.Contains(lower, hint) })
}

// finds says whether the rule takes something out of the line that it confirms.
func (r rule) finds(line string) bool {
	for _, at := range r.pattern.FindAllStringSubmatchIndex(line, -1) {
		// Who redacts without taking a bracket behind the value leaves one over.
		value := strings.TrimRight(line[at[3]:at[1]], "]") + "]"
		if value != Redacted && (r.confirm == nil || r.confirm(value)) {
			return true
		}
	}
	return false
}

// hasDigits says whether n digits stand together, apart from blanks and dashes.
func hasDigits(text string, n int) bool {
	count := 0
	for i := range len(text) {
		switch c := text[i]; {
		case '0' <= c && c <= '9':
			if count++; count == n {
				return true
			}
		case c != ' ' && c != '-':
			count = 0
		}
	}
	return false
}

// passesLuhn checks the last digit, which is made from the others.
func passesLuhn(text string) bool {
	sum, double := 0, false
	for i := len(text) - 1; i >= 0; i-- {
		if text[i] < '0' || text[i] > '9' {
			continue
		}
		digit := int(text[i] - '0')
		if double {
			digit *= 2
		}
		sum += digit/10 + digit%10
		double = !double
	}
	return sum%10 == 0
}
