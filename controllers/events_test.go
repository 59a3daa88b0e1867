package controllers

import (
	"testing"

	"github.com/onsi/gomega"
	monitoringv1 "github.com/prometheus-operator/prometheus-operator/pkg/apis/monitoring/v1"
	corev1 "k8s.io/api/core/v1"
	eventsv1 "k8s.io/api/events/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"
)

// Both repairs happen on one version of the resource, where the recorder would count the second event
// as one more of the first.
func TestEachRepairHasAnEventOfItsOwn(t *testing.T) {
	s := newScenario(t)
	_, o := s.monitored()
	s.settle(o)
	repairs := map[string]client.Object{
		"Created 1 of dashboards": &corev1.ConfigMap{ObjectMeta: metav1.ObjectMeta{Name: "production-dashboard-overview"}},
		"Created 1 of rules":      &monitoringv1.PrometheusRule{ObjectMeta: metav1.ObjectMeta{Name: "production-tux-backend-http"}},
	}
	for note, object := range repairs {
		object.SetNamespace(s.ns)
		s.must(admin.Delete(t.Context(), object))
		s.Eventually(func(g gomega.Gomega) {
			var list eventsv1.EventList
			g.Expect(admin.List(t.Context(), &list, client.InNamespace(s.ns))).To(gomega.Succeed())
			var notes []string
			for i := range list.Items {
				notes = append(notes, list.Items[i].Note)
			}
			g.Expect(notes).To(gomega.ContainElement(note))
		}).Should(gomega.Succeed())
	}
}
