package main

import (
	"context"
	"fmt"
	"math"
	"strings"
)

// value is a number that a recording rule keeps.
type value struct {
	// what it is, with %s for the number.
	what, expr string
	format     func(float64) string
	// plausible under the traffic of users who are served well.
	plausible func(float64) bool
}

func values() []value {
	selector := fmt.Sprintf("{namespace=%q,job=%q}", resourceNamespace, backendName)
	positive := func(v float64) bool { return v > 0 }
	return []value{
		{"traffic of users", "job:tux_http_requests:rate5m" + selector, unit("%.2f a second", 1), positive},
		{"share of 5xx", "job:tux_http_errors:ratio_rate5m" + selector, unit("%.1f%%", 100), func(v float64) bool { return v == 0 }},
		{"95th percentile of time", "job:tux_http_latency_seconds:p95_5m" + selector, unit("%.0f ms", 1000), positive},
		{"propagation of strings", strings.Replace("job_status:tux_propagation_jobs:rate10m"+selector, "}", `,status="success"}`, 1),
			unit("%.2f a minute", 60), positive},
	}
}

func unit(format string, factor float64) func(float64) string {
	return func(v float64) string { return fmt.Sprintf(format, v*factor) }
}

// showValues waits for the two scrapes that a rate takes.
func (f *full) showValues(ctx context.Context) error {
	var rows [][]string
	err := f.await(ctx, "two scrapes make a rate", func(ctx context.Context) string {
		rows = [][]string{{"RECORDED", "NOW", "BY"}}
		for _, v := range values() {
			now, err := f.number(ctx, v.expr)
			if err != nil {
				return err.Error()
			}
			if math.IsNaN(now) {
				return v.what + " has no value yet"
			}
			if !v.plausible(now) {
				return v.what + " is " + v.format(now)
			}
			rows = append(rows, []string{v.what, v.format(now), strings.ReplaceAll(v.expr, fmt.Sprintf("namespace=%q,", resourceNamespace), "")})
		}
		return ""
	})
	if err != nil {
		return err
	}
	f.printer.line("Rates are averages over 5 and 10 minutes, of which about one has passed, so they still grow:")
	f.printer.text(table(rows))
	return nil
}

// number returns the sum of what an expression gives now; NaN if it gives nothing.
func (f *full) number(ctx context.Context, expr string) (float64, error) {
	vector, err := f.env.Prometheus.Query(ctx, expr)
	if err != nil {
		return 0, err
	}
	if len(vector) == 0 {
		return math.NaN(), nil
	}
	sum := 0.0
	for _, sample := range vector {
		sum += float64(sample.Value)
	}
	return sum, nil
}
