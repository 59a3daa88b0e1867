package ruletest

import (
	"context"
	"slices"
	"time"

	"github.com/prometheus/prometheus/model/labels"
	"github.com/prometheus/prometheus/model/value"
)

// maxValues is how many values of a recorded series are kept.
const maxValues = 8

// Recorded is a series that rules have recorded, and some of its values, from the first to the last.
type Recorded struct {
	Labels labels.Labels
	Values []float64
}

// Recorded plays a test and returns the series the rules record, sorted; what the test expects is not looked at.
func (s *Suite) Recorded(ctx context.Context, t *Test) ([]Recorded, error) {
	r, err := s.prepare(ctx, t)
	if err != nil {
		return nil, err
	}
	defer func() { _ = r.engine.Close() }()
	for at := time.Duration(0); at <= t.end(); at += r.evaluation() {
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		now := r.start.Add(at)
		if err := r.feed(now); err != nil {
			return nil, err
		}
		for _, g := range r.groups {
			g.Eval(ctx, now)
		}
	}
	return r.recorded(), nil
}

func (r *run) recorded() []Recorded {
	var out []Recorded
	done := map[string]bool{}
	for _, g := range r.Groups {
		for i := range g.Rules {
			name := g.Rules[i].Record
			if done[name] {
				continue
			}
			done[name] = true
			for _, one := range r.memory.byName[name] {
				if values := some(one.samples); len(values) > 0 {
					out = append(out, Recorded{one.labels, values})
				}
			}
		}
	}
	slices.SortFunc(out, func(a, b Recorded) int { return labels.Compare(a.Labels, b.Labels) })
	return out
}

// some returns values at equal distances.
func some(all samples) []float64 {
	var out []float64
	for i := range maxValues {
		v := all[i*(len(all)-1)/(maxValues-1)].value
		if !value.IsStaleNaN(v) && !slices.Contains(out, v) {
			out = append(out, v)
		}
	}
	return out
}

// Merge brings together what tests have recorded: each series once, with values of all of them.
func Merge(all []Recorded) []Recorded {
	var out []Recorded
	place := map[string]int{}
	for _, one := range all {
		key := string(one.Labels.Bytes(nil))
		at, known := place[key]
		if !known {
			at = len(out)
			place[key], out = at, append(out, Recorded{Labels: one.Labels})
		}
		for _, v := range one.Values {
			if !slices.Contains(out[at].Values, v) && len(out[at].Values) < 4*maxValues {
				out[at].Values = append(out[at].Values, v)
			}
		}
	}
	slices.SortFunc(out, func(a, b Recorded) int { return labels.Compare(a.Labels, b.Labels) })
	return out
}
