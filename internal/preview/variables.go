package preview

import (
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strings"
)

// variable is a choice above the panels.
type variable struct {
	Name       string          `json:"name"`
	Label      string          `json:"label"`
	Type       string          `json:"type"`
	Hide       int             `json:"hide"`
	Query      json.RawMessage `json:"query"`
	Definition string          `json:"definition"`
	Regex      string          `json:"regex"`
	Multi      bool            `json:"multi"`
	IncludeAll bool            `json:"includeAll"`
	AllValue   string          `json:"allValue"`
	Current    struct {
		Value textOrList `json:"value"`
	} `json:"current"`
	Options []struct {
		Value textOrList `json:"value"`
	} `json:"options"`
}

// allValues is Grafana's value of the choice All.
const allValues = "$__all"

// textOrList is "a" or ["a", "b"].
type textOrList []string

// UnmarshalJSON reads both, and numbers as their text.
func (l *textOrList) UnmarshalJSON(text []byte) error {
	var raw any
	if err := json.Unmarshal(text, &raw); err != nil {
		return err
	}
	items, isList := raw.([]any)
	if !isList {
		items = []any{raw}
	}
	for _, item := range items {
		switch item := item.(type) {
		case nil, map[string]any:
		case string:
			*l = append(*l, item)
		default:
			*l = append(*l, fmt.Sprint(item))
		}
	}
	return nil
}

// resultsKind is how the Prometheus data source marks a variable whose query is PromQL.
const resultsKind = 3

// queryText is the query of a variable, which is text or an object with the text in it.
func (v *variable) queryText() string {
	var text string
	if json.Unmarshal(v.Query, &text) == nil {
		return text
	}
	var object struct {
		Query string `json:"query"`
		Kind  int    `json:"qryType"`
	}
	if json.Unmarshal(v.Query, &object) != nil || object.Query == "" {
		return v.Definition
	}
	if object.Kind == resultsKind && !queryResult.MatchString(object.Query) {
		return "query_result(" + object.Query + ")"
	}
	return object.Query
}

// Variable is a choice as the page shows it.
type Variable struct {
	Label string `json:"label"`
	Text  string `json:"text"`
	// Problem is why it has no value.
	Problem string `json:"problem,omitempty"`
}

// chosen is what a variable stands for in queries.
type chosen struct {
	values []string
	// raw is used as it is, without escaping: the value an author gave to All.
	raw string
	all bool
	// multi variables are escaped for a regular expression, single ones are not.
	multi bool
}

// resolve finds what each variable of a dashboard stands for: what the user chose, what the dashboard
// has chosen, All, or the first value. Variables may use those before them.
func (b *builder) resolve(ctx context.Context, d *Dashboard, at span) (scope, []Variable) {
	s := scope{values: map[string]chosen{}}
	var shown []Variable
	for i := range d.Templating.List {
		v := &d.Templating.List[i]
		c, problem := b.choose(ctx, v, s.at(at, b.step(at, columns, 0), b.options.ScrapeInterval), at)
		s.values[v.Name] = c
		if v.Hide == 2 && problem == nil {
			continue
		}
		text := strings.Join(c.values, " + ")
		if c.all {
			text = "All"
		}
		out := Variable{Label: first(v.Label, v.Name), Text: text}
		if problem != nil {
			out.Problem = problem.Error()
		}
		shown = append(shown, out)
	}
	return s, shown
}

func (b *builder) choose(ctx context.Context, v *variable, s scope, at span) (chosen, error) {
	c := chosen{multi: v.Multi || v.IncludeAll}
	if values, given := b.options.Variables[v.Name]; given {
		c.values = values
		return c, nil
	}
	switch v.Type {
	case "datasource":
		c.values = []string{first(b.options.SourceName, "Prometheus")}
		return c, nil
	case "constant", "textbox":
		c.values = []string{first(v.queryText(), slices.Concat(v.Current.Value, []string{""})[0])}
		return c, nil
	case "custom", "query", "interval":
	default:
		return c, fmt.Errorf("variables of type %q are not supported", v.Type)
	}
	if v.saved(&c) {
		return c, nil
	}
	return b.fromOptions(ctx, v, s, at, c)
}

// saved takes the choice that is saved in the dashboard; false if that is none, or All of the values.
func (v *variable) saved(c *chosen) bool {
	current := slices.DeleteFunc(slices.Clone([]string(v.Current.Value)), func(value string) bool { return value == "" })
	c.all = slices.Contains(current, allValues) || len(current) == 0 && v.IncludeAll
	switch {
	case c.all:
		c.raw = v.AllValue
		return c.raw != ""
	case len(current) > 0 && !strings.HasPrefix(current[0], "$__auto"):
		c.values = current
		return true
	}
	return false
}

// fromOptions chooses among the values a variable may have.
func (b *builder) fromOptions(ctx context.Context, v *variable, s scope, at span, c chosen) (chosen, error) {
	options, err := b.optionsOf(ctx, v, s, at)
	switch {
	case err != nil:
		return c, err
	case len(options) == 0:
		return c, fmt.Errorf("no value")
	case c.all:
		c.values = options
	default:
		c.values = options[:1]
	}
	return c, nil
}

func (b *builder) optionsOf(ctx context.Context, v *variable, s scope, at span) ([]string, error) {
	if v.Type == "query" {
		values, err := b.ask(ctx, s.expand(v.queryText()), at)
		if err != nil {
			return nil, err
		}
		return filtered(values, v.Regex)
	}
	var out []string
	for _, part := range strings.Split(v.queryText(), ",") {
		// "text : value" shows the text and uses the value.
		_, value, found := strings.Cut(part, " : ")
		if !found {
			value = part
		}
		if value = strings.TrimSpace(value); value != "" && !strings.HasPrefix(value, "$__auto") {
			out = append(out, value)
		}
	}
	return out, nil
}

var labelValues = regexp.MustCompile(`(?s)^label_values\(\s*(?:(.+),\s*)?([a-zA-Z_]\w*)\s*\)\s*$`)
var queryResult = regexp.MustCompile(`(?s)^query_result\((.*)\)\s*$`)

// ask finds the values of a query variable. label_values is asked as an instant query, so that one kind
// of question serves everything; over the range of the dashboard, as Grafana does.
func (b *builder) ask(ctx context.Context, text string, at span) ([]string, error) {
	found := map[string]bool{}
	if m := queryResult.FindStringSubmatch(text); m != nil {
		series, err := b.query(ctx, Query{Expr: m[1], Start: at.to, End: at.to})
		for i := range series {
			// Grafana writes the labels without spaces, and authors match them.
			found[strings.ReplaceAll(notation(series[i].Metric), `", `, `",`)] = true
		}
		return slices.Sorted(maps.Keys(found)), err
	}
	m := labelValues.FindStringSubmatch(text)
	if m == nil {
		return nil, fmt.Errorf("the query %q is not supported, only label_values and query_result are", text)
	}
	selector := first(m[1], fmt.Sprintf(`{%s!=""}`, m[2]))
	expr := fmt.Sprintf("group by (%s) (last_over_time(%s[%ds]))", m[2], selector, at.to-at.from)
	series, err := b.query(ctx, Query{Expr: expr, Start: at.to, End: at.to})
	for i := range series {
		if value := series[i].Metric[m[2]]; value != "" {
			found[value] = true
		}
	}
	return slices.Sorted(maps.Keys(found)), err
}

// filtered keeps the values a regular expression /.../ matches, or what its first group captures.
func filtered(values []string, pattern string) ([]string, error) {
	if pattern == "" {
		return values, nil
	}
	re, err := regexp.Compile(strings.Trim(pattern, "/"))
	if err != nil {
		return nil, fmt.Errorf("cannot use the regular expression %q: %w", pattern, err)
	}
	var out []string
	for _, value := range values {
		m := re.FindStringSubmatch(value)
		switch {
		case m == nil:
		case len(m) > 1:
			out = append(out, m[1])
		default:
			out = append(out, value)
		}
	}
	return slices.Compact(out), nil
}

// first returns the first text that is not empty.
func first(texts ...string) string {
	for _, text := range texts {
		if text != "" {
			return text
		}
	}
	return ""
}
