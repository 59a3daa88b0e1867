package controllers

import (
	"bytes"
	"crypto/ed25519"
	"crypto/x509"
	"encoding/pem"
	"fmt"
	"maps"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/onsi/gomega"
	prometheustest "github.com/prometheus/client_golang/prometheus/testutil"
	corev1 "k8s.io/api/core/v1"
	rbacv1 "k8s.io/api/rbac/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"
	"sigs.k8s.io/controller-runtime/pkg/client"

	tuxv1alpha1 "github.com/tux-io/tux-monitoring-operator/api/v1alpha1"
	"github.com/tux-io/tux-monitoring-operator/internal/external/loki"
	"github.com/tux-io/tux-monitoring-operator/internal/external/loki/lokitest"
	"github.com/tux-io/tux-monitoring-operator/internal/plan/env"
	"github.com/tux-io/tux-monitoring-operator/internal/plan/retention/seal"
)

// sealing is a Loki with lines of the class audit, a key, and a clock that the test moves.
type sealing struct {
	*fakeLoki
	now atomic.Int64
	// hangs makes reading of lines hang until who reads goes away; began tells of the first.
	hangs atomic.Bool
	began chan struct{}
	keys  seal.Keys
	tux   *tuxv1alpha1.TuxMonitoring
}

// sealingScenario begins yesterday at 22:15, so that the third hour is of the next day.
func sealingScenario(t *testing.T) (*scenario, *sealing) {
	t.Helper()
	s := newScenario(t)
	f := &sealing{fakeLoki: &fakeLoki{s: s}, began: make(chan struct{}, 8), keys: seal.Keys{}}
	f.Server = lokitest.New(func() string { return f.document().Data["overrides.yaml"] })
	served := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if f.hangs.Load() && r.URL.Query().Get("direction") == "forward" {
			f.began <- struct{}{}
			<-r.Context().Done()
			return
		}
		f.ServeHTTP(w, r)
	}))
	t.Cleanup(served.Close)
	f.url = served.URL
	f.now.Store(time.Now().UTC().Truncate(day).Add(-day + 22*time.Hour + 15*time.Minute).UnixNano())
	s.backend("tux-backend")
	f.tux = f.fakeLoki.tux("production", "tenant")
	f.tux.Spec.Logs.Classes[0] = tuxv1alpha1.LogClass{
		Name: "audit", Match: tuxv1alpha1.LogMatch{Loggers: []tuxv1alpha1.LoggerName{"tux.audit"}}, RetentionDays: 40, Protection: tuxv1alpha1.StateEnabled,
	}
	f.tux.Spec.Logs.DefaultDays = 31 // what held before, so that nothing is held
	f.tux.Spec.Logs.Seals = &tuxv1alpha1.LogSeals{KeySecretRef: tuxv1alpha1.LogSealKey{Name: "seal-key"}}
	return s, f
}

// operator starts one by the clock of the test.
func (f *sealing) operator() *operator {
	f.s.t.Helper()
	options := hurriedLogs()
	options.Now = func() time.Time { return time.Unix(0, f.now.Load()) }
	config, err := plane.ServiceAccountConfig(f.s.t.Context(), operatorNamespace, operatorAccount)
	f.s.must(err)
	o, err := startManagerWith(config, Options{Concurrency: 2, Sentry: hurried(), Logs: options})
	f.s.must(err)
	f.s.t.Cleanup(o.stop)
	return o
}

// secret has a key made of a number.
func (f *sealing) secret(number byte) *corev1.Secret {
	key := ed25519.NewKeyFromSeed(bytes.Repeat([]byte{number}, ed25519.SeedSize))
	private, err := x509.MarshalPKCS8PrivateKey(key)
	f.s.must(err)
	f.keys[seal.KeyID(key.Public().(ed25519.PublicKey))] = key.Public().(ed25519.PublicKey)
	return &corev1.Secret{
		ObjectMeta: metav1.ObjectMeta{Namespace: f.s.ns, Name: "seal-key"},
		Data:       map[string][]byte{seal.SecretKey: pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: private})},
	}
}

// line stores one, some time ago by the clock of the test.
func (f *sealing) line(ago time.Duration, text string) {
	f.Edit(func(state *lokitest.State) {
		state.Lines = append(state.Lines, lokitest.Line{Tenant: "tenant", Class: "audit", At: time.Unix(0, f.now.Load()).Add(-ago), Text: text})
	})
}

// later lets time go by, and looks.
func (f *sealing) later(by time.Duration) {
	f.s.t.Helper()
	f.now.Add(int64(by))
	f.s.poke(f.tux, fmt.Sprint(f.now.Load()))
}

func (f *sealing) says(status metav1.ConditionStatus, reason string) *metav1.Condition {
	f.s.t.Helper()
	return f.s.condition(f.tux, tuxv1alpha1.ConditionLogsSealed, status, reason)
}

// stored are the seals in the cluster, and the ConfigMaps they are in.
func (f *sealing) stored() ([]seal.Stored, []corev1.ConfigMap) {
	f.s.t.Helper()
	var list corev1.ConfigMapList
	f.s.must(admin.List(f.s.t.Context(), &list, client.InNamespace(f.s.ns), client.MatchingLabels{env.SealsLabel: "production"}))
	var all []seal.Stored
	for i := range list.Items {
		for _, key := range slices.Sorted(maps.Keys(list.Items[i].Data)) {
			all = append(all, seal.Stored{Source: list.Items[i].Name + "/" + key, Key: key, Text: list.Items[i].Data[key]})
		}
	}
	return all, list.Items
}

// sealed waits for a number of seals without a fault, and returns the numbers of their lines.
func (f *sealing) sealed(n int) []int {
	f.s.t.Helper()
	var lines []int
	f.s.Eventually(func(g gomega.Gomega) {
		stored, _ := f.stored()
		chain := seal.Link(seal.Of{Tenant: "tenant", Class: "audit"}, stored, f.keys)
		g.Expect(chain.Problems).To(gomega.BeEmpty())
		g.Expect(chain.Seals).To(gomega.HaveLen(n))
		g.Expect(admin.Get(f.s.t.Context(), client.ObjectKeyFromObject(f.tux), f.tux)).To(gomega.Succeed())
		last := chain.Seals[n-1]
		g.Expect(f.tux.Status.Logs.Seals).To(gomega.Equal([]tuxv1alpha1.LogSealStatus{{Class: "audit", LastHour: last.Hour, Head: last.Hash()}}))
		lines = nil
		for _, s := range chain.Seals {
			lines = append(lines, s.Lines)
		}
	}).Should(gomega.Succeed())
	return lines
}

func TestEveryHourIsSealedOnce(t *testing.T) {
	s, f := sealingScenario(t)
	f.line(time.Hour, "one")
	f.line(time.Hour, "two")
	f.line(time.Minute, "of an hour that is not over")
	o := f.operator()
	s.create(f.secret(1), f.tux)
	f.says(metav1.ConditionTrue, tuxv1alpha1.ReasonSealed)
	s.Expect(f.sealed(1)).To(gomega.Equal([]int{2}))
	s.ready(f.tux)
	_, objects := f.stored()
	s.Expect(objects).To(gomega.HaveLen(1))
	s.Expect(objects[0].OwnerReferences).To(gomega.BeEmpty(), "seals stay when the resource goes, as lines do")

	// No hour is over: nothing is asked for, and nothing written.
	s.settle(o)
	read := func() int {
		n := 0
		for _, path := range f.Requests() {
			if path == "/config/tenant/v1/limits" {
				n++
			}
		}
		return n
	}
	s.settle(o)
	before := read()
	f.later(time.Minute)
	f.says(metav1.ConditionTrue, tuxv1alpha1.ReasonSealed)
	s.Eventually(read).Should(gomega.Equal(before+1), "by the look at retention alone")
	s.quiet(o)
	for _, verb := range []string{"create", "update", "patch", "delete"} {
		s.Expect(o.requests.Count(verb, "configmaps")).To(gomega.BeZero(), verb)
	}
	s.Expect(read()).To(gomega.Equal(before + 1))

	// The next hours; the last of a day closes its object for good, and the next day has one of its own.
	f.later(time.Hour)
	s.Expect(f.sealed(2)).To(gomega.Equal([]int{2, 1}))
	f.later(time.Hour)
	f.sealed(3)
	f.later(time.Hour)
	s.Expect(f.sealed(4)).To(gomega.Equal([]int{2, 1, 0, 0}))
	_, objects = f.stored()
	s.Expect(objects).To(gomega.HaveLen(2))
	s.Expect(objects[0].Immutable).To(gomega.HaveValue(gomega.BeTrue()))
	s.Expect(objects[1].Immutable).To(gomega.BeNil())

	// Another operator, which has forgotten everything, writes nothing either.
	s.settle(o)
	o.stop()
	o = f.operator()
	f.later(time.Minute)
	f.says(metav1.ConditionTrue, tuxv1alpha1.ReasonSealed)
	s.settle(o)
	f.sealed(4)
	_, again := f.stored()
	s.Expect(again[1].ResourceVersion).To(gomega.Equal(objects[1].ResourceVersion))

	// Seals of lines that have long been gone go with the next day.
	old := objects[1].DeepCopy()
	old.ObjectMeta = metav1.ObjectMeta{Namespace: s.ns, Name: seal.ObjectName("production", "audit", time.Now().AddDate(0, 0, -90), 1), Labels: old.Labels}
	s.create(old)
	f.later(day)
	s.Eventually(func() error {
		return client.IgnoreNotFound(admin.Get(t.Context(), client.ObjectKeyFromObject(old), &corev1.ConfigMap{}))
	}).Should(gomega.Succeed())
	f.sealed(28)
	s.Eventually(func(g gomega.Gomega) {
		_, objects := f.stored()
		g.Expect(objects).To(gomega.HaveLen(3))
	}).Should(gomega.Succeed())

	// The resource goes, and its seals stay.
	s.must(admin.Delete(t.Context(), f.tux))
	s.Eventually(func() error { return admin.Get(t.Context(), client.ObjectKeyFromObject(f.tux), f.tux) }).ShouldNot(gomega.Succeed())
	stored, _ := f.stored()
	s.Expect(stored).To(gomega.HaveLen(28))
	s.Expect(f.Problems()).To(gomega.BeEmpty())
}

// TestAnHourThatIsNotReadIsNotSealed, as an empty one least of all; and it is as soon as it can be.
func TestAnHourThatIsNotReadIsNotSealed(t *testing.T) {
	s, f := sealingScenario(t)
	o := f.operator()
	s.create(f.secret(1), f.tux)
	f.sealed(1)

	f.line(0, "while Loki is up")
	f.Edit(func(state *lokitest.State) { state.Down = http.StatusBadGateway })
	f.later(time.Hour)
	f.says(metav1.ConditionUnknown, tuxv1alpha1.ReasonLokiUnreachable)
	f.sealed(1)
	f.Edit(func(state *lokitest.State) { state.Down = 0 })
	f.says(metav1.ConditionTrue, tuxv1alpha1.ReasonSealed)
	s.Expect(f.sealed(2)).To(gomega.Equal([]int{0, 1}))

	// What Loki leaves out by its limits is said.
	f.line(0, "too old for Loki")
	f.Edit(func(state *lokitest.State) { state.Lookback = "30m" })
	f.later(time.Hour)
	refused := f.says(metav1.ConditionFalse, tuxv1alpha1.ReasonSealRefused)
	s.Expect(tuxv1alpha1.ReasonSealRefused).To(gomega.Equal(loki.ReasonUnreadable))
	s.Expect(refused.Message).To(gomega.ContainSubstring("max_query_lookback"))
	f.sealed(2)

	// Killed while it reads: nothing is written, and the next one seals the same.
	f.hangs.Store(true)
	f.Edit(func(state *lokitest.State) { state.Lookback = "" })
	f.later(time.Second)
	<-f.began
	o.stop()
	f.hangs.Store(false)
	f.sealed(2)
	f.operator()
	f.later(time.Second)
	s.Expect(f.sealed(3)).To(gomega.Equal([]int{0, 1, 1}))

	// Somebody has made the ConfigMap of the next day: it is not written over.
	f.later(time.Hour)
	f.sealed(4)
	taken := &corev1.ConfigMap{ObjectMeta: metav1.ObjectMeta{Namespace: s.ns, Name: seal.ObjectName("production", "audit", time.Unix(0, f.now.Load()).AddDate(0, 0, 1), 1)}, Data: map[string]string{"a": "b"}}
	s.create(taken)
	f.later(day)
	f.says(metav1.ConditionFalse, tuxv1alpha1.ReasonWriteFailed)
	s.must(admin.Get(t.Context(), client.ObjectKeyFromObject(taken), taken))
	s.Expect(taken.Data).To(gomega.Equal(map[string]string{"a": "b"}))
	s.must(admin.Delete(t.Context(), taken))
	f.later(time.Second)
	f.says(metav1.ConditionTrue, tuxv1alpha1.ReasonSealed)
	f.sealed(28)

	// One that cannot be read wholly has a seal that says so, and those after it are sealed.
	f.line(0, "one that an answer has no room for")
	f.Edit(func(state *lokitest.State) { state.Entries = 1 })
	f.later(time.Hour)
	s.Expect(f.says(metav1.ConditionFalse, tuxv1alpha1.ReasonSealsBroken).Message).To(gomega.ContainSubstring("of one nanosecond"))
	f.sealed(29)
	f.Edit(func(state *lokitest.State) { state.Entries = 0 })
	f.line(0, "of the next hour")
	f.later(time.Hour)
	s.Expect(f.sealed(30)[28:]).To(gomega.Equal([]int{0, 1}))
	s.Expect(f.says(metav1.ConditionFalse, tuxv1alpha1.ReasonSealsBroken).Message).To(gomega.ContainSubstring("could not be sealed"))

	// Its lines are there, and are not found by their class: it is no hour without lines.
	f.Edit(func(state *lokitest.State) {
		state.Lines = append(state.Lines, lokitest.Line{Tenant: "tenant", At: time.Unix(0, f.now.Load()), Text: "of no class"})
	})
	f.later(time.Hour)
	f.sealed(31)
	stored, _ := f.stored()
	s.Expect(stored[30].Text).To(gomega.ContainSubstring("no index label retention_class"))
}

// TestSealsThatSomebodyTouches: an edit, and one that is taken out. The next seal is chained to what there was.
func TestSealsThatSomebodyTouches(t *testing.T) {
	s, f := sealingScenario(t)
	f.operator()
	s.create(f.secret(1), f.tux)
	f.sealed(1)
	f.later(time.Hour)
	f.sealed(2)
	stored, objects := f.stored()
	edit := fmt.Sprintf(`{"data":{%q:null}}`, stored[1].Key)
	s.must(admin.Patch(t.Context(), &objects[0], client.RawPatch(types.MergePatchType, []byte(edit))))
	f.later(time.Second)
	broken := f.says(metav1.ConditionFalse, tuxv1alpha1.ReasonSealsBroken)
	s.Expect(broken.Message).To(gomega.ContainSubstring("is missing, or was replaced"))
	s.Eventually(func() []string { return s.reasons("Reconcile") }).Should(gomega.ContainElement(tuxv1alpha1.ReasonSealsBroken))
	s.ready(f.tux)

	f.later(time.Hour)
	s.Eventually(func() int { all, _ := f.stored(); return len(all) }).Should(gomega.Equal(2))
	all, _ := f.stored()
	chain := seal.Link(seal.Of{Tenant: "tenant", Class: "audit"}, all, f.keys)
	gone, err := seal.Parse(stored[1].Text)
	s.must(err)
	s.Expect(chain.Seals[1].Previous).To(gomega.Equal(gone.Hash()))
	s.Expect(chain.Problems).To(gomega.HaveLen(1))
}

// TestTheKeyOfSeals: it is told what is wrong with the Secret, and never a part of it; and a new key needs the old one's
// public half.
func TestTheKeyOfSeals(t *testing.T) {
	s, f := sealingScenario(t)
	f.operator()
	s.create(f.tux)
	s.Expect(f.says(metav1.ConditionFalse, tuxv1alpha1.ReasonSealKeyInvalid).Message).To(gomega.ContainSubstring(`Cannot find Secret "seal-key"`))
	secret := f.secret(1)
	good := secret.Data[seal.SecretKey]
	secret.Data[seal.SecretKey] = []byte("hunter2")
	s.create(secret)
	s.Eventually(func() string { return f.says(metav1.ConditionFalse, tuxv1alpha1.ReasonSealKeyInvalid).Message }).
		Should(gomega.And(gomega.ContainSubstring("no PEM"), gomega.Not(gomega.ContainSubstring("hunter2"))))
	s.ready(f.tux)
	secret.Data[seal.SecretKey] = good
	s.must(admin.Update(t.Context(), secret))
	f.says(metav1.ConditionTrue, tuxv1alpha1.ReasonSealed)
	f.sealed(1)

	secret.Data = f.secret(2).Data
	s.must(admin.Update(t.Context(), secret))
	f.later(time.Hour)
	s.Expect(f.says(metav1.ConditionFalse, tuxv1alpha1.ReasonSealsBroken).Message).To(gomega.ContainSubstring("signed with another key"))
	public, err := x509.MarshalPKIXPublicKey(ed25519.NewKeyFromSeed(bytes.Repeat([]byte{1}, ed25519.SeedSize)).Public())
	s.must(err)
	secret.Data["2026.pub"] = pem.EncodeToMemory(&pem.Block{Type: "PUBLIC KEY", Bytes: public})
	s.must(admin.Update(t.Context(), secret))
	f.says(metav1.ConditionTrue, tuxv1alpha1.ReasonSealed)
	f.sealed(2)
}

// TestARoleToReadSecretsIsEnoughForSeals: that of config/logs. Without it everything else works.
func TestARoleToReadSecretsIsEnoughForSeals(t *testing.T) {
	s, f := sealingScenario(t)
	var base rbacv1.ClusterRole
	s.must(admin.Get(t.Context(), client.ObjectKey{Name: "tuxmon-manager"}, &base))
	s.as("seals-no-secret", base.Rules)
	s.create(f.secret(1), f.tux)
	s.Expect(f.says(metav1.ConditionFalse, tuxv1alpha1.ReasonForbidden).Message).To(gomega.ContainSubstring("kubectl apply -k config/logs"))
	s.verified(f.tux)
	s.ready(f.tux)
	role := &rbacv1.ClusterRole{}
	s.must(admin.Get(t.Context(), client.ObjectKey{Name: "seals-no-secret"}, role))
	role.Rules = append(role.Rules, roleIn(s.WithT, "../config/logs/role.yaml").Rules...)
	s.must(admin.Update(t.Context(), role))
	s.poke(f.tux, "now")
	f.says(metav1.ConditionTrue, tuxv1alpha1.ReasonSealed)
}

// TestWhoElseDeletes is told by ID and window, and never by what was asked for; who accounts for it is asked no more.
func TestWhoElseDeletes(t *testing.T) {
	s := newScenario(t)
	// Somebody has a file after ours by which Loki takes requests.
	var open atomic.Bool
	f := &fakeLoki{s: s}
	f.Server = lokitest.New(func() string {
		text := f.document().Data["overrides.yaml"]
		if open.Load() {
			text = strings.ReplaceAll(text, "deletion_mode: disabled", "deletion_mode: filter-and-delete")
		}
		return text
	})
	served := httptest.NewServer(f.Server)
	t.Cleanup(served.Close)
	f.url = served.URL
	o := s.startOperator()
	s.backend("tux-backend")
	tux := f.tux("production", "tenant")
	says := func(status metav1.ConditionStatus, reason string) *metav1.Condition {
		return s.condition(tux, tuxv1alpha1.ConditionLogDeletionsKnown, status, reason)
	}
	s.create(tux)
	closed := says(metav1.ConditionTrue, tuxv1alpha1.ReasonDeletionsKnown)
	s.Expect(closed.Message).To(gomega.ContainSubstring("takes no requests"))
	open.Store(true)

	at := time.Date(2026, 11, 24, 13, 0, 0, 0, time.UTC)
	request := lokitest.Deletion{Tenant: "tenant", ID: "a1b2c3d4", Query: `{app="tux"} | user_id="mallory"`, Status: "12% Complete", From: at, To: at.Add(time.Hour), Created: at.Add(2 * time.Hour)}
	other := request
	other.Tenant, other.ID = "another", "ffffffff"
	f.Edit(func(state *lokitest.State) { state.Deletions = []lokitest.Deletion{request, other} })
	s.poke(tux, "deleted")
	found := says(metav1.ConditionFalse, tuxv1alpha1.ReasonForeignDelete)
	s.Expect(found.Message).To(gomega.And(gomega.ContainSubstring("a1b2c3d4"), gomega.Not(gomega.ContainSubstring("mallory"))))
	s.Expect(tux.Status.Logs.ForeignDeletions).To(gomega.Equal([]tuxv1alpha1.LogDeletionStatus{{
		ID: "a1b2c3d4", State: tuxv1alpha1.LogDeletionProcessing, From: "2026-11-24T13:00:00Z", To: "2026-11-24T14:00:00Z", Received: "2026-11-24T15:00:00Z",
	}}))
	s.ready(tux)
	s.Eventually(func() []string { return s.reasons("Reconcile") }).Should(gomega.ContainElement(tuxv1alpha1.ReasonForeignDelete))
	s.Expect(prometheustest.ToFloat64(foreignGauge.WithLabelValues(s.ns, "production"))).To(gomega.Equal(1.0))

	// How far Loki is with it is no news but at its end; one more request is.
	second := request
	second.ID, second.Created = "b2", at.Add(3*time.Hour)
	f.Edit(func(state *lokitest.State) { state.Deletions = []lokitest.Deletion{request, second} })
	s.poke(tux, "deleted again")
	s.Eventually(func() []string { return s.reasons("Delete-b2") }).Should(gomega.ContainElement(tuxv1alpha1.ReasonForeignDelete))

	// A Loki that does not answer takes nothing back.
	f.Edit(func(state *lokitest.State) { state.Down = http.StatusBadGateway })
	s.poke(tux, "down")
	says(metav1.ConditionUnknown, tuxv1alpha1.ReasonLokiUnreachable)
	s.Expect(tux.Status.Logs.ForeignDeletions).To(gomega.HaveLen(2))
	f.Edit(func(state *lokitest.State) { state.Down = 0 })
	says(metav1.ConditionFalse, tuxv1alpha1.ReasonForeignDelete)

	// One that is closed again shows nothing, and that there were some stays known.
	open.Store(false)
	s.poke(tux, "closed")
	s.Eventually(func() int { return len(f.Requests()) }).Should(gomega.BeNumerically(">", 0))
	s.settle(o)
	says(metav1.ConditionFalse, tuxv1alpha1.ReasonForeignDelete)
	s.Expect(tux.Status.Logs.ForeignDeletions).To(gomega.HaveLen(2))

	s.change(tux, func(spec *tuxv1alpha1.TuxMonitoringSpec) {
		spec.Logs.AcknowledgedDeletions = []tuxv1alpha1.LogDeletionID{"a1b2c3d4", "b2"}
	})
	says(metav1.ConditionTrue, tuxv1alpha1.ReasonDeletionsKnown)
	s.Expect(tux.Status.Logs.ForeignDeletions).To(gomega.BeEmpty())
	s.Expect(prometheustest.ToFloat64(foreignGauge.WithLabelValues(s.ns, "production"))).To(gomega.Equal(0.0))
	s.quiet(o)
	s.Expect(o.requests.Count("patch", "configmaps")).To(gomega.BeZero())
	s.Expect(f.Problems()).To(gomega.BeEmpty())
}

// TestAnErasureOfOursIsNoForeignDelete, while it runs; one of somebody else beside it is.
func TestAnErasureOfOursIsNoForeignDelete(t *testing.T) {
	s, f, _, _ := lokiErasure(t, hurriedErasures())
	personal(f, "error", "default")
	e := s.erasure("ours")
	s.create(e)
	s.erased(e, metav1.ConditionUnknown, tuxv1alpha1.ReasonReceived)
	tux := &tuxv1alpha1.TuxMonitoring{ObjectMeta: metav1.ObjectMeta{Namespace: s.ns, Name: "production"}}
	s.poke(tux, "ours")
	s.Eventually(func() string {
		return s.condition(tux, tuxv1alpha1.ConditionLogDeletionsKnown, metav1.ConditionTrue, tuxv1alpha1.ReasonDeletionsKnown).Message
	}).Should(gomega.ContainSubstring("was asked to delete nothing"))

	at := time.Now().UTC().Truncate(time.Hour)
	f.Edit(func(state *lokitest.State) {
		state.Deletions = []lokitest.Deletion{{Tenant: "tenant", ID: "ffffffff", Query: "{}", Status: "received", From: at.Add(-day), To: at, Created: at}}
	})
	s.poke(tux, "another's")
	s.condition(tux, tuxv1alpha1.ConditionLogDeletionsKnown, metav1.ConditionFalse, tuxv1alpha1.ReasonForeignDelete)
	s.Expect(tux.Status.Logs.ForeignDeletions).To(gomega.HaveLen(1))
	s.Expect(tux.Status.Logs.ForeignDeletions[0].ID).To(gomega.Equal("ffffffff"))
}
