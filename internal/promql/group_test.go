package promql

import (
	"errors"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/prometheus/prometheus/promql/parser"
)

func group(rules ...Rule) Group { return Group{Name: "mine", Rules: rules} }

func TestCheckGroup(t *testing.T) {
	good := Rule{Alert: "Good", Expr: "up == 0"}
	cases := map[string]struct {
		in   Group
		want []string
	}{
		"a group that Prometheus loads has no errors": {
			in: Group{Name: "mine", Interval: "1m", Rules: []Rule{
				{Record: "job:up:sum", Expr: "sum by (job) (up)", Labels: map[string]string{"team": "tux"}},
				{
					Alert: "Down", Expr: "job:up:sum == 0", For: "1h30m",
					Labels:      map[string]string{"severity": "critical", "pod": "{{ $labels.pod }}"},
					Annotations: map[string]string{"summary": "{{ $value | humanize }} of {{ $labels.job }}"},
				},
			}},
		},
		"a parse error names the rule and the position in the expression": {
			in:   group(good, good, Rule{Alert: "Bad", Expr: "sum by (job) (up"}),
			want: []string{"rules[2].expr: 1:17: parse error: unclosed left parenthesis"},
		},
		"a position in a later line counts from that line": {
			in:   group(Rule{Alert: "Bad", Expr: "up ==\n  == 0"}),
			want: []string{"rules[0].expr: 2:3: parse error: unexpected <op:==>"},
		},
		"a range vector loads and then fails at every evaluation": {
			in:   group(Rule{Alert: "Bad", Expr: "up[5m]"}),
			want: []string{"rules[0].expr: 1:1: a rule needs an instant vector or a scalar, not a range vector"},
		},
		"experimental functions need a flag we cannot count on": {
			in:   group(Rule{Record: "a:b", Expr: "limitk(1, up)"}),
			want: []string{"rules[0].expr: 1:1: parse error: limitk() is experimental and must be enabled with --enable-feature=promql-experimental-functions"},
		},
		"a template that does not parse names its annotation": {
			in: group(Rule{Alert: "Bad", Expr: "up", Annotations: map[string]string{
				"summary": "{{ $value | humanise }}", "description": "{{ $labels.pod }}",
			}}),
			want: []string{`rules[0].annotations.summary: annotation "summary": template: __alert_Bad:1: function "humanise" not defined`},
		},
		"a template in a label is checked as well": {
			in:   group(Rule{Alert: "Bad", Expr: "up", Labels: map[string]string{"pod": "{{ .Labels"}}),
			want: []string{`rules[0].labels.pod: label "pod": template: __alert_Bad:1: unclosed action`},
		},
		"names only Prometheus 3 knows are refused": {
			in:   group(Rule{Record: "a.b", Expr: "up", Labels: map[string]string{"c.d": "e"}}),
			want: []string{"rules[0].record: invalid recording rule name: a.b", "rules[0].labels.c.d: invalid label name: c.d"},
		},
		"errors come in the order of the keys": {
			in: group(Rule{Alert: "Bad", Expr: "up", Labels: map[string]string{"z-": "", "a-": "", "m-": ""}}),
			want: []string{
				"rules[0].labels.a-: invalid label name: a-",
				"rules[0].labels.m-: invalid label name: m-",
				"rules[0].labels.z-: invalid label name: z-",
			},
		},
		"a recording rule has neither for nor annotations": {
			in: group(Rule{Record: "a:b", Expr: "up", For: "5m", Annotations: map[string]string{"summary": "x"}}),
			want: []string{
				"rules[0].for: is not allowed in a recording rule",
				"rules[0].annotations.summary: invalid field 'annotations' in recording rule",
			},
		},
		"a rule is either an alert or a record": {
			in: group(Rule{Expr: "up"}, Rule{Alert: "A", Record: "r", Expr: "up"}),
			want: []string{
				"rules[0].alert: one of 'record' or 'alert' must be set",
				"rules[1].record: only one of 'record' and 'alert' must be set",
			},
		},
		"the fields of the group are checked": {
			in:   Group{Interval: "often", Rules: []Rule{{Alert: "A", Expr: "up", For: "soon"}}},
			want: []string{"name: must not be empty", `interval: not a valid duration string: "often"`, `rules[0].for: not a valid duration string: "soon"`},
		},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			var got []string
			for _, err := range CheckGroup(tc.in) {
				got = append(got, err.Error())
			}
			if diff := cmp.Diff(tc.want, got); diff != "" {
				t.Errorf("errors (-want +got):\n%s", diff)
			}
		})
	}
}

func TestErrorsOfCheckGroupSayRuleAndField(t *testing.T) {
	errs := CheckGroup(group(Rule{Alert: "A", Expr: "up"}, Rule{Alert: "B", Expr: "up{"}))
	var field *FieldError
	if len(errs) != 1 || !errors.As(errs[0], &field) {
		t.Fatalf("want one FieldError, got %v", errs)
	}
	if field.Rule != 1 || field.Field != "expr" {
		t.Errorf("got rule %d, field %q, want rule 1, field expr", field.Rule, field.Field)
	}
}

func TestLatencyBucketsAscend(t *testing.T) {
	for i := 1; i < len(LatencyBuckets); i++ {
		if LatencyBuckets[i] <= LatencyBuckets[i-1] {
			t.Errorf("bucket %v does not follow %v", LatencyBuckets[i], LatencyBuckets[i-1])
		}
	}
}

func TestPrometheusReadsBackWhatQuoteWrites(t *testing.T) {
	for _, text := range []string{"", `a"b'c`, "a`b", `\d+\.`, "a\nb\t", "häß", "\ufffd", "😀", "{{ . }}"} {
		expr, err := ParseExpr("up{view=~" + Quote(text) + "}")
		if err != nil {
			t.Errorf("%q: %v", text, err)
			continue
		}
		matchers := parser.ExtractSelectors(expr)[0]
		if got := matchers[0].Value; got != text {
			t.Errorf("Prometheus reads %q as %q", text, got)
		}
	}
}
