package probes_test

import (
	"os"
	"path/filepath"
	"testing"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/envtest"

	"github.com/tux-io/tux-monitoring-operator/internal/plan/env"
	"github.com/tux-io/tux-monitoring-operator/internal/plan/monitors"
	"github.com/tux-io/tux-monitoring-operator/internal/plan/monitors/targets/targetstest"
)

// startAPIServer starts a real API server with the CRDs of prometheus-operator and returns a client.
func startAPIServer(t *testing.T) client.Client {
	t.Helper()
	if os.Getenv("KUBEBUILDER_ASSETS") == "" {
		t.Fatal(`KUBEBUILDER_ASSETS is not set; export KUBEBUILDER_ASSETS="$(hack/controlplane/assets.sh)"`)
	}
	crds := filepath.Join("..", "..", "..", "hack", "controlplane", "crds")
	server := &envtest.Environment{
		CRDDirectoryPaths: []string{
			filepath.Join(crds, "monitoring.coreos.com_servicemonitors.yaml"),
			filepath.Join(crds, "monitoring.coreos.com_podmonitors.yaml"),
			filepath.Join(crds, "monitoring.coreos.com_probes.yaml"),
		},
		ErrorIfCRDPathMissing: true,
	}
	config, err := server.Start()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := server.Stop(); err != nil {
			t.Error(err)
		}
	})
	c, err := client.New(config, client.Options{})
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// everything is one object at least of each kind and shape that monitors and probes render.
func everything(t *testing.T) []env.Object {
	t.Helper()
	metrics := env.Metrics{Path: "/metrics", Interval: "30s", Timeout: "10s", SampleLimit: 16200}
	named, unnamed, bare := web(), web(), batch()
	named.Health.Host = "api.tux.example"
	unnamed.Deployment, unnamed.Service.PortName = "tux-unnamed", ""
	e := environment(named, unnamed, bare)
	for i := range e.Backends {
		e.Backends[i].Metrics = metrics
	}
	rendered, err := monitors.Render(e)
	if err != nil {
		t.Fatal(err)
	}
	return append(rendered, render(t, e)...)
}

// What the API server adds to our objects must not count as ours. An applier that compares what we
// own with what we want would else find a difference on every pass, so every default is written out;
// this is the test that a new field with a default meets.
func TestEveryDefaultIsWrittenOut(t *testing.T) {
	c := startAPIServer(t)
	namespace := &corev1.Namespace{ObjectMeta: metav1.ObjectMeta{Name: "tux-production"}}
	if err := c.Create(t.Context(), namespace); err != nil {
		t.Fatal(err)
	}
	kinds := map[string]int{}
	for _, o := range everything(t) {
		sent := targetstest.Normal(t, o)
		for _, path := range foreignPaths(t, sent, post(t, c, sent)) {
			t.Errorf("%s %q: the server fills in %s", sent.GetKind(), sent.GetName(), path)
		}
		kinds[sent.GetKind()]++
	}
	for _, kind := range []string{"ConfigMap", "Deployment", "NetworkPolicy", "PodMonitor", "Probe", "Service", "ServiceMonitor"} {
		if kinds[kind] == 0 {
			t.Errorf("no %s was tried", kind)
		}
	}
	t.Run("a default that is not written out is noticed", func(t *testing.T) {
		sent := targetstest.Normal(t, find[*corev1.Service](t, everything(t), "-blackbox"))
		sent.SetName("without-type")
		unstructured.RemoveNestedField(sent.Object, "spec", "type")
		if got := foreignPaths(t, sent, post(t, c, sent)); len(got) != 1 || got[0] != ".spec.type" {
			t.Errorf("foreign paths %q, want .spec.type", got)
		}
	})
}

// post creates a copy of sent, as the applier does, and reads it back.
func post(t *testing.T, c client.Client, sent *unstructured.Unstructured) *unstructured.Unstructured {
	t.Helper()
	if err := c.Create(t.Context(), sent.DeepCopy(), client.FieldOwner(env.FieldManager)); err != nil {
		t.Fatalf("%s %q: %v", sent.GetKind(), sent.GetName(), err)
	}
	live := &unstructured.Unstructured{}
	live.SetGroupVersionKind(sent.GroupVersionKind())
	if err := c.Get(t.Context(), client.ObjectKeyFromObject(sent), live); err != nil {
		t.Fatal(err)
	}
	return live
}
