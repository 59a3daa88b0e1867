package ruletest

import (
	"math"

	"github.com/prometheus/prometheus/model/histogram"
	"github.com/prometheus/prometheus/tsdb/chunkenc"
	"github.com/prometheus/prometheus/tsdb/chunks"
)

// sample has a histogram or a value.
type sample struct {
	at        int64
	value     float64
	histogram *histogram.FloatHistogram
}

func same(a, b sample) bool {
	if a.histogram != nil || b.histogram != nil {
		return a.histogram != nil && b.histogram != nil && a.histogram.Equals(b.histogram)
	}
	return math.Float64bits(a.value) == math.Float64bits(b.value)
}

// samples implements storage.Samples.
type samples []sample

// Get returns a sample.
func (s samples) Get(i int) chunks.Sample { return &s[i] }

// Len is the number of samples.
func (s samples) Len() int { return len(s) }

// ST implements chunks.Sample; the samples of tests have no start.
func (*sample) ST() int64 { return 0 }

// T implements chunks.Sample.
func (s *sample) T() int64 { return s.at }

// F implements chunks.Sample.
func (s *sample) F() float64 { return s.value }

// H implements chunks.Sample; there are no histograms of integers here.
func (*sample) H() *histogram.Histogram { return nil }

// FH implements chunks.Sample.
func (s *sample) FH() *histogram.FloatHistogram { return s.histogram }

// Type implements chunks.Sample.
func (s *sample) Type() chunkenc.ValueType {
	if s.histogram != nil {
		return chunkenc.ValFloatHistogram
	}
	return chunkenc.ValFloat
}

// Copy implements chunks.Sample.
func (s *sample) Copy() chunks.Sample {
	out := *s
	if s.histogram != nil {
		out.histogram = s.histogram.Copy()
	}
	return &out
}
