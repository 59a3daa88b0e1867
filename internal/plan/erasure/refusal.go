package erasure

import (
	"fmt"
	"strings"
	"time"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	tuxv1alpha1 "github.com/tux-io/tux-monitoring-operator/api/v1alpha1"
	"github.com/tux-io/tux-monitoring-operator/internal/fault"
	"github.com/tux-io/tux-monitoring-operator/internal/plan/retention"
)

// Refused is a verdict that only a person can change.
func Refused(reason, message string, after time.Duration) Verdict {
	return Verdict{Status: metav1.ConditionFalse, Reason: reason, Message: message, Stalled: true, After: after}
}

// Waits is a verdict of nothing that is wrong.
func Waits(reason, message string, after time.Duration) Verdict {
	return Verdict{Status: metav1.ConditionUnknown, Reason: reason, Message: message, After: after}
}

func pending(message string, after time.Duration) Verdict {
	return Waits(tuxv1alpha1.ReasonPending, message, after)
}

// DeletionSnippet is what opens a tenant of Loki for deletion.
const DeletionSnippet = "overrides: {TENANT: {deletion_mode: filter-and-delete}}"

// Failed is the verdict on an error of the log store. One that does not answer leaves everything open.
func Failed(st *tuxv1alpha1.TuxLogErasureStatus, err error, now time.Time, t Times) Verdict {
	text := capital(err.Error())
	if terminal, ok := fault.AsTerminal(err); ok {
		if terminal.Reason == tuxv1alpha1.ReasonDeletionDisabled {
			return disabled(st, now, t)
		}
		return Refused(terminal.Reason, text, t.Recheck)
	}
	reason, after := tuxv1alpha1.ReasonLogStoreUnreachable, t.Poll
	if st.Backend == string(retention.Loki) {
		reason = tuxv1alpha1.ReasonLokiUnreachable
	}
	if waiting, ok := fault.AsWaiting(err); ok {
		after = max(after, waiting.After)
	}
	return Waits(reason, text, after)
}

// disabled: the operator opens the tenant by its document while an erasure needs it, and that takes its time.
func disabled(st *tuxv1alpha1.TuxLogErasureStatus, now time.Time, t Times) Verdict {
	if st.StartedAt != nil && now.Sub(st.StartedAt.Time) < t.Propagation {
		return pending("Loki takes no requests to delete for the tenant yet; the document that opens it is on its way", t.Poll)
	}
	return Refused(tuxv1alpha1.ReasonDeletionDisabled, "Loki takes no requests to delete for the tenant; it must read "+
		strings.Replace(DeletionSnippet, "TENANT", st.Tenant, 1)+", which the document of the operator has while an erasure runs", t.Recheck)
}

// Serves is the verdict on a Loki by the limits it serves for the tenant, compared with what the operator has written for
// it; nil if they are that. A document is ours as soon as anybody writes one: only a Loki that serves it shows that the tenant
// is not one of somebody else, whose name was written there.
func Serves(st *tuxv1alpha1.TuxLogErasureStatus, differences []string, now time.Time, t Times) *Verdict {
	switch {
	case len(differences) == 0:
		return nil
	case st.StartedAt != nil && now.Sub(st.StartedAt.Time) < t.Propagation:
		return new(pending("Loki does not serve yet what is written for the tenant", t.Poll))
	}
	return new(Refused(tuxv1alpha1.ReasonNotEffective, "Loki serves other limits for the tenant than the operator has written, so that "+
		"it may be that of somebody else, and is sent nothing: "+list(differences), t.Recheck))
}

func capital(text string) string {
	if text == "" {
		return text
	}
	return strings.ToUpper(text[:1]) + text[1:]
}

// list names up to five.
func list(names []string) string {
	const shown = 5
	if len(names) <= shown {
		return strings.Join(names, ", ")
	}
	return strings.Join(names[:shown], ", ") + fmt.Sprintf(" and %d more", len(names)-shown)
}

// short writes whole hours and minutes without zeros.
func short(d time.Duration) string {
	text := d.String()
	for _, zeros := range []string{"m0s", "h0m"} {
		if strings.HasSuffix(text, zeros) {
			text = text[:len(text)-2]
		}
	}
	return text
}
