package status

import (
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/apimachinery/pkg/api/meta"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"k8s.io/apimachinery/pkg/runtime/schema"

	tuxv1alpha1 "github.com/tux-io/tux-monitoring-operator/api/v1alpha1"
	"github.com/tux-io/tux-monitoring-operator/internal/fault"
)

// asked is a pass whose Sentry project has this result.
func asked(change func(*Sentry)) *Pass {
	return with(func(p *Pass) {
		p.Sentry = &Sentry{Project: "web", Ran: true, Grace: 15 * time.Minute}
		change(p.Sentry)
	})
}

var (
	inStep    = func(*Sentry) {}
	unAsked   = func(s *Sentry) { s.Ran = false }
	away      = func(s *Sentry) { s.Err = errors.New("cannot get organization: no answer in time") }
	limited   = func(s *Sentry) { s.Err = fault.Waiting(time.Minute, "RateLimited", errors.New("too many")) }
	refused   = func(s *Sentry) { s.Err = fault.Terminal("Unauthorized", errors.New("the token is not valid")) }
	several   = func(s *Sentry) { s.Err = errors.Join(errors.New("b"), fault.Terminal("Rejected", errors.New("a"))) }
	kept      = func(s *Sentry) { s.Ignored = []Ignored{{Path: "dsn.rateLimit", Cause: "the plan"}} }
	leaking   = func(s *Sentry) { s.Ignored = []Ignored{{Path: "privacy.rules", Cause: "the scope", Private: true}} }
	forbidden = func(s *Sentry) {
		s.Err = apierrors.NewForbidden(schema.GroupResource{Resource: "secrets"}, "", errors.New("no role"))
	}
	exposed   = func(s *Sentry) { s.Privacy = &tuxv1alpha1.SentryPrivacyStatus{Exposed: []string{"cookie"}} }
	anothers  = fault.Finding{Area: tuxv1alpha1.ConditionSentrySynced, Reason: tuxv1alpha1.ReasonOwnedByAnother, Message: "another's"}
	at        = func(p *Pass, after time.Duration) *Pass { p.Now = metav1.NewTime(start.Add(after)); return p }
	nextOf    = func(p *Pass) *Pass { p.Generation++; return p }
	someone   = func(p *Pass) *Pass { p.Findings = append(p.Findings, anothers); return p }
	planned   = func(p *Pass) *Pass { p.Mode = tuxv1alpha1.ModePlan; return p }
	suspends  = func(p *Pass) *Pass { p.Mode = tuxv1alpha1.ModeSuspended; return p }
	whatMoves = []string{tuxv1alpha1.ConditionReady, tuxv1alpha1.ConditionSentrySynced, tuxv1alpha1.ConditionReconciling, tuxv1alpha1.ConditionStalled}
)

// TestSentryInTheConditions: each row is passes one after the other, and what the last one says.
func TestSentryInTheConditions(t *testing.T) {
	const ok, synced = "Ready=True/Applied", "SentrySynced=True/Synced"
	tests := map[string]struct {
		passes []*Pass
		want   []string
	}{
		"nobody wants Sentry": {[]*Pass{good()}, []string{ok}},
		"not asked yet": {[]*Pass{asked(unAsked)}, []string{
			"Ready=False/Progressing", "SentrySynced=Unknown/Pending", "Reconciling=True/Pending"}},
		"in step":                       {[]*Pass{asked(inStep)}, []string{ok, synced}},
		"after a restart nothing moves": {[]*Pass{asked(inStep), asked(unAsked)}, []string{ok, synced}},
		"a restart during an outage":    {[]*Pass{asked(inStep), asked(away), asked(unAsked)}, []string{ok, "SentrySynced=False/SyncFailed"}},
		"a new generation was not asked about": {[]*Pass{asked(inStep), nextOf(asked(unAsked))}, []string{
			"Ready=False/Progressing", "SentrySynced=Unknown/Pending", "Reconciling=True/Pending"}},
		"away from the beginning": {[]*Pass{asked(unAsked), asked(away)}, []string{
			"Ready=False/SyncFailed", "SentrySynced=False/SyncFailed", "Reconciling=True/ProgressingWithRetry"}},
		"away for a while":        {[]*Pass{asked(inStep), asked(away), at(asked(away), 14*time.Minute)}, []string{ok, "SentrySynced=False/SyncFailed"}},
		"limited for a while":     {[]*Pass{asked(inStep), asked(limited)}, []string{ok, "SentrySynced=False/RateLimited"}},
		"refused after it worked": {[]*Pass{asked(inStep), asked(refused)}, []string{ok, "SentrySynced=False/Unauthorized"}},
		"away for too long": {[]*Pass{asked(inStep), asked(away), at(asked(away), 16*time.Minute)}, []string{
			"Ready=False/SyncFailed", "SentrySynced=False/SyncFailed", "Reconciling=True/ProgressingWithRetry"}},
		"still away after that": {[]*Pass{asked(inStep), asked(away), at(asked(away), 16*time.Minute), at(asked(away), 17*time.Minute)}, []string{
			"Ready=False/SyncFailed", "SentrySynced=False/SyncFailed", "Reconciling=True/ProgressingWithRetry"}},
		"back again": {[]*Pass{asked(inStep), asked(away), at(asked(away), time.Hour), at(asked(inStep), 2*time.Hour)}, []string{ok, synced}},
		"away at a new generation": {[]*Pass{asked(inStep), nextOf(asked(away))}, []string{
			"Ready=False/SyncFailed", "SentrySynced=False/SyncFailed", "Reconciling=True/ProgressingWithRetry"}},
		"refused from the beginning": {[]*Pass{asked(refused)}, []string{
			"Ready=False/Unauthorized", "SentrySynced=False/Unauthorized", "Stalled=True/Unauthorized"}},
		"what a person must do comes first": {[]*Pass{asked(several)}, []string{
			"Ready=False/Rejected", "SentrySynced=False/Rejected", "Stalled=True/Rejected"}},
		"no right on Secrets": {[]*Pass{asked(forbidden)}, []string{
			"Ready=False/Forbidden", "SentrySynced=False/Forbidden", "Reconciling=True/ProgressingWithRetry"}},
		"a setting is ignored": {[]*Pass{asked(kept)}, []string{ok, "SentrySynced=False/SettingIgnored"}},
		"a setting that keeps secrets out is ignored": {[]*Pass{asked(inStep), asked(leaking)}, []string{
			"Ready=False/SettingIgnored", "SentrySynced=False/SettingIgnored", "Stalled=True/SettingIgnored"}},
		"the organization exposes a field": {[]*Pass{asked(exposed)}, []string{ok, "SentrySynced=False/FieldsExposed"}},
		"it is another's": {[]*Pass{asked(inStep), someone(asked(unAsked))}, []string{
			"Ready=False/OwnedByAnother", "SentrySynced=False/OwnedByAnother", "Stalled=True/OwnedByAnother"}},
		"planned":                {[]*Pass{planned(asked(unAsked))}, []string{"Ready=True/Planned", "SentrySynced=Unknown/Planned"}},
		"suspended":              {[]*Pass{asked(inStep), suspends(good())}, []string{ok, synced}},
		"taken out of the spec":  {[]*Pass{asked(inStep), nextOf(good())}, []string{ok}},
		"the inputs are unknown": {[]*Pass{asked(inStep), with(func(p *Pass) { p.GatherErr = serverUp })}, []string{"Ready=False/ApplyFailed", "Reconciling=True/ProgressingWithRetry"}},
	}
	for name, tc := range tests {
		t.Run(name, func(t *testing.T) {
			tux := &tuxv1alpha1.TuxMonitoring{}
			for _, pass := range tc.passes {
				tux.Generation = pass.Generation
				tux.Status = Compute(tux.Status, pass)
				checkConditions(t, tux)
			}
			var got []string
			for _, kind := range whatMoves {
				if c := meta.FindStatusCondition(tux.Status.Conditions, kind); c != nil {
					got = append(got, kind+"="+string(c.Status)+"/"+c.Reason)
				}
			}
			if diff := cmp.Diff(tc.want, got); diff != "" {
				t.Error(diff)
			}
			synced := meta.FindStatusCondition(tux.Status.Conditions, tuxv1alpha1.ConditionSentrySynced)
			if s := tux.Status.Summary; synced != nil && s.Sentry != synced.Reason || synced == nil && s.Sentry != "" && tux.Status.Conditions[0].Reason != "ApplyFailed" {
				t.Errorf("the column says %q", s.Sentry)
			}
		})
	}
}

// TestTheProjectIsNotForgotten: by its number it is found again when spec.sentry comes back, and what holds for
// events is shown until something else is known.
func TestTheProjectIsNotForgotten(t *testing.T) {
	project := &tuxv1alpha1.SentryProjectStatus{ID: "7", Origin: tuxv1alpha1.ProjectCreated}
	privacy := &tuxv1alpha1.SentryPrivacyStatus{Scrubber: tuxv1alpha1.StateEnabled}
	old := tuxv1alpha1.TuxMonitoringStatus{Sentry: &tuxv1alpha1.SentryStatus{Project: project, Privacy: privacy}}
	for name, tc := range map[string]struct {
		pass *Pass
		want *tuxv1alpha1.SentryStatus
	}{
		"taken out of the spec": {good(), &tuxv1alpha1.SentryStatus{Project: project}},
		"not asked yet":         {asked(unAsked), old.Sentry},
		"other settings hold": {asked(exposed), &tuxv1alpha1.SentryStatus{
			Project: project, Privacy: &tuxv1alpha1.SentryPrivacyStatus{Exposed: []string{"cookie"}}}},
	} {
		if diff := cmp.Diff(tc.want, Compute(old, tc.pass).Sentry); diff != "" {
			t.Errorf("%s: %s", name, diff)
		}
	}
	if got := Compute(tuxv1alpha1.TuxMonitoringStatus{}, good()).Sentry; got != nil {
		t.Errorf("nothing is known: %+v", got)
	}
}

func TestGraceEnds(t *testing.T) {
	grace := 15 * time.Minute
	s := Compute(tuxv1alpha1.TuxMonitoringStatus{}, asked(inStep))
	if end := GraceEnds(&s, grace); !end.IsZero() {
		t.Errorf("in step until %s", end)
	}
	s = Compute(s, at(asked(away), time.Minute))
	if end := GraceEnds(&s, grace); !end.Equal(start.Add(16 * time.Minute)) {
		t.Errorf("until %s", end)
	}
	s = Compute(s, at(asked(away), 16*time.Minute))
	if end := GraceEnds(&s, grace); !end.IsZero() || !strings.Contains(s.Conditions[0].Message, "no answer in time") {
		t.Errorf("it has ended: %s %+v", end, s.Conditions[0])
	}
}
