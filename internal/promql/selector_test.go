package promql

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestParseCounters(t *testing.T) {
	cases := map[string]struct {
		in      string
		want    Selector
		wantErr string
	}{
		"a name alone": {in: "a_total", want: Selector{Name: "a_total"}},
		"matchers of any type": {
			in:   `a_total{b="c",d=~"e|\"f\"",g!="",h!~"i"}`,
			want: Selector{Name: "a_total", Matchers: []string{`b="c"`, `d=~"e|\"f\""`, `g!=""`, `h!~"i"`}},
		},
		"another job": {
			in:   `nginx_requests_count{status=~"5..",job="ingress"}`,
			want: Selector{Name: "nginx_requests_count", Matchers: []string{`status=~"5.."`}, Job: `job="ingress"`},
		},
		"a namespace":      {in: `a_total{namespace="b"}`, wantErr: "namespace is that of the resource"},
		"two jobs":         {in: `a_total{job=~"a.*",job!="ab"}`, wantErr: "job is given twice"},
		"a function":       {in: `rate(a_total[5m])`, wantErr: "must be a metric name with matchers"},
		"a range":          {in: `a_total[5m]`, wantErr: "must be a metric name with matchers"},
		"an offset":        {in: `a_total offset 5m`, wantErr: "must be a metric name with matchers"},
		"an @":             {in: `a_total @ 12`, wantErr: "must be a metric name with matchers"},
		"an @ end":         {in: `a_total @ end()`, wantErr: "must be a metric name with matchers"},
		"parentheses":      {in: `(a_total)`, wantErr: "must be a metric name with matchers"},
		"a number":         {in: `1`, wantErr: "must be a metric name with matchers"},
		"a gauge":          {in: `a`, wantErr: `"a" is no counter`},
		"no name":          {in: `{a="b"}`, wantErr: "is no counter"},
		"no PromQL":        {in: `a_total{`, wantErr: "parse error"},
		"a name of UTF-8":  {in: `{"a.b_total"}`, wantErr: "is no counter"},
		"a label of UTF-8": {in: `a_total{"a.b"="c"}`, wantErr: "Prometheus 2 does not know"},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			got, err := ParseCounters(tc.in)
			if (err == nil) != (tc.wantErr == "") || (err != nil && !strings.Contains(err.Error(), tc.wantErr)) {
				t.Fatalf("got error %v, want %q", err, tc.wantErr)
			}
			if diff := cmp.Diff(tc.want, got); diff != "" {
				t.Errorf("selector (-want +got):\n%s", diff)
			}
		})
	}
}

func TestCheckBucket(t *testing.T) {
	for text, tc := range map[string]struct {
		seconds float64
		want    string
	}{
		"2.5":   {2.5, ""},
		"75":    {75, ""},
		"0.010": {0.01, ""},
		"2":     {2, `"2" is no bucket of the latency histogram; the nearest are "1" and "2.5"`},
		"0":     {0, `"0" is no bucket of the latency histogram; the nearest is "0.01"`},
		"80":    {80, `"80" is no bucket of the latency histogram; the nearest is "75"`},
	} {
		got := ""
		if err := CheckBucket(text, tc.seconds); err != nil {
			got = err.Error()
		}
		if got != tc.want {
			t.Errorf("%s: got %q, want %q", text, got, tc.want)
		}
	}
}
