package controllers

import (
	"fmt"
	"testing"

	"github.com/onsi/gomega"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"
	"sigs.k8s.io/controller-runtime/pkg/client"

	tuxv1alpha1 "github.com/tux-io/tux-monitoring-operator/api/v1alpha1"
	"github.com/tux-io/tux-monitoring-operator/internal/external/sentry"
	"github.com/tux-io/tux-monitoring-operator/internal/external/sentry/sentrytest"
)

// proven is a resource whose privacy is proven after each change, which is the default.
func (f *fakeSentry) proven(name, slug string) *tuxv1alpha1.TuxMonitoring {
	tux := f.tux(name, slug)
	tux.Spec.Sentry.Privacy.Proof = ""
	return tux
}

func (f *fakeSentry) events() int {
	return look(f, func(s *sentrytest.State) int {
		if len(s.Projects) == 0 {
			return 0 // not made yet
		}
		return len(s.Projects[0].Events)
	})
}

func (s *scenario) ask(tux *tuxv1alpha1.TuxMonitoring, value string) {
	s.t.Helper()
	patch := fmt.Sprintf(`{"metadata":{"annotations":{%q:%q}}}`, proofAnnotation, value)
	s.must(admin.Patch(s.t.Context(), tux, client.RawPatch(types.MergePatchType, []byte(patch))))
}

// TestPrivacyIsProven: once for each set of settings, by whichever process.
func TestPrivacyIsProven(t *testing.T) {
	s, f := withSentry(t)
	tux := f.proven("production", "web")
	s.create(tux)
	first := s.startOperator()
	// What is verified is told apart by what it is of: until the next proof is written down, the one before reads the same.
	of := ""
	verified := func() {
		t.Helper()
		s.Eventually(func(g gomega.Gomega) {
			s.condition(tux, tuxv1alpha1.ConditionPrivacyVerified, metav1.ConditionTrue, tuxv1alpha1.ReasonVerified)
			g.Expect(tux.Status.Sentry.Proof.Of).NotTo(gomega.Equal(of))
			g.Expect(tux.Status.Sentry.Proof.Verdict).To(gomega.Equal(tuxv1alpha1.ProofVerified))
		}).Should(gomega.Succeed())
		of = tux.Status.Sentry.Proof.Of
	}
	verified()
	s.ready(tux)
	s.Expect(f.events()).To(gomega.Equal(1))
	s.Eventually(s.notes).Should(gomega.ContainElement(gomega.HavePrefix("Verified: Sentry removed ")))
	results := map[string]tuxv1alpha1.PlantResult{}
	for _, one := range tux.Status.Sentry.Proof.Plants {
		results[one.Plant] = one.Result
	}
	s.Expect(results).To(gomega.HaveLen(7))
	s.Expect(results).To(gomega.HaveKeyWithValue("AuthorizationHeader", tuxv1alpha1.PlantFiltered))
	s.Expect(results).To(gomega.HaveKeyWithValue("EmailAddress", tuxv1alpha1.PlantKept))

	// Another process believes what is written down, and a look at what is in step sends nothing.
	first.stop()
	o := s.startOperator()
	s.poke(tux, "now")
	s.settle(o)
	s.Expect(f.events()).To(gomega.Equal(1))

	// A change of what is declared is another proof, and so is a person who asks.
	s.change(tux, func(spec *tuxv1alpha1.TuxMonitoringSpec) {
		spec.Sentry.Privacy.IPAddresses = tuxv1alpha1.IPAddressesKeep
	})
	s.Eventually(f.events).Should(gomega.Equal(2))
	verified()
	s.ask(tux, "please")
	s.Eventually(f.events).Should(gomega.Equal(3))
	verified()

	// So is what the organization changes for all its projects, once it is seen.
	f.Edit(func(st *sentrytest.State) { st.Organization.Settings["safeFields"] = []string{"note"} })
	s.poke(tux, "later")
	s.Eventually(f.events).Should(gomega.Equal(4))
	verified()
	f.clean()
}

// TestALeakIsTold: after as many events as it takes to know that it is no matter of time.
func TestALeakIsTold(t *testing.T) {
	s, f := withSentry(t)
	tux := f.proven("production", "web")
	f.Edit(func(st *sentrytest.State) { st.Ingest.Stale = 1000 })
	s.create(tux)
	s.startOperator()
	found := s.condition(tux, tuxv1alpha1.ConditionPrivacyVerified, metav1.ConditionFalse, tuxv1alpha1.ReasonLeakFound)
	s.Expect(found.Message).To(gomega.ContainSubstring("AuthorizationHeader at "))
	s.condition(tux, tuxv1alpha1.ConditionReady, metav1.ConditionFalse, tuxv1alpha1.ReasonLeakFound)
	s.Expect(f.events()).To(gomega.Equal(3))
	s.Eventually(s.notes).Should(gomega.ContainElement(gomega.HavePrefix("LeakFound: Sentry stored ")))

	// When it is mended, somebody asks again.
	f.Edit(func(st *sentrytest.State) { st.Ingest.Stale = 0 })
	s.ask(tux, "again")
	s.condition(tux, tuxv1alpha1.ConditionPrivacyVerified, metav1.ConditionTrue, tuxv1alpha1.ReasonVerified)
	s.ready(tux)
}

// TestAProofThatCannotEnd says so, and keeps nobody from being Ready.
func TestAProofThatCannotEnd(t *testing.T) {
	s, f := withSentry(t)
	tux := f.proven("production", "web")
	f.Edit(func(st *sentrytest.State) { st.Ingest.Lost = 1000 })
	s.create(tux)
	s.startOperator()
	s.Eventually(func() string {
		return s.condition(tux, tuxv1alpha1.ConditionPrivacyVerified, metav1.ConditionUnknown, sentry.ReasonVerificationPending).Message
	}).Should(gomega.ContainSubstring("3 events"))
	s.ready(tux)
}

// TestNobodyAskedForAProof: then no event is sent.
func TestNobodyAskedForAProof(t *testing.T) {
	s, f := withSentry(t)
	tux := f.proven("production", "web")
	tux.Spec.Sentry.Privacy.Proof = tuxv1alpha1.PrivacyProofOnRequest
	s.create(tux)
	o := s.startOperator()
	s.synced(tux)
	s.settle(o)
	s.Expect(f.events()).To(gomega.Equal(0))
	for _, c := range tux.Status.Conditions {
		s.Expect(c.Type).NotTo(gomega.Equal(tuxv1alpha1.ConditionPrivacyVerified))
	}
}

// TestARestartGoesOnWithTheProof: the event that was sent is read back by another process, which sends none.
func TestARestartGoesOnWithTheProof(t *testing.T) {
	s, f := withSentry(t)
	tux := f.proven("production", "web")
	s.create(tux)
	options := hurried()
	options.ProofReadDelay = 30 * patience
	first := s.startOperatorOf(Options{Concurrency: 2, Sentry: options})
	found := s.condition(tux, tuxv1alpha1.ConditionPrivacyVerified, metav1.ConditionUnknown, sentry.ReasonVerificationPending)
	s.Eventually(f.events).Should(gomega.Equal(1))
	s.Expect(found.Message).NotTo(gomega.BeEmpty())
	first.stop()
	s.startOperator()
	s.condition(tux, tuxv1alpha1.ConditionPrivacyVerified, metav1.ConditionTrue, tuxv1alpha1.ReasonVerified)
	s.Expect(f.events()).To(gomega.Equal(1))
	s.Expect(tux.Status.Sentry.Proof.Events).To(gomega.BeEquivalentTo(1))
	f.clean()
}

// TestAKeyThatTakesNoEvents: a person hears of it, and the event does not count.
func TestAKeyThatTakesNoEvents(t *testing.T) {
	s, f := withSentry(t)
	tux := f.proven("production", "web")
	f.Break(sentrytest.Fault{Kind: sentrytest.KeyLimited, Path: "/envelope/"})
	s.create(tux)
	s.startOperator()
	s.Eventually(func() string {
		return s.condition(tux, tuxv1alpha1.ConditionPrivacyVerified, metav1.ConditionUnknown, sentry.ReasonVerificationPending).Message
	}).Should(gomega.ContainSubstring("429"))
	// The API is asked all the same: a client key at its limit silences nobody else.
	s.synced(tux)
	f.Repair()
	f.Edit(func(st *sentrytest.State) { st.Projects[0].Keys[1].Active = false })
	s.ask(tux, "again")
	s.condition(tux, tuxv1alpha1.ConditionPrivacyVerified, metav1.ConditionFalse, sentry.ReasonEventRefused)
	s.ready(tux)
	s.Expect(tux.Status.Sentry.Proof.Events).To(gomega.BeZero())
}
