package controllers

import (
	"testing"

	"github.com/onsi/gomega"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/types"
	"sigs.k8s.io/controller-runtime/pkg/client"

	tuxv1alpha1 "github.com/tux-io/tux-monitoring-operator/api/v1alpha1"
	"github.com/tux-io/tux-monitoring-operator/internal/plan/env"
)

// TestACollectorIsAResource as long as that is wanted: what others set on it stays, nothing is sent twice, and one form
// replaces the other.
func TestACollectorIsAResource(t *testing.T) {
	s, f, o := logsScenario(t)
	tux := f.tux("production", "tenant")
	tux.Spec.Logs.Collector = &tuxv1alpha1.LogCollector{As: tuxv1alpha1.LogCollectorResource}
	s.create(tux)
	s.ready(tux)
	found := &unstructured.Unstructured{}
	found.SetGroupVersionKind(env.CollectorVersion.WithKind(env.CollectorKind))
	s.must(admin.Get(t.Context(), client.ObjectKey{Namespace: s.ns, Name: "production-collector"}, found))
	s.Expect(metav1.IsControlledBy(found, tux)).To(gomega.BeTrue())
	s.Expect(s.children("production")).NotTo(gomega.ContainElement("ConfigMap/production-collector"))

	patch := []byte(`{"spec":{"image":"registry/otelcol:1","tolerations":[{"operator":"Exists"}],"config":{"service":{"telemetry":{"logs":{"level":"warn"}}}}}}`)
	s.must(admin.Patch(t.Context(), found, client.RawPatch(types.MergePatchType, patch), client.FieldOwner("somebody")))
	s.Eventually(func() int { return o.requests.Count("patch", "opentelemetrycollectors") }).Should(gomega.BeNumerically(">", 0))
	s.settle(o)
	s.must(admin.Get(t.Context(), client.ObjectKeyFromObject(found), found))
	image, _, _ := unstructured.NestedString(found.Object, "spec", "image")
	level, _, _ := unstructured.NestedString(found.Object, "spec", "config", "service", "telemetry", "logs", "level")
	s.Expect(image + " " + level).To(gomega.Equal("registry/otelcol:1 warn"))
	s.poke(tux, "again")
	s.quiet(o)
	s.Expect(o.requests.Count("patch", "opentelemetrycollectors")).To(gomega.BeZero())

	s.change(tux, func(spec *tuxv1alpha1.TuxMonitoringSpec) { spec.Logs.Collector.As = tuxv1alpha1.LogCollectorConfigMap })
	s.Eventually(func() []string { return s.children("production") }).Should(gomega.And(
		gomega.ContainElement("ConfigMap/production-collector"), gomega.Not(gomega.ContainElement("OpenTelemetryCollector/production-collector"))))
}

// TestACollectorThatComesLater waits for the CustomResourceDefinition, and everything else is there.
func TestACollectorThatComesLater(t *testing.T) {
	bare := onBarePlane(t)
	s := newScenario(t)
	s.startOperatorWith(bare.Config())
	s.backend("tux-backend")
	tux := s.stacked("production", "prod", "")
	tux.Spec.Logs.Collector = &tuxv1alpha1.LogCollector{As: tuxv1alpha1.LogCollectorResource, URL: "http://loki:3100"}
	s.create(tux)
	s.condition(tux, tuxv1alpha1.ConditionOutputsApplied, metav1.ConditionFalse, tuxv1alpha1.ReasonCRDMissing)
	s.must(bare.InstallCRDs(t.Context(), "../hack/controlplane/crds"))
	s.Eventually(func() []string { return s.children("production") }).Should(gomega.ContainElement("OpenTelemetryCollector/production-collector"))
}
