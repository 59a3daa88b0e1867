package logql_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/tux-io/tux-monitoring-operator/hack/loki"
	"github.com/tux-io/tux-monitoring-operator/internal/plan/retention/logql"
)

func TestMetrics(t *testing.T) {
	lines := logql.Lines{Streams: logql.Selector{logql.Is("a", "b")}}
	type expression interface{ LogQL() (string, error) }
	tests := map[string]struct {
		in   expression
		want string
	}{
		"a count": {logql.Count{Of: lines, Window: "5m", Above: 3}, `sum(count_over_time({a="b"} [5m])) > 3`},
		"told apart, of large numbers": {
			logql.Count{Of: lines, Numbers: []logql.Number{{"duration_ms", 2500}}, Window: "10m", By: []string{"x", "y"}, Above: 0},
			`sum by (x, y) (count_over_time({a="b"} | duration_ms > 2500 | __error__="" [10m])) > 0`,
		},
		"nothing":                     {logql.Absent{lines.Streams, "15m"}, `absent_over_time({a="b"} [15m])`},
		"a window that is more":       {in: logql.Count{Of: lines, Window: "5m]) or vector(1"}},
		"no window":                   {in: logql.Absent{Of: lines.Streams}},
		"a label that is more":        {in: logql.Count{Of: lines, Window: "5m", By: []string{"x) (y"}}},
		"a keyword":                   {in: logql.Count{Of: lines, Window: "5m", By: []string{"by"}}},
		"a number of no name":         {in: logql.Count{Of: lines, Window: "5m", Numbers: []logql.Number{{"", 1}}}},
		"absence of everything":       {in: logql.Absent{nil, "5m"}},
		"a count of everything":       {in: logql.Count{Window: "5m"}},
		"a number whose name is more": {in: logql.Count{Of: lines, Window: "5m", Numbers: []logql.Number{{"x > 1 or y", 1}}}},
	}
	for name, tc := range tests {
		t.Run(name, func(t *testing.T) {
			got, err := tc.in.LogQL()
			if (err != nil) != (tc.want == "") {
				t.Fatalf("%q, %v", got, err)
			}
			if diff := cmp.Diff(tc.want, got); diff != "" {
				t.Error(diff)
			}
		})
	}
}

// TestLokiTakesEveryMetric that can be written, and takes it for one.
func TestLokiTakesEveryMetric(t *testing.T) {
	var texts []string
	rapid.Check(t, func(t *rapid.T) {
		lines := logql.Lines{Streams: logql.Selector{logql.Is(names.Draw(t, "first"), "v"), matcher(t)}}
		for range rapid.IntRange(0, 2).Draw(t, "filters") {
			lines.Filters = append(lines.Filters, matcher(t))
		}
		count := logql.Count{
			Of: lines, Window: logql.Window(rapid.StringMatching(`[1-9][0-9]{0,2}[smhd]`).Draw(t, "window")),
			By: rapid.SliceOfN(names, 0, 3).Draw(t, "by"), Above: rapid.IntRange(0, 1<<30).Draw(t, "above"),
		}
		for range rapid.IntRange(0, 2).Draw(t, "numbers") {
			count.Numbers = append(count.Numbers, logql.Number{Name: names.Draw(t, "number"), Above: rapid.IntRange(0, 1<<30).Draw(t, "large")})
		}
		for _, e := range []interface{ LogQL() (string, error) }{count, logql.Absent{Of: lines.Streams, Window: count.Window}} {
			text, err := e.LogQL()
			if err != nil {
				t.Fatal(err)
			}
			texts = append(texts, text)
		}
	})
	answer, err := loki.Ask(t.Context(), loki.Question{Expressions: texts}, t.Output())
	if err != nil {
		t.Fatal(err)
	}
	for i, got := range answer.Expressions {
		if got.Refused != "" || !got.Metric {
			t.Errorf("%s: %+v", texts[i], got)
		}
	}
	if len(answer.Expressions) < 100 {
		t.Errorf("only %d expressions", len(answer.Expressions))
	}
}
