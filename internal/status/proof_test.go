package status

import (
	"errors"
	"strings"
	"testing"
	"time"

	"k8s.io/apimachinery/pkg/api/meta"

	tuxv1alpha1 "github.com/tux-io/tux-monitoring-operator/api/v1alpha1"
	"github.com/tux-io/tux-monitoring-operator/internal/fault"
)

func TestPrivacyVerified(t *testing.T) {
	removed := tuxv1alpha1.SentryPlantStatus{Plant: "SessionCookie", Result: tuxv1alpha1.PlantFiltered, AskedBy: "privacy.rules"}
	stored := tuxv1alpha1.SentryPlantStatus{Plant: "EmailAddress", Result: tuxv1alpha1.PlantKept, At: "user.email"}
	leaked := tuxv1alpha1.SentryPlantStatus{Plant: "CardNumber", Result: tuxv1alpha1.PlantLeaked, AskedBy: "privacy.defaults", At: "contexts.a"}
	of := func(verdict tuxv1alpha1.ProofVerdict, plants ...tuxv1alpha1.SentryPlantStatus) *tuxv1alpha1.SentryProofStatus {
		return &tuxv1alpha1.SentryProofStatus{Of: "x", Event: "e", Events: 3, Verdict: verdict, Plants: plants}
	}
	pending := fault.Waiting(time.Minute, "VerificationPending", errors.New("event e was taken and is not read back yet"))
	tests := map[string]struct {
		written *tuxv1alpha1.SentryProofStatus
		proof   *Proof
		want    string
		ready   string
		says    string
	}{
		"nobody asked":      {of(tuxv1alpha1.ProofLeakFound, leaked), nil, "", "True/Applied", ""},
		"not begun":         {nil, &Proof{}, "Unknown/VerificationPending", "True/Applied", "not at its end"},
		"waits":             {nil, &Proof{Err: pending}, "Unknown/VerificationPending", "True/Applied", "Event e was taken"},
		"of something else": {of(tuxv1alpha1.ProofVerified), &Proof{}, "Unknown/VerificationPending", "True/Applied", "not at its end"},
		"a leak, and another event follows": {of(tuxv1alpha1.ProofLeakFound, leaked), &Proof{Err: pending},
			"Unknown/VerificationPending", "True/Applied", "Event e"},
		"Sentry is away": {nil, &Proof{Err: errors.New("cannot read event: no answer in time")},
			"Unknown/VerificationPending", "True/Applied", "no answer in time"},
		"the key takes no events": {nil, &Proof{Err: fault.Terminal("EventRefused", errors.New("answer 403"))},
			"False/EventRefused", "True/Applied", "Answer 403"},
		"verified": {of(tuxv1alpha1.ProofVerified, removed, stored), &Proof{Final: true}, "True/Verified", "True/Applied",
			"Sentry removed SessionCookie; stored, as no setting asks for anything else: EmailAddress"},
		"leaked": {of(tuxv1alpha1.ProofLeakFound, removed, leaked), &Proof{Final: true}, "False/LeakFound", "False/LeakFound",
			"Sentry stored CardNumber at contexts.a, though spec.sentry.privacy.defaults asks for its removal"},
		"never appeared": {of(tuxv1alpha1.ProofUnread), &Proof{Final: true}, "Unknown/VerificationPending", "True/Applied", "3 events"},
	}
	for name, tc := range tests {
		t.Run(name, func(t *testing.T) {
			tux := &tuxv1alpha1.TuxMonitoring{}
			tux.Status.Sentry = &tuxv1alpha1.SentryStatus{Proof: tc.written}
			pass := asked(func(s *Sentry) { s.Proof = tc.proof })
			tux.Generation = pass.Generation
			tux.Status = Compute(tux.Status, pass)
			checkConditions(t, tux)
			got, message := "", ""
			if c := meta.FindStatusCondition(tux.Status.Conditions, tuxv1alpha1.ConditionPrivacyVerified); c != nil {
				got, message = string(c.Status)+"/"+c.Reason, c.Message
			}
			if got != tc.want || !strings.Contains(message, tc.says) {
				t.Errorf("%s: %s", got, message)
			}
			ready := meta.FindStatusCondition(tux.Status.Conditions, tuxv1alpha1.ConditionReady)
			if found := string(ready.Status) + "/" + ready.Reason; found != tc.ready {
				t.Errorf("Ready is %s: %s", found, ready.Message)
			}
			if tc.written != nil && tux.Status.Sentry.Proof != tc.written {
				t.Error("the proof was not kept")
			}
		})
	}
}
