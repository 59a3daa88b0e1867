package status

import (
	"errors"
	"fmt"
	"net/url"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/fluxcd/cli-utils/pkg/kstatus/status"
	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	lua "github.com/yuin/gopher-lua"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/apimachinery/pkg/api/meta"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/runtime/schema"

	tuxv1alpha1 "github.com/tux-io/tux-monitoring-operator/api/v1alpha1"
	"github.com/tux-io/tux-monitoring-operator/internal/apply"
	"github.com/tux-io/tux-monitoring-operator/internal/fault"
)

var (
	start = metav1.NewTime(time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC))
	later = metav1.NewTime(start.Add(time.Hour))
)

// good is a pass in which all went well.
func good() *Pass {
	return &Pass{
		Generation:   3,
		Now:          start,
		Environment:  "production",
		Backends:     []tuxv1alpha1.BackendStatus{{Deployment: "tux-backend", Backend: "web"}},
		Prometheuses: []tuxv1alpha1.PrometheusStatus{{Namespace: "monitoring", Name: "kps"}},
		Outputs: []Output{{Name: "rules", Objects: 2, Changes: apply.ChangeSet{
			{GVK: schema.GroupVersionKind{Kind: "PrometheusRule"}, Name: "a", Result: apply.Unchanged},
			{GVK: schema.GroupVersionKind{Kind: "PrometheusRule"}, Name: "b", Result: apply.Created},
		}}},
		Alerts: 4,
	}
}

func with(change func(*Pass)) *Pass {
	p := good()
	change(p)
	return p
}

var (
	waiting          = fault.Finding{Area: tuxv1alpha1.ConditionBackendsDiscovered, Reason: tuxv1alpha1.ReasonDeploymentNotFound, Path: "spec.backends[web].deployment", Message: "no Deployment", Waiting: true}
	unusable         = fault.Finding{Area: tuxv1alpha1.ConditionSpecAccepted, Reason: tuxv1alpha1.ReasonInvalidRule, Path: "spec.alerts.additionalGroups[mine]", Message: "1:2: parse error"}
	conflict         = fault.Terminal(tuxv1alpha1.ReasonConflict, errors.New("PrometheusRule x belongs to somebody else"))
	noCRD            = fault.Waiting(time.Minute, tuxv1alpha1.ReasonCRDMissing, errors.New("PrometheusRule is not installed"))
	noAlertmanager   = fault.Finding{Area: tuxv1alpha1.ConditionAlertmanagerDiscovered, Reason: tuxv1alpha1.ReasonNoAlertmanager, Message: "none", Waiting: true}
	twoAlertmanagers = fault.Finding{Area: tuxv1alpha1.ConditionAlertmanagerDiscovered, Reason: tuxv1alpha1.ReasonAlertmanagerAmbiguous, Path: "spec.routing", Message: "two"}
	serverUp         = apierrors.NewInternalError(errors.New("etcd is away"))
)

// situations are the rows of the status contract: what a tool that waits must see.
var situations = map[string]struct {
	pass    *Pass
	before  *Pass
	mode    tuxv1alpha1.Mode
	unseen  bool // nobody has reconciled this generation
	kstatus status.Status
	argo    string
}{
	"all applied":                          {pass: good(), kstatus: status.CurrentStatus, argo: "Healthy"},
	"just applied, no operator":            {unseen: true, kstatus: status.InProgressStatus, argo: "Progressing"},
	"the spec changed and nobody looked":   {before: good(), unseen: true, kstatus: status.InProgressStatus, argo: "Progressing"},
	"the API server has an error":          {pass: with(func(p *Pass) { p.Outputs[0].Err = serverUp }), kstatus: status.InProgressStatus, argo: "Degraded"},
	"the inputs cannot be read":            {pass: with(func(p *Pass) { p.GatherErr = serverUp }), kstatus: status.InProgressStatus, argo: "Degraded"},
	"a CRD is missing":                     {pass: with(func(p *Pass) { p.Outputs[0].Err = noCRD }), kstatus: status.InProgressStatus, argo: "Progressing"},
	"a Deployment is scaled to zero":       {pass: with(atZeroScale), kstatus: status.CurrentStatus, argo: "Healthy"},
	"a Deployment is missing":              {pass: with(func(p *Pass) { p.Findings = []fault.Finding{waiting} }), kstatus: status.InProgressStatus, argo: "Progressing"},
	"the spec holds what CEL cannot catch": {pass: with(func(p *Pass) { p.Findings = []fault.Finding{unusable} }), kstatus: status.FailedStatus, argo: "Degraded"},
	"a foreign object is in the way":       {pass: with(func(p *Pass) { p.Outputs[0].Err = conflict }), kstatus: status.FailedStatus, argo: "Degraded"},
	"a person and time are both needed": {
		pass:    with(func(p *Pass) { p.Findings = []fault.Finding{unusable, waiting}; p.Outputs[0].Err = serverUp }),
		kstatus: status.FailedStatus, argo: "Degraded",
	},
	"no Alertmanager selects the routing": {
		pass: with(func(p *Pass) { routedTo()(p); p.Findings = []fault.Finding{noAlertmanager} }), kstatus: status.InProgressStatus, argo: "Progressing",
	},
	"two Alertmanagers want different labels": {
		pass: with(func(p *Pass) {
			routedTo()(p)
			p.Findings = []fault.Finding{twoAlertmanagers}
			p.Outputs[0].Held = true
		}), kstatus: status.FailedStatus, argo: "Degraded",
	},
	"routed":  {pass: with(routedTo("monitoring/kps")), kstatus: status.CurrentStatus, argo: "Healthy"},
	"planned": {mode: tuxv1alpha1.ModePlan, pass: with(func(p *Pass) { p.Mode = tuxv1alpha1.ModePlan }), kstatus: status.CurrentStatus, argo: "Healthy"},
	"suspended after it worked": {
		before: good(), mode: tuxv1alpha1.ModeSuspended,
		pass: with(func(p *Pass) { p.Mode = tuxv1alpha1.ModeSuspended; p.Generation = 4 }), kstatus: status.CurrentStatus, argo: "Suspended",
	},
	"suspended while it was stalled": {
		before: with(func(p *Pass) { p.Findings = []fault.Finding{unusable} }), mode: tuxv1alpha1.ModeSuspended,
		pass: with(func(p *Pass) { p.Mode = tuxv1alpha1.ModeSuspended; p.Generation = 4 }), kstatus: status.InProgressStatus, argo: "Suspended",
	},
	"created suspended": {
		mode: tuxv1alpha1.ModeSuspended, pass: with(func(p *Pass) { p.Mode = tuxv1alpha1.ModeSuspended }),
		kstatus: status.InProgressStatus, argo: "Suspended",
	},
}

func TestToolsReadEverySituationRight(t *testing.T) {
	for name, tc := range situations {
		t.Run(name, func(t *testing.T) {
			object := resourceIn(t, tc.before, tc.pass, tc.mode, tc.unseen)
			result, err := status.Compute(object)
			if err != nil {
				t.Fatal(err)
			}
			if result.Status != tc.kstatus {
				t.Errorf("kstatus reads %s (%s), want %s", result.Status, result.Message, tc.kstatus)
			}
			if got := argoHealth(t, object); got != tc.argo {
				t.Errorf("Argo CD reads %s, want %s", got, tc.argo)
			}
		})
	}
}

// resourceIn returns the resource as an API server would show it after the passes.
func resourceIn(t *testing.T, before, after *Pass, mode tuxv1alpha1.Mode, unseen bool) *unstructured.Unstructured {
	t.Helper()
	tux := &tuxv1alpha1.TuxMonitoring{Status: tuxv1alpha1.TuxMonitoringStatus{ObservedGeneration: -1}}
	tux.APIVersion, tux.Kind, tux.Name, tux.Generation, tux.Spec.Mode = tuxv1alpha1.GroupVersion.String(), tuxv1alpha1.Kind, "x", 3, mode
	if before != nil {
		tux.Status = Compute(tux.Status, before)
	}
	if after != nil {
		tux.Generation = after.Generation
		tux.Status = Compute(tux.Status, after)
		checkConditions(t, tux)
	}
	if unseen && before != nil {
		tux.Generation++
	}
	object, err := runtime.DefaultUnstructuredConverter.ToUnstructured(tux)
	if err != nil {
		t.Fatal(err)
	}
	return &unstructured.Unstructured{Object: object}
}

// checkConditions holds every status against the rules Flux checks its own controllers by.
func checkConditions(t *testing.T, tux *tuxv1alpha1.TuxMonitoring) {
	t.Helper()
	conditions := tux.Status.Conditions
	is := func(kind string) bool { return meta.IsStatusConditionTrue(conditions, kind) }
	has := func(kind string) bool { return meta.FindStatusCondition(conditions, kind) != nil }
	for rule, broken := range map[string]bool{
		"Ready must be there":                           !has(tuxv1alpha1.ConditionReady),
		"Reconciling must be absent unless True":        has(tuxv1alpha1.ConditionReconciling) && !is(tuxv1alpha1.ConditionReconciling),
		"Stalled must be absent unless True":            has(tuxv1alpha1.ConditionStalled) && !is(tuxv1alpha1.ConditionStalled),
		"Reconciling and Stalled exclude each other":    is(tuxv1alpha1.ConditionReconciling) && is(tuxv1alpha1.ConditionStalled),
		"Ready excludes Reconciling and Stalled":        is(tuxv1alpha1.ConditionReady) && (has(tuxv1alpha1.ConditionReconciling) || has(tuxv1alpha1.ConditionStalled)),
		"observedGeneration is that of the resource":    tux.Status.ObservedGeneration != tux.Generation,
		"no condition may outgrow what people can read": strings.Contains(longest(conditions), strings.Repeat("x", maxMessage)),
	} {
		if broken {
			t.Errorf("%s: %+v", rule, conditions)
		}
	}
	for _, c := range conditions {
		if c.ObservedGeneration != tux.Generation || c.Reason == "" || c.Message == "" || c.LastTransitionTime.IsZero() {
			t.Errorf("condition is incomplete: %+v", c)
		}
	}
}

func longest(conditions []metav1.Condition) string {
	text := ""
	for _, c := range conditions {
		if len(c.Message) > len(text) {
			text = c.Message
		}
	}
	return text
}

// argoHealth runs the script we ship for Argo CD.
func argoHealth(t *testing.T, object *unstructured.Unstructured) string {
	t.Helper()
	script, err := os.ReadFile("../../docs/gitops/argocd-health.lua")
	if err != nil {
		t.Fatal(err)
	}
	state := lua.NewState()
	defer state.Close()
	state.SetGlobal("obj", toLua(state, object.Object))
	if err := state.DoString(string(script)); err != nil {
		t.Fatal(err)
	}
	result, ok := state.Get(-1).(*lua.LTable)
	if !ok {
		t.Fatalf("the script returned %v", state.Get(-1))
	}
	return result.RawGetString("status").String()
}

func toLua(state *lua.LState, value any) lua.LValue {
	switch value := value.(type) {
	case map[string]any:
		table := state.NewTable()
		for key, child := range value {
			table.RawSetString(key, toLua(state, child))
		}
		return table
	case []any:
		table := state.NewTable()
		for _, child := range value {
			table.Append(toLua(state, child))
		}
		return table
	case string:
		return lua.LString(value)
	case int64:
		return lua.LNumber(value)
	case float64:
		return lua.LNumber(value)
	case bool:
		return lua.LBool(value)
	}
	return lua.LNil
}

func TestTheSamePassGivesTheSameStatus(t *testing.T) {
	for name, tc := range situations {
		if tc.pass == nil {
			continue
		}
		t.Run(name, func(t *testing.T) {
			first := Compute(tuxv1alpha1.TuxMonitoringStatus{}, tc.pass)
			again := *tc.pass
			again.Now = later
			if diff := cmp.Diff(first, Compute(first, &again)); diff != "" {
				t.Errorf("a second pass an hour later changes the status (-first +second):\n%s", diff)
			}
		})
	}
}

func TestTransitionTimeMovesWithTheStatusOfACondition(t *testing.T) {
	first := Compute(tuxv1alpha1.TuxMonitoringStatus{}, good())
	broken := with(func(p *Pass) { p.Now = later; p.Outputs[0].Err = serverUp })
	second := Compute(first, broken)
	for kind, want := range map[string]metav1.Time{
		tuxv1alpha1.ConditionReady:              later,
		tuxv1alpha1.ConditionOutputsApplied:     later,
		tuxv1alpha1.ConditionBackendsDiscovered: start,
	} {
		if got := meta.FindStatusCondition(second.Conditions, kind).LastTransitionTime; !got.Equal(&want) {
			t.Errorf("%s changed at %v, want %v", kind, got, want)
		}
	}
}

func TestMessagesAreCappedAndSayWhatTheyLeaveOut(t *testing.T) {
	p := with(func(p *Pass) {
		for i := range 200 {
			f := unusable
			f.Message = strings.Repeat("a", i%7) + " parse error in a rule that somebody wrote"
			f.Path = "spec.alerts.additionalGroups[" + strings.Repeat("b", i) + "]"
			p.Findings = append(p.Findings, f)
		}
	})
	for _, c := range Compute(tuxv1alpha1.TuxMonitoringStatus{}, p).Conditions {
		if len(c.Message) > maxMessage {
			t.Errorf("%s has %d bytes", c.Type, len(c.Message))
		}
		if c.Type == tuxv1alpha1.ConditionStalled && !strings.Contains(c.Message, "more") {
			t.Errorf("nothing says that findings were left out: %s", c.Message)
		}
	}
}

func TestAMessageDoesNotChangeWithTheAttempt(t *testing.T) {
	message := func(err error) string {
		s := Compute(tuxv1alpha1.TuxMonitoringStatus{}, with(func(p *Pass) { p.Outputs[0].Err = err }))
		return meta.FindStatusCondition(s.Conditions, tuxv1alpha1.ConditionReady).Message
	}
	dial := func(port string) error {
		return fmt.Errorf("cannot apply: %w", &url.Error{Op: "Patch", URL: "https://10.0.0.1/", Err: errors.New("read tcp 127.0.0.1:" + port)})
	}
	if a, b := message(dial("40001")), message(dial("40002")); a != b {
		t.Errorf("%q differs from %q", a, b)
	}
	gr := schema.GroupResource{Resource: "configmaps"}
	lost := func(version string) error { return apierrors.NewConflict(gr, "x", errors.New("newer than "+version)) }
	if a, b := message(lost("1")), message(lost("2")); a != b {
		t.Errorf("%q differs from %q", a, b)
	}
}

func TestSummaryAnswersInTheColumns(t *testing.T) {
	p := with(func(p *Pass) { p.Findings = []fault.Finding{waiting} })
	got := Compute(tuxv1alpha1.TuxMonitoringStatus{}, p).Summary
	want := &tuxv1alpha1.Summary{Environment: "production", Backends: "1/2", Prometheus: "monitoring/kps", Objects: "2/2", Alerts: 4}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

// TestScaledToZeroCanBeSeen: it is no failure, but the one thing that calls nobody when it is a mistake.
func TestScaledToZeroCanBeSeen(t *testing.T) {
	got := Compute(tuxv1alpha1.TuxMonitoringStatus{}, with(atZeroScale))
	if want := "1/1, 1 at zero"; got.Summary.Backends != want {
		t.Errorf("the column says %q, want %q", got.Summary.Backends, want)
	}
	for kind, want := range map[string]string{
		tuxv1alpha1.ConditionReady: "2 objects for 1 backend, selected by monitoring/kps; " +
			"tux-backend is scaled to zero, nobody is called because it has no pods",
		tuxv1alpha1.ConditionBackendsDiscovered: "Found tux-backend (scaled to zero)",
	} {
		c := meta.FindStatusCondition(got.Conditions, kind)
		if c.Status != metav1.ConditionTrue || c.Message != want {
			t.Errorf("%s is %s: %q, want True: %q", kind, c.Status, c.Message, want)
		}
	}
}

func routedTo(selecting ...string) func(*Pass) {
	return func(p *Pass) { p.Routing = &Routing{Selecting: selecting, Summary: []string{"critical: pager"}} }
}

func TestRoutingHasAConditionOnlyWhereItIsAskedFor(t *testing.T) {
	for name, tc := range map[string]struct {
		pass         *Pass
		want, reason string // of OutputsApplied, if held
	}{
		"not asked for": {pass: good()},
		"selected":      {pass: with(routedTo("monitoring/kps")), want: "True Selected: Selected by monitoring/kps; critical: pager"},
		"labels given": {
			pass: with(func(p *Pass) { routedTo()(p); p.Routing.LabelsGiven = true }),
			want: "True LabelsGiven: spec.routing.labels is set, nothing was looked for; critical: pager",
		},
		"more receivers than anybody reads": {
			pass: with(func(p *Pass) {
				routedTo("monitoring/kps")(p)
				p.Routing.Summary = append(p.Routing.Summary, strings.Repeat("x", maxMessage))
			}),
			want: "True Selected: Selected by monitoring/kps; critical: pager and 1 more",
		},
		"none": {
			pass: with(func(p *Pass) { routedTo()(p); p.Findings = []fault.Finding{noAlertmanager} }), want: "False NoAlertmanager: none",
		},
		"held": {
			pass: with(func(p *Pass) {
				routedTo()(p)
				p.Findings = []fault.Finding{twoAlertmanagers}
				p.Outputs[0].Held = true
			}),
			want: "False AlertmanagerAmbiguous: spec.routing: two", reason: tuxv1alpha1.ReasonAlertmanagerAmbiguous,
		},
		"not installed": {
			pass: with(func(p *Pass) {
				routedTo()(p)
				missing := noAlertmanager
				missing.Reason = tuxv1alpha1.ReasonCRDMissing
				p.Findings = []fault.Finding{missing}
			}), want: "Unknown CRDMissing: none",
		},
	} {
		t.Run(name, func(t *testing.T) {
			s := Compute(tuxv1alpha1.TuxMonitoringStatus{}, tc.pass)
			got := ""
			if c := meta.FindStatusCondition(s.Conditions, tuxv1alpha1.ConditionAlertmanagerDiscovered); c != nil {
				got = string(c.Status) + " " + c.Reason + ": " + c.Message
			}
			if got != tc.want {
				t.Errorf("got  %s\nwant %s", got, tc.want)
			}
			applied := meta.FindStatusCondition(s.Conditions, tuxv1alpha1.ConditionOutputsApplied)
			if tc.reason != "" && applied.Reason != tc.reason {
				t.Errorf("OutputsApplied has the reason %s", applied.Reason)
			}
		})
	}
}

func atZeroScale(p *Pass) { p.Backends[0].Scale = tuxv1alpha1.ScaleZero }

func TestPlanListsWhatEnforceWouldDo(t *testing.T) {
	p := with(func(p *Pass) {
		p.Mode = tuxv1alpha1.ModePlan
		p.Outputs[0].Changes = append(p.Outputs[0].Changes,
			apply.Change{GVK: schema.GroupVersionKind{Kind: "Probe"}, Name: "old", Result: apply.Deleted})
	})
	got := Compute(tuxv1alpha1.TuxMonitoringStatus{}, p)
	want := &tuxv1alpha1.PlanStatus{
		Created: []string{"PrometheusRule/b"}, Deleted: []string{"Probe/old"}, Total: "1 created, 0 configured, 1 deleted",
	}
	if diff := cmp.Diff(want, got.Plan, cmpopts.EquateEmpty()); diff != "" {
		t.Error(diff)
	}
	enforced := Compute(got, good())
	if enforced.Plan != nil {
		t.Errorf("the plan stays in status after Enforce: %+v", enforced.Plan)
	}
}
