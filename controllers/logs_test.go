package controllers

import (
	"context"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/onsi/gomega"
	corev1 "k8s.io/api/core/v1"
	eventsv1 "k8s.io/api/events/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/apimachinery/pkg/api/meta"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"
	"sigs.k8s.io/controller-runtime/pkg/client"

	tuxv1alpha1 "github.com/tux-io/tux-monitoring-operator/api/v1alpha1"
	"github.com/tux-io/tux-monitoring-operator/internal/external/loki"
	"github.com/tux-io/tux-monitoring-operator/internal/external/loki/lokitest"
	"github.com/tux-io/tux-monitoring-operator/internal/plan/env"
	"github.com/tux-io/tux-monitoring-operator/internal/testutil"
)

// hurriedLogs are times of seconds, and limits that a test does not feel.
func hurriedLogs() LogOptions {
	limits := loki.Limits()
	limits.PerSecond, limits.Burst, limits.OpenFor = 300, 60, time.Second
	return LogOptions{
		UserAgent: "tuxmonitoring/test", Interval: time.Hour, Spread: time.Millisecond, MinBackoff: 20 * time.Millisecond,
		MaxBackoff: 200 * time.Millisecond, Propagation: time.Nanosecond, Deletion: time.Nanosecond, DeletionTimeout: 10 * time.Second,
		Limits: limits, StoreLimits: limits,
	}
}

// fakeLoki is a Loki that mounts a ConfigMap of the namespace of the test.
type fakeLoki struct {
	*lokitest.Server
	s   *scenario
	url string
}

func (s *scenario) loki() *fakeLoki {
	s.t.Helper()
	f := &fakeLoki{s: s}
	f.Server = lokitest.New(func() string { return f.document().Data["overrides.yaml"] })
	served := httptest.NewServer(f.Server)
	s.t.Cleanup(served.Close)
	f.url = served.URL
	return f
}

// document is the ConfigMap, an empty one if it is not there.
func (f *fakeLoki) document() *corev1.ConfigMap {
	found := &corev1.ConfigMap{}
	err := admin.Get(context.Background(), client.ObjectKey{Namespace: f.s.ns, Name: "loki"}, found)
	if err != nil && !apierrors.IsNotFound(err) {
		panic(err)
	}
	return found
}

func (f *fakeLoki) tux(name, tenant string) *tuxv1alpha1.TuxMonitoring {
	tux := testutil.Tux(f.s.ns, name)
	tux.Spec.Probes = &tuxv1alpha1.Probes{State: tuxv1alpha1.StateDisabled}
	tux.Spec.Dashboards = &tuxv1alpha1.Dashboards{State: tuxv1alpha1.StateDisabled}
	tux.Spec.Logs = &tuxv1alpha1.Logs{Tenant: tenant, Backend: tuxv1alpha1.LogBackend{Loki: &tuxv1alpha1.LokiBackend{
		URL: tuxv1alpha1.PlainURL(f.url), Overrides: tuxv1alpha1.LokiOverrides{Namespace: f.s.ns, Name: "loki"},
	}}, Classes: []tuxv1alpha1.LogClass{{
		Name: "error", Match: tuxv1alpha1.LogMatch{Levels: []tuxv1alpha1.LogLevel{"ERROR"}}, RetentionDays: 90,
	}}}
	return tux
}

func (s *scenario) verified(tux *tuxv1alpha1.TuxMonitoring) {
	s.t.Helper()
	s.condition(tux, tuxv1alpha1.ConditionRetentionVerified, metav1.ConditionTrue, tuxv1alpha1.ReasonVerified)
}

func (s *scenario) retention(tux *tuxv1alpha1.TuxMonitoring, status metav1.ConditionStatus, reason string) *metav1.Condition {
	s.t.Helper()
	return s.condition(tux, tuxv1alpha1.ConditionRetentionVerified, status, reason)
}

// logsScenario has an operator, a backend and a Loki.
func logsScenario(t *testing.T) (*scenario, *fakeLoki, *operator) {
	t.Helper()
	s := newScenario(t)
	f := s.loki()
	o := s.startOperator()
	s.backend("tux-backend")
	return s, f, o
}

func TestRetentionIsWrittenReadBackAndVerified(t *testing.T) {
	s, f, o := logsScenario(t)
	one, two := f.tux("one", "tenant-one"), f.tux("two", "tenant-two")
	s.create(one, two)
	s.verified(one)
	s.verified(two)
	s.ready(one)
	document := f.document()
	s.Expect(document.Data["overrides.yaml"]).To(gomega.And(gomega.ContainSubstring("tenant-one:"), gomega.ContainSubstring("tenant-two:")))
	s.Expect(document.Data).To(gomega.HaveKey("overrides.yaml.ledger.json"))
	s.Expect(document.Labels).To(gomega.HaveKeyWithValue(env.DocumentLabel, env.DocumentLogs))
	s.Expect(document.OwnerReferences).To(gomega.BeEmpty(), "it stays when resources go")
	s.Expect(one.Status.Logs).To(gomega.Equal(&tuxv1alpha1.LogsStatus{
		Tenant: "tenant-one", Document: s.ns + "/loki/overrides.yaml", Written: tuxv1alpha1.LogsIncluded,
		Effective: tuxv1alpha1.LogsIsEffective, Outcome: tuxv1alpha1.LogsVerified, Classes: []tuxv1alpha1.LogClassStatus{
			{Name: "default", Days: 30, Outcome: tuxv1alpha1.LogsVerified}, {Name: "error", Days: 90, Outcome: tuxv1alpha1.LogsVerified},
		},
	}))
	s.Expect(one.Status.Summary.Logs).To(gomega.Equal("Verified"))

	// Nothing changed means nothing sent.
	s.settle(o, f)
	asked := len(f.Requests())
	s.poke(one, "again")
	s.Eventually(func() int { return len(f.Requests()) }).Should(gomega.BeNumerically(">=", asked+7), "limits, configuration, metrics, labels, two classes, deletions")
	s.quiet(o, f)
	for _, verb := range []string{"create", "update", "patch", "delete"} {
		s.Expect(o.requests.Count(verb, "configmaps")).To(gomega.BeZero(), verb)
	}
	s.Expect(f.document().ResourceVersion).To(gomega.Equal(document.ResourceVersion))

	// Another operator, which has forgotten everything, writes nothing either.
	o.stop()
	o = s.startOperator()
	s.Eventually(func() int { return len(f.Requests()) }).Should(gomega.BeNumerically(">=", asked+18))
	s.settle(o, f)
	s.Expect(f.document().ResourceVersion).To(gomega.Equal(document.ResourceVersion))
	s.Expect(f.Problems()).To(gomega.BeEmpty())
}

func TestWhatLokiDoesOtherwiseIsSaid(t *testing.T) {
	s, f, _ := logsScenario(t)
	tux := f.tux("production", "tenant")
	f.Edit(func(state *lokitest.State) { state.Enabled = false })
	s.create(tux)
	off := s.retention(tux, metav1.ConditionFalse, tuxv1alpha1.ReasonCompactorOff)
	s.Expect(off.Message).To(gomega.ContainSubstring("retention_enabled: true"))
	s.Expect(tux.Status.Logs.Effective).To(gomega.Equal(tuxv1alpha1.LogsNotEffective))
	s.ready(tux)

	old := time.Now().Add(-95 * 24 * time.Hour)
	f.Edit(func(state *lokitest.State) {
		state.Enabled, state.Lines = true, []lokitest.Line{{Tenant: "tenant", Class: "error", At: old}, {Tenant: "tenant", Class: "error", At: time.Now().Add(-time.Minute)}}
	})
	s.poke(tux, "overdue")
	overdue := s.retention(tux, metav1.ConditionFalse, tuxv1alpha1.ReasonOverdue)
	s.Expect(overdue.Message).To(gomega.ContainSubstring(`"error"`))
	s.Expect(tux.Status.Logs.Classes[0].Outcome).To(gomega.Equal(tuxv1alpha1.LogsVerified))
	s.Expect(tux.Status.Logs.Classes[1].Outcome).To(gomega.Equal(tuxv1alpha1.LogsOverdue))

	f.Edit(func(state *lokitest.State) {
		state.Lines = []lokitest.Line{{Tenant: "tenant", At: time.Now().Add(-time.Minute)}}
	})
	s.poke(tux, "no label")
	label := s.retention(tux, metav1.ConditionFalse, tuxv1alpha1.ReasonNotEffective)
	s.Expect(label.Message).To(gomega.ContainSubstring("retention_class"))

	f.Edit(func(state *lokitest.State) { state.Lines, state.Down = nil, http.StatusBadGateway })
	s.poke(tux, "down")
	s.retention(tux, metav1.ConditionUnknown, tuxv1alpha1.ReasonLokiUnreachable)
	s.Expect(tux.Status.Logs.Outcome).To(gomega.Equal(tuxv1alpha1.LogsOutcomeUnknown))
	s.ready(tux)
	f.Edit(func(state *lokitest.State) { state.Down = 0 })
	s.verified(tux)

	f.Edit(func(state *lokitest.State) { state.Stale = true })
	s.poke(tux, "a mistake of somebody else")
	stale := s.retention(tux, metav1.ConditionFalse, tuxv1alpha1.ReasonReloadFailed)
	s.Expect(stale.Message).To(gomega.ContainSubstring("failed to load runtime config"))
	s.Expect(tux.Status.Logs.Effective).To(gomega.Equal(tuxv1alpha1.LogsNotEffective))
	s.ready(tux)
	f.Edit(func(state *lokitest.State) { state.Stale = false })
	s.poke(tux, "mended")
	s.verified(tux)
}

// TestWhatIsOnItsWayIsNoFault: neither a document that the kubelet has not brought yet, nor lines that the compactor has
// not come by for.
func TestWhatIsOnItsWayIsNoFault(t *testing.T) {
	s := newScenario(t)
	var arrived atomic.Bool
	f := &fakeLoki{s: s}
	f.Server = lokitest.New(func() string {
		if !arrived.Load() {
			return "overrides: {}"
		}
		return f.document().Data["overrides.yaml"]
	})
	served := httptest.NewServer(f.Server)
	t.Cleanup(served.Close)
	f.url = served.URL
	options := hurriedLogs()
	options.Propagation, options.Deletion = time.Hour, time.Hour
	config, err := plane.ServiceAccountConfig(t.Context(), operatorNamespace, operatorAccount)
	s.must(err)
	o, err := startManagerWith(config, Options{Concurrency: 2, Sentry: hurried(), Logs: options})
	s.must(err)
	t.Cleanup(o.stop)
	s.backend("tux-backend")
	tux := f.tux("production", "tenant")
	s.create(tux)
	s.Eventually(func() string {
		return s.retention(tux, metav1.ConditionUnknown, tuxv1alpha1.ReasonWritten).Message
	}).Should(gomega.ContainSubstring("does not have it yet"))
	arrived.Store(true)
	f.Edit(func(state *lokitest.State) {
		state.Lines = []lokitest.Line{{Tenant: "tenant", Class: "error", At: time.Now().Add(-95 * 24 * time.Hour)}}
	})
	s.poke(tux, "arrived")
	s.Eventually(func() string {
		return s.retention(tux, metav1.ConditionUnknown, tuxv1alpha1.ReasonWritten).Message
	}).Should(gomega.ContainSubstring("has not deleted everything yet"))
	f.Edit(func(state *lokitest.State) { state.Lines = nil })
	s.poke(tux, "deleted")
	s.verified(tux)
}

// TestAChangeOfLokiIsNoticedByItself, each way, without anybody who asks.
func TestAChangeOfLokiIsNoticedByItself(t *testing.T) {
	s := newScenario(t)
	f := s.loki()
	options := hurriedLogs()
	options.Interval = 100 * time.Millisecond
	config, err := plane.ServiceAccountConfig(t.Context(), operatorNamespace, operatorAccount)
	s.must(err)
	o, err := startManagerWith(config, Options{Concurrency: 2, Sentry: hurried(), Logs: options})
	s.must(err)
	t.Cleanup(o.stop)
	s.backend("tux-backend")
	tux := f.tux("production", "tenant")
	s.create(tux)
	s.verified(tux)
	f.Edit(func(state *lokitest.State) { state.Enabled = false })
	s.retention(tux, metav1.ConditionFalse, tuxv1alpha1.ReasonCompactorOff)
	f.Edit(func(state *lokitest.State) {
		state.Enabled, state.Lines = true, []lokitest.Line{{Tenant: "tenant", Class: "error", At: time.Now().Add(-95 * 24 * time.Hour)}}
	})
	s.retention(tux, metav1.ConditionFalse, tuxv1alpha1.ReasonOverdue)
	f.Edit(func(state *lokitest.State) { state.Lines = nil })
	s.verified(tux)
	// What reads the same is looked at, and written nowhere.
	s.settle(o)
	asked := len(f.Requests())
	s.Eventually(func() int { return len(f.Requests()) }).Should(gomega.BeNumerically(">", asked+20))
	s.Expect(o.requests.Writes()).To(gomega.BeZero(), o.requests.String())
}

// TestADeadLokiHoldsUpNothingElse: and nothing is written for a tenant of which nobody knows what it was promised; but
// the file is there, without which Loki would not start.
func TestADeadLokiHoldsUpNothingElse(t *testing.T) {
	s, f, _ := logsScenario(t)
	f.Edit(func(state *lokitest.State) { state.Down = http.StatusServiceUnavailable })
	tux := f.tux("production", "tenant")
	s.create(tux)
	s.retention(tux, metav1.ConditionUnknown, tuxv1alpha1.ReasonLokiUnreachable)
	s.ready(tux)
	s.Expect(s.children("production")).To(gomega.ContainElement("ServiceMonitor/production-tux-backend"))
	s.Expect(tux.Status.Logs.Written).To(gomega.Equal(tuxv1alpha1.LogsWaiting))
	s.Expect(f.document().Data["overrides.yaml"]).To(gomega.HaveSuffix("overrides: {}\n"))
	f.Edit(func(state *lokitest.State) { state.Down = 0 })
	s.verified(tux)
}

// TestStoredLogsAreNotShortenedBySurprise: when a tenant with logs is taken over, when a class shrinks and when it goes.
func TestStoredLogsAreNotShortenedBySurprise(t *testing.T) {
	s, f, _ := logsScenario(t)
	tux := f.tux("production", "tenant")
	f.Edit(func(state *lokitest.State) {
		state.Lines = []lokitest.Line{{Tenant: "tenant", Class: "error", At: time.Now().Add(-35 * 24 * time.Hour)}}
	})
	s.create(tux)
	held := s.retention(tux, metav1.ConditionFalse, tuxv1alpha1.ReasonHeld)
	s.Expect(held.Message).To(gomega.And(gomega.ContainSubstring(`class "default" from 31 to 30 days`), gomega.ContainSubstring(tux.Status.Logs.Acknowledgement)))
	s.condition(tux, tuxv1alpha1.ConditionReady, metav1.ConditionFalse, tuxv1alpha1.ReasonHeld)
	s.Expect(f.document().Data["overrides.yaml"]).To(gomega.ContainSubstring("retention_period: 31d"))

	s.change(tux, func(spec *tuxv1alpha1.TuxMonitoringSpec) {
		spec.Logs.AcknowledgedDecrease = tux.Status.Logs.Acknowledgement
	})
	s.verified(tux)
	s.Expect(f.document().Data["overrides.yaml"]).To(gomega.ContainSubstring("retention_period: 30d"))

	s.change(tux, func(spec *tuxv1alpha1.TuxMonitoringSpec) { spec.Logs.Classes[0].RetentionDays = 60 })
	s.retention(tux, metav1.ConditionFalse, tuxv1alpha1.ReasonHeld)
	s.Expect(f.document().Data["overrides.yaml"]).To(gomega.ContainSubstring("period: 90d"))
	s.estimated(tux, `class "error" from 90 to 60 days (no line that old is stored)`)
	s.change(tux, func(spec *tuxv1alpha1.TuxMonitoringSpec) { spec.Logs.Classes[0].Name = "other" })
	s.retention(tux, metav1.ConditionFalse, tuxv1alpha1.ReasonHeld)
	s.estimated(tux, `class "error" from 90 to 30 days (about one line, below 1 KiB)`)
	s.Expect(f.document().Data["overrides.yaml"]).To(gomega.ContainSubstring("period: 90d"))
	s.change(tux, func(spec *tuxv1alpha1.TuxMonitoringSpec) {
		spec.Logs.AcknowledgedDecrease = tux.Status.Logs.Acknowledgement
	})
	// This Loki deletes nothing: what carries the name of the class that is no more should be gone.
	s.retention(tux, metav1.ConditionFalse, tuxv1alpha1.ReasonOverdue)
	s.Expect(f.document().Data["overrides.yaml"]).NotTo(gomega.ContainSubstring(`class="error"`))
	f.Edit(func(state *lokitest.State) { state.Lines = nil })
	s.poke(tux, "gone")
	s.verified(tux)
}

// estimated waits for what would go to be told.
func (s *scenario) estimated(tux *tuxv1alpha1.TuxMonitoring, held ...string) {
	s.t.Helper()
	s.Eventually(func(g gomega.Gomega) {
		g.Expect(admin.Get(s.t.Context(), client.ObjectKeyFromObject(tux), tux)).To(gomega.Succeed())
		g.Expect(tux.Status.Logs.Held).To(gomega.Equal(held))
	}).Should(gomega.Succeed())
}

func TestATenantBelongsToOne(t *testing.T) {
	s, f, _ := logsScenario(t)
	first, second := f.tux("first", "tenant"), f.tux("second", "tenant")
	second.Spec.Logs.Classes[0].RetentionDays = 91
	s.create(first)
	s.verified(first)
	s.create(second)
	collision := s.retention(second, metav1.ConditionFalse, tuxv1alpha1.ReasonTenantCollision)
	s.Expect(collision.Message).To(gomega.ContainSubstring(s.ns + "/first"))
	s.condition(second, tuxv1alpha1.ConditionReady, metav1.ConditionFalse, tuxv1alpha1.ReasonTenantCollision)
	s.verified(first)
	s.Expect(f.document().Data["overrides.yaml"]).NotTo(gomega.ContainSubstring("91d"))

	s.must(admin.Delete(t.Context(), first))
	s.verified(second)
	s.Expect(f.document().Data["overrides.yaml"]).To(gomega.ContainSubstring("91d"))
}

func TestAnInvalidPolicyKeepsTheLastGoodOne(t *testing.T) {
	s, f, _ := logsScenario(t)
	tux, other := f.tux("production", "tenant"), f.tux("other", "other")
	s.create(tux, other)
	s.verified(tux)
	s.verified(other)
	before := f.document().Data
	s.change(tux, func(spec *tuxv1alpha1.TuxMonitoringSpec) {
		again := spec.Logs.Classes[0]
		again.Name = "again"
		spec.Logs.Classes = append(spec.Logs.Classes, again)
	})
	s.retention(tux, metav1.ConditionFalse, tuxv1alpha1.ReasonInvalidRetention)
	s.condition(tux, tuxv1alpha1.ConditionSpecAccepted, metav1.ConditionFalse, tuxv1alpha1.ReasonInvalidRetention)
	s.Expect(f.document().Data).To(gomega.Equal(before))
	s.verified(other)
}

// TestPromisesOutliveTheResource, unless it says otherwise and nothing is protected.
func TestPromisesOutliveTheResource(t *testing.T) {
	tests := map[string]struct {
		change func(*tuxv1alpha1.Logs)
		stays  bool
		reason string
	}{
		"retained by default": {func(*tuxv1alpha1.Logs) {}, true, ""},
		"removed":             {func(l *tuxv1alpha1.Logs) { l.OnDelete = tuxv1alpha1.LogRemovalRemove }, false, tuxv1alpha1.ReasonWritten},
		"protected": {func(l *tuxv1alpha1.Logs) {
			l.OnDelete, l.Classes[0].Protection = tuxv1alpha1.LogRemovalRemove, tuxv1alpha1.StateEnabled
		}, true, tuxv1alpha1.ReasonRetentionKept},
	}
	for name, tc := range tests {
		t.Run(name, func(t *testing.T) {
			s, f, _ := logsScenario(t)
			tux := f.tux("production", "tenant")
			tc.change(tux.Spec.Logs)
			s.create(tux)
			s.verified(tux)
			// The log store is of no help any more.
			f.Edit(func(state *lokitest.State) { state.Down = http.StatusInternalServerError })
			s.must(admin.Delete(t.Context(), tux))
			s.Eventually(func() bool {
				return apierrors.IsNotFound(admin.Get(t.Context(), client.ObjectKeyFromObject(tux), &tuxv1alpha1.TuxMonitoring{}))
			}).Should(gomega.BeTrue())
			if !tc.stays {
				s.Expect(f.document().Data["overrides.yaml"]).To(gomega.HaveSuffix("overrides: {}\n"))
			} else {
				s.Eventually(func() string { return f.document().Data["overrides.yaml.ledger.json"] }).Should(gomega.ContainSubstring(`"tombstone":true`))
				s.Expect(f.document().Data["overrides.yaml"]).To(gomega.ContainSubstring("period: 90d"))
			}
			if tc.reason != "" {
				s.Eventually(func() []string { return s.reasons("RemoveRetention") }).Should(gomega.ContainElement(tc.reason))
			}
		})
	}
}

// reasons are those of events with an action.
func (s *scenario) reasons(action string) []string {
	var list eventsv1.EventList
	s.must(admin.List(s.t.Context(), &list, client.InNamespace(s.ns)))
	var found []string
	for i := range list.Items {
		if list.Items[i].Action == action {
			found = append(found, list.Items[i].Reason)
		}
	}
	return found
}

// TestTheDocumentIsRepaired after each kind of damage, and never at the cost of what was promised.
func TestTheDocumentIsRepaired(t *testing.T) {
	s, f, _ := logsScenario(t)
	tux, gone := f.tux("production", "tenant"), f.tux("gone", "gone")
	s.create(tux, gone)
	s.verified(tux)
	s.verified(gone)
	s.must(admin.Delete(t.Context(), gone))
	s.Eventually(func() string { return f.document().Data["overrides.yaml.ledger.json"] }).Should(gomega.ContainSubstring(`"tombstone":true`))
	good := f.document().Data
	damages := map[string]func(*corev1.ConfigMap){
		"overrides edited": func(c *corev1.ConfigMap) {
			c.Data["overrides.yaml"] = strings.ReplaceAll(c.Data["overrides.yaml"], "90d", "1d")
		},
		"overrides no YAML": func(c *corev1.ConfigMap) { c.Data["overrides.yaml"] = "{" },
		"a null tenant":     func(c *corev1.ConfigMap) { c.Data["overrides.yaml"] = "overrides: {tenant: }" },
		"ledger gone":       func(c *corev1.ConfigMap) { delete(c.Data, "overrides.yaml") },
	}
	for name, damage := range damages {
		c := f.document()
		damage(c)
		s.must(admin.Update(t.Context(), c))
		s.Eventually(func() map[string]string { return f.document().Data }).Should(gomega.Equal(good), name)
	}
	c := f.document()
	c.Data = map[string]string{"theirs": "x"}
	s.must(admin.Update(t.Context(), c))
	s.Eventually(func() int { return len(f.document().Data) }).Should(gomega.Equal(3))
	s.must(admin.Delete(t.Context(), f.document()))
	s.Eventually(func() string { return f.document().Data["overrides.yaml"] }).Should(gomega.Equal(good["overrides.yaml"]), "made again")
	s.Expect(f.document().Data["overrides.yaml.ledger.json"]).To(gomega.Equal(good["overrides.yaml.ledger.json"]), "with its tombstone")
}

// TestADocumentNeedsTheConsentOfItsNamespace: who may create a TuxMonitoring in one namespace could else have the operator
// write into any other.
func TestADocumentNeedsTheConsentOfItsNamespace(t *testing.T) {
	s, f, o := logsScenario(t)
	elsewhere := newScenario(t)
	tux := f.tux("production", "tenant")
	tux.Spec.Logs.Backend.Loki.Overrides = tuxv1alpha1.LokiOverrides{Namespace: elsewhere.ns, Name: "theirs"}
	s.create(tux)
	missing := s.retention(tux, metav1.ConditionFalse, tuxv1alpha1.ReasonWriteFailed)
	s.Expect(missing.Message).To(gomega.ContainSubstring(env.DocumentLabel))

	theirs := &corev1.ConfigMap{
		ObjectMeta: metav1.ObjectMeta{Namespace: elsewhere.ns, Name: "theirs", Labels: map[string]string{"app": "coredns"}},
		Data:       map[string]string{"Corefile": "x"},
	}
	s.create(theirs)
	s.change(tux, func(spec *tuxv1alpha1.TuxMonitoringSpec) { spec.Logs.DefaultDays = 40 })
	s.settle(o)
	s.must(admin.Get(t.Context(), client.ObjectKeyFromObject(theirs), theirs))
	s.Expect(theirs.Data).To(gomega.HaveLen(1))

	theirs.Labels[env.DocumentLabel] = env.DocumentLogs
	s.must(admin.Update(t.Context(), theirs))
	s.Eventually(func() map[string]string {
		s.must(admin.Get(t.Context(), client.ObjectKeyFromObject(theirs), theirs))
		return theirs.Data
	}).Should(gomega.And(gomega.HaveKeyWithValue("overrides.yaml", gomega.ContainSubstring("tenant:")), gomega.HaveKeyWithValue("Corefile", "x")))
	s.Expect(theirs.Labels).To(gomega.Equal(map[string]string{"app": "coredns", env.DocumentLabel: env.DocumentLogs}))
}

// TestSomebodyElsesConfigMapIsNotTouched: other keys of a ConfigMap stay, and a document with what we do not know is
// left alone.
func TestSomebodyElsesConfigMapIsNotTouched(t *testing.T) {
	s, f, _ := logsScenario(t)
	foreign := "overrides: {them: {ingestion_rate_mb: 8, retention_period: 90d}}\n"
	s.create(&corev1.ConfigMap{
		ObjectMeta: metav1.ObjectMeta{Namespace: s.ns, Name: "loki", Labels: map[string]string{env.DocumentLabel: env.DocumentLogs}},
		Data:       map[string]string{"overrides.yaml": foreign, "mine": "x"},
	})
	tux, beside := f.tux("production", "tenant"), f.tux("beside", "beside")
	beside.Spec.Logs.Backend.Loki.Overrides.Key = "tux.yaml"
	s.create(tux, beside)
	failed := s.retention(tux, metav1.ConditionFalse, tuxv1alpha1.ReasonWriteFailed)
	s.Expect(failed.Message).To(gomega.ContainSubstring(`unknown field "ingestion_rate_mb"`))
	s.condition(tux, tuxv1alpha1.ConditionReady, metav1.ConditionFalse, tuxv1alpha1.ReasonWriteFailed)
	// The fake mounts the other key, so it does not answer with this one.
	s.retention(beside, metav1.ConditionFalse, tuxv1alpha1.ReasonNotEffective)
	found := f.document()
	s.Expect(found.Data).To(gomega.And(gomega.HaveKeyWithValue("overrides.yaml", foreign), gomega.HaveKeyWithValue("mine", "x"),
		gomega.HaveKeyWithValue("tux.yaml", gomega.ContainSubstring("beside:"))))
}

func TestModePlanWritesNoRetention(t *testing.T) {
	s, f, _ := logsScenario(t)
	planned, enforced := f.tux("planned", "planned"), f.tux("enforced", "enforced")
	planned.Spec.Mode = tuxv1alpha1.ModePlan
	s.create(planned)
	s.retention(planned, metav1.ConditionUnknown, tuxv1alpha1.ReasonPlanned)
	s.Expect(f.document().Data).To(gomega.BeEmpty())
	s.create(enforced)
	s.verified(enforced)
	for _, mode := range []tuxv1alpha1.Mode{tuxv1alpha1.ModePlan, tuxv1alpha1.ModeSuspended} {
		before := f.document().Data
		s.change(enforced, func(spec *tuxv1alpha1.TuxMonitoringSpec) {
			spec.Mode, spec.Logs.DefaultDays = mode, spec.Logs.DefaultDays+400
		})
		s.Eventually(func() int64 {
			s.must(admin.Get(t.Context(), client.ObjectKeyFromObject(enforced), enforced))
			return enforced.Status.ObservedGeneration - enforced.Generation
		}).Should(gomega.BeZero())
		s.Consistently(func() map[string]string { return f.document().Data }, time.Second).Should(gomega.Equal(before))
	}
	s.Expect(meta.FindStatusCondition(enforced.Status.Conditions, tuxv1alpha1.ConditionRetentionVerified)).NotTo(gomega.BeNil())
	s.change(enforced, func(spec *tuxv1alpha1.TuxMonitoringSpec) { spec.Mode = tuxv1alpha1.ModeEnforce })
	s.verified(enforced)
	s.Expect(f.document().Data["overrides.yaml"]).To(gomega.ContainSubstring("retention_period: 800d"))
	s.change(enforced, func(spec *tuxv1alpha1.TuxMonitoringSpec) { spec.Logs = nil })
	s.Eventually(func() string { return f.document().Data["overrides.yaml.ledger.json"] }).Should(gomega.ContainSubstring(`"tombstone":true`))
	s.ready(enforced)
	s.Expect(meta.FindStatusCondition(enforced.Status.Conditions, tuxv1alpha1.ConditionRetentionVerified)).To(gomega.BeNil())
}

// TestADocumentThatSomebodyChangedMeanwhileIsReadAgain: what was made from an old one is not written over it.
func TestADocumentThatSomebodyChangedMeanwhileIsReadAgain(t *testing.T) {
	s := newScenario(t)
	key := client.ObjectKey{Namespace: s.ns, Name: "loki"}
	c := &corev1.ConfigMap{ObjectMeta: metav1.ObjectMeta{Namespace: s.ns, Name: "loki"}, Data: map[string]string{"a": "1", "b": "1"}}
	s.create(c)
	k := &logKeeper{metadata: admin, live: admin, writer: admin, documents: map[client.ObjectKey]knownDocument{}}
	last, err := k.read(t.Context(), key)
	s.must(err)
	c.Data["a"] = "theirs"
	s.must(admin.Update(t.Context(), c))
	_, err = k.write(t.Context(), key, &last, map[string]string{"a": "ours", "b": "1"})
	s.Expect(apierrors.IsConflict(err)).To(gomega.BeTrue(), "%v", err)

	last, err = k.read(t.Context(), key)
	s.must(err)
	s.Expect(last.data).To(gomega.HaveKeyWithValue("a", "theirs"))
	since, err := k.write(t.Context(), key, &last, map[string]string{"a": "theirs", "b": "1"})
	s.must(err)
	s.Expect(since.IsZero()).To(gomega.BeTrue(), "nothing differs")
	_, err = k.write(t.Context(), key, &knownDocument{}, map[string]string{"a": "ours"})
	s.Expect(apierrors.IsAlreadyExists(err)).To(gomega.BeTrue(), "%v", err)
}

// TestWhatLokiSaidIsBelievedForADocumentAndAnHour: afterwards the tenant may have lines that it did not have.
func TestWhatLokiSaidIsBelievedForADocumentAndAnHour(t *testing.T) {
	g := gomega.NewWithT(t)
	want := &env.Logs{URL: "http://loki", Document: env.LogDocument{Namespace: "a", Name: "b", Key: "c"}}
	k := &knownLogs{asked: address(want), askedAt: time.Now()}
	g.Expect(k.knows(want)).To(gomega.BeTrue())
	other := *want
	other.Document.Key = "d"
	g.Expect(k.knows(&other)).To(gomega.BeFalse())
	k.askedAt = time.Now().Add(-2 * time.Hour)
	g.Expect(k.knows(want)).To(gomega.BeFalse())
	g.Expect((&knownLogs{}).knows(want)).To(gomega.BeFalse())
}

// TestLogsMayComeAndGoAtAnyTime: a pass that began before spec.logs came must not forget what the documents know of it.
func TestLogsMayComeAndGoAtAnyTime(t *testing.T) {
	s, f, _ := logsScenario(t)
	tux := f.tux("production", "tenant")
	logs := tux.Spec.Logs
	tux.Spec.Logs = nil
	s.create(tux)
	for range 8 {
		s.ready(tux)
		s.change(tux, func(spec *tuxv1alpha1.TuxMonitoringSpec) { spec.Dashboards = nil })
		s.change(tux, func(spec *tuxv1alpha1.TuxMonitoringSpec) { spec.Logs = logs })
		s.verified(tux)
		s.change(tux, func(spec *tuxv1alpha1.TuxMonitoringSpec) {
			spec.Logs, spec.Dashboards = nil, &tuxv1alpha1.Dashboards{State: tuxv1alpha1.StateDisabled}
		})
	}

	k := &logKeeper{known: map[types.NamespacedName]*knownLogs{}}
	k.of(client.ObjectKeyFromObject(tux), tux.UID).written = &writtenLogs{generation: tux.Generation + 1}
	s.Expect(k.knowsLater(tux)).To(gomega.BeTrue())
	tux.Generation += 2
	s.Expect(k.knowsLater(tux)).To(gomega.BeFalse())
}
