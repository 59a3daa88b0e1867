package controllers

import (
	"os"
	"testing"
	"time"

	"github.com/onsi/gomega"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"

	tuxv1alpha1 "github.com/tux-io/tux-monitoring-operator/api/v1alpha1"
	"github.com/tux-io/tux-monitoring-operator/hack/loki/lab"
)

// mounted is a real Loki with old lines, and a kubelet that brings a ConfigMap to it.
type mounted struct {
	*lab.Loki
	*fakeLoki
	filled time.Time
}

const day = 24 * time.Hour

// mount fills a Loki with lines of one class in two tenants, and starts it with its compactor off.
func (s *scenario) mount(ages ...int) *mounted {
	s.t.Helper()
	l, err := lab.New(s.t.Context(), s.t.TempDir(), s.t.Output())
	s.must(err)
	m := &mounted{Loki: l, fakeLoki: &fakeLoki{s: s, url: l.URL}, filled: time.Now().Truncate(time.Second).Add(-time.Minute)}
	s.t.Cleanup(func() { _ = l.Stop() })
	var streams []lab.Stream
	for _, tenant := range []string{"production", "staging"} {
		for _, age := range ages {
			streams = append(streams, lab.Stream{
				Tenant: tenant, Labels: map[string]string{"retention_class": "error"}, At: m.filled.Add(-time.Duration(age) * day), Lines: 2,
			})
		}
	}
	s.must(l.Fill(s.t.Context(), streams))
	s.must(l.Start(s.t.Context(), false))
	go m.sync()
	return m
}

// sync is the kubelet: what is in the ConfigMap gets into the file.
func (m *mounted) sync() {
	last := ""
	for m.s.t.Context().Err() == nil {
		if text := m.document().Data["overrides.yaml"]; text != "" && text != last {
			last = text
			_ = os.WriteFile(m.Overrides, []byte(text), 0o600)
		}
		time.Sleep(200 * time.Millisecond)
	}
}

// has waits until exactly these ages are left of a tenant.
func (m *mounted) has(tenant string, all []int, left ...int) {
	m.s.t.Helper()
	m.s.Eventually(func(g gomega.Gomega) {
		found := []int{}
		for _, age := range all {
			n, err := m.Count(m.s.t.Context(), tenant, `{retention_class="error"}`, m.filled.Add(-time.Duration(age)*day))
			g.Expect(err).NotTo(gomega.HaveOccurred())
			if n > 0 {
				found = append(found, age)
			}
		}
		g.Expect(found).To(gomega.Equal(left), tenant)
	}, 3*patience).Should(gomega.Succeed())
}

// TestTheOperatorWithARealLoki: from a ConfigMap that is not there to lines that are gone, and no further.
func TestTheOperatorWithARealLoki(t *testing.T) {
	all := []int{0, 5, 20, 40, 100}
	s := newScenario(t)
	m := s.mount(all...)
	options := hurriedLogs()
	options.Propagation, options.Deletion, options.Interval = 20*time.Second, 90*time.Second, 3*time.Second
	config, err := plane.ServiceAccountConfig(t.Context(), operatorNamespace, operatorAccount)
	s.must(err)
	o, err := startManagerWith(config, Options{Concurrency: 4, Sentry: hurried(), Logs: options})
	s.must(err)
	t.Cleanup(o.stop)
	s.backend("tux-backend")

	// Both tenants have lines that lived 31 days until now. Staging wants less for them, which nobody has accepted.
	production, staging := m.tux("production", "production"), m.tux("staging", "staging")
	production.Spec.Logs.DefaultDays, staging.Spec.Logs.DefaultDays = 31, 31
	staging.Spec.Logs.Classes[0].RetentionDays = 7
	s.create(production, staging)
	s.retention(staging, metav1.ConditionFalse, tuxv1alpha1.ReasonHeld)
	s.Eventually(func(g gomega.Gomega) {
		g.Expect(admin.Get(t.Context(), client.ObjectKeyFromObject(staging), staging)).To(gomega.Succeed())
		g.Expect(staging.Status.Logs.Held).To(gomega.ConsistOf(gomega.MatchRegexp(`^class "error" from 31 to 7 days \(about \d+ lines, .*B\)$`)))
	}).Should(gomega.Succeed())

	// Loki reads the document and deletes nothing: its compactor is off.
	s.retention(production, metav1.ConditionFalse, tuxv1alpha1.ReasonCompactorOff)
	s.ready(production)
	m.has("production", all, all...)

	// Away while somebody switches it on: nothing is claimed.
	s.must(m.Stop())
	s.retention(production, metav1.ConditionUnknown, tuxv1alpha1.ReasonLokiUnreachable)
	s.ready(production)
	s.must(m.Start(t.Context(), true))
	m.has("production", all, 0, 5, 20, 40)
	m.has("staging", all, 0, 5, 20)
	s.verified(production)
	s.Expect(production.Status.Logs.Outcome).To(gomega.Equal(tuxv1alpha1.LogsVerified))

	// With the code the lines of staging go. Production goes from the cluster, and its lines stay through that.
	s.must(admin.Delete(t.Context(), production))
	s.Eventually(func() string { return m.document().Data["overrides.yaml.ledger.json"] }).Should(gomega.ContainSubstring(`"tombstone":true`))
	s.change(staging, func(spec *tuxv1alpha1.TuxMonitoringSpec) {
		spec.Logs.AcknowledgedDecrease = staging.Status.Logs.Acknowledgement
	})
	m.has("staging", all, 0, 5)
	m.has("production", all, 0, 5, 20, 40)
	s.SetDefaultEventuallyTimeout(3 * patience)
	s.verified(staging)
}
