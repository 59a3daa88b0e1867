package rules

import (
	"fmt"
	"time"

	"github.com/prometheus/common/model"
	"github.com/prometheus/prometheus/model/histogram"
	"github.com/prometheus/prometheus/model/labels"
	"github.com/prometheus/prometheus/promql"
	"github.com/prometheus/prometheus/storage"
	"github.com/prometheus/prometheus/tsdb/chunkenc"
	"github.com/prometheus/prometheus/tsdb/chunks"
	"github.com/prometheus/prometheus/util/annotations"

	buckets "github.com/tux-io/tux-monitoring-operator/internal/promql"
)

const scrapeEvery = 30_000 // milliseconds

// tenantStorage is what Prometheus knows after two hours beside many workspaces. Samples are computed when they
// are asked for: as counters in a real storage 5,000 workspaces would take minutes and gigabytes.
type tenantStorage struct {
	now    int64
	byName map[string][]tenantSeries
}

// tenantSeries is a counter that grows by rate with each scrape, or a single sample of what was recorded.
type tenantSeries struct {
	labels  labels.Labels
	samples grid
}

// grid is samples at equal distances.
type grid struct {
	first, step int64
	n           int
	value, rate float64
}

func (g grid) Len() int { return g.n }

func (g grid) Get(i int) chunks.Sample {
	return atTime{t: g.first + int64(i)*g.step, f: g.value + float64(i)*g.rate}
}

// from is the part of g between two times, as a storage cuts it.
func (g grid) from(start, end int64) grid {
	for g.n > 0 && g.first < start {
		skip := max(1, min(int64(g.n), (start-g.first)/g.step))
		g.first, g.value, g.n = g.first+skip*g.step, g.value+float64(skip)*g.rate, g.n-int(skip)
	}
	if last := g.first + int64(g.n-1)*g.step; g.n > 0 && last > end {
		g.n = max(0, int((end-g.first)/g.step)+1)
	}
	return g
}

// atTime is one sample.
type atTime struct {
	t int64
	f float64
}

func (s atTime) T() int64                    { return s.t }
func (atTime) ST() int64                     { return 0 }
func (s atTime) F() float64                  { return s.f }
func (atTime) H() *histogram.Histogram       { return nil }
func (atTime) FH() *histogram.FloatHistogram { return nil }
func (atTime) Type() chunkenc.ValueType      { return chunkenc.ValFloat }
func (s atTime) Copy() chunks.Sample         { return s }

// newTenants returns n workspaces on some pods, no two of them equally busy; every hundredth fails most of its jobs.
func newTenants(n, pods int) *tenantStorage {
	s := &tenantStorage{now: (3 * time.Hour).Milliseconds(), byName: map[string][]tenantSeries{}}
	for pod := range pods {
		of := func(name string, rate float64, more ...string) {
			base := []string{"namespace", "tux-production", "job", "tux-backend", "pod", fmt.Sprint("tux-backend-", pod), "instance", fmt.Sprintf("10.1.0.%d:8000", pod)}
			s.add(name, labels.FromStrings(append(append([]string{model.MetricNameLabel, name}, base...), more...)...), rate)
		}
		of("up", 0)
		of("django_http_requests_before_middlewares_total", 100)
		for i := range n {
			of := func(name string, rate float64, more ...string) {
				of(name, rate, append([]string{"workspace_id", fmt.Sprintf("workspace-%04d", i)}, more...)...)
			}
			busy, failing := 1+float64(i)/1000, 0.0
			if i%100 == 0 {
				failing = 4
			}
			of("tux_string_generations_total", busy, "status", "success")
			of("tux_string_generations_total", busy/50, "status", "error")
			of("tux_propagation_jobs_total", busy, "status", "success")
			of("tux_propagation_jobs_total", failing*busy, "status", "error")
			of("tux_dimension_catalog_queries_total", busy, "cache_hit", "hit")
			of("tux_dimension_catalog_queries_total", busy, "cache_hit", "miss")
			of("tux_propagation_duration_seconds_sum", 8*busy)
			of("tux_propagation_duration_seconds_count", busy)
			for _, bound := range buckets.JobBuckets {
				of("tux_propagation_duration_seconds_bucket", busy*float64(int(bound/10)), "le", pythonFloat(bound))
			}
			of("tux_propagation_duration_seconds_bucket", busy, "le", "+Inf")
		}
	}
	return s
}

func (s *tenantStorage) add(name string, set labels.Labels, rate float64) {
	const kept = 2 * time.Hour / time.Millisecond
	g := grid{first: s.now - int64(kept), step: scrapeEvery, n: int(kept)/scrapeEvery + 1, value: 1, rate: rate}
	s.byName[name] = append(s.byName[name], tenantSeries{set, g})
}

// record keeps what a recording rule returned now.
func (s *tenantStorage) record(name string, vector promql.Vector) {
	for _, v := range vector {
		set := labels.NewBuilder(v.Metric).Set(model.MetricNameLabel, name).Labels()
		s.byName[name] = append(s.byName[name], tenantSeries{set, grid{first: s.now, step: 1, n: 1, value: v.F}})
	}
}

// Querier implements storage.Queryable.
func (s *tenantStorage) Querier(int64, int64) (storage.Querier, error) {
	return &storage.MockQuerier{SelectMockFunction: s.query}, nil
}

func (s *tenantStorage) query(_ bool, hints *storage.SelectHints, matchers ...*labels.Matcher) storage.SeriesSet {
	name, others := "", []*labels.Matcher{}
	for _, m := range matchers {
		if m.Name == model.MetricNameLabel {
			name = m.Value
			continue
		}
		others = append(others, m)
	}
	found := &tenantSet{at: -1}
	for _, series := range s.byName[name] {
		if matchesAll(series.labels, others) {
			series.samples = series.samples.from(hints.Start, hints.End)
			found.series = append(found.series, series)
		}
	}
	return found
}

func matchesAll(set labels.Labels, matchers []*labels.Matcher) bool {
	for _, m := range matchers {
		if !m.Matches(set.Get(m.Name)) {
			return false
		}
	}
	return true
}

// tenantSet is the answer to one selector.
type tenantSet struct {
	series []tenantSeries
	at     int
}

func (s *tenantSet) Next() bool                        { s.at++; return s.at < len(s.series) }
func (s *tenantSet) Err() error                        { return nil }
func (s *tenantSet) Warnings() annotations.Annotations { return nil }

// At implements storage.SeriesSet.
func (s *tenantSet) At() storage.Series {
	series := s.series[s.at]
	return &storage.SeriesEntry{Lset: series.labels, SampleIteratorFn: func(chunkenc.Iterator) chunkenc.Iterator {
		return storage.NewListSeriesIterator(series.samples)
	}}
}
