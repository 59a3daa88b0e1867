package controllers

import (
	"testing"

	"github.com/onsi/gomega"
	monitoringv1 "github.com/prometheus-operator/prometheus-operator/pkg/apis/monitoring/v1"
	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/util/intstr"
	"sigs.k8s.io/controller-runtime/pkg/client"

	tuxv1alpha1 "github.com/tux-io/tux-monitoring-operator/api/v1alpha1"
	"github.com/tux-io/tux-monitoring-operator/internal/testutil"
)

func TestTenLinesBecomeMonitoring(t *testing.T) {
	s := newScenario(t)
	tux, _ := s.monitored()

	children := s.children("production")
	for _, want := range []string{
		"ServiceMonitor/production-tux-backend", "PodMonitor/production-tux-backend-health",
		"Deployment/production-blackbox", "Service/production-blackbox", "NetworkPolicy/production-blackbox",
		"ConfigMap/production-blackbox-modules", "ConfigMap/production-dashboard-overview",
		"PrometheusRule/production-tux-backend-http",
	} {
		s.Expect(children).To(gomega.ContainElement(want))
	}
	var monitor monitoringv1.ServiceMonitor
	s.must(admin.Get(t.Context(), client.ObjectKey{Namespace: s.ns, Name: "production-tux-backend"}, &monitor))
	s.Expect(monitor.Labels).To(gomega.HaveKeyWithValue("release", "kps"), "no label was typed by hand")
	s.Expect(metav1.IsControlledBy(&monitor, tux)).To(gomega.BeTrue())
	s.Expect(tux.Status.Backends).To(gomega.HaveLen(1))
	s.Expect(tux.Status.Backends[0].Entries).To(gomega.Equal([]string{"https://tux-backend.example/health/live/"}))
	s.Expect(tux.Status.Summary.Backends).To(gomega.Equal("1/1"))
	s.Expect(tux.Status.Summary.Prometheus).To(gomega.Equal("monitoring/kps"))
	s.Expect(tux.Status.Summary.Alerts).To(gomega.BeNumerically(">", 10))
}

func TestWhatComesLaterIsWaitedFor(t *testing.T) {
	s := newScenario(t)
	s.startOperator()
	tux := testutil.Tux(s.ns, "production")
	s.create(tux)
	s.condition(tux, tuxv1alpha1.ConditionReconciling, metav1.ConditionTrue, tuxv1alpha1.ReasonDeploymentNotFound)
	s.condition(tux, tuxv1alpha1.ConditionReady, metav1.ConditionFalse, tuxv1alpha1.ReasonProgressing)
	s.backend("tux-backend")
	s.ready(tux)
}

func TestASecondDeploymentFollowsByItself(t *testing.T) {
	s := newScenario(t)
	s.startOperator()
	s.backend("tux-a")
	tux := testutil.Tux(s.ns, "production")
	tux.Spec.Backends = []tuxv1alpha1.Backend{{Name: "web", Selector: &tuxv1alpha1.DeploymentSelector{
		MatchExpressions: []tuxv1alpha1.SelectorRequirement{{Key: "app", Operator: "In", Values: []tuxv1alpha1.LabelValue{"tux-a", "tux-b"}}}}}}
	s.create(tux)
	s.ready(tux)
	s.backend("tux-b")
	s.Eventually(func() []string { return s.children("production") }).Should(gomega.ContainElement("ServiceMonitor/production-tux-b"))
	s.must(admin.Delete(t.Context(), testutil.Deployment(s.ns, "tux-a")))
	s.Eventually(func() []string { return s.children("production") }).ShouldNot(gomega.ContainElement("ServiceMonitor/production-tux-a"))
}

func TestAVanishedBackendKeepsItsAlerts(t *testing.T) {
	s := newScenario(t)
	tux, _ := s.monitored()
	before := s.versions()
	delete(before, "TuxMonitoring/production")
	s.must(admin.Delete(t.Context(), testutil.Deployment(s.ns, "tux-backend")))
	s.condition(tux, tuxv1alpha1.ConditionBackendsDiscovered, metav1.ConditionFalse, tuxv1alpha1.ReasonDeploymentNotFound)
	s.condition(tux, tuxv1alpha1.ConditionOutputsApplied, metav1.ConditionFalse, tuxv1alpha1.ReasonDeploymentNotFound)
	after := s.versions()
	delete(after, "TuxMonitoring/production")
	s.Expect(after).To(gomega.Equal(before), "somebody must be told that the backend is gone, by what was there")
}

func TestADisabledOutputIsDeleted(t *testing.T) {
	s := newScenario(t)
	tux, _ := s.monitored()
	s.change(tux, func(spec *tuxv1alpha1.TuxMonitoringSpec) {
		spec.Dashboards = &tuxv1alpha1.Dashboards{State: tuxv1alpha1.StateDisabled}
		spec.Probes = &tuxv1alpha1.Probes{State: tuxv1alpha1.StateDisabled}
	})
	s.ready(tux)
	children := s.children("production")
	for _, kind := range []string{"ConfigMap", "Deployment", "Service", "NetworkPolicy", "PodMonitor", "Probe"} {
		s.Expect(names(children, kind)).To(gomega.BeEmpty(), kind)
	}
	s.Expect(names(children, "ServiceMonitor")).To(gomega.HaveLen(1))
}

func TestABackendThatLosesItsServiceIsScrapedByPod(t *testing.T) {
	s := newScenario(t)
	s.monitored()
	s.must(admin.Delete(t.Context(), testutil.Service(s.ns, "tux-backend", "tux-backend")))
	s.Eventually(func() []string { return s.children("production") }).Should(gomega.And(
		gomega.ContainElement("PodMonitor/production-tux-backend"), gomega.Not(gomega.ContainElement("ServiceMonitor/production-tux-backend"))))
}

func TestAForeignObjectIsNotSeized(t *testing.T) {
	s := newScenario(t)
	o := s.startOperator()
	s.backend("tux-backend")
	foreign := &corev1.ConfigMap{
		ObjectMeta: metav1.ObjectMeta{Namespace: s.ns, Name: "production-dashboard-overview"}, Data: map[string]string{"mine": "yes"},
	}
	s.create(foreign)
	tux := testutil.Tux(s.ns, "production")
	s.create(tux)
	stalled := s.condition(tux, tuxv1alpha1.ConditionStalled, metav1.ConditionTrue, tuxv1alpha1.ReasonConflict)
	s.Expect(stalled.Message).To(gomega.ContainSubstring("production-dashboard-overview"))
	version := foreign.ResourceVersion
	s.must(admin.Get(t.Context(), client.ObjectKeyFromObject(foreign), foreign))
	s.Expect(foreign.ResourceVersion).To(gomega.Equal(version))
	s.Expect(s.children("production")).To(gomega.ContainElement("ServiceMonitor/production-tux-backend"), "the rest is applied all the same")
	s.Expect(o.terminal.list()).To(gomega.ContainElement(s.ns + "/production Conflict"))
}

func TestDeletionLeavesNothingAndNothingComesBack(t *testing.T) {
	s := newScenario(t)
	tux, _ := s.monitored()
	s.must(admin.Delete(t.Context(), tux, client.PropagationPolicy(metav1.DeletePropagationForeground)))
	s.Eventually(func() bool {
		return apierrors.IsNotFound(admin.Get(t.Context(), client.ObjectKeyFromObject(tux), tux))
	}).Should(gomega.BeTrue())
	s.Eventually(func() []string { return s.children("production") }).Should(gomega.BeEmpty())
}

func TestANamespaceGoesAwayWithItsMonitoring(t *testing.T) {
	s := newScenario(t)
	s.monitored()
	namespace := &corev1.Namespace{ObjectMeta: metav1.ObjectMeta{Name: s.ns}}
	s.must(admin.Delete(t.Context(), namespace))
	s.Eventually(func() bool {
		return apierrors.IsNotFound(admin.Get(t.Context(), client.ObjectKeyFromObject(namespace), namespace))
	}).Should(gomega.BeTrue())
}

// TestBadInputStopsOnlyItself gives everything CEL cannot catch at once: each is named with its path,
// and everything else is applied.
func TestBadInputStopsOnlyItself(t *testing.T) {
	s := newScenario(t)
	s.startOperator()
	s.backend("tux-backend")
	s.create(deploymentOf(s.ns, "two-ports", func(d *appsv1.Deployment) {
		d.Spec.Template.Spec.Containers[0].Ports = []corev1.ContainerPort{{Name: "a", ContainerPort: 1}, {Name: "b", ContainerPort: 2}}
	}))
	missing := intstr.FromString("nosuch")
	tux := testutil.Tux(s.ns, "production")
	tux.Spec.Backends = append(tux.Spec.Backends,
		tuxv1alpha1.Backend{Name: "ambiguous", Deployment: "two-ports"},
		tuxv1alpha1.Backend{Name: "noport", Selector: &tuxv1alpha1.DeploymentSelector{MatchLabels: map[string]tuxv1alpha1.LabelValue{"app": "third"}}, Port: &missing})
	s.create(testutil.Deployment(s.ns, "third"))
	tux.Spec.Alerts = &tuxv1alpha1.Alerts{
		Disabled:  []tuxv1alpha1.AlertName{"TuxNoSuchAlert"},
		Overrides: []tuxv1alpha1.AlertOverride{{Name: "TuxSlowResponses", Threshold: "2"}},
		AdditionalGroups: []tuxv1alpha1.RuleGroup{
			{Name: "broken", Rules: []tuxv1alpha1.Rule{{Alert: "Broken", Expr: "sum by (job"}}},
			{Name: "sound", Rules: []tuxv1alpha1.Rule{{Alert: "Sound", Expr: "vector(1) > 2"}}},
		},
	}
	s.create(tux)
	backends := s.condition(tux, tuxv1alpha1.ConditionBackendsDiscovered, metav1.ConditionFalse, tuxv1alpha1.ReasonPortAmbiguous)
	s.Expect(backends.Message).To(gomega.And(
		gomega.ContainSubstring("spec.backends[ambiguous].port"), gomega.ContainSubstring("spec.backends[noport].port")))
	var spec *metav1.Condition
	for _, c := range tux.Status.Conditions {
		if c.Type == tuxv1alpha1.ConditionSpecAccepted {
			spec = &c
		}
	}
	s.Expect(spec.Message).To(gomega.And(
		gomega.ContainSubstring("spec.alerts.disabled[TuxNoSuchAlert]"),
		gomega.ContainSubstring("spec.alerts.overrides[TuxSlowResponses].threshold"),
		gomega.ContainSubstring("spec.alerts.additionalGroups[broken]")))
	s.condition(tux, tuxv1alpha1.ConditionStalled, metav1.ConditionTrue, tuxv1alpha1.ReasonInvalidRule)
	children := s.children("production")
	s.Expect(children).To(gomega.ContainElements(
		"ServiceMonitor/production-tux-backend", "PrometheusRule/production-additional-sound", "ConfigMap/production-dashboard-overview"))
	s.Expect(children).NotTo(gomega.ContainElement("PrometheusRule/production-additional-broken"))
}

func TestABrokenGroupKeepsItsLastGoodRules(t *testing.T) {
	s := newScenario(t)
	s.startOperator()
	s.backend("tux-backend")
	tux := testutil.Tux(s.ns, "production")
	tux.Spec.Alerts = &tuxv1alpha1.Alerts{AdditionalGroups: []tuxv1alpha1.RuleGroup{
		{Name: "mine", Rules: []tuxv1alpha1.Rule{{Alert: "Mine", Expr: "vector(1) > 2"}}}}}
	s.create(tux)
	s.ready(tux)
	s.change(tux, func(spec *tuxv1alpha1.TuxMonitoringSpec) {
		spec.Alerts.AdditionalGroups[0].Rules[0].Expr = "vector(1) >"
	})
	s.condition(tux, tuxv1alpha1.ConditionStalled, metav1.ConditionTrue, tuxv1alpha1.ReasonInvalidRule)
	var rule monitoringv1.PrometheusRule
	s.must(admin.Get(t.Context(), client.ObjectKey{Namespace: s.ns, Name: "production-additional-mine"}, &rule))
	s.Expect(rule.Spec.Groups[0].Rules[0].Expr.StrVal).To(gomega.Equal("vector(1) > 2"))
	s.change(tux, func(spec *tuxv1alpha1.TuxMonitoringSpec) { spec.Alerts = nil })
	s.ready(tux)
	s.Expect(s.children("production")).NotTo(gomega.ContainElement("PrometheusRule/production-additional-mine"))
}
