package promql

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/prometheus/common/model"
	"github.com/prometheus/prometheus/promql/parser"
)

// Selector is a PromQL selector of counters taken apart.
type Selector struct {
	// Name of the metric.
	Name string
	// Matchers beside the name, each as PromQL, for example status="error".
	Matchers []string
	// Job is the matcher of the label job; empty if the selector has none. It is not among Matchers.
	Job string
}

// counterSuffixes end the names of series that only grow. The client library of Python adds _total to
// every counter; the others are those of histograms and summaries.
var counterSuffixes = []string{"_total", "_count", "_bucket", "_sum"}

// ParseCounters takes text apart, which must be one selector of counters: a metric name and matchers,
// without a range, offset or function around it. A matcher of namespace is refused, since that is ours.
func ParseCounters(text string) (Selector, error) {
	parsed, err := ParseExpr(text)
	if err != nil {
		return Selector{}, err
	}
	vector, ok := parsed.(*parser.VectorSelector)
	if !ok || vector.OriginalOffset != 0 || vector.Timestamp != nil || vector.StartOrEnd != 0 {
		return Selector{}, errors.New("must be a metric name with matchers, and no function, range, offset or @ around it")
	}
	if !slices.ContainsFunc(counterSuffixes, func(s string) bool { return strings.HasSuffix(vector.Name, s) }) {
		return Selector{}, fmt.Errorf("%q is no counter, whose name ends with %s", vector.Name, strings.Join(counterSuffixes, ", "))
	}
	return takeApart(vector)
}

func takeApart(vector *parser.VectorSelector) (Selector, error) {
	s := Selector{Name: vector.Name}
	for _, m := range vector.LabelMatchers {
		// One rule that Prometheus 2 does not parse makes it refuse every rule beside it.
		if !model.LegacyValidation.IsValidLabelName(m.Name) || !model.LegacyValidation.IsValidMetricName(vector.Name) {
			return Selector{}, fmt.Errorf("%q is a name Prometheus 2 does not know", vector.Name+"."+m.Name)
		}
		matcher := m.Name + m.Type.String() + Quote(m.Value)
		switch m.Name {
		case model.MetricNameLabel:
		case "namespace":
			return Selector{}, errors.New("namespace is that of the resource and must not be given")
		case "job":
			if s.Job != "" {
				return Selector{}, errors.New("job is given twice")
			}
			s.Job = matcher
		default:
			s.Matchers = append(s.Matchers, matcher)
		}
	}
	return s, nil
}
