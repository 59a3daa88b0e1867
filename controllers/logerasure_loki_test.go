package controllers

import (
	"testing"
	"time"

	"github.com/onsi/gomega"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	tuxv1alpha1 "github.com/tux-io/tux-monitoring-operator/api/v1alpha1"
	"github.com/tux-io/tux-monitoring-operator/hack/loki/lab"
	judge "github.com/tux-io/tux-monitoring-operator/internal/plan/erasure"
)

// TestTheOperatorErasesInARealLoki: it opens the tenant by the document that a kubelet brings to Loki, sends one request, waits
// for the compactor, verifies and closes the tenant. What is spared is counted.
func TestTheOperatorErasesInARealLoki(t *testing.T) {
	s := newScenario(t)
	l, err := lab.New(t.Context(), t.TempDir(), t.Output())
	s.must(err)
	m := &mounted{Loki: l, fakeLoki: &fakeLoki{s: s, url: l.URL}, filled: time.Now().Truncate(time.Second)}
	t.Cleanup(func() { _ = l.Stop() })
	at := m.filled.Add(-3 * day)
	lines := func(class, who string) lab.Stream {
		return lab.Stream{
			Tenant: "production", Labels: map[string]string{"retention_class": class, "who": who[:4]}, At: at, Lines: 2,
			Text: `{"level":"ERROR"}`, Metadata: map[string]string{"user_id": who},
		}
	}
	s.must(l.Fill(t.Context(), []lab.Stream{lines("error", person), lines("error", "somebody"), lines("payments", person)}))
	s.must(l.Start(t.Context(), true))
	go m.sync()

	config, err := plane.ServiceAccountConfig(t.Context(), operatorNamespace, operatorAccount)
	s.must(err)
	options := hurriedLogs()
	options.Propagation, options.Deletion, options.Interval = 20*time.Second, 90*time.Second, 3*time.Second
	options.Erasure = judge.Times{
		Propagation: time.Minute, Settle: 5 * time.Second, Hidden: 5 * time.Second, Verify: 5 * time.Minute, Stall: time.Hour, Poll: time.Second, Recheck: time.Second,
	}
	o, err := startManagerWith(config, Options{Concurrency: 4, Sentry: hurried(), Logs: options})
	s.must(err)
	t.Cleanup(o.stop)
	s.backend("tux-backend")
	tux := m.tux("production", "production")
	tux.Spec.Logs.DefaultDays = 31
	tux.Spec.Logs.Classes = append(tux.Spec.Logs.Classes, tuxv1alpha1.LogClass{
		Name: "payments", Match: tuxv1alpha1.LogMatch{Loggers: []tuxv1alpha1.LoggerName{"tux.payments"}}, RetentionDays: 90,
		Erasure: tuxv1alpha1.StateDisabled,
	})
	s.create(tux)
	s.verified(tux)
	e := s.erasure("request-7")
	s.create(e)
	s.SetDefaultEventuallyTimeout(5 * patience)
	s.erased(e, metav1.ConditionFalse, tuxv1alpha1.ReasonPartlyErased)
	s.Expect(e.Status.Request.Attempts).To(gomega.BeEquivalentTo(1))
	s.Expect(*e.Status.LinesSpared).To(gomega.BeEquivalentTo(2))
	s.Expect(*e.Status.LinesBefore).To(gomega.BeEquivalentTo(2))
	for selector, want := range map[string]int{
		`{retention_class="error",who="jane"}`: 0, `{retention_class="error",who="some"}`: 2, `{retention_class="payments",who="jane"}`: 2,
	} {
		n, err := m.Count(t.Context(), "production", selector, at)
		s.must(err)
		s.Expect(n).To(gomega.Equal(want), selector)
	}
	s.Expect(m.document().Data["overrides.yaml"]).To(gomega.ContainSubstring("deletion_mode: disabled"))
	s.saysNotWho()
	s.removed(e)
}
