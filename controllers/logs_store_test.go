package controllers

import (
	"encoding/pem"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/onsi/gomega"
	corev1 "k8s.io/api/core/v1"
	rbacv1 "k8s.io/api/rbac/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"

	tuxv1alpha1 "github.com/tux-io/tux-monitoring-operator/api/v1alpha1"
	"github.com/tux-io/tux-monitoring-operator/internal/external"
	"github.com/tux-io/tux-monitoring-operator/internal/external/elastic/elastictest"
	settings "github.com/tux-io/tux-monitoring-operator/internal/plan/retention/store"
	"github.com/tux-io/tux-monitoring-operator/internal/testutil"
)

// fakeElastic is an Elasticsearch behind TLS, with a Secret of the namespace of the test.
type fakeElastic struct {
	*elastictest.Server

	s   *scenario
	url string
	ca  []byte
}

const elasticKey = "c2VjcmV0LWtleQ=="

func (s *scenario) elasticsearch() *fakeElastic {
	s.t.Helper()
	f := &fakeElastic{Server: elastictest.New(), s: s}
	f.Edit(func(state *elastictest.State) { state.APIKey = elasticKey })
	served := httptest.NewTLSServer(f.Server)
	s.t.Cleanup(served.Close)
	f.url, f.ca = served.URL, pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: served.Certificate().Raw})
	return f
}

// secret says how to log in, or not.
func (f *fakeElastic) secret(key string) *corev1.Secret {
	return &corev1.Secret{
		ObjectMeta: metav1.ObjectMeta{Namespace: f.s.ns, Name: "elastic"},
		Data:       map[string][]byte{"apiKey": []byte(key), "ca.crt": f.ca},
	}
}

func (f *fakeElastic) tux(name, tenant string) *tuxv1alpha1.TuxMonitoring {
	tux := testutil.Tux(f.s.ns, name)
	tux.Spec.Probes = &tuxv1alpha1.Probes{State: tuxv1alpha1.StateDisabled}
	tux.Spec.Dashboards = &tuxv1alpha1.Dashboards{State: tuxv1alpha1.StateDisabled}
	tux.Spec.Logs = &tuxv1alpha1.Logs{Tenant: tenant, Backend: tuxv1alpha1.LogBackend{Elasticsearch: &tuxv1alpha1.ElasticsearchBackend{
		URL: tuxv1alpha1.PlainURL(f.url), CredentialsSecretRef: &tuxv1alpha1.LogCredentials{Name: "elastic"},
	}}, Classes: []tuxv1alpha1.LogClass{{
		Name: "error", Match: tuxv1alpha1.LogMatch{Levels: []tuxv1alpha1.LogLevel{"ERROR"}}, RetentionDays: 90,
	}}}
	return tux
}

// storeScenario has an operator, a backend and an Elasticsearch.
func storeScenario(t *testing.T) (*scenario, *fakeElastic, *operator) {
	t.Helper()
	s := newScenario(t)
	f := s.elasticsearch()
	o := s.startOperator()
	s.backend("tux-backend")
	t.Cleanup(func() {
		if problems := f.Problems(); len(problems) > 0 {
			t.Error(problems)
		}
	})
	return s, f, o
}

func TestElasticsearchIsToldReadBackAndVerified(t *testing.T) {
	s, f, o := storeScenario(t)
	tux := f.tux("production", "tenant")
	s.create(f.secret(elasticKey), tux)
	s.verified(tux)
	s.ready(tux)
	s.Expect(tux.Status.Logs).To(gomega.Equal(&tuxv1alpha1.LogsStatus{
		Tenant: "tenant", Document: "_component_template/tux-tenant", Written: tuxv1alpha1.LogsIncluded,
		Effective: tuxv1alpha1.LogsIsEffective, Outcome: tuxv1alpha1.LogsVerified, Classes: []tuxv1alpha1.LogClassStatus{
			{Name: "default", Days: 30, Outcome: tuxv1alpha1.LogsVerified}, {Name: "error", Days: 90, Outcome: tuxv1alpha1.LogsVerified},
		},
	}))
	s.Expect(f.Writes()).To(gomega.HaveLen(7))
	s.Eventually(func() []string { return s.reasons("WriteRetention") }).Should(gomega.ContainElement(tuxv1alpha1.ReasonWritten))

	// Nothing changed means nothing sent, to nobody.
	s.settle(o, f)
	asked := len(f.Requests())
	s.poke(tux, "again")
	s.Eventually(func() int { return len(f.Requests()) }).Should(gomega.BeNumerically(">=", asked+6))
	s.settle(o, f)
	s.Expect(f.Writes()).To(gomega.HaveLen(7))

	// Another operator, which has forgotten everything, writes nothing either.
	o.stop()
	o = s.startOperator()
	s.Eventually(func() int { return len(f.Requests()) }).Should(gomega.BeNumerically(">=", asked+12))
	s.settle(o, f)
	s.Expect(f.Writes()).To(gomega.HaveLen(7))
	s.verified(tux)

	// The resource goes, the promises stay, and so does everything that is told to Elasticsearch.
	s.must(admin.Delete(t.Context(), tux))
	s.Eventually(func() bool {
		return apierrors.IsNotFound(admin.Get(t.Context(), client.ObjectKeyFromObject(tux), &tuxv1alpha1.TuxMonitoring{}))
	}).Should(gomega.BeTrue())
	f.Edit(func(state *elastictest.State) { s.Expect(state.Policies).To(gomega.HaveLen(3)) })

	// Who comes back under its name is bound by them.
	again := f.tux("production", "tenant")
	again.Spec.Logs.Classes[0].RetentionDays = 5
	s.create(again)
	held := s.retention(again, metav1.ConditionFalse, tuxv1alpha1.ReasonHeld)
	s.Expect(held.Message).To(gomega.ContainSubstring(`class "error" from 90 to 5 days (no line that old is stored)`))
	s.Expect(f.Writes()).To(gomega.HaveLen(7))
	s.change(again, func(spec *tuxv1alpha1.TuxMonitoringSpec) {
		spec.Logs.AcknowledgedDecrease = again.Status.Logs.Acknowledgement
	})
	s.verified(again)
	s.Expect(f.Writes()).To(gomega.HaveLen(9), "the ledger and one policy")
}

func TestWhatElasticsearchDoesOtherwiseIsSaid(t *testing.T) {
	s, f, _ := storeScenario(t)
	tux := f.tux("production", "tenant")
	s.create(f.secret(elasticKey), tux)
	s.verified(tux)
	stream := settings.Stream("tenant", "error")
	f.Index(stream, time.Now())

	f.Edit(func(state *elastictest.State) { state.Stopped = true })
	s.poke(tux, "stopped")
	stopped := s.retention(tux, metav1.ConditionFalse, tuxv1alpha1.ReasonLifecycleStopped)
	s.Expect(stopped.Message).To(gomega.ContainSubstring("POST _ilm/start"))
	s.ready(tux)

	f.Edit(func(state *elastictest.State) { state.Stopped, state.Streams[stream].Indices[0].Policy = false, "logs" })
	s.poke(tux, "another policy")
	other := s.retention(tux, metav1.ConditionFalse, tuxv1alpha1.ReasonNotEffective)
	s.Expect(other.Message).To(gomega.ContainSubstring(`1 of 1 indices of class "error" with another lifecycle policy or none`))
	s.Expect(tux.Status.Logs.Effective).To(gomega.Equal(tuxv1alpha1.LogsNotEffective))

	f.Edit(func(state *elastictest.State) {
		state.Streams[stream].Indices[0].Policy = settings.Name("tenant", "error")
	})
	f.Index(stream, time.Now().Add(-100*24*time.Hour))
	s.poke(tux, "overdue")
	s.retention(tux, metav1.ConditionFalse, tuxv1alpha1.ReasonOverdue)
	s.Expect(tux.Status.Logs.Classes[1].Outcome).To(gomega.Equal(tuxv1alpha1.LogsOverdue))
	s.Expect(tux.Status.Logs.Classes[0].Outcome).To(gomega.Equal(tuxv1alpha1.LogsVerified))

	f.Edit(func(state *elastictest.State) { state.Status, state.Times = 503, -1 })
	s.poke(tux, "down")
	s.retention(tux, metav1.ConditionUnknown, tuxv1alpha1.ReasonLogStoreUnreachable)
	s.Expect(tux.Status.Logs.Written).To(gomega.Or(gomega.Equal(tuxv1alpha1.LogsIncluded), gomega.Equal(tuxv1alpha1.LogsWaiting)))
	s.Expect(tux.Status.Logs.Outcome).To(gomega.Equal(tuxv1alpha1.LogsOutcomeUnknown))
	s.ready(tux)
	f.Edit(func(state *elastictest.State) {
		state.Status = 0
		state.Streams[stream].Indices[0].Lines = nil
	})
	s.verified(tux)
}

// TestWhoMayNotLogInIsTold, and goes on when the Secret changes, without anybody who asks.
func TestWhoMayNotLogInIsTold(t *testing.T) {
	s, f, _ := storeScenario(t)
	tux := f.tux("production", "tenant")
	s.create(tux)
	missing := s.retention(tux, metav1.ConditionFalse, tuxv1alpha1.ReasonCredentialInvalid)
	s.Expect(missing.Message).To(gomega.ContainSubstring(`"elastic"`))
	secret := f.secret("a29wdXQ=")
	s.create(secret)
	refused := s.retention(tux, metav1.ConditionFalse, external.ReasonUnauthorized)
	s.Expect(refused.Message).NotTo(gomega.ContainSubstring("a29wdXQ="))
	s.condition(tux, tuxv1alpha1.ConditionReady, metav1.ConditionFalse, external.ReasonUnauthorized)
	secret.Data["apiKey"] = []byte("two words")
	s.must(admin.Update(t.Context(), secret))
	s.retention(tux, metav1.ConditionFalse, tuxv1alpha1.ReasonCredentialInvalid)
	secret.Data["apiKey"] = []byte(elasticKey)
	s.must(admin.Update(t.Context(), secret))
	s.verified(tux)
	s.ready(tux)
}

// TestATenantOfElasticsearchBelongsToOne, whoever else names it, and nothing of somebody else is written over.
func TestATenantOfElasticsearchBelongsToOne(t *testing.T) {
	s, f, _ := storeScenario(t)
	first, second, third := f.tux("first", "tenant"), f.tux("second", "tenant"), f.tux("third", "other")
	f.Edit(func(state *elastictest.State) {
		state.Policies[settings.Name("other", "error")] = &elastictest.Policy{Version: 4, Body: map[string]any{}}
	})
	s.create(f.secret(elasticKey), first)
	s.verified(first)
	s.create(second, third)
	taken := s.retention(second, metav1.ConditionFalse, tuxv1alpha1.ReasonTenantCollision)
	s.Expect(taken.Message).To(gomega.ContainSubstring(s.ns + "/first"))
	s.retention(third, metav1.ConditionFalse, tuxv1alpha1.ReasonNotOwned)
	s.condition(third, tuxv1alpha1.ConditionReady, metav1.ConditionFalse, tuxv1alpha1.ReasonNotOwned)
	s.Expect(f.Writes()).To(gomega.HaveLen(7))
	for _, write := range f.Writes() {
		s.Expect(strings.Contains(write, "other")).To(gomega.BeFalse(), write)
	}
}

func TestModePlanTellsElasticsearchNothing(t *testing.T) {
	s, f, _ := storeScenario(t)
	tux := f.tux("production", "tenant")
	tux.Spec.Mode = tuxv1alpha1.ModePlan
	s.create(f.secret(elasticKey), tux)
	s.retention(tux, metav1.ConditionUnknown, tuxv1alpha1.ReasonPlanned)
	s.Expect(f.Requests()).To(gomega.BeEmpty())
	s.change(tux, func(spec *tuxv1alpha1.TuxMonitoringSpec) { spec.Mode = tuxv1alpha1.ModeEnforce })
	s.verified(tux)
}

// TestARoleToReadSecretsIsEnoughForElasticsearch: that of config/logs. Without it everything else works.
func TestARoleToReadSecretsIsEnoughForElasticsearch(t *testing.T) {
	s := newScenario(t)
	f := s.elasticsearch()
	var base rbacv1.ClusterRole
	s.must(admin.Get(t.Context(), client.ObjectKey{Name: "tuxmon-manager"}, &base))
	s.as("reads-no-secret", base.Rules)
	s.backend("tux-backend")
	tux := f.tux("production", "tenant")
	s.create(f.secret(elasticKey), tux)
	found := s.retention(tux, metav1.ConditionFalse, tuxv1alpha1.ReasonForbidden)
	s.Expect(found.Message).To(gomega.ContainSubstring("kubectl apply -k config/logs"))
	s.condition(tux, tuxv1alpha1.ConditionReady, metav1.ConditionFalse, tuxv1alpha1.ReasonForbidden)
	s.Expect(s.children("production")).To(gomega.ContainElement("ServiceMonitor/production-tux-backend"))
	s.Expect(f.Requests()).To(gomega.BeEmpty())

	role := &rbacv1.ClusterRole{}
	s.must(admin.Get(t.Context(), client.ObjectKey{Name: "reads-no-secret"}, role))
	logs := roleIn(s.WithT, "../config/logs/role.yaml")
	role.Rules = append(role.Rules, logs.Rules...)
	s.must(admin.Update(t.Context(), role))
	s.poke(tux, "now")
	s.verified(tux)
	s.ready(tux)
}
