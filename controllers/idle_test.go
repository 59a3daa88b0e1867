package controllers

import (
	"fmt"
	"strings"
	"testing"

	"github.com/onsi/gomega"
	monitoringv1 "github.com/prometheus-operator/prometheus-operator/pkg/apis/monitoring/v1"
	prometheustest "github.com/prometheus/client_golang/prometheus/testutil"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"
	"sigs.k8s.io/controller-runtime/pkg/client"

	tuxv1alpha1 "github.com/tux-io/tux-monitoring-operator/api/v1alpha1"
	"github.com/tux-io/tux-monitoring-operator/internal/plan"
	"github.com/tux-io/tux-monitoring-operator/internal/testutil"
)

// unchangedSoFar counts objects that were looked at and left alone, over all kinds.
func unchangedSoFar() float64 {
	total := 0.0
	for _, kind := range childKinds() {
		total += prometheustest.ToFloat64(objectsTotal.WithLabelValues(kind.Kind, "unchanged"))
	}
	return total
}

// poke makes the operator reconcile a resource again without changing what it wants.
func (s *scenario) poke(tux *tuxv1alpha1.TuxMonitoring, value string) {
	s.t.Helper()
	patch := fmt.Sprintf(`{"metadata":{"annotations":{"reconcile.fluxcd.io/requestedAt":%q}}}`, value)
	s.must(admin.Patch(s.t.Context(), tux, client.RawPatch(types.MergePatchType, []byte(patch))))
}

func TestASecondPassSendsNothing(t *testing.T) {
	s := newScenario(t)
	tux, o := s.monitored()
	s.change(tux, func(spec *tuxv1alpha1.TuxMonitoringSpec) {
		routed(spec)
		spec.Dashboards = &tuxv1alpha1.Dashboards{Delivery: tuxv1alpha1.DeliveryGrafanaOperator}
		spec.Sentry = s.sentry().proven("production", "web").Spec.Sentry
		spec.Logs = s.stacked("production", "prod", "").Spec.Logs
		spec.Logs.Alerts = &tuxv1alpha1.LogAlerts{}
		spec.Logs.Collector = &tuxv1alpha1.LogCollector{As: tuxv1alpha1.LogCollectorResource, URL: "http://loki:3100"}
	})
	s.says(s.lokiStack("loki"), "Ready", "All components ready")
	s.ready(tux)
	s.retention(tux, metav1.ConditionUnknown, tuxv1alpha1.ReasonWritten)
	s.condition(tux, tuxv1alpha1.ConditionPrivacyVerified, metav1.ConditionTrue, tuxv1alpha1.ReasonVerified)
	s.settle(o)

	kinds := map[string]bool{}
	children := s.children("production")
	for _, output := range plan.Outputs {
		for _, kind := range output.Kinds {
			kinds[kind.Kind] = kinds[kind.Kind] || len(names(children, kind.Kind)) > 0
		}
	}
	for kind, present := range kinds {
		s.Expect(present).To(gomega.BeTrue(), "the test must cover every kind of every output: %s is missing", kind)
	}
	before := unchangedSoFar()
	s.poke(tux, "now")
	s.Eventually(unchangedSoFar).Should(gomega.BeNumerically(">=", before+float64(len(children))))
	// Who asks for a look gets one at the LokiStack and at the promises beside it.
	s.Eventually(func() bool {
		looks := o.requests.Count("get", "lokistacks") + o.requests.Count("get", "configmaps")
		return looks == 2 && o.requests.Total() == looks
	}).Should(gomega.BeTrue(), o.requests.String())
}

func TestOneFieldChangedWritesOnlyWhatItTouches(t *testing.T) {
	s := newScenario(t)
	tux, o := s.monitored()
	s.settle(o)
	s.change(tux, func(spec *tuxv1alpha1.TuxMonitoringSpec) {
		spec.Dashboards = &tuxv1alpha1.Dashboards{Folder: "Elsewhere"}
	})
	s.ready(tux)
	const dashboards = 8
	s.Expect(o.requests.Count("patch", "configmaps")).To(gomega.Equal(dashboards), o.requests.String())
	s.Expect(o.requests.Count("patch", "tuxmonitorings/status")).To(gomega.Equal(1), o.requests.String())
	events := o.requests.Count("create", "events")
	s.Expect(o.requests.Total()).To(gomega.Equal(dashboards+1+events), o.requests.String())
	var dashboard corev1.ConfigMap
	s.must(admin.Get(t.Context(), client.ObjectKey{Namespace: s.ns, Name: "production-dashboard-overview"}, &dashboard))
	s.Expect(dashboard.Annotations).To(gomega.HaveKeyWithValue("grafana_folder", "Elsewhere"))
}

func TestDriftIsRepairedAndForeignFieldsStay(t *testing.T) {
	s := newScenario(t)
	_, o := s.monitored()
	s.settle(o)

	rule := &monitoringv1.PrometheusRule{ObjectMeta: metav1.ObjectMeta{Namespace: s.ns, Name: "production-tux-backend-http"}}
	s.must(admin.Delete(t.Context(), rule))
	s.Eventually(func() error { return admin.Get(t.Context(), client.ObjectKeyFromObject(rule), rule) }).Should(gomega.Succeed())

	monitor := &monitoringv1.ServiceMonitor{ObjectMeta: metav1.ObjectMeta{Namespace: s.ns, Name: "production-tux-backend"}}
	edit := `{"metadata":{"annotations":{"example.com/owner":"somebody"},"labels":{"release":"wrong"}},"spec":{"sampleLimit":1,"targetLimit":7}}`
	s.must(admin.Patch(t.Context(), monitor, client.RawPatch(types.MergePatchType, []byte(edit))))
	s.Eventually(func(g gomega.Gomega) {
		g.Expect(admin.Get(t.Context(), client.ObjectKeyFromObject(monitor), monitor)).To(gomega.Succeed())
		g.Expect(*monitor.Spec.SampleLimit).NotTo(gomega.BeEquivalentTo(1))
		g.Expect(monitor.Labels).To(gomega.HaveKeyWithValue("release", "kps"))
	}).Should(gomega.Succeed())
	s.Expect(monitor.Annotations).To(gomega.HaveKeyWithValue("example.com/owner", "somebody"))
	s.Expect(*monitor.Spec.TargetLimit).To(gomega.BeEquivalentTo(7))
	s.Expect(o.requests.Count("patch", "tuxmonitorings")).To(gomega.BeZero(), "only the status of a resource is ever written")
}

// TestARestartWritesNothing restarts the operator over 200 resources.
func TestARestartWritesNothing(t *testing.T) {
	const resources = 200
	s := newScenario(t)
	first := s.startOperator()
	s.backend("tux-backend")
	for i := range resources {
		tux := testutil.Tux(s.ns, fmt.Sprintf("env-%03d", i))
		// A few managed exporters cover their kinds; 200 of them would only keep the controller-manager busy.
		if i >= 5 {
			tux.Spec.Probes = &tuxv1alpha1.Probes{Exporter: tuxv1alpha1.ExporterExternal, URL: "http://blackbox.monitoring:9115"}
		}
		s.create(tux)
	}
	s.Eventually(func(g gomega.Gomega) {
		var all tuxv1alpha1.TuxMonitoringList
		g.Expect(admin.List(t.Context(), &all, client.InNamespace(s.ns))).To(gomega.Succeed())
		for i := range all.Items {
			g.Expect(all.Items[i].Status.ObservedGeneration).To(gomega.BeEquivalentTo(1))
		}
	}, 5*patience).Should(gomega.Succeed())
	s.settle(first)
	first.stop()
	versions := s.versions()

	before := unchangedSoFar()
	second := s.startOperator()
	s.Eventually(unchangedSoFar, 2*patience).Should(gomega.BeNumerically(">=", before+float64(len(versions)-resources)))
	s.Expect(second.requests.Writes()).To(gomega.BeZero(), second.requests.String())
	for _, kind := range childKinds() {
		// What we own is read once, in pages of 100; informers stream and do not list.
		pages := 1 + countOf(versions, kind.Kind)/100
		s.Expect(second.requests.Count("list", plural(kind.Kind))).To(gomega.BeNumerically("<=", pages), second.requests.String())
	}
	s.Expect(s.versions()).To(gomega.Equal(versions))
}

func plural(kind string) string {
	if p, ok := pluralOf[kind]; ok {
		return p
	}
	if kind == "NetworkPolicy" {
		return "networkpolicies"
	}
	return strings.ToLower(kind) + "s"
}

func countOf(versions map[string]string, kind string) int {
	n := 0
	for name := range versions {
		if strings.HasPrefix(name, kind+"/") {
			n++
		}
	}
	return n
}

// versions returns the resourceVersion of every resource and child of the namespace.
func (s *scenario) versions() map[string]string {
	s.t.Helper()
	versions := map[string]string{}
	for _, kind := range append(childKinds(), tuxv1alpha1.GroupVersion.WithKind(tuxv1alpha1.Kind)) {
		list := &metav1.PartialObjectMetadataList{}
		list.SetGroupVersionKind(kind)
		s.must(admin.List(s.t.Context(), list, client.InNamespace(s.ns)))
		for i := range list.Items {
			// The status of a Deployment is the controller-manager's to write.
			if kind.Kind != "Deployment" && (kind.Kind == tuxv1alpha1.Kind || list.Items[i].Labels["monitoring.tux.io/owner"] != "") {
				versions[kind.Kind+"/"+list.Items[i].Name] = list.Items[i].ResourceVersion
			}
		}
	}
	return versions
}
