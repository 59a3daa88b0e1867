package ruletest

import (
	"context"
	"slices"
	"sort"

	"github.com/prometheus/common/model"
	"github.com/prometheus/prometheus/model/histogram"
	"github.com/prometheus/prometheus/model/labels"
	"github.com/prometheus/prometheus/storage"
	"github.com/prometheus/prometheus/tsdb/chunkenc"
	"github.com/prometheus/prometheus/util/annotations"
)

// memory holds samples while a test runs. It is for one goroutine: evaluations are one after the other.
type memory struct {
	byName map[string][]*series
	byKey  map[string]*series
}

// series are samples in ascending order of time.
type series struct {
	labels  labels.Labels
	samples samples
}

func newMemory() *memory {
	return &memory{byName: map[string][]*series{}, byKey: map[string]*series{}}
}

// add appends as the storage of Prometheus does: the same sample again is nothing, another one at the same
// time or an older one is an error.
func (m *memory) add(ls labels.Labels, s sample) error {
	key := string(ls.Bytes(nil))
	one := m.byKey[key]
	if one == nil {
		one = &series{labels: ls}
		m.byKey[key] = one
		name := ls.Get(model.MetricNameLabel)
		m.byName[name] = append(m.byName[name], one)
	}
	if n := len(one.samples); n > 0 {
		last := one.samples[n-1]
		switch {
		case last.at > s.at:
			return storage.ErrOutOfOrderSample
		case last.at == s.at && same(last, s):
			return nil
		case last.at == s.at:
			return storage.ErrDuplicateSampleForTimestamp
		}
	}
	one.samples = append(one.samples, s)
	return nil
}

// AppenderV2 implements storage.AppendableV2.
func (m *memory) AppenderV2(context.Context) storage.AppenderV2 { return appender{m} }

// appender writes at once: nothing is read between Append and Commit.
type appender struct{ memory *memory }

// Append implements storage.AppenderV2.
func (a appender) Append(
	_ storage.SeriesRef, ls labels.Labels, _, at int64, value float64,
	h *histogram.Histogram, fh *histogram.FloatHistogram, _ storage.AppendV2Options,
) (storage.SeriesRef, error) {
	if h != nil {
		fh = h.ToFloat(nil)
	}
	return 0, a.memory.add(ls, sample{at, value, fh})
}

// Commit implements storage.AppenderV2.
func (appender) Commit() error { return nil }

// Rollback implements storage.AppenderV2.
func (appender) Rollback() error { return nil }

// Querier implements storage.Queryable.
func (m *memory) Querier(from, to int64) (storage.Querier, error) { return querier{m, from, to}, nil }

type querier struct {
	memory   *memory
	from, to int64
}

// Select implements storage.Querier.
func (q querier) Select(_ context.Context, _ bool, _ *storage.SelectHints, matchers ...*labels.Matcher) storage.SeriesSet {
	set := &seriesSet{at: -1}
	for _, candidate := range q.candidates(matchers) {
		if matching(matchers, candidate.labels) {
			if inside := q.inside(candidate.samples); len(inside) > 0 {
				set.all = append(set.all, &series{candidate.labels, inside})
			}
		}
	}
	slices.SortFunc(set.all, func(a, b *series) int { return labels.Compare(a.labels, b.labels) })
	return set
}

func matching(matchers []*labels.Matcher, ls labels.Labels) bool {
	return !slices.ContainsFunc(matchers, func(m *labels.Matcher) bool { return !m.Matches(ls.Get(m.Name)) })
}

func (q querier) candidates(matchers []*labels.Matcher) []*series {
	for _, m := range matchers {
		if m.Name == model.MetricNameLabel && m.Type == labels.MatchEqual {
			return q.memory.byName[m.Value]
		}
	}
	var all []*series
	for _, list := range q.memory.byName {
		all = append(all, list...)
	}
	return all
}

func (q querier) inside(samples []sample) []sample {
	begin := sort.Search(len(samples), func(i int) bool { return samples[i].at >= q.from })
	end := sort.Search(len(samples), func(i int) bool { return samples[i].at > q.to })
	return samples[begin:max(begin, end)]
}

// LabelValues implements storage.Querier; the engine does not ask.
func (querier) LabelValues(context.Context, string, *storage.LabelHints, ...*labels.Matcher) ([]string, annotations.Annotations, error) {
	return nil, nil, nil
}

// LabelNames implements storage.Querier; the engine does not ask.
func (querier) LabelNames(context.Context, *storage.LabelHints, ...*labels.Matcher) ([]string, annotations.Annotations, error) {
	return nil, nil, nil
}

// Close implements storage.Querier.
func (querier) Close() error { return nil }

type seriesSet struct {
	all []*series
	at  int
}

// Next implements storage.SeriesSet.
func (s *seriesSet) Next() bool {
	s.at++
	return s.at < len(s.all)
}

// At implements storage.SeriesSet.
func (s *seriesSet) At() storage.Series { return s.all[s.at] }

// Err implements storage.SeriesSet.
func (*seriesSet) Err() error { return nil }

// Warnings implements storage.SeriesSet.
func (*seriesSet) Warnings() annotations.Annotations { return nil }

// Labels implements storage.Series.
func (s *series) Labels() labels.Labels { return s.labels }

// Iterator implements storage.Series.
func (s *series) Iterator(previous chunkenc.Iterator) chunkenc.Iterator {
	if previous, ok := previous.(interface{ Reset(storage.Samples) }); ok {
		previous.Reset(s.samples)
		return previous.(chunkenc.Iterator)
	}
	return storage.NewListSeriesIterator(s.samples)
}
