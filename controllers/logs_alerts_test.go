package controllers

import (
	"context"
	"net/http"
	"sync/atomic"
	"testing"

	"github.com/onsi/gomega"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"

	tuxv1alpha1 "github.com/tux-io/tux-monitoring-operator/api/v1alpha1"
	"github.com/tux-io/tux-monitoring-operator/internal/external/loki/lokitest"
)

// sidecar brings the ConfigMap of rules to the ruler while it is switched on.
func (f *fakeLoki) sidecar(tux *tuxv1alpha1.TuxMonitoring) *atomic.Bool {
	on := &atomic.Bool{}
	f.Edit(func(state *lokitest.State) {
		state.Rules = func(string) string {
			found := &corev1.ConfigMap{}
			key := client.ObjectKey{Namespace: tux.Namespace, Name: tux.Name + "-log-rules"}
			if !on.Load() || admin.Get(context.Background(), key, found) != nil {
				return ""
			}
			return found.Data[tux.Namespace+"-"+tux.Name+".yaml"]
		}
	})
	return on
}

func TestLogAlertsAreWrittenAndLookedFor(t *testing.T) {
	s, f, o := logsScenario(t)
	tux := f.tux("production", "tenant")
	tux.Spec.Logs.Alerts = &tuxv1alpha1.LogAlerts{}
	says := func(status metav1.ConditionStatus, reason string) *metav1.Condition {
		return s.condition(tux, tuxv1alpha1.ConditionLogAlertsLoaded, status, reason)
	}

	// A process without a ruler: nothing is claimed, and nothing else waits for it.
	s.create(tux)
	says(metav1.ConditionUnknown, tuxv1alpha1.ReasonLokiUnreachable)
	s.verified(tux)
	s.ready(tux)

	on := f.sidecar(tux)
	s.poke(tux, "no sidecar")
	s.Expect(says(metav1.ConditionFalse, tuxv1alpha1.ReasonNotLoaded).Message).To(gomega.ContainSubstring("TuxLogsMissing of tux-backend"))
	s.ready(tux)

	on.Store(true)
	s.poke(tux, "a sidecar")
	says(metav1.ConditionTrue, tuxv1alpha1.ReasonLoaded)

	// A second pass sends nothing, and asks the ruler nothing before its time.
	s.settle(o)
	s.poke(tux, "again")
	s.quiet(o)
	s.Expect(o.requests.Count("patch", "configmaps")).To(gomega.BeZero())

	f.Edit(func(state *lokitest.State) { state.Down = http.StatusBadGateway })
	s.poke(tux, "down")
	says(metav1.ConditionUnknown, tuxv1alpha1.ReasonLokiUnreachable)
	s.ready(tux)
	f.Edit(func(state *lokitest.State) { state.Down = 0 })
	says(metav1.ConditionTrue, tuxv1alpha1.ReasonLoaded)

	// Taken back: the file goes, and so does the condition.
	s.change(tux, func(spec *tuxv1alpha1.TuxMonitoringSpec) { spec.Logs.Alerts = nil })
	s.Eventually(func(g gomega.Gomega) {
		g.Expect(admin.Get(t.Context(), client.ObjectKeyFromObject(tux), tux)).To(gomega.Succeed())
		for _, c := range tux.Status.Conditions {
			g.Expect(c.Type).NotTo(gomega.Equal(tuxv1alpha1.ConditionLogAlertsLoaded))
		}
		left := admin.Get(t.Context(), client.ObjectKey{Namespace: s.ns, Name: "production-log-rules"}, &corev1.ConfigMap{})
		g.Expect(client.IgnoreNotFound(left)).To(gomega.Succeed())
		g.Expect(left).To(gomega.HaveOccurred())
	}).Should(gomega.Succeed())
	s.Expect(f.Problems()).To(gomega.BeEmpty())
}
