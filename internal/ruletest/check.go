package ruletest

import (
	"fmt"
	"maps"
	"math"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/prometheus/prometheus/model/histogram"
	"github.com/prometheus/prometheus/model/labels"
	promrules "github.com/prometheus/prometheus/rules"
)

// checkAlerts compares labels and annotations of what fires with what shall.
func (r *run) checkAlerts(t *AlertTest) {
	var want, got []string
	for _, expected := range t.ExpAlerts {
		all := map[string]string{labels.AlertName: t.Alertname}
		maps.Copy(all, expected.Labels)
		all[labels.AlertName] = t.Alertname
		want = append(want, labels.FromMap(all).String()+" "+labels.FromMap(expected.Annotations).String())
	}
	for _, g := range r.groups {
		for _, rule := range g.AlertingRules() {
			if rule.Name() != t.Alertname {
				continue
			}
			for _, active := range rule.ActiveAlerts() {
				if active.State == promrules.StateFiring {
					got = append(got, active.Labels.String()+" "+active.Annotations.String())
				}
			}
		}
	}
	slices.Sort(want)
	slices.Sort(got)
	if !slices.Equal(want, got) {
		r.fail("at %s alert %s\nwant %s\ngot  %s", t.EvalTime, t.Alertname, list(want), list(got))
	}
}

// checkExpressions asks the expressions of the test of a span of time, its ends included.
func (r *run) checkExpressions(from, to time.Duration) {
	query := promrules.EngineQueryFunc(r.engine, r.memory)
	for i := range r.test.ExprTests {
		t := &r.test.ExprTests[i]
		if at := time.Duration(t.EvalTime); at < from || at > to {
			continue
		}
		vector, err := query(r.ctx, t.Expr, r.start.Add(time.Duration(t.EvalTime)))
		if err != nil {
			r.fail("at %s %s: %v", t.EvalTime, t.Expr, err)
			continue
		}
		got := make([]answer, 0, len(vector))
		for _, s := range vector {
			got = append(got, answer{s.Metric, s.F, s.H})
		}
		want, err := t.wanted()
		if err != nil {
			r.fail("at %s %s: %v", t.EvalTime, t.Expr, err)
			continue
		}
		if !r.equal(want, got) {
			r.fail("at %s %s\nwant %s\ngot  %s", t.EvalTime, t.Expr, list(texts(want)), list(texts(got)))
		}
	}
}

// answer is one sample of a result.
type answer struct {
	labels    labels.Labels
	value     float64
	histogram *histogram.FloatHistogram
}

func (t *ExprTest) wanted() ([]answer, error) {
	p := newParser()
	out := make([]answer, 0, len(t.ExpSamples))
	for _, s := range t.ExpSamples {
		ls, err := p.ParseMetric(s.Labels)
		if err != nil {
			return nil, fmt.Errorf("labels %q: %w", s.Labels, err)
		}
		a := answer{labels: ls, value: s.Value}
		if s.Histogram != "" {
			_, values, err := p.ParseSeriesDesc("{} " + s.Histogram)
			if err != nil {
				return nil, fmt.Errorf("histogram %q: %w", s.Histogram, err)
			}
			if len(values) != 1 || values[0].Histogram == nil {
				return nil, fmt.Errorf("histogram %q is none", s.Histogram)
			}
			a.histogram = values[0].Histogram
		}
		out = append(out, a)
	}
	return out, nil
}

func (s *Suite) equal(want, got []answer) bool {
	byLabels := func(a, b answer) int { return labels.Compare(a.labels, b.labels) }
	slices.SortFunc(want, byLabels)
	slices.SortFunc(got, byLabels)
	return slices.EqualFunc(want, got, func(a, b answer) bool {
		if !labels.Equal(a.labels, b.labels) || (a.histogram == nil) != (b.histogram == nil) {
			return false
		}
		if a.histogram != nil {
			return a.histogram.Equals(b.histogram)
		}
		return a.value == b.value || (s.Fuzzy && (math.Nextafter(a.value, b.value) == b.value))
	})
}

func texts(answers []answer) []string {
	out := make([]string, 0, len(answers))
	for _, a := range answers {
		value := strconv.FormatFloat(a.value, 'g', -1, 64)
		if a.histogram != nil {
			value = a.histogram.String()
		}
		out = append(out, a.labels.String()+" "+value)
	}
	return out
}

// list writes what may be nothing.
func list(items []string) string {
	if len(items) == 0 {
		return "nothing"
	}
	return strings.Join(items, "\n     ")
}
