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
	"github.com/tux-io/tux-monitoring-operator/internal/external/opensearch/opensearchtest"
	"github.com/tux-io/tux-monitoring-operator/internal/plan/retention/opensearch"
	settings "github.com/tux-io/tux-monitoring-operator/internal/plan/retention/store"
	"github.com/tux-io/tux-monitoring-operator/internal/testutil"
)

// fakeOpenSearch is an OpenSearch behind TLS, with a Secret of the namespace of the test.
type fakeOpenSearch struct {
	*opensearchtest.Server

	s   *scenario
	url string
	ca  []byte
}

const openSearchPassword = "c2VjcmV0LXBhc3N3b3Jk"

func (s *scenario) openSearch() *fakeOpenSearch {
	s.t.Helper()
	f := &fakeOpenSearch{Server: opensearchtest.New(), s: s}
	f.Edit(func(state *opensearchtest.State) { state.Username, state.Password = "tuxmon", openSearchPassword })
	served := httptest.NewTLSServer(f.Server)
	s.t.Cleanup(served.Close)
	f.url, f.ca = served.URL, pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: served.Certificate().Raw})
	s.t.Cleanup(func() {
		if problems := f.Problems(); len(problems) > 0 {
			s.t.Error(problems)
		}
	})
	return f
}

// secret says how to log in, or not.
func (f *fakeOpenSearch) secret(password string) *corev1.Secret {
	return &corev1.Secret{
		ObjectMeta: metav1.ObjectMeta{Namespace: f.s.ns, Name: "opensearch"},
		Data:       map[string][]byte{"username": []byte("tuxmon"), "password": []byte(password), "ca.crt": f.ca},
	}
}

func (f *fakeOpenSearch) tux(name, tenant string) *tuxv1alpha1.TuxMonitoring {
	tux := testutil.Tux(f.s.ns, name)
	tux.Spec.Probes = &tuxv1alpha1.Probes{State: tuxv1alpha1.StateDisabled}
	tux.Spec.Dashboards = &tuxv1alpha1.Dashboards{State: tuxv1alpha1.StateDisabled}
	tux.Spec.Logs = &tuxv1alpha1.Logs{Tenant: tenant, Backend: tuxv1alpha1.LogBackend{OpenSearch: &tuxv1alpha1.OpenSearchBackend{
		URL: tuxv1alpha1.PlainURL(f.url), CredentialsSecretRef: &tuxv1alpha1.LogCredentials{Name: "opensearch"},
	}}, Classes: []tuxv1alpha1.LogClass{{
		Name: "error", Match: tuxv1alpha1.LogMatch{Levels: []tuxv1alpha1.LogLevel{"ERROR"}}, RetentionDays: 90,
	}}}
	return tux
}

// openSearchScenario has an operator, a backend and an OpenSearch.
func openSearchScenario(t *testing.T) (*scenario, *fakeOpenSearch, *operator) {
	t.Helper()
	s := newScenario(t)
	f := s.openSearch()
	o := s.startOperator()
	s.backend("tux-backend")
	return s, f, o
}

func TestOpenSearchIsToldReadBackAndVerified(t *testing.T) {
	s, f, o := openSearchScenario(t)
	tux := f.tux("production", "tenant")
	s.create(f.secret(openSearchPassword), tux)
	s.verified(tux)
	s.ready(tux)
	s.Expect(tux.Status.Logs).To(gomega.Equal(&tuxv1alpha1.LogsStatus{
		Tenant: "tenant", Document: "_component_template/tux-tenant", Written: tuxv1alpha1.LogsIncluded,
		Effective: tuxv1alpha1.LogsIsEffective, Outcome: tuxv1alpha1.LogsVerified, Classes: []tuxv1alpha1.LogClassStatus{
			{Name: "default", Days: 30, Outcome: tuxv1alpha1.LogsVerified}, {Name: "error", Days: 90, Outcome: tuxv1alpha1.LogsVerified},
		},
	}))
	s.Expect(f.Writes()).To(gomega.HaveLen(7))

	// Nothing changed means nothing sent, to nobody.
	s.settle(o, f)
	asked := len(f.Requests())
	s.poke(tux, "again")
	s.Eventually(func() int { return len(f.Requests()) }).Should(gomega.BeNumerically(">=", asked+8))
	s.settle(o, f)
	s.Expect(f.Writes()).To(gomega.HaveLen(7))

	// Another operator, which has forgotten everything, writes nothing either.
	o.stop()
	o = s.startOperator()
	s.Eventually(func() int { return len(f.Requests()) }).Should(gomega.BeNumerically(">=", asked+16))
	s.settle(o, f)
	s.Expect(f.Writes()).To(gomega.HaveLen(7))
	s.verified(tux)

	// The resource goes, the promises stay, and so does everything that is told to OpenSearch.
	s.must(admin.Delete(t.Context(), tux))
	s.Eventually(func() bool {
		return apierrors.IsNotFound(admin.Get(t.Context(), client.ObjectKeyFromObject(tux), &tuxv1alpha1.TuxMonitoring{}))
	}).Should(gomega.BeTrue())
	f.Edit(func(state *opensearchtest.State) { s.Expect(state.Policies).To(gomega.HaveLen(3)) })

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

// TestIndicesOnAnOldRevisionAreToldAndCounted: what an operator has just written is on its way, what it finds is not.
func TestIndicesOnAnOldRevisionAreToldAndCounted(t *testing.T) {
	s := newScenario(t)
	f := s.openSearch()
	patient := hurriedLogs()
	patient.Deletion = time.Hour
	o := s.startOperatorOf(Options{Concurrency: 2, Sentry: hurried(), Logs: patient})
	s.backend("tux-backend")
	tux := f.tux("production", "tenant")
	s.create(f.secret(openSearchPassword), tux)
	s.verified(tux)
	stream, policy := settings.Stream("tenant", "error"), settings.Name("tenant", "error")
	for range 2 {
		f.Index(stream, f.Now())
		f.Pass(4 * 24 * time.Hour)
	}
	s.change(tux, func(spec *tuxv1alpha1.TuxMonitoringSpec) { spec.Logs.Classes[0].RetentionDays = 120 })
	onItsWay := s.retention(tux, metav1.ConditionUnknown, tuxv1alpha1.ReasonWritten)
	s.Expect(onItsWay.Message).To(gomega.ContainSubstring("OpenSearch has it, and does not keep to it everywhere yet"))
	moves := func() int {
		n := 0
		for _, write := range f.Writes() {
			if strings.HasPrefix(write, "POST /_plugins/_ism/change_policy/") {
				n++
			}
		}
		return n
	}
	s.Expect(moves()).To(gomega.Equal(1))
	f.Pass(time.Hour)
	s.poke(tux, "followed")
	s.verified(tux)
	s.Expect(moves()).To(gomega.Equal(1))

	// One that has forgotten when it wrote says what it finds, with numbers.
	o.stop()
	f.Edit(func(state *opensearchtest.State) { state.Touch(policy) })
	s.startOperator()
	s.poke(tux, "old")
	old := s.retention(tux, metav1.ConditionFalse, tuxv1alpha1.ReasonNotEffective)
	s.Expect(old.Message).To(gomega.MatchRegexp(`OpenSearch has \d of \d indices of class "error" on an older revision of the policy`))
	s.Expect(tux.Status.Logs.Effective).To(gomega.Equal(tuxv1alpha1.LogsNotEffective))
	s.ready(tux)
	f.Pass(time.Hour)
	s.poke(tux, "followed again")
	s.verified(tux)
}

func TestWhatOpenSearchDoesOtherwiseIsSaid(t *testing.T) {
	s, f, _ := openSearchScenario(t)
	tux := f.tux("production", "tenant")
	s.create(f.secret(openSearchPassword), tux)
	s.verified(tux)
	stream := settings.Stream("tenant", "error")
	f.Index(stream, time.Now())

	f.Edit(func(state *opensearchtest.State) { state.Settings[opensearch.Switch] = "false" })
	s.poke(tux, "stopped")
	stopped := s.retention(tux, metav1.ConditionFalse, tuxv1alpha1.ReasonLifecycleStopped)
	s.Expect(stopped.Message).To(gomega.ContainSubstring("set plugins.index_state_management.enabled to true"))
	s.ready(tux)

	f.Edit(func(state *opensearchtest.State) {
		delete(state.Settings, opensearch.Switch)
		state.Streams[stream].Indices[0].Failed = "rollover"
		state.Streams[stream].Indices[0].SeqNo, state.Streams[stream].Indices[0].PrimaryTerm = state.Policies[settings.Name("tenant", "error")].SeqNo, 1
	})
	s.poke(tux, "failed")
	failed := s.retention(tux, metav1.ConditionFalse, tuxv1alpha1.ReasonNotEffective)
	s.Expect(failed.Message).To(gomega.ContainSubstring(`1 of 1 indices of class "error" that cannot go on, by action "rollover"`))

	f.Edit(func(state *opensearchtest.State) { state.Streams[stream].Indices[0].Failed = "" })
	f.Index(stream, time.Now().Add(-100*24*time.Hour))
	s.poke(tux, "overdue")
	s.retention(tux, metav1.ConditionFalse, tuxv1alpha1.ReasonOverdue)
	s.Expect(tux.Status.Logs.Classes[1].Outcome).To(gomega.Equal(tuxv1alpha1.LogsOverdue))

	f.Edit(func(state *opensearchtest.State) { state.Status, state.Times = 503, -1 })
	s.poke(tux, "down")
	s.retention(tux, metav1.ConditionUnknown, tuxv1alpha1.ReasonLogStoreUnreachable)
	s.Expect(tux.Status.Logs.Outcome).To(gomega.Equal(tuxv1alpha1.LogsOutcomeUnknown))
	s.ready(tux)
	f.Edit(func(state *opensearchtest.State) {
		state.Status = 0
		state.Streams[stream].Indices[0].Lines = nil
	})
	s.verified(tux)

	// Who always writes first is named.
	name := settings.Name("tenant", "error")
	f.Edit(func(state *opensearchtest.State) {
		state.Policies[name].Body["default_state"] = "delete"
		state.BeforeWrite = func(state *opensearchtest.State) { state.Touch(name) }
	})
	s.poke(tux, "overwritten")
	overwritten := s.retention(tux, metav1.ConditionFalse, tuxv1alpha1.ReasonOverwritten)
	s.Expect(overwritten.Message).To(gomega.ContainSubstring(name))
}

// TestWhoMayNotLogInToOpenSearchIsTold, and goes on when the Secret changes.
func TestWhoMayNotLogInToOpenSearchIsTold(t *testing.T) {
	s, f, _ := openSearchScenario(t)
	tux := f.tux("production", "tenant")
	s.create(tux)
	missing := s.retention(tux, metav1.ConditionFalse, tuxv1alpha1.ReasonCredentialInvalid)
	s.Expect(missing.Message).To(gomega.ContainSubstring(`"opensearch"`))
	secret := f.secret("hunter2")
	s.create(secret)
	refused := s.retention(tux, metav1.ConditionFalse, external.ReasonUnauthorized)
	s.Expect(refused.Message).NotTo(gomega.ContainSubstring("hunter2"))
	s.condition(tux, tuxv1alpha1.ConditionReady, metav1.ConditionFalse, external.ReasonUnauthorized)
	secret.Data["password"] = []byte(openSearchPassword)
	s.must(admin.Update(t.Context(), secret))
	s.verified(tux)
	s.ready(tux)
}

// TestARoleToReadSecretsIsEnoughForOpenSearch: that of config/logs, the one for Elasticsearch.
func TestARoleToReadSecretsIsEnoughForOpenSearch(t *testing.T) {
	s := newScenario(t)
	f := s.openSearch()
	var base rbacv1.ClusterRole
	s.must(admin.Get(t.Context(), client.ObjectKey{Name: "tuxmon-manager"}, &base))
	s.as("reads-no-secret-for-opensearch", base.Rules)
	s.backend("tux-backend")
	tux := f.tux("production", "tenant")
	s.create(f.secret(openSearchPassword), tux)
	found := s.retention(tux, metav1.ConditionFalse, tuxv1alpha1.ReasonForbidden)
	s.Expect(found.Message).To(gomega.ContainSubstring("kubectl apply -k config/logs"))
	s.Expect(f.Requests()).To(gomega.BeEmpty())

	role := &rbacv1.ClusterRole{}
	s.must(admin.Get(t.Context(), client.ObjectKey{Name: "reads-no-secret-for-opensearch"}, role))
	role.Rules = append(role.Rules, roleIn(s.WithT, "../config/logs/role.yaml").Rules...)
	s.must(admin.Update(t.Context(), role))
	s.poke(tux, "now")
	s.verified(tux)
	s.ready(tux)
}

func TestModePlanTellsOpenSearchNothing(t *testing.T) {
	s, f, _ := openSearchScenario(t)
	tux := f.tux("production", "tenant")
	tux.Spec.Mode = tuxv1alpha1.ModePlan
	s.create(f.secret(openSearchPassword), tux)
	s.retention(tux, metav1.ConditionUnknown, tuxv1alpha1.ReasonPlanned)
	s.Expect(f.Requests()).To(gomega.BeEmpty())
	s.change(tux, func(spec *tuxv1alpha1.TuxMonitoringSpec) { spec.Mode = tuxv1alpha1.ModeEnforce })
	s.verified(tux)
}
