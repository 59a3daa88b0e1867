package controllers

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http/httptest"
	"slices"
	"strconv"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/onsi/gomega"
	admissionv1 "k8s.io/api/admissionregistration/v1"
	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/apimachinery/pkg/types"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/yaml"

	tuxv1alpha1 "github.com/tux-io/tux-monitoring-operator/api/v1alpha1"
	"github.com/tux-io/tux-monitoring-operator/internal/external/loki/lokitest"
	"github.com/tux-io/tux-monitoring-operator/internal/fault"
	"github.com/tux-io/tux-monitoring-operator/internal/plan/env"
	"github.com/tux-io/tux-monitoring-operator/internal/testutil"
)

// lokiStack is one whose owner agrees, and which has limits of others.
func (s *scenario) lokiStack(name string) *unstructured.Unstructured {
	s.t.Helper()
	stack := &unstructured.Unstructured{}
	s.must(yaml.Unmarshal([]byte(`
apiVersion: loki.grafana.com/v1
kind: LokiStack
metadata: {labels: {monitoring.tux.io/document: log-retention}}
spec:
  size: 1x.demo
  storageClassName: standard
  storage: {secret: {name: bucket, type: s3}}
  limits:
    global: {retention: {days: 7}}
    tenants: {theirs: {retention: {days: 3}}}
`), &stack.Object))
	stack.SetNamespace(s.ns)
	stack.SetName(name)
	s.must(admin.Create(s.t.Context(), stack, client.FieldOwner("platform")))
	return stack
}

// says sets a condition, as the Loki operator does.
func (s *scenario) says(stack *unstructured.Unstructured, kind, message string) {
	s.t.Helper()
	patch, err := json.Marshal(map[string]any{"status": map[string]any{"conditions": []any{map[string]any{
		"type": kind, "status": "True", "reason": "Because", "message": message, "lastTransitionTime": metav1.Now(),
	}}}})
	s.must(err)
	s.must(admin.Status().Patch(s.t.Context(), stack, client.RawPatch(types.MergePatchType, patch)))
}

func (s *scenario) limits(stack *unstructured.Unstructured) map[string]any {
	s.t.Helper()
	s.must(admin.Get(s.t.Context(), client.ObjectKeyFromObject(stack), stack))
	limits, _, err := unstructured.NestedMap(stack.Object, "spec", "limits", "tenants")
	s.must(err)
	return limits
}

func (s *scenario) stacked(name, tenant, url string) *tuxv1alpha1.TuxMonitoring {
	tux := testutil.Tux(s.ns, name)
	tux.Spec.Probes = &tuxv1alpha1.Probes{State: tuxv1alpha1.StateDisabled}
	tux.Spec.Dashboards = &tuxv1alpha1.Dashboards{State: tuxv1alpha1.StateDisabled}
	tux.Spec.Logs = &tuxv1alpha1.Logs{Tenant: tenant, Backend: tuxv1alpha1.LogBackend{LokiStack: &tuxv1alpha1.LokiStackBackend{
		Name: "loki", URL: tuxv1alpha1.PlainURL(url),
	}}, Classes: []tuxv1alpha1.LogClass{{
		Name: "error", Match: tuxv1alpha1.LogMatch{Levels: []tuxv1alpha1.LogLevel{"ERROR"}}, RetentionDays: 90,
	}}}
	return tux
}

// stackLoki is a Loki that has what its LokiStack says, as the Loki operator would write it, or something else.
type stackLoki struct {
	url   string
	other atomic.Pointer[string]
}

func (s *scenario) overridden(stack *unstructured.Unstructured) *stackLoki {
	f, key := &stackLoki{}, client.ObjectKeyFromObject(stack)
	served := httptest.NewServer(lokitest.New(func() string {
		if other := f.other.Load(); other != nil {
			return *other
		}
		found := &unstructured.Unstructured{}
		found.SetGroupVersionKind(lokiStackKind)
		if err := admin.Get(context.Background(), key, found); err != nil {
			return ""
		}
		return overridesOf(found)
	}))
	s.t.Cleanup(served.Close)
	f.url = served.URL
	return f
}

// refuseStacks stands in for the webhook of the Loki operator: it refuses limits of a tenant.
func (s *scenario) refuseStacks(stack *unstructured.Unstructured) {
	s.t.Helper()
	equivalent, here := admissionv1.Equivalent, &metav1.LabelSelector{MatchLabels: map[string]string{"kubernetes.io/metadata.name": s.ns}}
	s.create(&admissionv1.ValidatingAdmissionPolicy{
		ObjectMeta: metav1.ObjectMeta{Name: s.ns},
		Spec: admissionv1.ValidatingAdmissionPolicySpec{
			MatchConstraints: &admissionv1.MatchResources{
				MatchPolicy: &equivalent, NamespaceSelector: here,
				ResourceRules: []admissionv1.NamedRuleWithOperations{{RuleWithOperations: admissionv1.RuleWithOperations{
					Operations: []admissionv1.OperationType{admissionv1.Update},
					Rule: admissionv1.Rule{
						APIGroups: []string{"loki.grafana.com"}, APIVersions: []string{"v1"}, Resources: []string{"lokistacks"},
					},
				}}},
			},
			Validations: []admissionv1.Validation{{
				Expression: "!('prod' in object.spec.limits.tenants)", Message: "no stream labels for tenant",
			}},
		},
	}, &admissionv1.ValidatingAdmissionPolicyBinding{
		ObjectMeta: metav1.ObjectMeta{Name: s.ns},
		Spec: admissionv1.ValidatingAdmissionPolicyBindingSpec{
			PolicyName: s.ns, ValidationActions: []admissionv1.ValidationAction{admissionv1.Deny},
		},
	})
	s.t.Cleanup(func() {
		_ = admin.Delete(context.Background(), &admissionv1.ValidatingAdmissionPolicyBinding{ObjectMeta: metav1.ObjectMeta{Name: s.ns}})
		_ = admin.Delete(context.Background(), &admissionv1.ValidatingAdmissionPolicy{ObjectMeta: metav1.ObjectMeta{Name: s.ns}})
	})
	patch := client.RawPatch(types.MergePatchType, []byte(`{"spec":{"limits":{"tenants":{"prod":{"retention":{"days":1}}}}}}`))
	s.Eventually(func() error { return admin.Patch(s.t.Context(), stack.DeepCopy(), patch, client.DryRunAll) }).ShouldNot(gomega.Succeed())
}

func daysText(days int64) string { return strconv.FormatInt(days, 10) + "d" }

func overridesOf(stack *unstructured.Unstructured) string {
	tenants, _, _ := unstructured.NestedMap(stack.Object, "spec", "limits", "tenants")
	all := map[string]any{}
	for tenant := range tenants {
		limits, _ := tenants[tenant].(map[string]any)
		days, found, _ := unstructured.NestedInt64(limits, "retention", "days")
		if !found {
			continue
		}
		block := map[string]any{"retention_period": daysText(days)}
		streams, _, _ := unstructured.NestedSlice(limits, "retention", "streams")
		var rules []any
		for _, one := range streams {
			stream, _ := one.(map[string]any)
			of, _ := stream["days"].(int64)
			rules = append(rules, map[string]any{"selector": stream["selector"], "priority": stream["priority"], "period": daysText(of)})
		}
		block["retention_stream"] = rules
		attributes, _, _ := unstructured.NestedSlice(limits, "otlp", "streamLabels", "resourceAttributes")
		var names []any
		for _, one := range attributes {
			attribute, _ := one.(map[string]any)
			names = append(names, attribute["name"])
		}
		block["otlp_config"] = map[string]any{"resource_attributes": map[string]any{
			"attributes_config": []any{map[string]any{"action": "index_label", "attributes": names}},
		}}
		all[tenant] = block
	}
	text, err := yaml.Marshal(map[string]any{"overrides": all})
	if err != nil {
		panic(err)
	}
	return string(text)
}

// TestALokiStackIsAppliedReadBackAndVerified, only in its place, and nothing is sent when nothing changed.
func TestALokiStackIsAppliedReadBackAndVerified(t *testing.T) {
	s := newScenario(t)
	stack := s.lokiStack("loki")
	f := s.overridden(stack)
	o := s.startOperator()
	s.backend("tux-backend")
	tux := s.stacked("production", "prod", f.url)
	s.create(tux)
	s.retention(tux, metav1.ConditionUnknown, tuxv1alpha1.ReasonWritten)
	s.Expect(tux.Status.Logs.Effective).To(gomega.Equal(tuxv1alpha1.LogsEffectUnknown), "the Loki operator is at work")
	s.says(stack, "Ready", "All components ready")
	s.poke(tux, "ready")
	s.verified(tux)
	s.ready(tux)
	s.Expect(tux.Status.Logs.Document).To(gomega.Equal("LokiStack " + s.ns + "/loki"))
	s.Expect(tux.Status.Logs.Effective).To(gomega.Equal(tuxv1alpha1.LogsIsEffective))

	limits := s.limits(stack)
	s.Expect(limits).To(gomega.HaveKey("theirs"))
	ours, _, err := unstructured.NestedMap(limits, "prod", "retention")
	s.must(err)
	s.Expect(ours).To(gomega.Equal(map[string]any{"days": int64(30), "streams": []any{
		map[string]any{"selector": `{retention_class="error"}`, "priority": int64(1), "days": int64(90)},
	}}))
	i := slices.IndexFunc(stack.GetManagedFields(), func(e metav1.ManagedFieldsEntry) bool { return e.Manager == env.FieldManager })
	s.Expect(stack.GetManagedFields()[i].FieldsV1.GetRawString()).To(gomega.MatchJSON(`{"f:spec":{"f:limits":{"f:tenants":{"f:prod":{".":{},
		"f:otlp":{"f:streamLabels":{"f:resourceAttributes":{}}},"f:retention":{"f:days":{},"f:streams":{}}}}}}}`), "no other field")
	s.Eventually(func() []string { return s.reasons("WriteRetention") }).Should(gomega.ContainElement(tuxv1alpha1.ReasonWritten))

	s.settle(o)
	s.poke(tux, "again")
	s.Eventually(func() int { return o.requests.Count("get", "lokistacks") }).Should(gomega.BeNumerically(">", 0))
	before := stack.GetResourceVersion()
	silent := func() {
		s.quiet(o)
		for _, kind := range []string{"lokistacks", "configmaps"} {
			s.Expect(o.requests.Count("patch", kind)+o.requests.Count("create", kind)).To(gomega.BeZero(), kind)
		}
	}
	silent()
	o.stop()
	o = s.startOperator()
	s.Eventually(func() int { return o.requests.Count("get", "lokistacks") }).Should(gomega.BeNumerically(">", 0))
	silent()
	s.limits(stack)
	s.Expect(stack.GetResourceVersion()).To(gomega.Equal(before))

	// What its Loki does otherwise is said, and so is what it says of itself.
	other := "overrides: {prod: {retention_period: 7d}}"
	f.other.Store(&other)
	s.poke(tux, "other limits")
	s.retention(tux, metav1.ConditionFalse, tuxv1alpha1.ReasonNotEffective)
	s.says(stack, "Degraded", "Missing object storage secret")
	s.poke(tux, "degraded")
	s.Eventually(func() string {
		return s.retention(tux, metav1.ConditionFalse, tuxv1alpha1.ReasonNotEffective).Message
	}).Should(gomega.ContainSubstring("Missing object storage secret"))
	s.ready(tux)

	// What somebody else has taken over is not taken back by force, but said with their name.
	patch := []byte(`{"spec":{"limits":{"tenants":{"prod":{"retention":{"days":1}}}}}}`)
	s.must(admin.Patch(t.Context(), stack, client.RawPatch(types.MergePatchType, patch), client.FieldOwner("somebody")))
	refused := s.retention(tux, metav1.ConditionFalse, tuxv1alpha1.ReasonStackRefused)
	s.Expect(refused.Message).To(gomega.And(gomega.ContainSubstring(`"somebody"`), gomega.ContainSubstring("retention.days")))
	s.condition(tux, tuxv1alpha1.ConditionReady, metav1.ConditionFalse, tuxv1alpha1.ReasonStackRefused)
}

// TestPromisesOfALokiStack: what shrinks waits, tombstones stay, Remove takes only its own tenant.
func TestPromisesOfALokiStack(t *testing.T) {
	s := newScenario(t)
	stack := s.lokiStack("loki")
	s.says(stack, "Ready", "All components ready")
	s.startOperator()
	s.backend("tux-backend")
	tux := s.stacked("production", "prod", "")
	s.create(tux)
	// Without a URL nothing is verified, and nobody claims it. The 7 days of all tenants are not shortened by it.
	quiet := s.retention(tux, metav1.ConditionUnknown, tuxv1alpha1.ReasonWritten)
	s.Expect(quiet.Message).To(gomega.ContainSubstring("spec.logs.backend.lokiStack.url"))
	s.ready(tux)
	s.Expect(tux.Status.Logs.Written).To(gomega.Equal(tuxv1alpha1.LogsIncluded))
	s.Expect(tux.Status.Logs.Effective).To(gomega.Equal(tuxv1alpha1.LogsEffectUnknown))
	s.Expect(tux.Status.Logs.Outcome).To(gomega.Equal(tuxv1alpha1.LogsOutcomeUnknown))

	rival := s.stacked("rival", "prod", "")
	s.create(rival)
	s.retention(rival, metav1.ConditionFalse, tuxv1alpha1.ReasonTenantCollision)

	s.change(tux, func(spec *tuxv1alpha1.TuxMonitoringSpec) { spec.Logs.Classes[0].RetentionDays = 5 })
	held := s.retention(tux, metav1.ConditionFalse, tuxv1alpha1.ReasonHeld)
	s.Expect(held.Message).To(gomega.ContainSubstring(`class "error" from 90 to 5 days`))
	s.change(tux, func(spec *tuxv1alpha1.TuxMonitoringSpec) {
		spec.Logs.AcknowledgedDecrease = tux.Status.Logs.Acknowledgement
	})
	s.retention(tux, metav1.ConditionUnknown, tuxv1alpha1.ReasonWritten)
	s.must(admin.Delete(t.Context(), rival))

	// Retain: the promises stay, in the LokiStack and beside it.
	s.must(admin.Delete(t.Context(), tux))
	s.goneSoon(tux)
	s.Expect(s.limits(stack)).To(gomega.HaveKey("prod"))
	again := s.stacked("production", "prod", "")
	again.Spec.Logs.Classes[0].RetentionDays = 3
	again.Spec.Logs.OnDelete = tuxv1alpha1.LogRemovalRemove
	s.create(again)
	s.retention(again, metav1.ConditionFalse, tuxv1alpha1.ReasonHeld)

	// Remove: its tenant goes, and no other.
	s.must(admin.Delete(t.Context(), again))
	s.goneSoon(again)
	limits := s.limits(stack)
	s.Expect(limits).NotTo(gomega.HaveKey("prod"))
	s.Expect(limits).To(gomega.HaveKey("theirs"))
	s.Eventually(func() []string { return s.reasons("RemoveRetention") }).Should(gomega.ContainElement(tuxv1alpha1.ReasonWritten))
}

// TestALokiStackNeedsItsOwnersConsent, and is waited for as long as its kind is not installed or it is not there.
func TestALokiStackNeedsItsOwnersConsent(t *testing.T) {
	s := newScenario(t)
	o := s.startOperator()
	s.backend("tux-backend")
	tux := s.stacked("production", "prod", "")
	s.create(tux)
	missing := s.retention(tux, metav1.ConditionFalse, tuxv1alpha1.ReasonWriteFailed)
	s.Expect(missing.Message).To(gomega.ContainSubstring("monitoring.tux.io/document=log-retention"))
	stack := s.lokiStack("loki")
	s.retention(tux, metav1.ConditionUnknown, tuxv1alpha1.ReasonWritten)

	strip := []byte(`{"metadata":{"labels":null}}`)
	s.must(admin.Patch(t.Context(), stack, client.RawPatch(types.MergePatchType, strip)))
	s.retention(tux, metav1.ConditionFalse, tuxv1alpha1.ReasonWriteFailed)

	// A ConfigMap of somebody else under the name of the ledger is left alone.
	foreign := &corev1.ConfigMap{ObjectMeta: metav1.ObjectMeta{Namespace: s.ns, Name: "other-tux-promises"}}
	s.create(foreign)
	other := s.stacked("other", "other", "")
	other.Spec.Logs.Backend.LokiStack.Name = "other"
	s.lokiStack("other")
	s.create(other)
	taken := s.retention(other, metav1.ConditionFalse, tuxv1alpha1.ReasonWriteFailed)
	s.Expect(taken.Message).To(gomega.ContainSubstring("somebody else's"))
	s.Expect(o.requests.Count("patch", "lokistacks")).To(gomega.Equal(1))
}

// TestALokiStackThatComesLater: before its CustomResourceDefinition is there nothing fails, and then nobody restarts anything.
func TestALokiStackThatComesLater(t *testing.T) {
	bare := onBarePlane(t)
	s := newScenario(t)
	s.startOperatorWith(bare.Config())
	s.backend("tux-backend")
	tux := s.stacked("production", "prod", "")
	s.create(tux)
	s.retention(tux, metav1.ConditionUnknown, tuxv1alpha1.ReasonCRDMissing)
	s.must(bare.InstallCRDs(t.Context(), "../hack/controlplane/crds"))
	s.retention(tux, metav1.ConditionFalse, tuxv1alpha1.ReasonWriteFailed)
	stack := s.lokiStack("loki")
	s.retention(tux, metav1.ConditionUnknown, tuxv1alpha1.ReasonWritten)
	s.Expect(s.limits(stack)).To(gomega.HaveKey("prod"))
	s.must(admin.Delete(t.Context(), stack))
	s.retention(tux, metav1.ConditionFalse, tuxv1alpha1.ReasonWriteFailed)
	s.Expect(apierrors.IsNotFound(admin.Get(t.Context(), client.ObjectKeyFromObject(stack), stack))).To(gomega.BeTrue(), "nobody makes it again")
}

// TestALokiStackWhoseLokiDoesNotAnswerWaits: nothing was tried, so that nothing has failed, and nobody is told to mend anything.
func TestALokiStackWhoseLokiDoesNotAnswerWaits(t *testing.T) {
	s := newScenario(t)
	stack := s.lokiStack("loki")
	s.says(stack, "Ready", "All components ready")
	down := httptest.NewServer(nil)
	down.Close()
	s.startOperator()
	s.backend("tux-backend")
	tux := s.stacked("production", "prod", down.URL)
	s.create(tux)
	s.retention(tux, metav1.ConditionUnknown, tuxv1alpha1.ReasonLokiUnreachable)
	s.Expect(tux.Status.Logs.Written).To(gomega.Equal(tuxv1alpha1.LogsWaiting))
	s.Expect(s.limits(stack)).NotTo(gomega.HaveKey("prod"))
}

// TestOnlyWhatWasNotReadIsUnseen: under such an error what was known stands.
func TestOnlyWhatWasNotReadIsUnseen(t *testing.T) {
	of := schema.GroupResource{Resource: "lokistacks"}
	for text, tc := range map[string]struct {
		err    error
		unseen bool
	}{
		"not there":     {apierrors.NewNotFound(of, "loki"), false},
		"not ours":      {apierrors.NewForbidden(of, "loki", nil), false},
		"no answer":     {errors.New("connection refused"), true},
		"an answer 500": {apierrors.NewInternalError(errors.New("etcd")), true},
	} {
		var unseen *unseenError
		if err := unread(fmt.Errorf("cannot read: %w", tc.err)); errors.As(err, &unseen) != tc.unseen || !errors.Is(err, tc.err) {
			t.Errorf("%s: %v", text, err)
		}
	}
}

// TestOnlyAFieldOfSomebodyElseIsRefusedForGood: an object that changes meanwhile is a race.
func TestOnlyAFieldOfSomebodyElseIsRefusedForGood(t *testing.T) {
	of := schema.GroupResource{Resource: "lokistacks"}
	theirs := apierrors.NewApplyConflict([]metav1.StatusCause{{Type: metav1.CauseTypeFieldManagerConflict, Field: ".spec.limits"}}, "conflict with \"somebody\"")
	for text, tc := range map[string]struct {
		err      error
		terminal bool
	}{
		"a field":   {theirs, true},
		"a race":    {apierrors.NewConflict(of, "loki", errors.New("the object has been modified")), false},
		"a timeout": {apierrors.NewTimeoutError("later", 1), false},
		"a value":   {apierrors.NewBadRequest("no"), true},
	} {
		err := refusedStack(env.LogStack{Namespace: "a", Name: "loki"}, tc.err)
		if _, terminal := fault.AsTerminal(err); terminal != tc.terminal || !strings.Contains(err.Error(), tc.err.Error()) {
			t.Errorf("%s: %v", text, err)
		}
	}
}

// TestALokiStackThatRefusesIsTold with the words of the API server.
func TestALokiStackThatRefusesIsTold(t *testing.T) {
	s := newScenario(t)
	s.refuseStacks(s.lokiStack("loki"))
	s.startOperator()
	s.backend("tux-backend")
	tux := s.stacked("production", "prod", "")
	s.create(tux)
	refused := s.retention(tux, metav1.ConditionFalse, tuxv1alpha1.ReasonStackRefused)
	s.Expect(refused.Message).To(gomega.ContainSubstring("no stream labels for tenant"))
}

// TestLogAlertsOfALokiStack are an AlertingRule, and whether its ruler gets it is read from the LokiStack.
func TestLogAlertsOfALokiStack(t *testing.T) {
	s := newScenario(t)
	stack := s.lokiStack("loki")
	s.says(stack, "Ready", "All components ready")
	o := s.startOperator()
	s.backend("tux-backend")
	tux := s.stacked("production", "prod", "")
	tux.Spec.Logs.Alerts = &tuxv1alpha1.LogAlerts{}
	s.create(tux)
	says := func(status metav1.ConditionStatus, reason string) string {
		return s.condition(tux, tuxv1alpha1.ConditionLogAlertsLoaded, status, reason).Message
	}
	s.Expect(says(metav1.ConditionFalse, tuxv1alpha1.ReasonNotLoaded)).To(gomega.ContainSubstring("spec.rules.enabled"))
	s.ready(tux)
	s.Expect(s.children("production")).To(gomega.ContainElement("AlertingRule/production-log-rules"))
	rule := &unstructured.Unstructured{}
	rule.SetGroupVersionKind(env.LokiVersion.WithKind(env.AlertingRuleKind))
	s.must(admin.Get(t.Context(), client.ObjectKey{Namespace: s.ns, Name: "production-log-rules"}, rule))
	s.Expect(metav1.IsControlledBy(rule, tux)).To(gomega.BeTrue())
	tenant, _, _ := unstructured.NestedString(rule.Object, "spec", "tenantID")
	s.Expect(tenant).To(gomega.Equal("prod"))

	patch := []byte(`{"spec":{"rules":{"enabled":true,"selector":{"matchLabels":{"loki_rule":"1"}}}}}`)
	s.must(admin.Patch(t.Context(), stack, client.RawPatch(types.MergePatchType, patch)))
	s.Expect(says(metav1.ConditionUnknown, tuxv1alpha1.ReasonWritten)).To(gomega.ContainSubstring("lokiStack.url"))
	s.settle(o)
	s.poke(tux, "again")
	s.Eventually(func() int { return o.requests.Count("get", "lokistacks") }).Should(gomega.BeNumerically(">", 0))
	s.quiet(o)
	s.Expect(o.requests.Count("patch", "alertingrules")).To(gomega.BeZero())

	s.change(tux, func(spec *tuxv1alpha1.TuxMonitoringSpec) { spec.Logs.Alerts = nil })
	s.Eventually(func() []string { return s.children("production") }).ShouldNot(gomega.ContainElement("AlertingRule/production-log-rules"))
}
