package ruletest_test

import (
	"fmt"
	"testing"
	"time"

	monitoringv1 "github.com/prometheus-operator/prometheus-operator/pkg/apis/monitoring/v1"
	"github.com/prometheus/prometheus/model/rulefmt"

	tuxv1alpha1 "github.com/tux-io/tux-monitoring-operator/api/v1alpha1"
	"github.com/tux-io/tux-monitoring-operator/internal/plan/env"
	"github.com/tux-io/tux-monitoring-operator/internal/plan/rules"
	"github.com/tux-io/tux-monitoring-operator/internal/ruletest"
)

func sampleEnv() *env.Environment {
	obj := func(name string, indicator tuxv1alpha1.IndicatorType, target string) env.Objective {
		o := env.Objective{
			Name: name, Type: indicator, Source: tuxv1alpha1.SourceMetrics, Target: target, Window: "28d",
			MinRequests: 100, Pages: true, Tickets: true,
		}
		if indicator == tuxv1alpha1.IndicatorLatency {
			o.Threshold = "2.5"
		}
		return o
	}
	return &env.Environment{
		Name: "tux", Namespace: "tux-production", Title: "production",
		Backends: []env.Backend{{
			Entry: "web", Deployment: "tux-backend", Container: "django",
			Metrics: env.Metrics{Interval: "30s", ExcludedViews: `prometheus-django-metrics|(.*[:.])?health.*`},
			Health:  env.Health{Components: []string{"cache", "database", "string_propagation", "workspace_isolation"}},
			Service: &env.Service{Name: "tux-backend", Port: 80},
		}},
		Probes: env.Probes{Enabled: true, Interval: "30s"},
		Objectives: []env.Objective{
			obj("availability", tuxv1alpha1.IndicatorAvailability, "99.5"),
			obj("latency", tuxv1alpha1.IndicatorLatency, "95"),
			obj("propagation", tuxv1alpha1.IndicatorPropagation, "99"),
		},
		Routing: &env.Routing{Heartbeat: &env.Heartbeat{Interval: "1m"}},
		Alerts:  env.Alerts{Disabled: map[string]bool{}, Overrides: map[string]env.Override{}},
	}
}

func TestTry(t *testing.T) {
	e := sampleEnv()
	objects, err := rules.Render(e)
	if err != nil {
		t.Fatal(err)
	}
	var groups []rulefmt.RuleGroup
	for _, o := range objects {
		f, err := ruletest.NewRuleFile(o.(*monitoringv1.PrometheusRule))
		if err != nil {
			t.Fatal(err)
		}
		groups = append(groups, f.Groups...)
	}
	index, err := ruletest.NewIndex(groups)
	if err != nil {
		t.Fatal(err)
	}
	cases, err := rules.Cases(e)
	if err != nil {
		t.Fatal(err)
	}
	for i := range cases {
		if cases[i].Skipped != "" {
			fmt.Println(ruletest.Title(&cases[i]), "SKIPPED", cases[i].Skipped)
			continue
		}
		generated, err := ruletest.Generate(&cases[i])
		if err != nil {
			t.Fatal(err)
		}
		needed, err := index.For(&cases[i])
		if err != nil {
			t.Fatal(err)
		}
		s := ruletest.Suite{Groups: needed, Evaluation: cases[i].Step}
		for _, g := range generated {
			begin := time.Now()
			out := s.Run(t.Context(), &g.Test)
			fmt.Printf("%-70s %d %v\n", g.Test.Name, out.Evaluations, time.Since(begin))
			for _, f := range out.Failures {
				t.Errorf("%s: %s", g.Test.Name, f)
			}
		}
	}
}
