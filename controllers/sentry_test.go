package controllers

import (
	"cmp"
	"fmt"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/onsi/gomega"
	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	eventsv1 "k8s.io/api/events/v1"
	"k8s.io/apimachinery/pkg/api/meta"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"

	tuxv1alpha1 "github.com/tux-io/tux-monitoring-operator/api/v1alpha1"
	"github.com/tux-io/tux-monitoring-operator/internal/external"
	"github.com/tux-io/tux-monitoring-operator/internal/external/sentry"
	"github.com/tux-io/tux-monitoring-operator/internal/external/sentry/sentrytest"
	"github.com/tux-io/tux-monitoring-operator/internal/external/sentry/sentrytest/contracttest"
	"github.com/tux-io/tux-monitoring-operator/internal/testutil"
)

// sentryToken is a token as Sentry makes them; every test that sees it anywhere fails.
const sentryToken = "sntryi_5eadbeef00112233445566778899aabbccddeeff00112233445566778899aabb"

// fakeSentry is a Sentry of one test, with the token of its namespace.
type fakeSentry struct {
	*sentrytest.Server
	s   *scenario
	url string
}

// sentry starts one, and puts its token into a Secret.
func (s *scenario) sentry() *fakeSentry {
	s.t.Helper()
	f := s.serve()
	s.create(f.secret(sentryToken))
	return f
}

// serve starts one whose token is in the namespace already. When the test ends, everything is looked through
// for its secrets.
func (s *scenario) serve() *fakeSentry {
	s.t.Helper()
	server := contracttest.Start(s.t, sentryToken)
	served := httptest.NewServer(server)
	s.t.Cleanup(served.Close)
	f := &fakeSentry{Server: server, s: s, url: served.URL}
	s.t.Cleanup(f.scan)
	return f
}

// withSentry is a namespace with a backend and the token of a Sentry.
func withSentry(t *testing.T) (*scenario, *fakeSentry) {
	t.Helper()
	s := newScenario(t)
	f := s.sentry()
	s.backend("tux-backend")
	return s, f
}

// inStep is withSentry and a resource whose project is as declared.
func inStep(t *testing.T) (*scenario, *fakeSentry, *tuxv1alpha1.TuxMonitoring) {
	t.Helper()
	s, f := withSentry(t)
	tux := f.tux("production", "web")
	s.create(tux)
	s.startOperator()
	s.synced(tux)
	return s, f, tux
}

func (f *fakeSentry) secret(token string) *corev1.Secret {
	return &corev1.Secret{
		ObjectMeta: metav1.ObjectMeta{Namespace: f.s.ns, Name: "sentry-token"}, StringData: map[string]string{"token": token},
	}
}

// spec is a spec.sentry with a bit of everything that is read by a request of its own.
func (f *fakeSentry) spec(slug string) *tuxv1alpha1.Sentry {
	count := int32(1000)
	return &tuxv1alpha1.Sentry{
		Organization: "shop", URL: tuxv1alpha1.PlainURL(f.url), Teams: []tuxv1alpha1.SentrySlug{"backend", "ops"},
		TokenSecretRef: tuxv1alpha1.SecretKeyReference{Name: "sentry-token", Key: "token"},
		Project:        tuxv1alpha1.SentryProject{Slug: slug, Name: "Web shop"},
		DSN:            &tuxv1alpha1.SentryDSN{RateLimit: &tuxv1alpha1.SentryRateLimit{Count: &count}},
		Privacy: &tuxv1alpha1.SentryPrivacy{
			Scrubber: tuxv1alpha1.StateEnabled, IPAddresses: tuxv1alpha1.IPAddressesRemove,
			SensitiveFields: &[]tuxv1alpha1.SentryField{"authorization", "cookie"},
			Rules:           &tuxv1alpha1.SentryRules{Presets: []tuxv1alpha1.PrivacyPreset{"Headers"}},
			// Else each test has requests that are not its own.
			Proof: tuxv1alpha1.PrivacyProofOnRequest,
		},
		Filters:          &tuxv1alpha1.SentryFilters{WebCrawlers: tuxv1alpha1.StateEnabled},
		Environments:     &tuxv1alpha1.SentryEnvironments{Hidden: []tuxv1alpha1.SentryEnvironment{"dev"}},
		Ownership:        &tuxv1alpha1.SentryOwnership{Rules: "path:src/* #backend"},
		Deploys:          tuxv1alpha1.StateEnabled,
		TracesSampleRate: "0.1",
	}
}

// tux is the ten-line resource with a Sentry project; nothing that takes time is rendered.
func (f *fakeSentry) tux(name, slug string) *tuxv1alpha1.TuxMonitoring {
	tux := testutil.Tux(f.s.ns, name)
	tux.Spec.Probes = &tuxv1alpha1.Probes{State: tuxv1alpha1.StateDisabled}
	tux.Spec.Dashboards = &tuxv1alpha1.Dashboards{State: tuxv1alpha1.StateDisabled}
	tux.Spec.Environment = name
	tux.Spec.Sentry = f.spec(slug)
	return tux
}

// state returns what f makes of the state.
func look[T any](f *fakeSentry, read func(*sentrytest.State) T) T {
	var found T
	f.Edit(func(s *sentrytest.State) { found = read(s) })
	return found
}

func (f *fakeSentry) projects() []string {
	return look(f, func(s *sentrytest.State) []string {
		var slugs []string
		for _, p := range s.Projects {
			if !p.Deleted {
				slugs = append(slugs, p.Slug)
			}
		}
		return slugs
	})
}

func (f *fakeSentry) keys(project int) []string {
	return look(f, func(s *sentrytest.State) []string {
		var names []string
		for _, key := range s.Projects[project].Keys {
			names = append(names, key.Name)
		}
		return names
	})
}

// deploys are the environments a release was deployed to, in the order of their making.
func (f *fakeSentry) deploys(release string) []string {
	return look(f, func(s *sentrytest.State) []string {
		var environments []string
		if r := s.Releases[release]; r != nil {
			for _, one := range r.Deploys {
				environments = append(environments, one.Environment)
			}
		}
		return environments
	})
}

// clean checks that nothing careless was sent.
func (f *fakeSentry) clean() {
	f.s.t.Helper()
	f.s.Expect(f.Problems()).To(gomega.BeEmpty())
}

func (s *scenario) synced(tux *tuxv1alpha1.TuxMonitoring) {
	s.t.Helper()
	s.condition(tux, tuxv1alpha1.ConditionSentrySynced, metav1.ConditionTrue, tuxv1alpha1.ReasonSynced)
	s.ready(tux)
}

// variable reads the Secret for envFrom.
func (s *scenario) variable(secret, name string) string {
	s.t.Helper()
	found := &corev1.Secret{}
	s.Eventually(func() error {
		return admin.Get(s.t.Context(), client.ObjectKey{Namespace: s.ns, Name: secret}, found)
	}).Should(gomega.Succeed())
	return string(found.Data[name])
}

func (s *scenario) notes() []string {
	s.t.Helper()
	var list eventsv1.EventList
	s.must(admin.List(s.t.Context(), &list, client.InNamespace(s.ns)))
	var notes []string
	for i := range list.Items {
		notes = append(notes, list.Items[i].Reason+": "+list.Items[i].Note)
	}
	return notes
}

func TestASentryProjectIsMadeAndKept(t *testing.T) {
	s, f := withSentry(t)
	tux := f.tux("production", "web")
	s.create(tux)
	o := s.startOperator()
	s.synced(tux)

	s.Expect(f.projects()).To(gomega.Equal([]string{"web"}))
	s.Expect(f.keys(0)).To(gomega.Equal([]string{"Default", "production"}))
	id := look(f, func(st *sentrytest.State) string { return st.Projects[0].ID })
	s.Expect(tux.Status.Sentry.Project).To(gomega.Equal(&tuxv1alpha1.SentryProjectStatus{
		ID: id, Slug: "web", Organization: "shop", URL: f.url, Origin: tuxv1alpha1.ProjectCreated,
	}))
	s.Expect(tux.Status.Sentry.Privacy.IPAddresses).To(gomega.Equal(tuxv1alpha1.IPAddressesRemove))
	s.Expect(tux.Status.Summary.Sentry).To(gomega.Equal("Synced"))
	s.Expect(tux.Finalizers).To(gomega.BeEmpty(), "nothing is to be deleted")

	key := look(f, func(st *sentrytest.State) string { return st.Projects[0].Keys[1].ID })
	s.Eventually(func() string { return s.variable("production-sentry", "SENTRY_DSN") }).Should(gomega.HavePrefix("http://" + key + "@"))
	for name, want := range map[string]string{
		"SENTRY_ENVIRONMENT": "production", "ENVIRONMENT": "production", "SENTRY_RELEASE": "1", "SENTRY_TRACES_SAMPLE_RATE": "0.1",
	} {
		s.Expect(s.variable("production-sentry", name)).To(gomega.Equal(want), name)
	}
	config := &corev1.ConfigMap{}
	s.must(admin.Get(t.Context(), client.ObjectKey{Namespace: s.ns, Name: "production-env"}, config))
	s.Expect(config.Data).To(gomega.Equal(map[string]string{"LOG_LEVEL": "INFO", "SENTRY_TRACES_SAMPLE_RATE": "0.1"}))

	// A second look: by a person, at what is in step.
	s.settle(o)
	f.Requests()
	s.poke(tux, "now")
	var requests []sentrytest.Request
	s.Eventually(func() int { requests = append(requests, f.Requests()...); return len(requests) }).Should(gomega.BeNumerically(">=", 6))
	s.settle(o)
	requests = append(requests, f.Requests()...)
	s.Expect(len(requests)).To(gomega.BeNumerically("<=", 7), "%v", requests)
	s.Expect(slices.ContainsFunc(requests, sentrytest.Request.Write)).To(gomega.BeFalse(), "%v", requests)
	f.clean()

	// Drift is repaired when it is seen, and told.
	f.Edit(func(st *sentrytest.State) { st.Projects[0].Settings["scrubIPAddresses"] = false })
	s.poke(tux, "again")
	s.Eventually(func() any {
		return look(f, func(st *sentrytest.State) any { return st.Projects[0].Settings["scrubIPAddresses"] })
	}).Should(gomega.BeTrue())
	f.clean()
}

// TestDriftIsAnEvent lets the interval pass instead of asking: only then is it drift and not a new wish.
func TestDriftIsAnEvent(t *testing.T) {
	s, f := withSentry(t)
	tux := f.tux("production", "web")
	s.create(tux)
	options := hurried()
	options.Interval = glance
	s.startOperatorOf(Options{Concurrency: 2, Sentry: options})
	s.synced(tux)
	f.Edit(func(st *sentrytest.State) { st.Projects[0].Settings["scrubIPAddresses"] = false })
	s.Eventually(s.notes).Should(gomega.ContainElement("Synced: Corrected drift in Sentry: privacy.ipAddresses"))
	s.Eventually(s.notes).Should(gomega.ContainElement(gomega.HavePrefix("Synced: Configured Sentry: dsn.rateLimit, ")))
	s.Expect(s.notes()).NotTo(gomega.ContainElement(gomega.HavePrefix("Synced: Corrected drift in Sentry: dsn.rateLimit")), "the first settings are no drift")
}

// TestDriftWhileNobodyLookedIsDrift: a restart forgets what was in step, and the status knows it.
func TestDriftWhileNobodyLookedIsDrift(t *testing.T) {
	s, f := withSentry(t)
	tux := f.tux("production", "web")
	s.create(tux)
	first := s.startOperator()
	s.synced(tux)
	first.stop()
	f.Edit(func(st *sentrytest.State) { st.Projects[0].Settings["scrubIPAddresses"] = false })
	s.startOperator()
	s.Eventually(s.notes).Should(gomega.ContainElement("Synced: Corrected drift in Sentry: privacy.ipAddresses"))
}

// TestDriftThatSomebodyAskedForIsDrift: whoever asks for a look changes nothing of what is wanted.
func TestDriftThatSomebodyAskedForIsDrift(t *testing.T) {
	s, f, tux := inStep(t)
	f.Edit(func(st *sentrytest.State) { st.Projects[0].Settings["scrubIPAddresses"] = false })
	s.poke(tux, "now")
	s.Eventually(s.notes).Should(gomega.ContainElement("Synced: Corrected drift in Sentry: privacy.ipAddresses"))
}

// TestADeletedKeyIsMadeAgain: the backends get another DSN, and somebody is told that they have to start again.
func TestADeletedKeyIsMadeAgain(t *testing.T) {
	s, f, tux := inStep(t)
	s.Eventually(func() string { return s.variable("production-sentry", "SENTRY_DSN") }).ShouldNot(gomega.BeEmpty())
	before := s.variable("production-sentry", "SENTRY_DSN")
	f.Edit(func(st *sentrytest.State) { st.Projects[0].Keys = st.Projects[0].Keys[:1] })
	s.poke(tux, "now")
	s.Eventually(func() string { return s.variable("production-sentry", "SENTRY_DSN") }).ShouldNot(gomega.Equal(before))
	s.Eventually(s.notes).Should(gomega.ContainElement("Synced: The DSN changed, pods that run have the old one until they start again"))
	s.synced(tux)
	s.Expect(f.keys(0)).To(gomega.Equal([]string{"Default", "production"}))
	f.clean()
}

// TestALeakedKeyIsReplaced: the backends get another DSN, the old one takes events until its time is over.
func TestALeakedKeyIsReplaced(t *testing.T) {
	s, f, tux := inStep(t)
	dsn := func() string { return s.variable("production-sentry", "SENTRY_DSN") }
	s.Eventually(dsn).ShouldNot(gomega.BeEmpty())
	before := dsn()
	f.Edit(func(st *sentrytest.State) { st.Projects[0].Keys[1].Created = time.Now().Add(-48 * time.Hour) })
	leak := metav1.NewTime(time.Now().Add(-time.Hour))
	s.change(tux, func(spec *tuxv1alpha1.TuxMonitoringSpec) {
		spec.Sentry.DSN.Rotation = &tuxv1alpha1.SentryKeyRotation{NotBefore: &leak, Overlap: "2h"}
	})
	s.Eventually(dsn).ShouldNot(gomega.Equal(before))
	s.Eventually(s.notes).Should(gomega.ContainElement(gomega.MatchRegexp(
		"^Synced: The DSN changed, pods that run have the old one until they start again, and it takes events until 20")))
	s.synced(tux)
	keys := func() []string {
		return look(f, func(st *sentrytest.State) []string {
			var all []string
			for _, key := range st.Projects[0].Keys {
				all = append(all, fmt.Sprintf("%.18s %v", key.Name, key.Active))
			}
			return all
		})
	}
	s.Expect(keys()).To(gomega.Equal([]string{"Default true", "production (until  true", "production true"}))

	// Two hours later.
	f.Edit(func(st *sentrytest.State) { st.Projects[0].Keys[1].Name = "production (until 2026-01-01T00:00Z)" })
	s.poke(tux, "later")
	s.Eventually(keys).Should(gomega.Equal([]string{"Default true", "production (until  false", "production true"}))
	s.Eventually(s.notes).Should(gomega.ContainElement("Synced: Rotated client keys in Sentry"))
	f.clean()
}

// TestTakenOutAndPutBack: the variables go, the project stays, and is ours again when it comes back.
func TestTakenOutAndPutBack(t *testing.T) {
	s, f := withSentry(t)
	tux := f.tux("production", "web")
	s.create(tux)
	first := s.startOperator()
	s.synced(tux)
	first.stop()
	s.change(tux, func(spec *tuxv1alpha1.TuxMonitoringSpec) { spec.Sentry = nil })
	// Another operator, which never saw that there was a Secret.
	s.startOperator()
	s.ready(tux)
	s.Eventually(func() []string { return s.children("production") }).ShouldNot(gomega.ContainElement("Secret/production-sentry"))
	s.Expect(meta.FindStatusCondition(tux.Status.Conditions, tuxv1alpha1.ConditionSentrySynced)).To(gomega.BeNil())
	s.Expect(tux.Status.Sentry.Project.Slug).To(gomega.Equal("web"))
	s.change(tux, func(spec *tuxv1alpha1.TuxMonitoringSpec) { spec.Sentry = f.spec("web") })
	s.synced(tux)
	s.Expect(f.projects()).To(gomega.Equal([]string{"web"}))
	s.Expect(tux.Status.Sentry.Project.Origin).To(gomega.Equal(tuxv1alpha1.ProjectCreated))
}

func (s *scenario) startOperatorOf(opts Options) *operator {
	s.t.Helper()
	config, err := plane.ServiceAccountConfig(s.t.Context(), operatorNamespace, operatorAccount)
	s.must(err)
	o, err := startManagerWith(config, opts)
	s.must(err)
	s.t.Cleanup(o.stop)
	return o
}

func TestVariablesAreThereBeforeSentryIs(t *testing.T) {
	s := newScenario(t)
	f := s.sentry()
	f.Break(sentrytest.Fault{Kind: sentrytest.Hanging})
	s.startOperator()
	tux := f.tux("production", "web") // not even its Deployment exists
	s.create(tux)
	s.Expect(s.variable("production-sentry", "SENTRY_ENVIRONMENT")).To(gomega.Equal("production"))
	s.Expect(s.variable("production-sentry", "SENTRY_DSN")).To(gomega.BeEmpty())
	s.backend("tux-backend")
	s.condition(tux, tuxv1alpha1.ConditionOutputsApplied, metav1.ConditionTrue, tuxv1alpha1.ReasonApplied)
	s.condition(tux, tuxv1alpha1.ConditionSentrySynced, metav1.ConditionUnknown, tuxv1alpha1.ReasonPending)
	s.condition(tux, tuxv1alpha1.ConditionReady, metav1.ConditionFalse, tuxv1alpha1.ReasonProgressing)
}

// TestAnOutageKeepsTheDSN: not even a restart during the outage, and the loss of the Secret's copy in memory,
// takes it away; nor is Ready touched before the grace ends.
func TestAnOutageKeepsTheDSN(t *testing.T) {
	s, f := withSentry(t)
	tux := f.tux("production", "web")
	s.create(tux)
	first := s.startOperator()
	s.synced(tux)
	options := hurried()
	options.Limits.Failures = 1000 // with the breaker open the condition is Unreachable most of the time
	s.Eventually(func() string { return s.variable("production-sentry", "SENTRY_DSN") }).ShouldNot(gomega.BeEmpty())
	dsn := s.variable("production-sentry", "SENTRY_DSN")
	first.stop()

	f.Break(sentrytest.Fault{Kind: sentrytest.Unavailable})
	s.startOperatorOf(Options{Concurrency: 2, Sentry: options})
	s.condition(tux, tuxv1alpha1.ConditionSentrySynced, metav1.ConditionFalse, tuxv1alpha1.ReasonSyncFailed)
	s.ready(tux)
	s.change(tux, func(spec *tuxv1alpha1.TuxMonitoringSpec) { spec.Sentry.TracesSampleRate = "0.2" })
	s.Eventually(func() string { return s.variable("production-sentry", "SENTRY_TRACES_SAMPLE_RATE") }).Should(gomega.Equal("0.2"))
	s.Expect(s.variable("production-sentry", "SENTRY_DSN")).To(gomega.Equal(dsn))
	s.condition(tux, tuxv1alpha1.ConditionReady, metav1.ConditionFalse, tuxv1alpha1.ReasonSyncFailed) // a new generation was never in step

	s.must(admin.Delete(t.Context(), &corev1.Secret{ObjectMeta: metav1.ObjectMeta{Namespace: s.ns, Name: "production-sentry"}}))
	s.Eventually(func() string { return s.variable("production-sentry", "SENTRY_DSN") }).Should(gomega.Equal(dsn), "drift of the Secret is repaired")
	f.Repair()
	s.synced(tux)
	f.clean()
}

func TestAnOutageEndsReadyAfterTheGrace(t *testing.T) {
	s, f := withSentry(t)
	tux := f.tux("production", "web")
	s.create(tux)
	options := hurried()
	options.Grace, options.Interval, options.MinBackoff, options.MaxBackoff = 3*glance, glance, 30*patience, 30*patience
	s.startOperatorOf(Options{Concurrency: 2, Sentry: options})
	s.synced(tux)
	f.Break(sentrytest.Fault{Kind: sentrytest.Broken})
	s.condition(tux, tuxv1alpha1.ConditionReady, metav1.ConditionFalse, tuxv1alpha1.ReasonSyncFailed)
}

// TestARefusalWaitsForAnotherToken: 401 and 403 are not asked again until the Secret changes.
func TestARefusalWaitsForAnotherToken(t *testing.T) {
	for name, tc := range map[string]struct {
		scopes []string
		reason string
	}{
		"not valid": {nil, external.ReasonUnauthorized},
		"no scope":  {[]string{"org:read", "project:read"}, external.ReasonDenied},
	} {
		t.Run(name, func(t *testing.T) {
			s := newScenario(t)
			f := s.sentry()
			f.Edit(func(st *sentrytest.State) { st.Tokens[sentryToken] = tc.scopes })
			s.backend("tux-backend")
			options := hurried()
			options.Recheck = glance
			o := s.startOperatorOf(Options{Concurrency: 2, Sentry: options})
			tux := f.tux("production", "web")
			s.create(tux)
			s.condition(tux, tuxv1alpha1.ConditionSentrySynced, metav1.ConditionFalse, tc.reason)
			s.settle(o)
			f.Requests()
			s.settle(o)
			s.Expect(f.Requests()).To(gomega.BeEmpty(), "a refusal is asked again")

			renewed := strings.Replace(sentryToken, "5eadbeef", "0ddba11d", 1)
			f.Edit(func(st *sentrytest.State) {
				st.Tokens = map[string][]string{renewed: {"org:read", "project:read", "project:write", "project:admin", "team:read"}}
			})
			s.must(admin.Update(t.Context(), f.secret(renewed)))
			s.synced(tux)
		})
	}
}

func TestATokenThatComesLater(t *testing.T) {
	s := newScenario(t)
	f := s.sentry()
	s.must(admin.Delete(t.Context(), f.secret("")))
	s.backend("tux-backend")
	s.startOperator()
	tux := f.tux("production", "web")
	s.create(tux)
	found := s.condition(tux, tuxv1alpha1.ConditionSentrySynced, metav1.ConditionFalse, tuxv1alpha1.ReasonTokenMissing)
	s.Expect(found.Message).To(gomega.Equal(`Cannot find Secret "sentry-token" with the token`))
	s.create(f.secret("sntrys_for-releases-only"))
	s.condition(tux, tuxv1alpha1.ConditionSentrySynced, metav1.ConditionFalse, sentry.ReasonTokenKind)
	s.must(admin.Update(t.Context(), f.secret(sentryToken)))
	s.synced(tux)
}

func TestWhatIsIgnoredIsNamed(t *testing.T) {
	s := newScenario(t)
	f := s.sentry()
	f.Edit(func(st *sentrytest.State) { st.Features = nil })
	s.backend("tux-backend")
	s.startOperator()
	tux := f.tux("production", "web")
	s.create(tux)
	found := s.condition(tux, tuxv1alpha1.ConditionSentrySynced, metav1.ConditionFalse, tuxv1alpha1.ReasonSettingIgnored)
	s.Expect(found.Message).To(gomega.Equal("Sentry answered with success and kept its own value of spec.sentry.dsn.rateLimit: " +
		"the plan of the organization may not include rate limits of keys"))
	s.ready(tux)

	f.Edit(func(st *sentrytest.State) {
		st.Deaf["scrubIPAddresses"] = true
		st.Projects[0].Settings["scrubIPAddresses"] = false
	})
	s.poke(tux, "now")
	s.condition(tux, tuxv1alpha1.ConditionReady, metav1.ConditionFalse, tuxv1alpha1.ReasonSettingIgnored) // secrets get through

	f.Edit(func(st *sentrytest.State) {
		st.Deaf, st.Features = map[string]bool{}, map[string]bool{"projects:rate-limits": true}
		st.Organization.Settings["safeFields"] = []string{"authorization"}
	})
	s.poke(tux, "again")
	found = s.condition(tux, tuxv1alpha1.ConditionSentrySynced, metav1.ConditionFalse, tuxv1alpha1.ReasonFieldsExposed)
	s.Expect(found.Message).To(gomega.HaveSuffix(": authorization"))
	s.Expect(tux.Status.Sentry.Privacy.Exposed).To(gomega.Equal([]string{"authorization"}))
}

func TestAForeignProjectIsLeftAlone(t *testing.T) {
	s := newScenario(t)
	f := s.sentry()
	f.Edit(func(st *sentrytest.State) { st.AddProject("web", "ops") })
	s.backend("tux-backend")
	o := s.startOperator()
	tux := f.tux("production", "web")
	tux.Spec.Sentry.DeletionPolicy = tuxv1alpha1.DeletionPolicyDelete
	s.create(tux)
	s.condition(tux, tuxv1alpha1.ConditionSentrySynced, metav1.ConditionFalse, sentry.ReasonProjectTaken)
	s.condition(tux, tuxv1alpha1.ConditionStalled, metav1.ConditionTrue, sentry.ReasonProjectTaken)
	s.settle(o)
	s.Expect(f.keys(0)).To(gomega.Equal([]string{"Default"}))
	s.Expect(slices.ContainsFunc(f.Requests(), sentrytest.Request.Write)).To(gomega.BeFalse())

	// With leave to adopt it is taken over, and still never deleted.
	s.change(tux, func(spec *tuxv1alpha1.TuxMonitoringSpec) {
		spec.Sentry.Project.Adoption = tuxv1alpha1.AdoptionIfUnowned
	})
	s.synced(tux)
	s.Expect(tux.Status.Sentry.Project.Origin).To(gomega.Equal(tuxv1alpha1.ProjectAdopted))
	s.must(admin.Delete(t.Context(), tux))
	s.goneSoon(tux)
	s.Expect(f.projects()).To(gomega.Equal([]string{"web"}))
}

func (s *scenario) goneSoon(tux *tuxv1alpha1.TuxMonitoring) {
	s.t.Helper()
	s.Eventually(func() error { return admin.Get(s.t.Context(), client.ObjectKeyFromObject(tux), tux) }).ShouldNot(gomega.Succeed())
}

func TestDeletion(t *testing.T) {
	const soon = 40 * glance
	tests := map[string]struct {
		prepare func(*scenario, *fakeSentry, *tuxv1alpha1.TuxMonitoring)
		// timeout is how long the deletion may wait. Default: longer than the test is patient.
		timeout time.Duration
		left    []string
		note    string
	}{
		"the project goes": {
			prepare: func(*scenario, *fakeSentry, *tuxv1alpha1.TuxMonitoring) {},
			note:    `Synced: Let go of Sentry project "web"`,
		},
		"it is kept unless asked for": {
			prepare: func(s *scenario, _ *fakeSentry, tux *tuxv1alpha1.TuxMonitoring) {
				s.change(tux, func(spec *tuxv1alpha1.TuxMonitoringSpec) { spec.Sentry.DeletionPolicy = "" })
				s.synced(tux)
				s.Expect(tux.Finalizers).To(gomega.BeEmpty())
			},
			left: []string{"web"},
		},
		"spec.sentry was taken out": {
			prepare: func(s *scenario, _ *fakeSentry, tux *tuxv1alpha1.TuxMonitoring) {
				s.change(tux, func(spec *tuxv1alpha1.TuxMonitoringSpec) { spec.Sentry = nil })
				s.ready(tux)
			},
			left: []string{"web"},
		},
		"Sentry is down": {
			prepare: func(_ *scenario, f *fakeSentry, _ *tuxv1alpha1.TuxMonitoring) {
				f.Break(sentrytest.Fault{Kind: sentrytest.Hanging})
			},
			timeout: soon, left: []string{"web"},
			note: `ProjectRetained: Sentry project "web" was not deleted, delete it by hand`,
		},
		"Sentry fails": {
			prepare: func(_ *scenario, f *fakeSentry, _ *tuxv1alpha1.TuxMonitoring) {
				f.Break(sentrytest.Fault{Kind: sentrytest.Broken})
			},
			timeout: soon, left: []string{"web"},
			note: `ProjectRetained: Sentry project "web" was not deleted, delete it by hand`,
		},
		"the token is no good any more": {
			prepare: func(_ *scenario, f *fakeSentry, _ *tuxv1alpha1.TuxMonitoring) {
				f.Edit(func(st *sentrytest.State) { st.Tokens = nil })
			},
			timeout: soon, left: []string{"web"},
			note: `ProjectRetained: Sentry project "web" was not deleted, delete it by hand`,
		},
		"the Secret is gone": {
			prepare: func(s *scenario, f *fakeSentry, _ *tuxv1alpha1.TuxMonitoring) {
				s.must(admin.Delete(s.t.Context(), f.secret("")))
			},
			timeout: soon, left: []string{"web"},
			note: `ProjectRetained: Sentry project "web" was not deleted, delete it by hand`,
		},
		"the answer is lost once": {
			prepare: func(_ *scenario, f *fakeSentry, _ *tuxv1alpha1.TuxMonitoring) {
				f.Break(sentrytest.Fault{Kind: sentrytest.LostAnswer, Method: "DELETE", Times: 1})
			},
			note: `Synced: Let go of Sentry project "web"`,
		},
	}
	for name, tc := range tests {
		t.Run(name, func(t *testing.T) {
			s := newScenario(t)
			f := s.sentry()
			s.backend("tux-backend")
			options := hurried()
			options.DeletionTimeout = cmp.Or(tc.timeout, 10*patience)
			s.startOperatorOf(Options{Concurrency: 2, Sentry: options})
			tux := f.tux("production", "web")
			tux.Spec.Sentry.DeletionPolicy = tuxv1alpha1.DeletionPolicyDelete
			s.create(tux)
			s.synced(tux)
			s.Expect(tux.Finalizers).To(gomega.Equal([]string{sentryFinalizer}))
			tc.prepare(s, f, tux)
			s.must(admin.Delete(t.Context(), tux))
			s.goneSoon(tux)
			s.Expect(f.projects()).To(gomega.Equal(tc.left))
			if tc.note != "" {
				s.Eventually(s.notes).Should(gomega.ContainElement(gomega.HavePrefix(tc.note)))
			}
		})
	}
}

// TestANamespaceGoesAwayWithItsSentryDown, and with it the document of Loki, which nobody can write any more: both would be waited
// for longer than the test is patient.
func TestANamespaceGoesAwayWithItsSentryDown(t *testing.T) {
	s, f := withSentry(t)
	options, logs := hurried(), hurriedLogs()
	options.DeletionTimeout, logs.DeletionTimeout = 10*patience, 10*patience
	s.startOperatorOf(Options{Concurrency: 2, Sentry: options, Logs: logs})
	logged := s.loki().tux("logged", "tenant")
	logged.Spec.Logs.OnDelete = tuxv1alpha1.LogRemovalRemove
	s.create(logged)
	s.verified(logged)
	tux := f.tux("production", "web")
	tux.Spec.Sentry.DeletionPolicy = tuxv1alpha1.DeletionPolicyDelete
	s.create(tux)
	s.synced(tux)
	f.Break(sentrytest.Fault{Kind: sentrytest.Hanging})
	namespace := &corev1.Namespace{ObjectMeta: metav1.ObjectMeta{Name: s.ns}}
	s.must(admin.Delete(t.Context(), namespace))
	s.Eventually(func() error { return admin.Get(t.Context(), client.ObjectKeyFromObject(namespace), namespace) }).ShouldNot(gomega.Succeed())
}

func TestSeveralEnvironmentsShareAProject(t *testing.T) {
	s, f := withSentry(t)
	s.startOperator()
	staging := f.tux("staging", "web")
	staging.Spec.Sentry = &tuxv1alpha1.Sentry{
		Organization: "shop", URL: tuxv1alpha1.PlainURL(f.url), TokenSecretRef: staging.Spec.Sentry.TokenSecretRef,
		Project: tuxv1alpha1.SentryProject{Slug: "web", Sharing: tuxv1alpha1.SharingMember},
	}
	s.create(staging)
	s.condition(staging, tuxv1alpha1.ConditionSentrySynced, metav1.ConditionFalse, sentry.ReasonProjectMissing)
	production := f.tux("production", "web")
	s.create(production)
	s.synced(production)
	s.poke(staging, "now")
	s.synced(staging)
	s.Expect(f.projects()).To(gomega.Equal([]string{"web"}))
	s.Expect(f.keys(0)).To(gomega.ConsistOf("Default", "production", "staging"))
	s.Expect(staging.Status.Sentry.Project.Origin).To(gomega.Equal(tuxv1alpha1.ProjectShared))
	s.Eventually(func() string { return s.variable("staging-sentry", "SENTRY_DSN") }).ShouldNot(gomega.BeEmpty())
	s.Expect(s.variable("staging-sentry", "SENTRY_DSN")).NotTo(gomega.Equal(s.variable("production-sentry", "SENTRY_DSN")))

	// Who wants its settings too is told, and touches nothing.
	second := f.tux("second", "web")
	second.Spec.Sentry.Project.Adoption = tuxv1alpha1.AdoptionIfUnowned
	second.Spec.Sentry.Privacy.IPAddresses = tuxv1alpha1.IPAddressesKeep
	s.create(second)
	found := s.condition(second, tuxv1alpha1.ConditionSentrySynced, metav1.ConditionFalse, tuxv1alpha1.ReasonOwnedByAnother)
	s.Expect(found.Message).To(gomega.ContainSubstring("TuxMonitoring " + s.ns + "/production"))
	s.Expect(meta.IsStatusConditionTrue(second.Status.Conditions, tuxv1alpha1.ConditionStalled)).To(gomega.BeTrue())
	s.Expect(f.keys(0)).To(gomega.HaveLen(3))

	// When the owner goes, the next in line has it.
	s.must(admin.Delete(t.Context(), production))
	s.synced(second)
	s.Expect(second.Status.Sentry.Project.Origin).To(gomega.Equal(tuxv1alpha1.ProjectAdopted))
	f.clean()
}

func TestPlanAndSuspendedAskNothing(t *testing.T) {
	for _, mode := range []tuxv1alpha1.Mode{tuxv1alpha1.ModePlan, tuxv1alpha1.ModeSuspended} {
		s := newScenario(t)
		f := s.sentry()
		s.backend("tux-backend")
		o := s.startOperator()
		tux := f.tux("production", "web")
		tux.Spec.Mode = mode
		tux.Spec.Sentry.DeletionPolicy = tuxv1alpha1.DeletionPolicyDelete
		s.create(tux)
		s.Eventually(func() int64 {
			s.must(admin.Get(t.Context(), client.ObjectKeyFromObject(tux), tux))
			return tux.Status.ObservedGeneration
		}).Should(gomega.BeEquivalentTo(1))
		s.settle(o)
		s.Expect(f.Requests()).To(gomega.BeEmpty(), "%s", mode)
		s.Expect(tux.Finalizers).To(gomega.BeEmpty())
	}
}

// TestAnImageIsADeploy: and so is the one before, when it comes back.
func TestAnImageIsADeploy(t *testing.T) {
	s, f := withSentry(t)
	tux := f.tux("production", "web")
	s.create(tux)
	o := s.startOperator()
	s.synced(tux)
	deployed := func(release string, times int) {
		t.Helper()
		s.Eventually(func() []string { return f.deploys(release) }).Should(gomega.HaveLen(times), release)
		s.Eventually(func(g gomega.Gomega) {
			g.Expect(admin.Get(t.Context(), client.ObjectKeyFromObject(tux), tux)).To(gomega.Succeed())
			g.Expect(tux.Status.Sentry.Deploy).NotTo(gomega.BeNil())
			g.Expect(tux.Status.Sentry.Deploy.Release).To(gomega.Equal(release))
		}).Should(gomega.Succeed())
	}
	image := func(image string) {
		t.Helper()
		s.Eventually(func() error {
			found := &appsv1.Deployment{}
			if err := admin.Get(t.Context(), client.ObjectKey{Namespace: s.ns, Name: "tux-backend"}, found); err != nil {
				return err
			}
			found.Spec.Template.Spec.Containers[0].Image = image
			return admin.Update(t.Context(), found)
		}).Should(gomega.Succeed())
	}
	deployed("1", 1)
	image("tux-backend:2")
	deployed("2", 1)
	image("tux-backend:1")
	deployed("1", 2)
	s.synced(tux)
	// A new process has only what is written down.
	o.stop()
	s.startOperator()
	s.poke(tux, "now")
	s.synced(tux)
	s.Expect(f.deploys("1")).To(gomega.Equal([]string{"production", "production"}))
	s.Expect(f.deploys("2")).To(gomega.Equal([]string{"production"}))
	f.clean()
}

// TestAlertsAndMonitorsAreKept by checks of at most seven requests, none of which writes.
func TestAlertsAndMonitorsAreKept(t *testing.T) {
	s, f := withSentry(t)
	tux := f.tux("production", "web")
	tux.Spec.Sentry.Alerts = []tuxv1alpha1.SentryAlert{
		{Name: "new", Type: tuxv1alpha1.SentryAlertNewIssue},
		{Name: "many", Type: tuxv1alpha1.SentryAlertHighVolume, Events: 100, Team: "ops"},
	}
	tux.Spec.Sentry.MetricMonitors = []tuxv1alpha1.SentryMetricMonitor{{Name: "slow", P95: "800ms"}}
	tux.Spec.Sentry.CronMonitors = []tuxv1alpha1.SentryCronMonitor{{Slug: "nightly", Schedule: "0 3 * * *"}}
	s.create(tux)
	options := hurried()
	options.Interval = glance
	s.startOperatorOf(Options{Concurrency: 2, Sentry: options})
	s.synced(tux)
	s.Expect(look(f, func(st *sentrytest.State) int { return len(st.Workflows) })).To(gomega.BeZero(), "before an event")
	message := func() string {
		return s.condition(tux, tuxv1alpha1.ConditionSentrySynced, metav1.ConditionTrue, tuxv1alpha1.ReasonSynced).Message
	}
	const waits = "made when the environment has sent its first event: alerts[many], alerts[new], metricMonitors[slow]"
	s.Eventually(message).Should(gomega.HaveSuffix(waits))
	s.Expect(look(f, func(st *sentrytest.State) int { return len(st.Monitors) })).To(gomega.Equal(1))

	f.Edit(func(st *sentrytest.State) {
		st.Projects[0].Environments = append(st.Projects[0].Environments, &sentrytest.Environment{ID: "1", Name: "production"})
	})
	made := func(st *sentrytest.State) []int { return []int{len(st.Workflows), len(st.Detectors), len(st.Monitors)} }
	s.Eventually(func() []int { return look(f, made) }).Should(gomega.Equal([]int{2, 3, 1}))
	s.Eventually(s.notes).Should(gomega.ContainElement(gomega.ContainSubstring("alerts[many], alerts[new], metricMonitors[slow]")))
	s.Eventually(message).Should(gomega.Equal(`Project "web" is as declared`))

	// The checks that are under way end; those after them are counted.
	checks := func(requests []sentrytest.Request) (begins []int) {
		for i, q := range requests {
			if q.Path == "/api/0/organizations/shop/" {
				begins = append(begins, i)
			}
		}
		return begins
	}
	var requests []sentrytest.Request
	f.Requests()
	s.Eventually(func() int { requests = append(requests, f.Requests()...); return len(checks(requests)) }).Should(gomega.BeNumerically(">=", 6))
	begins := checks(requests)
	for i := 2; i+1 < len(begins); i++ {
		check := requests[begins[i]:begins[i+1]]
		s.Expect(len(check)).To(gomega.BeNumerically("<=", 7), "%v", check)
		s.Expect(slices.ContainsFunc(check, sentrytest.Request.Write)).To(gomega.BeFalse(), "%v", check)
	}
	s.synced(tux)
	f.clean()
}
