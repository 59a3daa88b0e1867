package promql

import (
	"fmt"
	"regexp/syntax"
	"slices"
	"strings"

	"github.com/prometheus/common/model"
	"github.com/prometheus/prometheus/model/labels"
)

// Example returns labels that all matchers, each written as PromQL, match. An error says for which label no
// value was found.
func Example(matchers []string) (map[string]string, error) {
	parsed, err := parseMatchers(matchers)
	if err != nil {
		return nil, err
	}
	out := map[string]string{}
	for _, m := range parsed {
		value, found := exampleOf(m.Name, parsed)
		if !found {
			return nil, fmt.Errorf("no value of label %q was found that %s matches", m.Name, strings.Join(matchers, ","))
		}
		if value != "" {
			out[m.Name] = value
		}
	}
	return out, nil
}

// Counterexample changes one label of an example of all so that some do not match it any more.
func Counterexample(all, some []string) (map[string]string, error) {
	out, err := Example(all)
	if err != nil {
		return nil, err
	}
	parsed, err := parseMatchers(some)
	if err != nil {
		return nil, err
	}
	kept, err := parseMatchers(all)
	if err != nil {
		return nil, err
	}
	for _, m := range parsed {
		for _, value := range append(plain, "") {
			if !m.Matches(value) && matchAll(m.Name, value, kept) {
				out[m.Name] = value
				return out, nil
			}
		}
	}
	return nil, fmt.Errorf("everything %s matches, %s matches too", strings.Join(all, ","), strings.Join(some, ","))
}

// plain are values to try where a matcher leaves the choice.
var plain = []string{"success", "ok", "other", "x", "1", "0"}

func parseMatchers(texts []string) ([]*labels.Matcher, error) {
	if len(texts) == 0 {
		return nil, nil
	}
	// A name, since a selector of nothing but negative matchers is refused.
	parsed, err := newParser().ParseMetricSelector("x{" + strings.Join(texts, ",") + "}")
	if err != nil {
		return nil, err
	}
	return slices.DeleteFunc(parsed, func(m *labels.Matcher) bool { return m.Name == model.MetricNameLabel }), nil
}

func exampleOf(name string, matchers []*labels.Matcher) (string, bool) {
	var candidates []string
	for _, m := range matchers {
		switch {
		case m.Name != name:
		case m.Type == labels.MatchEqual:
			candidates = append(candidates, m.Value)
		case m.Type == labels.MatchRegexp:
			candidates = append(candidates, fromPattern(m.Value)...)
		}
	}
	for _, value := range append(candidates, plain...) {
		if matchAll(name, value, matchers) {
			return value, true
		}
	}
	return "", matchAll(name, "", matchers)
}

func matchAll(name, value string, matchers []*labels.Matcher) bool {
	return !slices.ContainsFunc(matchers, func(m *labels.Matcher) bool { return m.Name == name && !m.Matches(value) })
}

// fromPattern returns some texts a regular expression may match: enough for alternatives, classes and
// repetitions; whoever asks checks them.
func fromPattern(pattern string) []string {
	parsed, err := syntax.Parse(pattern, syntax.Perl)
	if err != nil {
		return nil
	}
	return texts(parsed.Simplify())
}

func texts(r *syntax.Regexp) []string {
	switch r.Op {
	case syntax.OpLiteral:
		return []string{string(r.Rune)}
	case syntax.OpCharClass:
		return []string{string(r.Rune[0])}
	case syntax.OpAnyChar, syntax.OpAnyCharNotNL:
		return []string{"x"}
	case syntax.OpCapture, syntax.OpPlus:
		return texts(r.Sub[0])
	case syntax.OpAlternate:
		var out []string
		for _, sub := range r.Sub {
			out = append(out, texts(sub)...)
		}
		return out
	case syntax.OpConcat:
		return joined(r.Sub)
	default:
		return []string{""}
	}
}

// joined puts the first text of each part together, once with each text of each part.
func joined(parts []*syntax.Regexp) []string {
	out := []string{""}
	for _, part := range parts {
		var longer []string
		for _, head := range out {
			for _, tail := range texts(part) {
				longer = append(longer, head+tail)
			}
		}
		out = longer[:min(len(longer), 16)]
	}
	return out
}
