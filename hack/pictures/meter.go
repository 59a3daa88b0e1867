package main

import (
	"fmt"
	"math"
	"strings"

	"github.com/prometheus/prometheus/model/labels"
)

// meter is one series somebody exports.
type meter struct {
	labels labels.Labels
	// counter meters return what they grow by in a second, others their value. NaN: not there now.
	counter bool
	read    func(m *moment) float64
	total   float64
}

// exporter collects the meters of one target.
type exporter struct {
	target string
	meters *[]*meter
}

// gauge and counter add a series; text is labels as {a="b"}, without the braces.
func (e exporter) gauge(name, text string, read func(*moment) float64) {
	*e.meters = append(*e.meters, &meter{labels: parseLabels(name, e.target, text), read: read})
}

func (e exporter) counter(name, text string, read func(*moment) float64) {
	*e.meters = append(*e.meters, &meter{labels: parseLabels(name, e.target, text), read: read, counter: true})
}

// histogram adds buckets, count and sum of durations: rate a second, log-normal around a median.
func (e exporter) histogram(name, text string, bounds []float64, rate, median func(*moment) float64, sigma float64) {
	for _, bound := range append(append([]float64(nil), bounds...), math.Inf(1)) {
		e.counter(name+"_bucket", fmt.Sprintf("%s,le=%q", text, bucketName(bound)), func(m *moment) float64 {
			return rate(m) * within(bound, median(m), sigma)
		})
	}
	e.counter(name+"_count", text, rate)
	e.counter(name+"_sum", text, func(m *moment) float64 { return rate(m) * median(m) * math.Exp(sigma*sigma/2) })
}

// bucketName writes a bound as the Python client does.
func bucketName(bound float64) string {
	if math.IsInf(bound, 1) {
		return "+Inf"
	}
	text := fmt.Sprint(bound)
	if !strings.Contains(text, ".") {
		text += ".0"
	}
	return text
}

func parseLabels(name string, parts ...string) labels.Labels {
	b := labels.NewScratchBuilder(8)
	b.Add("__name__", name)
	for _, part := range parts {
		for _, pair := range strings.Split(part, `",`) {
			if label, value, found := strings.Cut(pair, "="); found {
				b.Add(label, strings.Trim(value, `"`))
			}
		}
	}
	b.Sort()
	return b.Labels()
}

func constant(value float64) func(*moment) float64 { return func(*moment) float64 { return value } }
