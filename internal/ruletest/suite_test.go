package ruletest_test

import (
	"strings"
	"testing"
	"time"

	"github.com/tux-io/tux-monitoring-operator/internal/ruletest"
)

const twoGroups = `groups:
- name: reads
  rules:
  - {record: b, expr: a * 2}
- name: writes
  rules:
  - {record: a, expr: x + 1}
  - {alert: High, expr: a > 3, for: 1m, labels: {severity: page}, annotations: {summary: "a is {{ $value }}"}}
`

// TestTheMeaningIsThatOfPromtool: what each test file says, and a part of the failure; empty: it passes.
func TestTheMeaningIsThatOfPromtool(t *testing.T) {
	const series = "  input_series: [{series: x, values: '1+1x10 stale _'}]\n"
	cases := map[string]struct{ head, checks, want string }{
		"a group sees what an earlier one recorded": {
			"group_eval_order: [writes, reads]\n", "  promql_expr_test: [{expr: b, eval_time: 2m, exp_samples: [{labels: b, value: 8}]}]\n", "",
		},
		"a group that comes first sees the last evaluation": {
			"group_eval_order: [reads, writes]\n", "  promql_expr_test: [{expr: b, eval_time: 2m, exp_samples: [{labels: b, value: 6}]}]\n", "",
		},
		"stale is gone": {"", "  promql_expr_test: [{expr: x, eval_time: 11m}]\n", ""},
		"an alert with its annotation": {"", "  alert_rule_test: [{alertname: High, eval_time: 5m, exp_alerts: " +
			"[{exp_labels: {severity: page}, exp_annotations: {summary: a is 7}}]}]\n", ""},
		"an alert that still waits": {"", "  alert_rule_test: [{alertname: High, eval_time: 2m30s}]\n", ""},
		"an alert nobody expects":   {"", "  alert_rule_test: [{alertname: High, eval_time: 5m}]\n", "want nothing"},
		"another value": {"", "  promql_expr_test: [{expr: x, eval_time: 1m, exp_samples: [{labels: x, value: 9}]}]\n",
			`want {__name__="x"} 9`},
		"a value that differs in its last bit": {"", "  promql_expr_test: [{expr: x * 0 + 0.1 + 0.2, eval_time: 1m, exp_samples: [{value: 0.3}]}]\n",
			"want {} 0.3"},
		"the same, fuzzy": {"fuzzy_compare: true\n",
			"  promql_expr_test: [{expr: x * 0 + 0.1 + 0.2, eval_time: 1m, exp_samples: [{labels: '{}', value: 0.3}]}]\n", ""},
	}
	rules, err := ruletest.ParseRuleFile("rules.yaml", []byte(twoGroups))
	if err != nil {
		t.Fatal(err)
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			f, err := ruletest.Read([]byte(tc.head + "tests:\n- interval: 1m\n" + series + tc.checks))
			if err != nil {
				t.Fatal(err)
			}
			s := ruletest.Suite{Groups: rules.Groups, Evaluation: time.Minute, Order: f.GroupEvalOrder, Fuzzy: f.FuzzyCompare}
			got := strings.Join(s.Run(t.Context(), &f.Tests[0]).Failures, "\n")
			if (got == "") != (tc.want == "") || !strings.Contains(got, tc.want) {
				t.Errorf("got %q, want %q", got, tc.want)
			}
		})
	}
}

func TestReadSaysWhereTheMistakeIs(t *testing.T) {
	cases := map[string]struct{ content, want string }{
		"nothing":           {"", "the file is empty"},
		"an unknown field":  {"tests:\n- nam: x\n", "line 2: field nam not found"},
		"no duration":       {"evaluation_interval: 1x\ntests: []\n", "line 1:"},
		"no series":         {"tests:\n- input_series:\n  - {series: a, values: '1'}\n  - {series: 'a{', values: '1'}\n", "line 4:"},
		"no expression":     {"tests:\n- promql_expr_test:\n  - eval_time: 1m\n    expr: a +\n", "line 4:"},
		"no labels":         {"tests:\n- promql_expr_test:\n  - eval_time: 1m\n    expr: a\n    exp_samples: [{labels: 'a{', value: 1}]\n", "line 5:"},
		"no alert":          {"tests:\n- alert_rule_test:\n  - eval_time: 1m\n", "line 3: alertname is missing"},
		"a group twice":     {"group_eval_order: [a, b,\n  a]\ntests: []\n", `line 2: group "a" is named twice`},
		"no time":           {"tests:\n- start_timestamp: soon\n", "line 2:"},
		"all of it is well": {"tests:\n- start_timestamp: 2026-01-31T12:00:00Z\n  external_labels: {a: b}\n", ""},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			got := ""
			if _, err := ruletest.Read([]byte(tc.content)); err != nil {
				got = err.Error()
			}
			if (got == "") != (tc.want == "") || !strings.Contains(got, tc.want) {
				t.Errorf("got %q, want %q", got, tc.want)
			}
		})
	}
}
