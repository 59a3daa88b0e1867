package promql

import (
	"fmt"
	"slices"
	"strconv"
	"time"

	"github.com/prometheus/common/model"
	"github.com/prometheus/prometheus/promql/parser"
)

// LatencyBuckets are the upper bounds, in seconds and ascending, of the default buckets of
// django_http_requests_latency_seconds_by_view_method; +Inf is left out. Source: DEFAULT_LATENCY_BUCKETS
// in django_prometheus/conf/__init__.py, the same from 2.2.0 through 2.5.0. An application that sets
// PROMETHEUS_LATENCY_BUCKETS has others.
var LatencyBuckets = []float64{0.01, 0.025, 0.05, 0.075, 0.1, 0.25, 0.5, 0.75, 1, 2.5, 5, 7.5, 10, 25, 50, 75}

// JobBuckets are the upper bounds, in seconds and ascending, of tux_propagation_duration_seconds, which are
// the default ones of the Python client; +Inf is left out.
var JobBuckets = []float64{0.005, 0.01, 0.025, 0.05, 0.075, 0.1, 0.25, 0.5, 0.75, 1, 2.5, 5, 7.5, 10}

// newParser returns the parser of a Prometheus without feature flags: what it accepts, every
// Prometheus of its age accepts.
func newParser() parser.Parser { return parser.NewParser(parser.Options{}) }

// ParseExpr parses text. The error begins with line:column, for example
// `1:14: parse error: unexpected end of input`.
func ParseExpr(text string) (parser.Expr, error) {
	return newParser().ParseExpr(text)
}

// Quote writes text as a PromQL string. It escapes everything but ASCII: Prometheus takes a literal
// U+FFFD, which strconv.Quote leaves as it is, for broken UTF-8.
func Quote(text string) string { return strconv.QuoteToASCII(text) }

// checkRuleExpr is ParseExpr for the expression of a rule. Prometheus loads a rule whose result is a
// range vector or a string and then fails at every evaluation, so we refuse it here.
func checkRuleExpr(text string) error {
	expr, err := ParseExpr(text)
	if err != nil {
		return err
	}
	switch kind := expr.Type(); kind {
	case parser.ValueTypeVector, parser.ValueTypeScalar:
		return nil
	default:
		return fmt.Errorf("1:1: a rule needs an instant vector or a scalar, not a %s", parser.DocumentedType(kind))
	}
}

// Duration writes a duration as Prometheus does: 90s is 1m30s.
func Duration(d time.Duration) string { return model.Duration(d).String() }

// CheckBucket returns why seconds, written as text, is not one of LatencyBuckets, with the nearest; nil
// if it is. What is counted below any other number is a guess.
func CheckBucket(text string, seconds float64) error {
	i, found := slices.BinarySearch(LatencyBuckets, seconds)
	last := len(LatencyBuckets) - 1
	write := func(bound float64) string { return strconv.FormatFloat(bound, 'f', -1, 64) }
	switch {
	case found:
		return nil
	case i == 0 || i > last:
		return fmt.Errorf("%q is no bucket of the latency histogram; the nearest is %q", text, write(LatencyBuckets[min(i, last)]))
	default:
		return fmt.Errorf("%q is no bucket of the latency histogram; the nearest are %q and %q",
			text, write(LatencyBuckets[i-1]), write(LatencyBuckets[i]))
	}
}
