package controllers

import (
	"testing"

	"github.com/onsi/gomega"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"

	tuxv1alpha1 "github.com/tux-io/tux-monitoring-operator/api/v1alpha1"
	"github.com/tux-io/tux-monitoring-operator/hack/controlplane"
	"github.com/tux-io/tux-monitoring-operator/internal/testutil"
)

// onBarePlane lets the test run on a control plane of its own, which has our CRD and no other.
func onBarePlane(t *testing.T) *controlplane.ControlPlane {
	t.Helper()
	bare, err := controlplane.Start(t.Context(), controlplane.Options{CRDs: []string{"../config/crd/bases"}})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = bare.Stop() })
	on, err := client.New(bare.Config(), client.Options{Scheme: NewScheme()})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(swap(&plane, bare))
	t.Cleanup(swap(&admin, on))
	return bare
}

// TestCRDsThatComeLaterArePickedUp runs on a control plane of its own, without prometheus-operator.
func TestCRDsThatComeLaterArePickedUp(t *testing.T) {
	bare := onBarePlane(t)

	s := newScenario(t)
	s.startOperatorWith(bare.Config())
	s.backend("tux-backend")
	tux := testutil.Tux(s.ns, "production")
	tux.Spec.Routing = testutil.Routing()
	s.create(tux)
	s.condition(tux, tuxv1alpha1.ConditionAlertmanagerDiscovered, metav1.ConditionUnknown, tuxv1alpha1.ReasonCRDMissing)
	s.condition(tux, tuxv1alpha1.ConditionPrometheusDiscovered, metav1.ConditionUnknown, tuxv1alpha1.ReasonCRDMissing)
	s.condition(tux, tuxv1alpha1.ConditionOutputsApplied, metav1.ConditionFalse, tuxv1alpha1.ReasonCRDMissing)
	s.condition(tux, tuxv1alpha1.ConditionReady, metav1.ConditionFalse, tuxv1alpha1.ReasonProgressing)
	var dashboard corev1.ConfigMap
	key := client.ObjectKey{Namespace: s.ns, Name: "production-dashboard-overview"}
	s.must(admin.Get(t.Context(), key, &dashboard)) // what needs no CRD is there

	s.must(bare.InstallCRDs(t.Context(), "../hack/controlplane/crds"))
	s.create(&corev1.Namespace{ObjectMeta: metav1.ObjectMeta{Name: "monitoring"}}, testutil.Prometheus("monitoring", "kps", "kps"),
		testutil.Alertmanager("monitoring", "kps", "kps"))
	s.ready(tux)
	s.Expect(s.children("production")).To(gomega.ContainElements("ServiceMonitor/production-tux-backend", "AlertmanagerConfig/production-routing"))
	s.Expect(s.config().Labels).To(gomega.HaveKeyWithValue("alertmanager", "kps"))
}

func swap[T any](variable *T, value T) (restore func()) {
	old := *variable
	*variable = value
	return func() { *variable = old }
}
