package monitors_test

import (
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/prometheus/prometheus/promql/parser"

	"github.com/tux-io/tux-monitoring-operator/internal/plan/monitors/targets/targetstest"
)

// samples returns the series of an exposition in text format without timestamps.
func samples(t *testing.T, text string) []labels {
	t.Helper()
	reader := parser.NewParser(parser.Options{})
	var series []labels
	for line := range strings.Lines(text) {
		if strings.HasPrefix(line, "#") {
			continue
		}
		found, err := reader.ParseMetric(line[:strings.LastIndex(line, " ")])
		if err != nil {
			t.Fatal(err)
		}
		series = append(series, found.Map())
	}
	return series
}

func TestRealExposition(t *testing.T) {
	before := samples(t, read(t, filepath.Join("testdata", "exposition.txt")))
	rules := serviceMonitor(t, backend()).Spec.Endpoints[0].MetricRelabelConfigs
	lost := map[string]int{}
	kept := 0
	for _, sample := range before {
		after, ok := targetstest.Relabel(t, sample, rules)
		if !ok {
			lost[reason(sample)]++
			continue
		}
		kept++
		if diff := cmp.Diff(sample, after); diff != "" {
			t.Errorf("a sample that is kept must stay as it is (-before +after):\n%s", diff)
		}
	}
	want := map[string]int{"created": 61, "body size": 64, "minted method": 19}
	if diff := cmp.Diff(want, lost); diff != "" {
		t.Errorf("lost samples (-want +got):\n%s", diff)
	}
	if len(before) != 327 || kept != 183 {
		t.Errorf("%d samples before and %d after, want 327 and 183", len(before), kept)
	}
}

// reason says why a sample may be lost; an empty one that it must not be.
func reason(sample labels) string {
	name := sample["__name__"]
	switch {
	case strings.HasSuffix(name, "_created"):
		return "created"
	case strings.HasSuffix(name, "_body_total_bytes_bucket"):
		return "body size"
	case sample["method"] == "FOOBAR":
		return "minted method"
	}
	return ""
}

func TestMethods(t *testing.T) {
	cases := map[string]struct {
		sample labels
		kept   bool
	}{
		"a method of HTTP":                          {latency("PATCH"), true},
		"what django-prometheus writes for others":  {latency("<invalid method>"), true},
		"a method a client made up":                 {latency("FOOBAR"), false},
		"a method that begins like a known one":     {latency("GETS"), false},
		"the same with a namespace before the name": {labels{"__name__": "x_django_http_requests_latency_seconds_by_view_method_count", "method": "FOOBAR"}, false},
		"a family without the label":                {labels{"__name__": "django_http_requests_before_middlewares_total"}, true},
		"a method label of the application":         {labels{"__name__": "payments_total", "method": "card"}, true},
	}
	rules := serviceMonitor(t, backend()).Spec.Endpoints[0].MetricRelabelConfigs
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			after, kept := targetstest.Relabel(t, tc.sample, rules)
			if kept != tc.kept {
				t.Fatalf("kept: %t, want %t", kept, tc.kept)
			}
			if diff := cmp.Diff(tc.sample, after); kept && diff != "" {
				t.Errorf("labels (-before +after):\n%s", diff)
			}
		})
	}
}

func latency(method string) labels {
	return labels{"__name__": "django_http_requests_latency_seconds_by_view_method_bucket", "le": "1.0", "method": method, "view": "index"}
}
