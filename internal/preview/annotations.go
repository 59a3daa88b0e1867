package preview

import (
	"context"
	"fmt"
	"math"
	"regexp"
	"strings"
)

// Annotation is a moment or a time something was so, drawn over all pictures.
type Annotation struct {
	Name  string `json:"name"`
	Color string `json:"color"`
	Text  string `json:"text"`
	From  int64  `json:"from"`
	// To is that of the last sample; the same as From for a moment.
	To int64 `json:"to"`
}

// annotations asks for what the dashboard marks in time. Like Grafana, samples that follow each other
// are one region, and a value of 0 is none.
func (b *builder) annotations(ctx context.Context, d *Dashboard, s scope, at span) ([]Annotation, []string) {
	var out []Annotation
	var problems []string
	for i := range d.Annotations.List {
		a := &d.Annotations.List[i]
		if !a.Enable || a.BuiltIn == 1 || a.expr() == "" {
			continue
		}
		shortest, err := duration(first(a.Target.Interval, a.Step, "60s"))
		if err != nil {
			problems = append(problems, fmt.Sprintf("annotation %q: cannot read its step: %v", a.Name, err))
			continue
		}
		step := b.step(at, columns, shortest)
		q := rangeQuery(s.at(at, step, b.options.ScrapeInterval).expand(a.expr()), at, step)
		series, err := b.query(ctx, q)
		if err != nil {
			problems = append(problems, fmt.Sprintf("annotation %q: %v", a.Name, err))
			continue
		}
		for j := range series {
			out = append(out, a.regions(&series[j], &q)...)
		}
	}
	return out, problems
}

func (a *annotation) expr() string { return first(a.Target.Expr, a.Expr) }

func (a *annotation) regions(s *Series, q *Query) []Annotation {
	var out []Annotation
	open := false
	for i, value := range s.Values {
		if math.IsNaN(value) || value == 0 {
			open = false
			continue
		}
		t := q.Start + int64(i)*q.Step
		if !open {
			text := strings.Trim(fill(a.TitleFormat, s.Metric)+": "+fill(a.TextFormat, s.Metric), ": ")
			out = append(out, Annotation{Name: a.Name, Color: first(a.IconColor, "blue"), Text: first(text, a.Name), From: t})
			open = true
		}
		out[len(out)-1].To = t
	}
	return out
}

var labelUse = regexp.MustCompile(`\{\{\s*([^{}]+?)\s*\}\}`)

// fill replaces {{label}} by the value of the label.
func fill(text string, metric map[string]string) string {
	return labelUse.ReplaceAllStringFunc(text, func(found string) string {
		return metric[labelUse.FindStringSubmatch(found)[1]]
	})
}
