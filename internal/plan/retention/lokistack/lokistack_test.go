package lokistack_test

import (
	"encoding/json"
	"math/rand/v2"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"

	"github.com/tux-io/tux-monitoring-operator/internal/plan/retention"
	"github.com/tux-io/tux-monitoring-operator/internal/plan/retention/loki"
	"github.com/tux-io/tux-monitoring-operator/internal/plan/retention/lokistack"
)

const manager = "tuxmonitoring"

func policy(tenant string, errorDays int) retention.Policy {
	return retention.Policy{Backend: retention.LokiStack, Tenant: tenant, DefaultDays: 30, Classes: []retention.Class{
		{Name: "error", Levels: []retention.Level{retention.Error}, Days: errorDays},
	}}
}

func wants(owner, tenant string, days int) loki.Contribution {
	return loki.Contribution{Owner: owner, Policy: policy(tenant, days), Created: time.Unix(int64(len(owner)), 0)}
}

func read(t *testing.T, spec, fields string) *lokistack.Stack {
	t.Helper()
	object := &unstructured.Unstructured{}
	if err := json.Unmarshal([]byte(`{"apiVersion":"loki.grafana.com/v1","kind":"LokiStack","metadata":{"name":"loki"},"spec":`+spec+`}`), object); err != nil {
		t.Fatal(err)
	}
	if fields != "" {
		object.SetManagedFields([]metav1.ManagedFieldsEntry{{
			Manager: manager, Operation: metav1.ManagedFieldsOperationApply, FieldsType: "FieldsV1",
			FieldsV1: metav1.NewFieldsV1(`{"f:spec":{"f:limits":{"f:tenants":` + fields + `}}}`),
		}})
	}
	stack, err := lokistack.Read(object, manager)
	if err != nil {
		t.Fatal(err)
	}
	return &stack
}

const (
	ourTenant = `{"limits":{"tenants":{"prod":{
		"otlp":{"streamLabels":{"resourceAttributes":[{"name":"deployment.environment.name"},{"name":"k8s.container.name"},
			{"name":"k8s.namespace.name"},{"name":"level"},{"name":"logger"},{"name":"retention_class"},{"name":"service.name"}]}},
		"retention":{"days":30,"streams":[{"selector":"{retention_class=\"error\"}","priority":1,"days":90}]}}}}}`
	ourFields = `{"f:prod":{".":{},"f:otlp":{"f:streamLabels":{"f:resourceAttributes":{}}},"f:retention":{"f:days":{},"f:streams":{}}}}`
)

func decide(t *testing.T, ledger string, have *lokistack.Stack, all ...loki.Contribution) lokistack.Decision {
	t.Helper()
	d, err := lokistack.Decide(ledger, have, all)
	if err != nil {
		t.Fatal(err)
	}
	return d
}

func patch(t *testing.T, have *lokistack.Stack, d lokistack.Decision) string {
	t.Helper()
	spec, err := lokistack.Patch(have, d.Tenants)
	if err != nil {
		t.Fatal(err)
	}
	if spec == nil {
		return ""
	}
	text, err := json.Marshal(spec)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

// TestOnlyTheTenantsFieldsAreApplied, and nothing when they are there and ours.
func TestOnlyTheTenantsFieldsAreApplied(t *testing.T) {
	empty := read(t, `{"size":"1x.demo","limits":{"global":{"retention":{"days":7}}}}`, "")
	d := decide(t, "", empty, wants("shop/web", "prod", 90))
	var got, want any
	if err := json.Unmarshal([]byte(patch(t, empty, d)), &got); err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal([]byte(ourTenant), &want); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
	for name, tc := range map[string]struct {
		spec, fields string
		want         bool
	}{
		"there and ours":               {ourTenant, ourFields, false},
		"there, and somebody else's":   {ourTenant, "", true},
		"a field was taken from us":    {ourTenant, strings.Replace(ourFields, `"f:days":{},`, "", 1), true},
		"another value":                {strings.Replace(ourTenant, `"days":90`, `"days":9`, 1), ourFields, true},
		"a tenant that shall go":       {ourTenant, strings.Replace(ourFields, `{"f:prod"`, `{"f:old":{".":{}},"f:prod"`, 1), true},
		"other limits of the tenant":   {strings.Replace(ourTenant, `"prod":{`, `"prod":{"ingestion":{"ingestionRate":5},`, 1), ourFields, false},
		"a tenant of somebody else":    {strings.Replace(ourTenant, `{"prod"`, `{"other":{},"prod"`, 1), ourFields, false},
		"the attributes are no labels": {strings.Replace(ourTenant, `{"name":"retention_class"},`, "", 1), ourFields, true},
	} {
		t.Run(name, func(t *testing.T) {
			have := read(t, tc.spec, tc.fields)
			if text := patch(t, have, d); (text != "") != tc.want {
				t.Errorf("applied %s", text)
			}
		})
	}
}

// TestWhatIsPromisedHolds as with a document: shrinking waits, tombstones stay, a tenant belongs to one.
func TestWhatIsPromisedHolds(t *testing.T) {
	have := read(t, ourTenant, ourFields)
	first := decide(t, "", &lokistack.Stack{}, wants("shop/web", "prod", 90))

	shrunk := decide(t, first.Ledger, have, wants("shop/web", "prod", 5))
	result, _ := shrunk.Of("shop/web")
	if result.State != retention.Held || result.Acknowledgement == "" || patch(t, have, shrunk) != "" {
		t.Errorf("%+v", result)
	}
	accepted := wants("shop/web", "prod", 5)
	accepted.Acknowledged = result.Acknowledgement
	if done := decide(t, first.Ledger, have, accepted); !strings.Contains(patch(t, have, done), `"days":5`) {
		t.Error("an acknowledged decrease is not made")
	}

	gone := decide(t, first.Ledger, have)
	if !strings.Contains(gone.Ledger, `"tombstone":true`) || patch(t, have, gone) != "" {
		t.Errorf("a resource that is gone takes its promises along: %s", gone.Ledger)
	}
	leaving := wants("shop/web", "prod", 90)
	leaving.Leaving = true
	if left := decide(t, first.Ledger, have, leaving); patch(t, have, left) != "{}" {
		t.Errorf("%s", patch(t, have, left))
	}
	guarded := wants("shop/web", "prod", 90)
	guarded.Policy.Classes[0].Protected = true
	kept := decide(t, first.Ledger, have, guarded)
	guarded.Leaving = true
	result, _ = func() (retention.Result, bool) { d := decide(t, kept.Ledger, have, guarded); return d.Of("shop/web") }()
	if result.State != retention.Refused {
		t.Errorf("a protected class goes: %+v", result)
	}

	rival := decide(t, first.Ledger, have, wants("a/b", "prod", 1), wants("shop/web", "prod", 90))
	result, _ = rival.Of("a/b")
	if result.State != retention.Conflict || result.Winner != "shop/web" {
		t.Errorf("%+v", result)
	}
}

// TestWhoseATenantIsStaysKnownUntilItIsGone: a removal that is cut short after any write goes on with the next run, and is not
// called done before.
func TestWhoseATenantIsStaysKnownUntilItIsGone(t *testing.T) {
	have := read(t, ourTenant, ourFields)
	ledger := decide(t, "", have, wants("a/a", "prod", 90)).Ledger
	leaving := wants("a/a", "prod", 90)
	leaving.Leaving = true
	other := wants("b/b", "other", 90)
	other.Before = &retention.Commitment{DefaultDays: 7}
	d := decide(t, ledger, have, leaving, other)
	if !strings.Contains(d.First, `"prod"`) || !strings.Contains(d.First, `"other"`) || strings.Contains(d.Ledger, `"prod"`) {
		t.Fatalf("first %s, then %s", d.First, d.Ledger)
	}
	// The limits were not applied: they still are those of who leaves, who has not left.
	again := decide(t, d.First, have, leaving, other)
	if diff := cmp.Diff(d, again); diff != "" {
		t.Error(diff)
	}
	if _, stays := again.Tenants["prod"]; stays {
		t.Error("the tenant stays, and is called removed")
	}
	// They were, and the ledger was not written after it.
	if last := decide(t, d.First, read(t, `{}`, ""), leaving, other); last.Ledger != d.Ledger {
		t.Errorf("%s, want %s", last.Ledger, d.Ledger)
	}
	if d := decide(t, ledger, have, wants("a/a", "prod", 90)); d.First != d.Ledger {
		t.Errorf("two writes where nothing goes: %s, %s", d.First, d.Ledger)
	}
}

// TestALostLedgerIsMadeAgain from what is ours in the LokiStack; where that tells nothing, nothing is written.
func TestALostLedgerIsMadeAgain(t *testing.T) {
	have := read(t, ourTenant, ourFields)
	for name, ledger := range map[string]string{"gone": "", "damaged": "{", "without the tenant": "{}"} {
		t.Run(name, func(t *testing.T) {
			d := decide(t, ledger, have, wants("shop/web", "prod", 5))
			if result, _ := d.Of("shop/web"); result.State != retention.Held {
				t.Errorf("%+v", result)
			}
		})
	}
	if _, err := lokistack.Decide("{", read(t, `{}`, ""), nil); err == nil {
		t.Error("nothing is known, and something is written")
	}
}

// TestBeforeIsWhatTheLokiStackSays, whoever wrote it.
func TestBeforeIsWhatTheLokiStackSays(t *testing.T) {
	class := retention.Promised{Name: "error", Days: 90}
	for name, tc := range map[string]struct {
		spec string
		want retention.Commitment
	}{
		"nothing":         {`{}`, retention.Commitment{DefaultDays: retention.MaxDays}},
		"that of all":     {`{"limits":{"global":{"retention":{"days":7}}}}`, retention.Commitment{DefaultDays: 7}},
		"that of tenants": {ourTenant, retention.Commitment{DefaultDays: 30, Classes: []retention.Promised{class}}},
		"other streams": {`{"limits":{"tenants":{"prod":{"retention":{"days":3,"streams":[{"selector":"{a=\"b\"}","days":40},` +
			`{"selector":"{retention_class=\"error\"}","days":9},{"selector":"{retention_class=\"error\"}","days":90}]}}}}}`,
			retention.Commitment{DefaultDays: 40, Classes: []retention.Promised{class}}},
	} {
		t.Run(name, func(t *testing.T) {
			if diff := cmp.Diff(&tc.want, read(t, tc.spec, "").Before("prod")); diff != "" {
				t.Error(diff)
			}
		})
	}
}

// TestTheOrderDoesNotMatter: same bytes for every permutation, and again.
func TestTheOrderDoesNotMatter(t *testing.T) {
	var all []loki.Contribution
	for _, tenant := range []string{"a", "b", "c", "d", "e"} {
		all = append(all, wants("ns/"+tenant, tenant, 90), wants("ns/rival-of-"+tenant, tenant, 40))
	}
	first := decide(t, "", &lokistack.Stack{}, all...)
	for range 20 {
		rand.Shuffle(len(all), func(i, j int) { all[i], all[j] = all[j], all[i] })
		if diff := cmp.Diff(first, decide(t, "", &lokistack.Stack{}, all...)); diff != "" {
			t.Fatal(diff)
		}
	}
	if again := decide(t, first.Ledger, &lokistack.Stack{}, all...); again.Ledger != first.Ledger {
		t.Error("asking again changes the ledger")
	}
}

func TestJudge(t *testing.T) {
	holds := retention.Commitment{DefaultDays: 30, Classes: []retention.Promised{{Name: "error", Days: 90}}}
	good := loki.Facts{Deletes: true, Limits: loki.Limits{RetentionPeriod: "30d", RetentionStream: []loki.StreamRule{
		{Selector: `{retention_class="error"}`, Period: "90d"},
	}}}
	is := func(kind string) []metav1.Condition {
		return []metav1.Condition{{Type: kind, Status: metav1.ConditionTrue, Message: "because"}}
	}
	for name, tc := range map[string]struct {
		stack lokistack.Stack
		facts *loki.Facts
		want  lokistack.Verdict
	}{
		"ready, nobody asked":     {lokistack.Stack{Conditions: is("Ready")}, nil, lokistack.Verdict{}},
		"ready, and its Loki too": {lokistack.Stack{Conditions: is("Ready")}, &good, lokistack.Verdict{}},
		"at work":                 {lokistack.Stack{Conditions: is("Pending")}, nil, lokistack.Verdict{Pending: true}},
		"says nothing":            {lokistack.Stack{}, &good, lokistack.Verdict{Pending: true}},
		"degraded": {lokistack.Stack{Conditions: is("Degraded")}, nil,
			lokistack.Verdict{Verdict: loki.Verdict{Differences: []string{"condition Degraded: because"}}}},
		"left alone": {lokistack.Stack{Unmanaged: true, Conditions: is("Ready")}, nil,
			lokistack.Verdict{Verdict: loki.Verdict{Differences: []string{"managementState Unmanaged, so that its Loki is told nothing"}}}},
		"its Loki has other limits": {lokistack.Stack{Conditions: is("Ready")},
			&loki.Facts{Deletes: true, Limits: loki.Limits{RetentionPeriod: "7d"}},
			lokistack.Verdict{Verdict: loki.Verdict{Differences: []string{"7d for the default, not 30d", `no rule for class "error"`}}}},
		"nothing is deleted": {lokistack.Stack{}, &loki.Facts{Limits: good.Limits}, lokistack.Verdict{Verdict: loki.Verdict{Off: true}}},
	} {
		t.Run(name, func(t *testing.T) {
			if diff := cmp.Diff(tc.want, lokistack.Judge(holds, &tc.stack, tc.facts)); diff != "" {
				t.Error(diff)
			}
		})
	}
}

// TestWhichRulesARulerGets as the Loki operator selects them.
func TestWhichRulesARulerGets(t *testing.T) {
	by := func(label string) *metav1.LabelSelector {
		return &metav1.LabelSelector{MatchLabels: map[string]string{label: "1"}}
	}
	rule, namespace := map[string]string{"rule": "1"}, map[string]string{"team": "1"}
	for name, tc := range map[string]struct {
		rules lokistack.Rules
		here  bool
		want  string
	}{
		"beside it":                   {lokistack.Rules{Enabled: true, Selector: by("rule")}, true, ""},
		"in a namespace it looks in":  {lokistack.Rules{Enabled: true, Selector: by("rule"), NamespaceSelector: by("team")}, false, ""},
		"in one it does not":          {lokistack.Rules{Enabled: true, Selector: by("rule")}, false, "namespaceSelector (none)"},
		"in one with other labels":    {lokistack.Rules{Enabled: true, Selector: by("rule"), NamespaceSelector: by("x")}, false, "namespaceSelector (x=1)"},
		"with other labels":           {lokistack.Rules{Enabled: true, Selector: by("x")}, true, "selector (x=1)"},
		"of a LokiStack that has all": {lokistack.Rules{Enabled: true, Selector: &metav1.LabelSelector{}}, true, ""},
		"of one without a selector":   {lokistack.Rules{Enabled: true}, true, "selector (none)"},
		"of one without a ruler":      {lokistack.Rules{Selector: by("rule")}, true, "spec.rules.enabled"},
	} {
		t.Run(name, func(t *testing.T) {
			got := tc.rules.Ignores(rule, namespace, tc.here)
			if (got == "") != (tc.want == "") || !strings.Contains(got, tc.want) {
				t.Errorf("%q", got)
			}
		})
	}
}
