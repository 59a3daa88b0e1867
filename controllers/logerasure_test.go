package controllers

import (
	"errors"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/onsi/gomega"
	corev1 "k8s.io/api/core/v1"
	eventsv1 "k8s.io/api/events/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/apimachinery/pkg/api/meta"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/client-go/rest"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/yaml"

	tuxv1alpha1 "github.com/tux-io/tux-monitoring-operator/api/v1alpha1"
	"github.com/tux-io/tux-monitoring-operator/internal/external/elastic/elastictest"
	"github.com/tux-io/tux-monitoring-operator/internal/external/logstore/storetest"
	"github.com/tux-io/tux-monitoring-operator/internal/external/loki/lokitest"
	"github.com/tux-io/tux-monitoring-operator/internal/plan"
	judge "github.com/tux-io/tux-monitoring-operator/internal/plan/erasure"
	settings "github.com/tux-io/tux-monitoring-operator/internal/plan/retention/store"
)

// person must be nowhere but in the spec.
const person = "jane.doe@example.com"

// hurriedErasures are times of a tenth of a second.
func hurriedErasures() judge.Times {
	return judge.Times{
		Propagation: time.Hour, Settle: 300 * time.Millisecond, Hidden: 100 * time.Millisecond, Verify: time.Hour, Stall: time.Hour,
		Poll: 50 * time.Millisecond, Recheck: 200 * time.Millisecond,
	}
}

// eraseWith starts an operator with these times.
func (s *scenario) eraseWith(times judge.Times, wrap ...func(http.RoundTripper) http.RoundTripper) *operator {
	s.t.Helper()
	config, err := plane.ServiceAccountConfig(s.t.Context(), operatorNamespace, operatorAccount)
	s.must(err)
	for _, one := range wrap {
		config.Wrap(one)
	}
	return s.erasureOperator(config, times)
}

func (s *scenario) erasureOperator(config *rest.Config, times judge.Times) *operator {
	s.t.Helper()
	options := hurriedLogs()
	options.Erasure = times
	o, err := startManagerWith(config, Options{Concurrency: 4, Sentry: hurried(), Logs: options})
	s.must(err)
	s.t.Cleanup(o.stop)
	return o
}

func (s *scenario) erasure(name string) *tuxv1alpha1.TuxLogErasure {
	now := time.Now().Truncate(time.Second)
	return &tuxv1alpha1.TuxLogErasure{
		ObjectMeta: metav1.ObjectMeta{Namespace: s.ns, Name: name},
		Spec: tuxv1alpha1.TuxLogErasureSpec{
			MonitoringRef: tuxv1alpha1.MonitoringReference{Name: "production"}, Subject: tuxv1alpha1.LogErasureSubject{User: person},
			Window: tuxv1alpha1.LogErasureWindow{From: metav1.NewTime(now.Add(-10 * day)), To: metav1.NewTime(now.Add(-day))},
			Reason: "GDPR-7",
		},
	}
}

// erased waits until an erasure reads so, and that nothing of it says who it was.
func (s *scenario) erased(e *tuxv1alpha1.TuxLogErasure, status metav1.ConditionStatus, reason string) *metav1.Condition {
	s.t.Helper()
	var found *metav1.Condition
	s.Eventually(func(g gomega.Gomega) {
		g.Expect(admin.Get(s.t.Context(), client.ObjectKeyFromObject(e), e)).To(gomega.Succeed())
		found = meta.FindStatusCondition(e.Status.Conditions, tuxv1alpha1.ConditionErased)
		g.Expect(found).NotTo(gomega.BeNil())
		g.Expect(string(found.Status)+"/"+found.Reason).To(gomega.Equal(string(status)+"/"+reason), "%+v", e.Status)
	}).Should(gomega.Succeed())
	return found
}

// saysNotWho looks at everything the operator has written about an erasure.
func (s *scenario) saysNotWho() {
	s.t.Helper()
	var all []any
	var erasures tuxv1alpha1.TuxLogErasureList
	s.must(admin.List(s.t.Context(), &erasures, client.InNamespace(s.ns)))
	for i := range erasures.Items {
		all = append(all, erasures.Items[i].Status)
	}
	var maps corev1.ConfigMapList
	s.must(admin.List(s.t.Context(), &maps, client.InNamespace(s.ns)))
	var told eventsv1.EventList
	s.must(admin.List(s.t.Context(), &told, client.InNamespace(s.ns)))
	var tuxes tuxv1alpha1.TuxMonitoringList
	s.must(admin.List(s.t.Context(), &tuxes, client.InNamespace(s.ns)))
	text, err := yaml.Marshal(append(all, maps, told, tuxes))
	s.must(err)
	s.Expect(strings.Contains(string(text), person)).To(gomega.BeFalse(), "it says who: %s", text)
	s.Expect(strings.Contains(everything.text(), person)).To(gomega.BeFalse(), "the log says who")
}

func (s *scenario) recordOf(e *tuxv1alpha1.TuxLogErasure) plan.ErasureRecord {
	s.t.Helper()
	found := &corev1.ConfigMap{}
	s.must(admin.Get(s.t.Context(), client.ObjectKey{Namespace: s.ns, Name: plan.RecordName(string(e.UID))}, found))
	s.Expect(found.OwnerReferences).To(gomega.BeEmpty(), "it stays when the resource goes")
	record, err := plan.ReadErasureRecord(found.Data[plan.RecordKey])
	s.must(err)
	return record
}

func (s *scenario) removed(object client.Object) {
	s.t.Helper()
	s.must(client.IgnoreNotFound(admin.Delete(s.t.Context(), object)))
	s.Eventually(func() bool {
		return apierrors.IsNotFound(admin.Get(s.t.Context(), client.ObjectKeyFromObject(object), object))
	}).Should(gomega.BeTrue())
}

// personal has two lines of the person and one of somebody else in a class.
func personal(f *fakeLoki, classes ...string) {
	f.Edit(func(state *lokitest.State) {
		for _, class := range classes {
			for _, who := range []string{person, person, "somebody"} {
				state.Lines = append(state.Lines, lokitest.Line{
					Tenant: "tenant", Class: class, At: time.Now().Add(-3 * day), Fields: map[string]string{"user_id": who},
				})
			}
		}
	})
}

// lokiErasure has a verified TuxMonitoring over a Loki with lines.
func lokiErasure(t *testing.T, times judge.Times, wrap ...func(http.RoundTripper) http.RoundTripper) (*scenario, *fakeLoki, *operator, *tuxv1alpha1.TuxMonitoring) {
	t.Helper()
	s := newScenario(t)
	f := s.loki()
	o := s.eraseWith(times, wrap...)
	s.backend("tux-backend")
	tux := f.tux("production", "tenant")
	tux.Spec.Logs.DefaultDays = 31
	tux.Spec.Logs.Classes = append(tux.Spec.Logs.Classes, tuxv1alpha1.LogClass{
		Name: "payments", Match: tuxv1alpha1.LogMatch{Loggers: []tuxv1alpha1.LoggerName{"tux.payments"}}, RetentionDays: 90,
		Erasure: tuxv1alpha1.StateDisabled,
	})
	s.create(tux)
	s.verified(tux)
	t.Cleanup(func() {
		if problems := f.Problems(); len(problems) > 0 {
			t.Error(problems)
		}
	})
	return s, f, o, tux
}

// TestAnErasureIsSentOnceVerifiedAndRecorded: the tenant is open while it runs, and at no other time.
func TestAnErasureIsSentOnceVerifiedAndRecorded(t *testing.T) {
	s, f, o, _ := lokiErasure(t, hurriedErasures())
	personal(f, "error", "default")
	s.Expect(f.document().Data["overrides.yaml"]).To(gomega.ContainSubstring("deletion_mode: disabled"))
	e := s.erasure("request-7")
	s.create(e)
	s.erased(e, metav1.ConditionUnknown, tuxv1alpha1.ReasonReceived)
	s.Expect(f.document().Data["overrides.yaml"]).To(gomega.ContainSubstring("deletion_mode: filter-and-delete"))
	s.Expect(*e.Status.LinesBefore).To(gomega.BeEquivalentTo(4))
	s.Expect(meta.IsStatusConditionTrue(e.Status.Conditions, tuxv1alpha1.ConditionReconciling)).To(gomega.BeTrue())
	posted := f.Posted()
	s.Expect(posted).To(gomega.HaveLen(1))
	s.Expect(posted[0].Query).To(gomega.HavePrefix(`{service_name=~".+",retention_class!~"payments"} | retention_class!~"payments" | json tux_subject="user_id" | user_id="`))

	f.Process("tenant", func(l lokitest.Line) bool { return l.Class == "error" }) // queries still show some
	s.erased(e, metav1.ConditionUnknown, tuxv1alpha1.ReasonVerifying)
	s.Eventually(func() string { return f.document().Data["overrides.yaml"] }).Should(gomega.ContainSubstring("deletion_mode: disabled"))
	f.Edit(func(state *lokitest.State) {
		var others []lokitest.Line
		for _, line := range state.Lines {
			if line.Fields["user_id"] != person {
				others = append(others, line)
			}
		}
		state.Lines = others
	})
	done := s.erased(e, metav1.ConditionTrue, tuxv1alpha1.ReasonErased)
	s.Expect(done.Message).To(gomega.And(gomega.ContainSubstring(`tenant "tenant"`), gomega.HaveSuffix("there were 4")))
	s.Expect(e.Status.Step).To(gomega.Equal(tuxv1alpha1.LogErasureCompleted))
	s.Expect(*e.Status.LinesSpared).To(gomega.BeZero())
	s.Expect(meta.FindStatusCondition(e.Status.Conditions, tuxv1alpha1.ConditionReconciling)).To(gomega.BeNil())
	record := s.recordOf(e)
	s.Expect(record.Outcome).To(gomega.Equal(tuxv1alpha1.ReasonErased))
	s.Expect(record.RequestID).To(gomega.Equal(posted[0].ID))
	s.Expect(*record.LinesBefore).To(gomega.BeEquivalentTo(4))
	s.Eventually(func() []string { return s.reasons("Erase") }).Should(gomega.ContainElements(tuxv1alpha1.ReasonReceived, tuxv1alpha1.ReasonErased))
	s.saysNotWho()

	// Nothing more is sent, to nobody, also not by another operator that has forgotten everything.
	s.settle(o)
	deletes := func() (n int) {
		for _, request := range f.Requests() {
			// The look at what others delete asks as well, and only asks.
			if strings.HasSuffix(request, "/delete") && !strings.HasPrefix(request, "GET") {
				n++
			}
		}
		return n
	}
	asked := deletes()
	o.stop()
	o = s.eraseWith(hurriedErasures())
	s.Eventually(func() int {
		return o.requests.Count("list", "tuxlogerasures") + o.requests.Count("watch", "tuxlogerasures")
	}).Should(gomega.BeNumerically(">", 0))
	s.settle(o)
	s.Expect(deletes()).To(gomega.Equal(asked))
	s.Expect(f.Posted()).To(gomega.HaveLen(1))

	// The resource goes, the record stays.
	s.removed(e)
	s.Expect(s.recordOf(e).Outcome).To(gomega.Equal(tuxv1alpha1.ReasonErased))
	s.saysNotWho()
}

func TestWhatHadToStayIsSaid(t *testing.T) {
	s, f, _, _ := lokiErasure(t, hurriedErasures())
	personal(f, "error", "payments")
	e := s.erasure("request-7")
	s.create(e)
	s.erased(e, metav1.ConditionUnknown, tuxv1alpha1.ReasonReceived)
	f.Process("tenant", nil)
	partly := s.erased(e, metav1.ConditionFalse, tuxv1alpha1.ReasonPartlyErased)
	s.Expect(partly.Message).To(gomega.ContainSubstring("2 stay in classes that are spared: payments"))
	s.Expect(*e.Status.LinesSpared).To(gomega.BeEquivalentTo(2))
	s.Expect(meta.FindStatusCondition(e.Status.Conditions, tuxv1alpha1.ConditionStalled)).To(gomega.BeNil(), "nobody can do more")
	s.Expect(e.Status.SparedClasses).To(gomega.Equal([]string{"payments"}))
	f.Edit(func(state *lokitest.State) { s.Expect(state.Lines).To(gomega.HaveLen(4)) })
	s.removed(e)
}

// killer breaks off the requests of the operator to the API server when it is told to: what it knows then is lost, as if
// it were killed.
type killer struct {
	next http.RoundTripper
	// at is the number of the request that writes the status from which on nothing gets through; 0: none.
	at, seen *atomic.Int32
	// arrives: that request is carried out, and its answer is lost.
	arrives bool
}

var errKilled = errors.New("killed for a test")

// RoundTrip counts what is written to erasures.
func (k *killer) RoundTrip(r *http.Request) (*http.Response, error) {
	at := k.at.Load()
	if at == 0 || r.Method != http.MethodPatch || !strings.Contains(r.URL.Path, "/tuxlogerasures/") {
		return k.next.RoundTrip(r)
	}
	switch n := k.seen.Add(1); {
	case n < at:
		return k.next.RoundTrip(r)
	case n == at && k.arrives:
		if answer, err := k.next.RoundTrip(r); err == nil {
			_ = answer.Body.Close()
		}
	}
	return nil, errKilled
}

// TestKilledAtAnyStepOneRequestIsSent: the operator is cut off at each of its writes, before and after it took effect, and
// another one goes on. Loki takes the same request as often as it comes.
func TestKilledAtAnyStepOneRequestIsSent(t *testing.T) {
	s := newScenario(t)
	f := s.loki()
	first := s.eraseWith(hurriedErasures())
	s.backend("tux-backend")
	tux := f.tux("production", "tenant")
	s.create(tux)
	s.verified(tux)
	first.stop()
	for step := int32(1); step <= 6; step++ {
		for _, arrives := range []bool{false, true} {
			personal(f, "error")
			before := len(f.Posted())
			var at, seen atomic.Int32
			at.Store(step)
			o := s.eraseWith(hurriedErasures(), func(next http.RoundTripper) http.RoundTripper {
				return &killer{next: next, at: &at, seen: &seen, arrives: arrives}
			})
			e := s.erasure("request-7")
			s.create(e)
			// A sixth write comes only when Loki was done.
			s.Eventually(func() int32 {
				if len(f.Posted()) > before {
					f.Process("tenant", nil)
				}
				return seen.Load()
			}).Should(gomega.BeNumerically(">=", step))
			o.stop()
			o = s.eraseWith(hurriedErasures())
			s.Eventually(func() string {
				f.Process("tenant", nil)
				s.must(admin.Get(t.Context(), client.ObjectKeyFromObject(e), e))
				return string(e.Status.Step)
			}).Should(gomega.Equal(string(tuxv1alpha1.LogErasureCompleted)))
			s.Expect(f.Posted()).To(gomega.HaveLen(before+1), "cut off at write %d, which took effect: %t", step, arrives)
			s.removed(e)
			o.stop()
			// The next erasure asks for the same lines of another time.
			time.Sleep(time.Second)
		}
	}
	s.saysNotWho()
}

// TestARequestWhoseAnswerIsLostIsFound, and not sent once more.
func TestARequestWhoseAnswerIsLostIsFound(t *testing.T) {
	s, f, _, _ := lokiErasure(t, hurriedErasures())
	personal(f, "error")
	f.EditErase(func(state *lokitest.Erase) { state.Lose = 1 })
	e := s.erasure("request-7")
	s.create(e)
	s.erased(e, metav1.ConditionUnknown, tuxv1alpha1.ReasonReceived)
	f.Process("tenant", nil)
	s.erased(e, metav1.ConditionTrue, tuxv1alpha1.ReasonErased)
	s.Expect(f.Posted()).To(gomega.HaveLen(1))
	s.Expect(e.Status.Request.Attempts).To(gomega.BeEquivalentTo(1))
	s.removed(e)
}

func TestAnErasureIsTakenBackWhileItMayBe(t *testing.T) {
	for name, tc := range map[string]struct {
		late, processed bool
		reason          string
	}{
		"in time": {false, false, tuxv1alpha1.ReasonErasureCancelled}, "too late": {true, false, tuxv1alpha1.ReasonErasureLeft},
	} {
		t.Run(name, func(t *testing.T) {
			s, f, _, _ := lokiErasure(t, hurriedErasures())
			personal(f, "error")
			e := s.erasure("request-7")
			s.create(e)
			s.erased(e, metav1.ConditionUnknown, tuxv1alpha1.ReasonReceived)
			f.EditErase(func(state *lokitest.Erase) { state.Late = tc.late })
			s.removed(e)
			s.Eventually(func() []string { return s.reasons("CancelErasure") }).Should(gomega.ContainElement(tc.reason))
			s.Expect(f.Posted()[0].Canceled).To(gomega.Equal(!tc.late))
			s.Eventually(func() string { return f.document().Data["overrides.yaml"] }).Should(gomega.ContainSubstring("deletion_mode: disabled"))
			s.saysNotWho()
		})
	}
}

// TestTheTimeOfARequestIsThatOfSendingIt, and not of the count before, which may take longer than an answer is waited for.
func TestTheTimeOfARequestIsThatOfSendingIt(t *testing.T) {
	s, f, _, _ := lokiErasure(t, hurriedErasures())
	personal(f, "error")
	var once sync.Once
	f.EditErase(func(state *lokitest.Erase) {
		state.BeforeCount = func() { once.Do(func() { time.Sleep(3 * time.Second) }) }
	})
	e := s.erasure("request-7")
	s.create(e)
	s.erased(e, metav1.ConditionUnknown, tuxv1alpha1.ReasonReceived)
	sent := time.UnixMilli(int64(f.Posted()[0].Created * 1000))
	s.Expect(sent.Sub(e.Status.Request.AttemptedAt.Time)).To(gomega.BeNumerically("<", 2*time.Second))
	s.removed(e)
}

// unwritable refuses records.
type unwritable struct{ next http.RoundTripper }

// RoundTrip fails for them.
func (u *unwritable) RoundTrip(r *http.Request) (*http.Response, error) {
	if r.Method == http.MethodPatch && strings.Contains(r.URL.Path, "/configmaps/log-erasure-") {
		return nil, errors.New("refused for a test")
	}
	return u.next.RoundTrip(r)
}

// TestARecordThatIsRefusedHoldsNothingUp for longer than a log store that does not answer.
func TestARecordThatIsRefusedHoldsNothingUp(t *testing.T) {
	s, f, _, _ := lokiErasure(t, hurriedErasures(), func(next http.RoundTripper) http.RoundTripper { return &unwritable{next} })
	e := s.erasure("request-7")
	s.create(e)
	s.Eventually(f.Posted).Should(gomega.HaveLen(1))
	s.removed(e)
	s.Eventually(func() []string { return s.reasons("CancelErasure") }).Should(gomega.ContainElement(tuxv1alpha1.ReasonErasureCancelled))
	s.Expect(f.Posted()[0].Canceled).To(gomega.BeTrue())
	s.saysNotWho()
}

// TestAnErasureThatWasNotSentIsCancelled, also one that can never be.
func TestAnErasureThatWasNotSentIsCancelled(t *testing.T) {
	s, f, _, tux := lokiErasure(t, hurriedErasures())
	s.change(tux, func(spec *tuxv1alpha1.TuxMonitoringSpec) { spec.Mode = tuxv1alpha1.ModePlan })
	planned, future, nowhere := s.erasure("planned"), s.erasure("future"), s.erasure("nowhere")
	nowhere.Spec.MonitoringRef.Name = "nowhere"
	s.create(planned, nowhere)
	s.erased(planned, metav1.ConditionUnknown, tuxv1alpha1.ReasonPlanned)
	s.erased(nowhere, metav1.ConditionFalse, tuxv1alpha1.ReasonMonitoringNotFound)
	s.Expect(meta.IsStatusConditionTrue(nowhere.Status.Conditions, tuxv1alpha1.ConditionStalled)).To(gomega.BeTrue())
	s.removed(planned)
	s.removed(nowhere)
	s.change(tux, func(spec *tuxv1alpha1.TuxMonitoringSpec) { spec.Mode = tuxv1alpha1.ModeEnforce })
	s.verified(tux)
	future.Spec.Window.To = metav1.NewTime(time.Now().Add(time.Hour))
	s.create(future)
	s.erased(future, metav1.ConditionFalse, tuxv1alpha1.ReasonInvalidErasure)
	s.removed(future)
	s.Expect(f.Posted()).To(gomega.BeEmpty())
	s.Eventually(func() []string { return s.reasons("CancelErasure") }).Should(gomega.ContainElement(tuxv1alpha1.ReasonErasureCancelled))
}

// TestWhatKeepsLokiFromErasingIsSaid, and goes on by itself.
func TestWhatKeepsLokiFromErasingIsSaid(t *testing.T) {
	times := hurriedErasures()
	times.Verify, times.Stall = time.Nanosecond, 500*time.Millisecond
	s, f, _, _ := lokiErasure(t, times)
	personal(f, "error")
	f.Edit(func(state *lokitest.State) { state.Enabled = false })
	e := s.erasure("request-7")
	s.create(e)
	s.erased(e, metav1.ConditionFalse, tuxv1alpha1.ReasonCompactorOff)
	f.Edit(func(state *lokitest.State) { state.Enabled, state.Down = true, http.StatusBadGateway })
	s.erased(e, metav1.ConditionUnknown, tuxv1alpha1.ReasonLokiUnreachable)
	f.Edit(func(state *lokitest.State) { state.Down = 0 })
	s.erased(e, metav1.ConditionFalse, tuxv1alpha1.ReasonDeletionStalled)
	f.Process("tenant", func(lokitest.Line) bool { return true })
	s.erased(e, metav1.ConditionFalse, tuxv1alpha1.ReasonLinesLeft)
	f.EditErase(func(state *lokitest.Erase) { state.Lookback = time.Hour })
	old := s.erased(e, metav1.ConditionUnknown, tuxv1alpha1.ReasonNotVerifiable)
	s.Expect(old.Message).To(gomega.ContainSubstring("only lines since"))
	s.Expect(e.Status.VerifiedFrom).NotTo(gomega.BeNil())
	s.saysNotWho()
	s.removed(e)
}

// TestATenantOfSomebodyElseIsNotErased: who names it has not got it.
func TestATenantOfSomebodyElseIsNotErased(t *testing.T) {
	s, f, _, _ := lokiErasure(t, hurriedErasures())
	thief := f.tux("thief", "tenant")
	s.create(thief)
	s.retention(thief, metav1.ConditionFalse, tuxv1alpha1.ReasonTenantCollision)
	e := s.erasure("request-7")
	e.Spec.MonitoringRef.Name = "thief"
	s.create(e)
	s.erased(e, metav1.ConditionFalse, tuxv1alpha1.ReasonTenantCollision)
	s.Expect(f.Posted()).To(gomega.BeEmpty())
	s.removed(e)
}

// TestALokiThatServesSomebodyElseErasesNothing: who names a URL and a tenant has a document of his own at once, and the Loki
// serves another one for it, which is open.
func TestALokiThatServesSomebodyElseErasesNothing(t *testing.T) {
	times := hurriedErasures()
	times.Propagation = time.Nanosecond
	s, f, _, tux := lokiErasure(t, times)
	personal(f, "error")
	victim := httptest.NewServer(lokitest.New(func() string {
		return "overrides: {tenant: {retention_period: 90d, deletion_mode: filter-and-delete}}"
	}))
	t.Cleanup(victim.Close)
	s.change(tux, func(spec *tuxv1alpha1.TuxMonitoringSpec) {
		spec.Logs.Backend.Loki.URL = tuxv1alpha1.PlainURL(victim.URL)
	})
	e := s.erasure("request-7")
	s.create(e)
	refused := s.erased(e, metav1.ConditionFalse, tuxv1alpha1.ReasonNotEffective)
	s.Expect(refused.Message).To(gomega.ContainSubstring("may be that of somebody else"))
	s.Expect(e.Status.Request).To(gomega.BeNil())
	s.Expect(e.Status.LinesBefore).To(gomega.BeNil(), "how many there are is no business of his")
	s.removed(e)
}

// elasticErasure has a verified TuxMonitoring over an Elasticsearch with two lines of the person.
func elasticErasure(t *testing.T) (*scenario, *fakeElastic) {
	t.Helper()
	s := newScenario(t)
	f := s.elasticsearch()
	s.eraseWith(hurriedErasures())
	s.backend("tux-backend")
	tux := f.tux("production", "tenant")
	s.create(f.secret(elasticKey), tux)
	s.verified(tux)
	f.Edit(func(state *elastictest.State) { state.Types = map[string]string{"user_id": "keyword"} })
	for _, who := range []string{person, person, "somebody"} {
		f.Store(settings.Stream("tenant", "error"), storetest.Doc{At: time.Now().Add(-3 * day), Fields: map[string]string{"user_id": who}})
	}
	t.Cleanup(func() {
		if problems := f.Problems(); len(problems) > 0 {
			t.Error(problems)
		}
	})
	return s, f
}

func (f *fakeElastic) tasks() (n int) {
	f.Edit(func(state *elastictest.State) { n = len(state.Tasks) })
	return n
}

// TestElasticsearchErasesUntilNothingIsLeft: a task whose answer is lost is found, and what was changed meanwhile goes with
// the next one.
func TestElasticsearchErasesUntilNothingIsLeft(t *testing.T) {
	s, f := elasticErasure(t)
	f.Edit(func(state *elastictest.State) { state.LosePosts, state.Conflicts = 1, 1 })
	e := s.erasure("request-7")
	s.create(e)
	s.erased(e, metav1.ConditionUnknown, tuxv1alpha1.ReasonErasing)
	s.Expect(f.tasks()).To(gomega.Equal(1), "one whose answer was lost")
	f.RunTasks()
	s.Eventually(f.tasks).Should(gomega.Equal(2), "one line was changed meanwhile")
	f.RunTasks()
	s.erased(e, metav1.ConditionTrue, tuxv1alpha1.ReasonErased)
	s.Expect(*e.Status.LinesBefore).To(gomega.BeEquivalentTo(2))
	s.Expect(e.Status.Request.Attempts).To(gomega.BeEquivalentTo(2))
	f.Edit(func(state *elastictest.State) {
		s.Expect(state.Streams[settings.Stream("tenant", "error")].Indices[0].Docs).To(gomega.HaveLen(1))
	})
	s.Expect(s.recordOf(e).Outcome).To(gomega.Equal(tuxv1alpha1.ReasonErased))
	s.saysNotWho()
	s.removed(e)
}

func TestElasticsearchThatCannotEraseEverythingIsSaid(t *testing.T) {
	s, f := elasticErasure(t)
	warm := f.Roll(settings.Stream("tenant", "error"))
	f.Edit(func(state *elastictest.State) {
		state.Types, state.Blocked = map[string]string{"user_id": "text"}, map[string]bool{warm: true}
	})
	e := s.erasure("request-7")
	s.create(e)
	s.erased(e, metav1.ConditionFalse, tuxv1alpha1.ReasonFieldNotKeyword)
	s.Expect(f.tasks()).To(gomega.BeZero())
	f.Edit(func(state *elastictest.State) { state.Types["user_id.keyword"] = "keyword" })
	partly := s.erased(e, metav1.ConditionFalse, tuxv1alpha1.ReasonPartlyErased)
	s.Expect(partly.Message).To(gomega.ContainSubstring("2 stay in read-only indices: " + warm))
	s.Expect(e.Status.SparedIndices).To(gomega.Equal([]string{warm}))
	s.removed(e)
}

// TestAnErasureDoesNotOutliveTheOperator: what is released before the operator goes is held up by nobody.
func TestAnErasureDoesNotOutliveTheOperator(t *testing.T) {
	s := newScenario(t)
	e := s.erasure("request-7")
	e.Finalizers = []string{erasureFinalizer}
	s.create(e)
	released, err := Release(t.Context(), admin, []string{s.ns})
	s.must(err)
	s.Expect(released.Resources).To(gomega.Equal(1))
	s.removed(e)
}
