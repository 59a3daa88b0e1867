package controllers

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/onsi/gomega"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"sigs.k8s.io/controller-runtime/pkg/client"

	tuxv1alpha1 "github.com/tux-io/tux-monitoring-operator/api/v1alpha1"
	"github.com/tux-io/tux-monitoring-operator/hack/controlplane"
	"github.com/tux-io/tux-monitoring-operator/internal/plan/env"
	"github.com/tux-io/tux-monitoring-operator/internal/testutil"
)

const crdsOfOthers = "../hack/controlplane/crds"

// TestDashboardsMoveToGrafanaOperatorAndBack: what one delivery made is deleted by the other.
func TestDashboardsMoveToGrafanaOperatorAndBack(t *testing.T) {
	s := newScenario(t)
	tux, _ := s.monitored()
	s.Expect(names(s.children("production"), "ConfigMap")).To(gomega.ContainElement("production-dashboard-overview"))
	s.deliver(tux, tuxv1alpha1.DeliveryGrafanaOperator)

	children := s.children("production")
	s.Expect(names(children, "ConfigMap")).To(gomega.ConsistOf("production-blackbox-modules"))
	s.Expect(names(children, env.GrafanaFolderKind)).To(gomega.ConsistOf("production-dashboards"))
	s.Expect(names(children, env.GrafanaDashboardKind)).To(gomega.ConsistOf("production-dashboard-overview", "production-dashboard-http"))

	// Somebody who changes one loses: the operator repairs it, as it repairs its ConfigMaps.
	dashboard := &unstructured.Unstructured{}
	dashboard.SetGroupVersionKind(env.GrafanaVersion.WithKind(env.GrafanaDashboardKind))
	key := client.ObjectKey{Namespace: s.ns, Name: "production-dashboard-http"}
	s.must(admin.Get(t.Context(), key, dashboard))
	s.must(unstructured.SetNestedField(dashboard.Object, "{}", "spec", "json"))
	s.must(admin.Update(t.Context(), dashboard))
	s.Eventually(func() string {
		s.must(admin.Get(t.Context(), key, dashboard))
		json, _, _ := unstructured.NestedString(dashboard.Object, "spec", "json")
		return json
	}).Should(gomega.ContainSubstring("schemaVersion"))

	s.deliver(tux, tuxv1alpha1.DeliverySidecar)
	children = s.children("production")
	s.Expect(names(children, env.GrafanaDashboardKind)).To(gomega.BeEmpty())
	s.Expect(names(children, env.GrafanaFolderKind)).To(gomega.BeEmpty())
	s.Expect(names(children, "ConfigMap")).To(gomega.ConsistOf(
		"production-blackbox-modules", "production-dashboard-overview", "production-dashboard-http"))
}

func (s *scenario) deliver(tux *tuxv1alpha1.TuxMonitoring, delivery tuxv1alpha1.Delivery) {
	s.t.Helper()
	s.change(tux, func(spec *tuxv1alpha1.TuxMonitoringSpec) {
		spec.Dashboards = &tuxv1alpha1.Dashboards{
			Delivery: delivery, Include: []tuxv1alpha1.DashboardName{tuxv1alpha1.DashboardOverview, tuxv1alpha1.DashboardHTTP},
		}
	})
	s.ready(tux)
}

// TestGrafanaOperatorMayComeLater runs on a control plane of its own, with prometheus-operator alone: that
// is enough for ConfigMaps, and what needs grafana-operator waits for it.
func TestGrafanaOperatorMayComeLater(t *testing.T) {
	bare, err := controlplane.Start(t.Context(), controlplane.Options{CRDs: []string{"../config/crd/bases", withoutGrafana(t)}})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = bare.Stop() })
	defer swap(&plane, bare)()
	on, err := client.New(bare.Config(), client.Options{Scheme: NewScheme()})
	if err != nil {
		t.Fatal(err)
	}
	defer swap(&admin, on)()

	s := newScenario(t)
	s.startOperatorWith(bare.Config())
	s.create(&corev1.Namespace{ObjectMeta: metav1.ObjectMeta{Name: "monitoring"}}, testutil.Prometheus("monitoring", "kps", "kps"))
	s.backend("tux-backend")
	tux := testutil.Tux(s.ns, "production")
	s.create(tux)
	s.ready(tux)
	s.change(tux, func(spec *tuxv1alpha1.TuxMonitoringSpec) {
		spec.Dashboards = &tuxv1alpha1.Dashboards{Delivery: tuxv1alpha1.DeliveryGrafanaOperator}
	})
	missing := s.condition(tux, tuxv1alpha1.ConditionOutputsApplied, metav1.ConditionFalse, tuxv1alpha1.ReasonCRDMissing)
	s.Expect(missing.Message).To(gomega.ContainSubstring("GrafanaDashboard of grafana.integreatly.org/v1beta1 is not installed"))
	// Nothing is deleted before its successor is there.
	s.must(admin.Get(t.Context(), client.ObjectKey{Namespace: s.ns, Name: "production-dashboard-overview"}, &corev1.ConfigMap{}))

	s.must(bare.InstallCRDs(t.Context(), crdsOfOthers))
	s.ready(tux)
	s.Expect(names(s.children("production"), env.GrafanaDashboardKind)).To(gomega.HaveLen(8))
	s.Expect(names(s.children("production"), "ConfigMap")).To(gomega.ConsistOf("production-blackbox-modules"))
}

// withoutGrafana is a directory with the CRDs of prometheus-operator.
func withoutGrafana(t *testing.T) string {
	t.Helper()
	dir := t.TempDir()
	files, err := filepath.Glob(crdsOfOthers + "/monitoring.coreos.com_*.yaml")
	if err != nil || len(files) == 0 {
		t.Fatalf("no CRDs: %v", err)
	}
	for _, file := range files {
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(filepath.Join(dir, filepath.Base(file)), text, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}
