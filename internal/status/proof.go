package status

import (
	"fmt"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	tuxv1alpha1 "github.com/tux-io/tux-monitoring-operator/api/v1alpha1"
	"github.com/tux-io/tux-monitoring-operator/internal/fault"
)

// reasonVerificationPending is that of internal/external/sentry, which the status does not import.
const reasonVerificationPending = "VerificationPending"

// privacyVerified is the condition of what was proven about the removal of secrets. Unknown is all that is
// not proven yet: never True, and False only where it is known to be wrong or where a person must act.
func privacyVerified(old tuxv1alpha1.TuxMonitoringStatus, p *Pass) condition {
	c := condition{kind: tuxv1alpha1.ConditionPrivacyVerified, status: unknown, reason: reasonVerificationPending}
	proof := p.Sentry.Proof
	if p.Mode == tuxv1alpha1.ModePlan {
		c.reason, c.message = tuxv1alpha1.ReasonPlanned, "Mode is Plan, no event is sent"
		return c
	}
	if proof.Final && proof.Err == nil {
		return proven(c, old.Sentry.Proof)
	}
	for _, one := range fault.Leaves(proof.Err) {
		if t, ok := fault.AsTerminal(one); ok {
			c.status, c.reason, c.message = metav1.ConditionFalse, t.Reason, errorText(one)
			return c
		}
	}
	if proof.Err != nil {
		c.message = errorText(fault.Leaves(proof.Err)[0])
		return c
	}
	c.message = "The proof is not at its end yet"
	return c
}

func proven(c condition, proof *tuxv1alpha1.SentryProofStatus) condition {
	var leaked, removed, kept []string
	for _, one := range proof.Plants {
		switch one.Result {
		case tuxv1alpha1.PlantLeaked:
			leaked = append(leaked, fmt.Sprintf("%s at %s, though spec.sentry.%s asks for its removal", one.Plant, one.At, one.AskedBy))
		case tuxv1alpha1.PlantKept:
			kept = append(kept, one.Plant)
		default:
			removed = append(removed, one.Plant)
		}
	}
	switch proof.Verdict {
	case tuxv1alpha1.ProofLeakFound:
		c.status, c.reason = metav1.ConditionFalse, tuxv1alpha1.ReasonLeakFound
		c.message = "Sentry stored " + sentence(leaked)
	case tuxv1alpha1.ProofVerified:
		c.status, c.reason = metav1.ConditionTrue, tuxv1alpha1.ReasonVerified
		c.message = "Sentry removed " + listOf(removed)
		if len(kept) > 0 {
			c.message += "; stored, as no setting asks for anything else: " + listOf(kept)
		}
	default:
		c.message = fmt.Sprintf("%s accepted and none can be read, filters or a quota may have dropped them",
			plural(int(proof.Events), "event")+" of the proof were")
	}
	return c
}

func listOf(names []string) string {
	if len(names) == 0 {
		return "none of the made-up secrets"
	}
	text := ""
	for i, name := range names {
		if i > 0 {
			text += ", "
		}
		text += name
	}
	return text
}
