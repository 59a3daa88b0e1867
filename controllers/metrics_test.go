package controllers

import (
	"testing"

	"github.com/onsi/gomega"
	"github.com/prometheus/common/model"
	"github.com/prometheus/prometheus/promql/parser"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"sigs.k8s.io/controller-runtime/pkg/metrics"

	tuxv1alpha1 "github.com/tux-io/tux-monitoring-operator/api/v1alpha1"
	"github.com/tux-io/tux-monitoring-operator/internal/plan/rules"
	"github.com/tux-io/tux-monitoring-operator/internal/promql"
)

// series returns the values of a family by the labels of the resource in the namespace of the scenario.
func (s *scenario) series(family string) map[string]float64 {
	s.t.Helper()
	families, err := metrics.Registry.Gather()
	s.must(err)
	out := map[string]float64{}
	for _, f := range families {
		if f.GetName() != family {
			continue
		}
		for _, m := range f.GetMetric() {
			of := map[string]string{}
			for _, pair := range m.GetLabel() {
				of[pair.GetName()] = pair.GetValue()
			}
			if of[labelResourceNamespace] == s.ns {
				out[of[labelResource]+of["kind"]] = m.GetGauge().GetValue() + m.GetCounter().GetValue()
			}
		}
	}
	return out
}

func TestEachResourceShowsWhetherItIsReady(t *testing.T) {
	s := newScenario(t)
	tux, o := s.monitored()
	s.settle(o)
	s.Eventually(func() map[string]float64 { return s.series("tuxmonitoring_ready") }).Should(gomega.Equal(map[string]float64{tux.Name: 1}))

	s.change(tux, func(spec *tuxv1alpha1.TuxMonitoringSpec) { spec.Backends[0].Deployment = "nobody" })
	s.Eventually(func() map[string]float64 { return s.series("tuxmonitoring_ready") }).Should(gomega.Equal(map[string]float64{tux.Name: 0}))

	s.change(tux, func(spec *tuxv1alpha1.TuxMonitoringSpec) { spec.Mode = tuxv1alpha1.ModeSuspended })
	s.Eventually(func() map[string]float64 { return s.series("tuxmonitoring_ready") }).Should(gomega.BeEmpty())

	s.change(tux, func(spec *tuxv1alpha1.TuxMonitoringSpec) { spec.Mode = tuxv1alpha1.ModeEnforce })
	s.Eventually(func() map[string]float64 { return s.series("tuxmonitoring_ready") }).Should(gomega.HaveLen(1))
	s.must(admin.Delete(t.Context(), tux))
	s.Eventually(func() map[string]float64 { return s.series("tuxmonitoring_ready") }).Should(gomega.BeEmpty())
}

func TestCorrectedDriftIsCounted(t *testing.T) {
	s := newScenario(t)
	tux, o := s.monitored()
	s.settle(o)
	s.Expect(s.series("tuxmonitoring_drift_corrected_total")).To(gomega.BeEmpty())
	dashboard := &corev1.ConfigMap{ObjectMeta: metav1.ObjectMeta{Name: "production-dashboard-overview", Namespace: s.ns}}
	s.must(admin.Delete(t.Context(), dashboard))
	s.Eventually(func() map[string]float64 { return s.series("tuxmonitoring_drift_corrected_total") }).
		Should(gomega.Equal(map[string]float64{tux.Name + "ConfigMap": 1}))
}

// TestTheOperatorExportsWhatItsRulesRead: its rules must not wait for series under other names.
func TestTheOperatorExportsWhatItsRulesRead(t *testing.T) {
	s := newScenario(t)
	_, o := s.monitored()
	s.settle(o)
	rule, err := rules.Operator(rules.OperatorOptions{Name: "x", Namespace: operatorNamespace, Job: "x"})
	s.must(err)
	// The first is made by Prometheus, the second exists with leader election only, the third after the first drift.
	exported := map[string]bool{"up": true, "leader_election_master_status": true, "tuxmonitoring_drift_corrected_total": true}
	families, err := metrics.Registry.Gather()
	s.must(err)
	for _, f := range families {
		exported[f.GetName()] = true
		if f.GetType().String() == "HISTOGRAM" {
			exported[f.GetName()+"_bucket"] = true
		}
	}
	for i := range rule.Spec.Groups[0].Rules {
		exported[rule.Spec.Groups[0].Rules[i].Record] = true
	}
	for i := range rule.Spec.Groups[0].Rules {
		parsed, err := promql.ParseExpr(rule.Spec.Groups[0].Rules[i].Expr.String())
		s.must(err)
		for _, selector := range parser.ExtractSelectors(parsed) {
			for _, m := range selector {
				if m.Name == model.MetricNameLabel && !exported[m.Value] {
					t.Errorf("nothing exports %s", m.Value)
				}
			}
		}
	}
}
