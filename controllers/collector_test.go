package controllers

import (
	"testing"

	"github.com/onsi/gomega"
	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"

	tuxv1alpha1 "github.com/tux-io/tux-monitoring-operator/api/v1alpha1"
)

// TestTheCollectorGetsWhatTheSpecSays, nothing while it contradicts itself, and nothing twice.
func TestTheCollectorGetsWhatTheSpecSays(t *testing.T) {
	s, f, o := logsScenario(t)
	tux := f.tux("production", "tenant")
	tux.Spec.Logs.Levels = []tuxv1alpha1.LogThreshold{{Logger: "django", Minimum: "WARNING"}}
	s.Expect(admin.Create(t.Context(), tux)).To(gomega.MatchError(gomega.ContainSubstring("levels and redaction need collector")))

	tux.Spec.Logs.Collector = &tuxv1alpha1.LogCollector{}
	s.create(tux)
	s.ready(tux)
	config := &corev1.ConfigMap{ObjectMeta: metav1.ObjectMeta{Namespace: s.ns, Name: "production-collector"}}
	text := func() string {
		s.must(admin.Get(t.Context(), client.ObjectKeyFromObject(config), config))
		return config.Data["collector.yaml"]
	}
	s.Expect(text()).To(gomega.And(
		gomega.ContainSubstring(s.ns+"_tux-backend-*_*"), gomega.ContainSubstring("X-Scope-OrgID: tenant"),
		gomega.ContainSubstring(f.url+"/otlp"),
		gomega.ContainSubstring(`"^(?:django)(?:\\.|$$)"`), gomega.ContainSubstring("[redacted]"), gomega.ContainSubstring(`"error"`),
	))
	s.verified(tux)
	s.settle(o)
	s.poke(tux, "again")
	s.quiet(o)
	for _, verb := range []string{"create", "update", "patch", "delete"} {
		s.Expect(o.requests.Count(verb, "configmaps")).To(gomega.BeZero(), verb)
	}

	// A protected class, and a threshold that would drop its lines: the Collector keeps what it has.
	before := text()
	s.change(tux, func(spec *tuxv1alpha1.TuxMonitoringSpec) {
		spec.Logs.Classes = append(spec.Logs.Classes, tuxv1alpha1.LogClass{
			Name: "audit", Match: tuxv1alpha1.LogMatch{Loggers: []tuxv1alpha1.LoggerName{"django.audit"}}, RetentionDays: 365,
			Protection: tuxv1alpha1.StateEnabled,
		})
	})
	s.condition(tux, tuxv1alpha1.ConditionOutputsApplied, metav1.ConditionFalse, tuxv1alpha1.ReasonInvalidRetention)
	s.Expect(text()).To(gomega.Equal(before))

	s.change(tux, func(spec *tuxv1alpha1.TuxMonitoringSpec) {
		spec.Logs.Levels = append(spec.Logs.Levels, tuxv1alpha1.LogThreshold{Logger: "django.audit", Minimum: "DEBUG"})
		spec.Logs.Redaction = &tuxv1alpha1.LogRedaction{Presets: []tuxv1alpha1.LogPreset{"Email"}}
	})
	s.ready(tux)
	s.Expect(text()).To(gomega.And(gomega.ContainSubstring(`"audit"`), gomega.Not(gomega.ContainSubstring("passwo?r?d"))))

	s.change(tux, func(spec *tuxv1alpha1.TuxMonitoringSpec) {
		spec.Logs.Collector, spec.Logs.Levels, spec.Logs.Redaction = nil, nil, nil
	})
	s.ready(tux)
	s.Expect(apierrors.IsNotFound(admin.Get(t.Context(), client.ObjectKeyFromObject(config), config))).To(gomega.BeTrue())
}
