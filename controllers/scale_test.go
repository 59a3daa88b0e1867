package controllers

import (
	"fmt"
	"testing"

	"github.com/onsi/gomega"
	monitoringv1 "github.com/prometheus-operator/prometheus-operator/pkg/apis/monitoring/v1"
	"k8s.io/apimachinery/pkg/types"
	"sigs.k8s.io/controller-runtime/pkg/client"

	tuxv1alpha1 "github.com/tux-io/tux-monitoring-operator/api/v1alpha1"
	"github.com/tux-io/tux-monitoring-operator/internal/testutil"
)

// scale sets spec.replicas of the backend, as kubectl scale and an autoscaler do.
func (s *scenario) scale(replicas int) {
	s.t.Helper()
	patch := fmt.Sprintf(`{"spec":{"replicas":%d}}`, replicas)
	s.must(admin.SubResource("scale").Patch(s.t.Context(), testutil.Deployment(s.ns, "tux-backend"),
		client.RawPatch(types.MergePatchType, []byte(patch))))
}

// alerts are the names of all alerts of a resource, by PrometheusRule.
func (s *scenario) alerts(g gomega.Gomega) []string {
	s.t.Helper()
	var rules monitoringv1.PrometheusRuleList
	g.Expect(admin.List(s.t.Context(), &rules, client.InNamespace(s.ns))).To(gomega.Succeed())
	var found []string
	for _, object := range rules.Items {
		for _, group := range object.Spec.Groups {
			for i := range group.Rules {
				if group.Rules[i].Alert != "" {
					found = append(found, group.Rules[i].Alert)
				}
			}
		}
	}
	return found
}

func TestScalingWritesNothing(t *testing.T) {
	s := newScenario(t)
	_, o := s.monitored()
	s.settle(o)
	children := len(s.children("production"))
	for _, replicas := range []int{2, 3} {
		before := unchangedSoFar()
		s.scale(replicas)
		s.Eventually(unchangedSoFar).Should(gomega.BeNumerically(">=", before+float64(children)), "a pass looks at %d replicas", replicas)
	}
	s.Expect(o.requests.Total()).To(gomega.BeZero(), o.requests.String())
}

func TestScaledToZeroPagesNobodyAndSaysSo(t *testing.T) {
	s := newScenario(t)
	tux, o := s.monitored()
	s.settle(o)
	withPods := s.alerts(s)
	s.Expect(withPods).To(gomega.ContainElements("TuxBackendAbsent", "TuxEntryDown", "TuxProbeAbsent"))

	scaleIs := func(want tuxv1alpha1.Scale) {
		s.Eventually(func(g gomega.Gomega) {
			g.Expect(admin.Get(t.Context(), client.ObjectKeyFromObject(tux), tux)).To(gomega.Succeed())
			g.Expect(tux.Status.Backends).To(gomega.HaveLen(1))
			g.Expect(tux.Status.Backends[0].Scale).To(gomega.Equal(want))
		}).Should(gomega.Succeed())
		s.ready(tux)
	}
	s.scale(0)
	scaleIs(tuxv1alpha1.ScaleZero)
	// Four expect pods of the backend, and each of its three objectives has four burn alerts and one on
	// missing data.
	s.Expect(s.alerts(s)).To(gomega.And(gomega.HaveLen(len(withPods)-4-3*5), gomega.Not(gomega.ContainElements("TuxBackendAbsent"))))
	const atZero, always = 6, 1 // the gauge of migrations is not exported
	s.Expect(tux.Status.Omitted).To(gomega.HaveLen(atZero + always))
	s.Expect(tux.Status.Summary.Backends).To(gomega.Equal("1/1, 1 at zero"))
	const changed = 4 // the rules of scrape, http, probes and objectives
	s.Expect(o.requests.Count("patch", "prometheusrules")).To(gomega.Equal(changed), o.requests.String())
	s.Expect(o.requests.Count("patch", "tuxmonitorings/status")).To(gomega.Equal(1), o.requests.String())
	events := o.requests.Count("create", "events")
	s.Expect(o.requests.Total()).To(gomega.Equal(changed+1+events), "only rules and status: %s", o.requests.String())

	s.scale(1)
	scaleIs("")
	s.Expect(s.alerts(s)).To(gomega.Equal(withPods))
}
