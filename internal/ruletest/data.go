package ruletest

import (
	"context"
	"fmt"
	"hash"
	"hash/fnv"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/prometheus/common/model"
	"github.com/prometheus/prometheus/model/labels"
	"github.com/prometheus/prometheus/model/rulefmt"
	"github.com/prometheus/prometheus/promql"
)

// Data are samples that any rule can be asked about. It is safe for concurrent use.
type Data struct {
	memory      *memory
	engine      *promql.Engine
	start, last time.Time
	step        time.Duration
}

// allSamples is a limit for queries over a whole timeline, which are many evaluations in one.
const allSamples = 50_000_000

func newData(start time.Time, step time.Duration) *Data {
	s := Suite{Evaluation: step}
	return &Data{newMemory(), s.newEngine(allSamples), start, start.Add((evaluations - 1) * step), step}
}

// Says is a digest of the results of a rule at each evaluation, with their labels and values, and of when it
// fails. The time an alert waits is not part of it.
func (d *Data) Says(ctx context.Context, r *rulefmt.Rule) (string, error) {
	sum := fnv.New64a()
	if !d.ask(ctx, sum, r, d.start, d.last) {
		// It fails at some moments: they are asked about one by one.
		for now := d.start; !now.After(d.last); now = now.Add(d.step) {
			if !d.ask(ctx, sum, r, now, now) {
				_, _ = fmt.Fprintln(sum, now.UnixMilli(), "fails")
			}
		}
	}
	return strconv.FormatUint(sum.Sum64(), 16), ctx.Err()
}

// ask writes what a rule says from one evaluation to another, and is false if it fails.
func (d *Data) ask(ctx context.Context, sum hash.Hash, r *rulefmt.Rule, from, to time.Time) bool {
	query, err := d.engine.NewRangeQuery(ctx, d.memory, nil, r.Expr, from, to, d.step)
	if err != nil {
		return false
	}
	defer query.Close()
	matrix, err := query.Exec(ctx).Matrix()
	if err != nil {
		return false
	}
	lines := make([]string, 0, len(matrix))
	for _, one := range matrix {
		lines = append(lines, line(one, r))
	}
	slices.Sort(lines)
	for _, text := range lines {
		_, _ = fmt.Fprintln(sum, text)
	}
	return true
}

// line writes a series with the labels the rule gives it. A template is the same for the same labels.
func line(one promql.Series, r *rulefmt.Rule) string {
	b := labels.NewBuilder(one.Metric).Del(model.MetricNameLabel)
	for name, text := range r.Labels {
		if !strings.Contains(text, "{{") {
			b.Set(name, text)
		}
	}
	var w strings.Builder
	w.WriteString(b.Labels().String())
	for _, point := range one.Floats {
		// Without the digits in which processors differ.
		fmt.Fprintf(&w, " %d:%s", point.T, strconv.FormatFloat(point.F, 'g', 6, 64))
	}
	return w.String()
}
