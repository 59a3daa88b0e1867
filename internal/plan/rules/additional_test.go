package rules

import (
	"testing"

	"github.com/google/go-cmp/cmp"
	monitoringv1 "github.com/prometheus-operator/prometheus-operator/pkg/apis/monitoring/v1"
	"k8s.io/apimachinery/pkg/util/intstr"

	tuxv1alpha1 "github.com/tux-io/tux-monitoring-operator/api/v1alpha1"
	"github.com/tux-io/tux-monitoring-operator/internal/plan/env"
)

func TestCheckAdditional(t *testing.T) {
	cases := map[string]struct {
		in   []tuxv1alpha1.Rule
		want []string
	}{
		"a good group": {in: []tuxv1alpha1.Rule{{Alert: "Mine", Expr: "up == 0", For: "5m"}, {Record: "job:up:sum", Expr: "sum by (job) (up)"}}},
		"an expression that does not parse": {
			in:   []tuxv1alpha1.Rule{{Alert: "A", Expr: "up"}, {Alert: "B", Expr: "up"}, {Alert: "C", Expr: "rate(up[5m]"}},
			want: []string{"rules[2].expr: 1:12: parse error: unclosed left parenthesis"},
		},
		"the name of an alert of ours": {
			in:   []tuxv1alpha1.Rule{{Alert: "TuxHighErrorRate", Expr: "up"}},
			want: []string{`rules[0].alert: "TuxHighErrorRate" is an alert of the catalogue; disable it in spec.alerts.disabled and use another name`},
		},
		"a series of ours": {
			in:   []tuxv1alpha1.Rule{{Record: "job:tux_http_requests:rate5m", Expr: "up"}},
			want: []string{`rules[0].record: "job:tux_http_requests:rate5m" is a series of the catalogue; use another name`},
		},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			var got []string
			for _, err := range CheckAdditional(tuxv1alpha1.RuleGroup{Name: "mine", Rules: tc.in}) {
				got = append(got, err.Error())
			}
			if diff := cmp.Diff(tc.want, got); diff != "" {
				t.Errorf("errors (-want +got):\n%s", diff)
			}
		})
	}
}

func TestAdditionalRulesAreRoutedLikeOurs(t *testing.T) {
	labels := map[string]string{"namespace": "other", "team": "tux", "severity": "critical"}
	e := production(func(e *env.Environment) {
		e.Alerts.Groups = []tuxv1alpha1.RuleGroup{{Name: "mine", Interval: "1m", Rules: []tuxv1alpha1.Rule{
			{Record: "job:up:sum", Expr: "sum by (job) (up)", Labels: map[string]string{"team": "tux"}},
			{Alert: "Mine", Expr: "job:up:sum == 0", For: "5m", Labels: labels, Annotations: map[string]string{"summary": "x"}},
		}}}
	})
	interval, wait := monitoringv1.Duration("1m"), monitoringv1.Duration("5m")
	want := []monitoringv1.RuleGroup{{Name: "tux-production/tux/additional/mine", Interval: &interval, Rules: []monitoringv1.Rule{
		{Record: "job:up:sum", Expr: intstr.FromString("sum by (job) (up)"), Labels: map[string]string{"team": "tux"}},
		{
			Alert: "Mine", Expr: intstr.FromString("job:up:sum == 0"), For: &wait,
			Labels:      map[string]string{"namespace": "tux-production", "environment": "production", "team": "tux", "severity": "critical"},
			Annotations: map[string]string{"summary": "x"},
		},
	}}}
	if diff := cmp.Diff(want, render(t, e)["tux-additional-mine"].Spec.Groups); diff != "" {
		t.Errorf("groups (-want +got):\n%s", diff)
	}
	if labels["namespace"] != "other" {
		t.Error("the labels of the spec were changed")
	}
}

func TestTwoObjectsOfOneNameAreRefused(t *testing.T) {
	_, err := Render(production(func(e *env.Environment) {
		e.Backends[0].Deployment = "additional"
		e.Alerts.Groups = []tuxv1alpha1.RuleGroup{{Name: "http", Rules: []tuxv1alpha1.Rule{{Alert: "Mine", Expr: "up"}}}}
	}))
	if err == nil {
		t.Error("the group of the user replaced the http rules")
	}
}
