package controllers

import (
	"testing"

	"github.com/onsi/gomega"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	tuxv1alpha1 "github.com/tux-io/tux-monitoring-operator/api/v1alpha1"
	"github.com/tux-io/tux-monitoring-operator/internal/testutil"
)

func TestPlanWritesNothingAndEnforceDoesExactlyThat(t *testing.T) {
	s := newScenario(t)
	o := s.startOperator()
	s.backend("tux-backend")
	s.settle(o)
	tux := testutil.Tux(s.ns, "production")
	tux.Spec.Mode = tuxv1alpha1.ModePlan
	s.create(tux)
	s.condition(tux, tuxv1alpha1.ConditionReady, metav1.ConditionTrue, tuxv1alpha1.ReasonPlanned)
	s.Expect(s.children("production")).To(gomega.BeEmpty())
	s.Expect(o.requests.Writes()).To(gomega.Equal(1), "one status: %s", o.requests)
	planned := tux.Status.Plan.Created

	s.change(tux, func(spec *tuxv1alpha1.TuxMonitoringSpec) { spec.Mode = tuxv1alpha1.ModeEnforce })
	s.ready(tux)
	s.Expect(s.children("production")).To(gomega.ConsistOf(planned))
	s.Expect(tux.Status.Plan).To(gomega.BeNil())

	before := s.versions()
	s.change(tux, func(spec *tuxv1alpha1.TuxMonitoringSpec) {
		spec.Mode = tuxv1alpha1.ModePlan
		spec.Probes = &tuxv1alpha1.Probes{State: tuxv1alpha1.StateDisabled}
		spec.Dashboards = &tuxv1alpha1.Dashboards{Folder: "Elsewhere"}
	})
	s.condition(tux, tuxv1alpha1.ConditionReady, metav1.ConditionTrue, tuxv1alpha1.ReasonPlanned)
	plan := tux.Status.Plan
	s.Expect(plan.Created).To(gomega.BeEmpty())
	s.Expect(plan.Configured).To(gomega.ContainElement("ConfigMap/production-dashboard-overview"))
	s.Expect(plan.Deleted).To(gomega.ContainElements("Deployment/production-blackbox", "PodMonitor/production-tux-backend-health"))
	after := s.versions()
	delete(before, "TuxMonitoring/production")
	delete(after, "TuxMonitoring/production")
	s.Expect(after).To(gomega.Equal(before), "mode Plan wrote something")

	s.change(tux, func(spec *tuxv1alpha1.TuxMonitoringSpec) { spec.Mode = tuxv1alpha1.ModeEnforce })
	s.ready(tux)
	enforced := s.versions()
	delete(enforced, "TuxMonitoring/production")
	s.Expect(changedNames(before, enforced)).To(gomega.ConsistOf(exceptDeployments(append(plan.Configured, plan.Deleted...))))
}

// changedNames are the objects that differ or are gone.
func changedNames(before, after map[string]string) []string {
	var changed []string
	for name, version := range before {
		if after[name] != version {
			changed = append(changed, name)
		}
	}
	return changed
}

func exceptDeployments(list []string) []string {
	var kept []string
	for _, name := range list {
		if len(names([]string{name}, "Deployment")) == 0 {
			kept = append(kept, name)
		}
	}
	return kept
}

func TestSuspendedKeepsEverythingAsItIs(t *testing.T) {
	s := newScenario(t)
	tux, o := s.monitored()
	s.settle(o)
	before := s.versions()
	s.change(tux, func(spec *tuxv1alpha1.TuxMonitoringSpec) {
		spec.Mode = tuxv1alpha1.ModeSuspended
		spec.Dashboards = &tuxv1alpha1.Dashboards{Folder: "Elsewhere"}
		spec.Probes = &tuxv1alpha1.Probes{State: tuxv1alpha1.StateDisabled}
	})
	s.ready(tux) // Ready stays as it was, for the new generation
	s.settle(o)
	s.poke(tux, "now")
	s.settle(o)
	after := s.versions()
	delete(before, "TuxMonitoring/production")
	delete(after, "TuxMonitoring/production")
	s.Expect(after).To(gomega.Equal(before))

	s.change(tux, func(spec *tuxv1alpha1.TuxMonitoringSpec) { spec.Mode = tuxv1alpha1.ModeEnforce })
	s.ready(tux)
	s.Expect(names(s.children("production"), "Deployment")).To(gomega.BeEmpty())
}
