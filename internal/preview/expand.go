package preview

import (
	"fmt"
	"regexp"
	"strconv"
	"strings"
	"time"

	"github.com/prometheus/common/model"
)

// scope is what the variables in a text stand for.
type scope struct {
	values  map[string]chosen
	builtin map[string]string
}

// at returns the scope with Grafana's own variables for queries of a range and step.
func (s scope) at(at span, step, scrape time.Duration) scope {
	length := at.length()
	s.builtin = map[string]string{
		"__interval":      model.Duration(step).String(),
		"__interval_ms":   strconv.FormatInt(step.Milliseconds(), 10),
		"__rate_interval": model.Duration(rateInterval(step, scrape)).String(),
		"__range":         fmt.Sprintf("%ds", int64(length.Seconds())),
		"__range_s":       strconv.FormatInt(int64(length.Seconds()), 10),
		"__range_ms":      strconv.FormatInt(length.Milliseconds(), 10),
		"__from":          strconv.FormatInt(at.from*1000, 10),
		"__to":            strconv.FormatInt(at.to*1000, 10),
	}
	return s
}

// usage is $name, ${name}, ${name:format} or [[name]].
var usage = regexp.MustCompile(`\$(\w+)|\$\{(\w+)(?:\.\w+)?(?::(\w+))?\}|\[\[(\w+)(?::(\w+))?\]\]`)

// expand replaces the variables in PromQL; what is no variable stays as it is.
func (s scope) expand(text string) string {
	return s.replace(text, func(c *chosen, format string) string { return c.write(format, true) })
}

// describe replaces the variables in a title: All is written as one word.
func (s scope) describe(text string) string {
	return s.replace(text, func(c *chosen, format string) string {
		if c.all && format == "" {
			return "All"
		}
		return c.write(first(format, "text"), false)
	})
}

func (s scope) replace(text string, write func(c *chosen, format string) string) string {
	return usage.ReplaceAllStringFunc(text, func(found string) string {
		m := usage.FindStringSubmatch(found)
		name, format := first(m[1], m[2], m[4]), first(m[3], m[5])
		if value, ok := s.builtin[name]; ok {
			return value
		}
		if c, ok := s.values[name]; ok {
			return write(&c, format)
		}
		return found
	})
}

// write is the value in a format of Grafana's; without one that of the Prometheus data source.
func (c *chosen) write(format string, query bool) string {
	if c.raw != "" {
		return c.raw
	}
	switch format {
	case "csv":
		return strings.Join(c.values, ",")
	case "pipe":
		return strings.Join(c.values, "|")
	case "raw":
		return strings.Join(c.values, ",")
	case "text":
		return strings.Join(c.values, " + ")
	case "regex":
		return alternatives(c.values, regexp.QuoteMeta)
	}
	if c.multi && query {
		return alternatives(c.values, quoteInPromQL)
	}
	return strings.Join(c.values, ",")
}

func alternatives(values []string, quote func(string) string) string {
	quoted := make([]string, 0, len(values))
	for _, value := range values {
		quoted = append(quoted, quote(value))
	}
	if len(quoted) == 1 {
		return quoted[0]
	}
	return "(" + strings.Join(quoted, "|") + ")"
}

// quoteInPromQL escapes for a regular expression inside a PromQL string, where a backslash is doubled.
func quoteInPromQL(value string) string {
	return strings.ReplaceAll(regexp.QuoteMeta(value), `\`, `\\`)
}
