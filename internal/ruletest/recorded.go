package ruletest

import (
	"context"
	"errors"
	"math"
	"slices"
	"strings"
	"time"

	"github.com/prometheus/prometheus/model/labels"
	"github.com/prometheus/prometheus/model/value"
)

// maxValues is how many values of a recorded series are kept.
const maxValues = 8

// Recorded is a series that rules have recorded, and some of its values: NaN where it was not there.
type Recorded struct {
	Labels labels.Labels
	Values []float64
}

// Recorded plays a generated test and returns the series the rules record, sorted: the value before the fault, that at its
// end, and others of any time. What the test expects is not looked at.
func (s *Suite) Recorded(ctx context.Context, g *Generated) ([]Recorded, error) {
	r, err := s.prepare(ctx, &g.Test)
	if err != nil {
		return nil, err
	}
	defer func() { _ = r.engine.Close() }()
	r.play()
	if r.broken {
		return nil, errors.New(strings.Join(r.outcome.Failures, "; "))
	}
	line := newTimeline(g.Case, &g.Case.Situations[0])
	return r.recorded(r.start.Add(line.begins-line.step), r.start.Add(line.ends-line.step)), nil
}

func (r *run) recorded(moments ...time.Time) []Recorded {
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
				var values []float64
				for _, moment := range moments {
					values = append(values, one.at(moment))
				}
				out = append(out, Recorded{one.labels, append(values, some(one.samples)...)})
			}
		}
	}
	slices.SortFunc(out, func(a, b Recorded) int { return labels.Compare(a.Labels, b.Labels) })
	return out
}

// at returns the value at a moment, or NaN.
func (s *series) at(moment time.Time) float64 {
	for i := range s.samples {
		if one := &s.samples[i]; one.at == moment.UnixMilli() && !value.IsStaleNaN(one.value) {
			return one.value
		}
	}
	return math.NaN()
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

// Merge brings together what tests have recorded: each series once, with the values of the first and then more.
func Merge(all []Recorded) []Recorded {
	var out []Recorded
	place := map[string]int{}
	for _, one := range all {
		key := string(one.Labels.Bytes(nil))
		at, known := place[key]
		if !known {
			at = len(out)
			place[key], out = at, append(out, Recorded{one.Labels, slices.Clone(one.Values)})
			continue
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
