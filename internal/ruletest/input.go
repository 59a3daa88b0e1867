package ruletest

import (
	"fmt"
	"time"

	"github.com/prometheus/prometheus/model/labels"
)

// input is a series of a test and what of it was not stored yet.
type input struct {
	labels  labels.Labels
	samples []sample
}

// readInputs reads the series of a test. Of two with the same labels the last counts, as in promtool.
func readInputs(t *Test, start time.Time, interval time.Duration) ([]*input, error) {
	all := make([]*input, 0, len(t.InputSeries))
	known := map[string]*input{}
	p := newParser()
	for _, s := range t.InputSeries {
		ls, values, err := p.ParseSeriesDesc(s.Series + " " + s.Values)
		if err != nil {
			return nil, fmt.Errorf("input series %s: %w", s.Series, err)
		}
		key := string(ls.Bytes(nil))
		one := known[key]
		if one == nil {
			one = &input{labels: ls}
			known[key], all = one, append(all, one)
		}
		one.samples = make([]sample, 0, len(values))
		at := start.UnixMilli()
		for _, v := range values {
			if !v.Omitted {
				one.samples = append(one.samples, sample{at, v.Value, v.Histogram})
			}
			at += interval.Milliseconds()
		}
	}
	return all, nil
}

// feed stores all samples up to now.
func (r *run) feed(now time.Time) error {
	for _, in := range r.inputs {
		for len(in.samples) > 0 && in.samples[0].at <= now.UnixMilli() {
			if err := r.memory.add(in.labels, in.samples[0]); err != nil {
				return fmt.Errorf("input series %s: %w", in.labels, err)
			}
			in.samples = in.samples[1:]
		}
	}
	return nil
}
