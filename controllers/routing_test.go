package controllers

import (
	"testing"

	"github.com/onsi/gomega"
	monitoringv1alpha1 "github.com/prometheus-operator/prometheus-operator/pkg/apis/monitoring/v1alpha1"
	appsv1 "k8s.io/api/apps/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/apimachinery/pkg/api/meta"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"

	tuxv1alpha1 "github.com/tux-io/tux-monitoring-operator/api/v1alpha1"
	"github.com/tux-io/tux-monitoring-operator/internal/testutil"
)

func routed(spec *tuxv1alpha1.TuxMonitoringSpec) { spec.Routing = testutil.Routing() }

// config returns the AlertmanagerConfig of the scenario.
func (s *scenario) config() *monitoringv1alpha1.AlertmanagerConfig {
	s.t.Helper()
	config := &monitoringv1alpha1.AlertmanagerConfig{}
	s.must(admin.Get(s.t.Context(), client.ObjectKey{Namespace: s.ns, Name: "production-routing"}, config))
	return config
}

func TestRoutingIsMadeRepairedAndTakenBack(t *testing.T) {
	s := newScenario(t)
	tux, _ := s.monitored()
	s.Expect(meta.FindStatusCondition(tux.Status.Conditions, tuxv1alpha1.ConditionAlertmanagerDiscovered)).To(gomega.BeNil(), "nobody asked")
	s.change(tux, routed)
	s.ready(tux)

	config := s.config()
	s.Expect(config.Labels).To(gomega.HaveKeyWithValue("alertmanager", "kps"), "no label was typed by hand")
	s.Expect(metav1.IsControlledBy(config, tux)).To(gomega.BeTrue())
	s.Expect(s.alerts(s)).To(gomega.ContainElement("TuxWatchdog"))
	found := s.condition(tux, tuxv1alpha1.ConditionAlertmanagerDiscovered, metav1.ConditionTrue, tuxv1alpha1.ReasonSelected)
	s.Expect(found.Message).To(gomega.Equal("Selected by monitoring/kps; critical: team; warning: team; info: nobody; heartbeat every 1m"))

	config.Spec.Receivers, config.Spec.InhibitRules = nil, nil
	s.must(admin.Update(t.Context(), config))
	s.Eventually(func() int { return len(s.config().Spec.Receivers) }).Should(gomega.Equal(3), "drift is repaired")

	s.change(tux, func(spec *tuxv1alpha1.TuxMonitoringSpec) { spec.Routing = nil })
	s.ready(tux)
	s.Expect(apierrors.IsNotFound(admin.Get(t.Context(), client.ObjectKeyFromObject(config), config))).To(gomega.BeTrue(), "it is taken back")
	s.Expect(s.alerts(s)).NotTo(gomega.ContainElement("TuxWatchdog"))
	s.Expect(meta.FindStatusCondition(tux.Status.Conditions, tuxv1alpha1.ConditionAlertmanagerDiscovered)).To(gomega.BeNil())
}

// TestRoutingIsTakenBackWithoutBackends: who removes it means it, whatever became of the backends.
func TestRoutingIsTakenBackWithoutBackends(t *testing.T) {
	s := newScenario(t)
	tux, _ := s.monitored()
	s.change(tux, routed)
	s.ready(tux)
	s.must(admin.Delete(t.Context(), &appsv1.Deployment{ObjectMeta: metav1.ObjectMeta{Namespace: s.ns, Name: "tux-backend"}}))
	s.condition(tux, tuxv1alpha1.ConditionBackendsDiscovered, metav1.ConditionFalse, tuxv1alpha1.ReasonDeploymentNotFound)
	s.Expect(s.children("production")).To(gomega.ContainElement("AlertmanagerConfig/production-routing"))
	s.change(tux, func(spec *tuxv1alpha1.TuxMonitoringSpec) { spec.Routing = nil })
	s.Eventually(func() []string { return s.children("production") }).ShouldNot(gomega.ContainElement("AlertmanagerConfig/production-routing"))
}

// TestAnotherAlertmanagerHoldsOnlyTheRouting gives the cluster a second one for the time of the test.
func TestAnotherAlertmanagerHoldsOnlyTheRouting(t *testing.T) {
	s := newScenario(t)
	tux, _ := s.monitored()
	s.change(tux, routed)
	s.ready(tux)
	second := testutil.Alertmanager(s.ns, "own", "own")
	s.create(second)
	found := s.condition(tux, tuxv1alpha1.ConditionAlertmanagerDiscovered, metav1.ConditionFalse, tuxv1alpha1.ReasonAlertmanagerAmbiguous)
	s.Expect(found.Message).To(gomega.ContainSubstring("monitoring/kps and " + s.ns + "/own"))
	applied := s.condition(tux, tuxv1alpha1.ConditionOutputsApplied, metav1.ConditionFalse, tuxv1alpha1.ReasonAlertmanagerAmbiguous)
	s.Expect(applied.Message).To(gomega.Equal("Left unchanged: routing"))
	s.change(tux, func(spec *tuxv1alpha1.TuxMonitoringSpec) {
		spec.Routing.Labels = tuxv1alpha1.ObjectLabels{"alertmanager": "own"}
	})
	s.condition(tux, tuxv1alpha1.ConditionAlertmanagerDiscovered, metav1.ConditionTrue, tuxv1alpha1.ReasonLabelsGiven)
	s.ready(tux)
	s.Expect(s.config().Labels).To(gomega.HaveKeyWithValue("alertmanager", "own"))
	s.change(tux, func(spec *tuxv1alpha1.TuxMonitoringSpec) { spec.Routing.Labels = nil })
	s.condition(tux, tuxv1alpha1.ConditionAlertmanagerDiscovered, metav1.ConditionFalse, tuxv1alpha1.ReasonAlertmanagerAmbiguous)
	s.must(admin.Delete(t.Context(), second))
	s.ready(tux)
	s.Expect(s.config().Labels).To(gomega.HaveKeyWithValue("alertmanager", "kps"))
}
