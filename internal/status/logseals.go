package status

import (
	"fmt"
	"slices"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	tuxv1alpha1 "github.com/tux-io/tux-monitoring-operator/api/v1alpha1"
	"github.com/tux-io/tux-monitoring-operator/internal/fault"
)

// LogSeals is what became of the seals of protected classes.
type LogSeals struct {
	// Classes that are sealed, sorted.
	Classes []string
	// Asked says that the rest is of what is declared now.
	Asked bool
	Err   error
	// Last are the last seals, sorted by class.
	Last []tuxv1alpha1.LogSealStatus
	// Problems are what is wrong with the seals that are stored.
	Problems []string
}

// logsSealed is the condition of the seals. What is wrong with those that are there is told first: it does not pass.
func logsSealed(old tuxv1alpha1.TuxMonitoringStatus, p *Pass) condition {
	l := p.LogSeals
	switch {
	case p.Mode == tuxv1alpha1.ModePlan:
		return ofLogSeals(unknown, tuxv1alpha1.ReasonPlanned, "Mode is Plan, nothing is sealed")
	case !l.Asked:
		return keptOf(old, p, ofLogSeals(unknown, tuxv1alpha1.ReasonPending, "No hour was looked at yet"), sealed)
	case len(l.Problems) > 0:
		return ofLogSeals(metav1.ConditionFalse, tuxv1alpha1.ReasonSealsBroken, "Seals are not as they were made: "+sentence(l.Problems))
	case l.Err != nil:
		return notSealed(l.Err)
	}
	return ofLogSeals(metav1.ConditionTrue, tuxv1alpha1.ReasonSealed,
		"Every hour that is over is sealed, of class "+sentence(quoted(l.Classes)))
}

// notSealed tells what a person must mend from what passes by itself.
func notSealed(err error) condition {
	if apierrors.IsForbidden(err) {
		return ofLogSeals(metav1.ConditionFalse, tuxv1alpha1.ReasonForbidden, errorText(err))
	}
	if t, ok := fault.AsTerminal(err); ok {
		return ofLogSeals(metav1.ConditionFalse, t.Reason, errorText(err))
	}
	if w, ok := fault.AsWaiting(err); ok && w.Reason == tuxv1alpha1.ReasonSealKeyInvalid {
		return ofLogSeals(metav1.ConditionFalse, w.Reason, errorText(err))
	} else if ok && w.Reason == tuxv1alpha1.ReasonPending {
		return ofLogSeals(unknown, w.Reason, errorText(err))
	}
	if apierrors.ReasonForError(err) != metav1.StatusReasonUnknown {
		return ofLogSeals(metav1.ConditionFalse, tuxv1alpha1.ReasonWriteFailed, errorText(err))
	}
	return ofLogSeals(unknown, tuxv1alpha1.ReasonLokiUnreachable, errorText(err))
}

// sealed are the reasons that tell of what was found.
var sealed = []string{
	tuxv1alpha1.ReasonSealed, tuxv1alpha1.ReasonSealsBroken, tuxv1alpha1.ReasonSealRefused, tuxv1alpha1.ReasonLokiUnreachable,
}

func ofLogSeals(status metav1.ConditionStatus, reason, message string) condition {
	return condition{tuxv1alpha1.ConditionLogsSealed, status, reason, message}
}

// maxDeletions is how many requests of others are listed.
const maxDeletions = 10

// LogDeletions are the requests to delete lines that nobody has accounted for.
type LogDeletions struct {
	Tenant string
	// Asked says that the rest is of what is declared now.
	Asked bool
	Err   error
	// Closed: Loki takes no requests.
	Closed bool
	// Foreign are the newest first.
	Foreign []tuxv1alpha1.LogDeletionStatus
}

// logDeletionsKnown is the condition of what Loki was asked to delete.
func logDeletionsKnown(old tuxv1alpha1.TuxMonitoringStatus, p *Pass) condition {
	l := p.LogDeletions
	switch {
	case !l.Asked:
		return keptOf(old, p, ofLogDeletions(unknown, tuxv1alpha1.ReasonPending, "Loki was not asked yet what it was told to delete"), accounted)
	case l.Err != nil:
		return ofLogDeletions(unknown, tuxv1alpha1.ReasonLokiUnreachable, errorText(l.Err))
	case len(l.Foreign) > 0:
		return ofLogDeletions(metav1.ConditionFalse, tuxv1alpha1.ReasonForeignDelete, fmt.Sprintf(
			"Somebody else asked Loki to delete lines of tenant %q, %s: %s; put those that are accounted for into spec.logs.acknowledgedDeletions",
			l.Tenant, plural(len(l.Foreign), "request"), sentence(idsOf(l.Foreign))))
	}
	if l.Closed {
		return ofLogDeletions(metav1.ConditionTrue, tuxv1alpha1.ReasonDeletionsKnown,
			fmt.Sprintf("Loki takes no requests to delete lines of tenant %q", l.Tenant))
	}
	return ofLogDeletions(metav1.ConditionTrue, tuxv1alpha1.ReasonDeletionsKnown,
		fmt.Sprintf("Loki was asked to delete nothing of tenant %q that is not accounted for", l.Tenant))
}

func idsOf(foreign []tuxv1alpha1.LogDeletionStatus) []string {
	var ids []string
	for _, one := range foreign {
		ids = append(ids, one.ID)
	}
	return ids
}

// accounted are the reasons that tell of an answer of Loki.
var accounted = []string{tuxv1alpha1.ReasonDeletionsKnown, tuxv1alpha1.ReasonForeignDelete, tuxv1alpha1.ReasonLokiUnreachable}

func ofLogDeletions(status metav1.ConditionStatus, reason, message string) condition {
	return condition{tuxv1alpha1.ConditionLogDeletionsKnown, status, reason, message}
}

// integrity are the conditions of seals and deletions.
func integrity(old tuxv1alpha1.TuxMonitoringStatus, p *Pass) []condition {
	var list []condition
	if p.LogSeals != nil {
		list = append(list, logsSealed(old, p))
	}
	if p.LogDeletions != nil {
		list = append(list, logDeletionsKnown(old, p))
	}
	return list
}

// withIntegrity adds what is known of seals and deletions. What is not known anew stays: the last seal is an account of
// its own of what there was.
func withIntegrity(s, old *tuxv1alpha1.LogsStatus, p *Pass) *tuxv1alpha1.LogsStatus {
	if s == nil {
		return nil
	}
	s = s.DeepCopy()
	before := old
	if before == nil {
		before = &tuxv1alpha1.LogsStatus{}
	}
	s.Seals, s.ForeignDeletions = nil, nil
	if l := p.LogSeals; l != nil {
		s.Seals = lastSeals(before.Seals, l)
	}
	if l := p.LogDeletions; l != nil {
		s.ForeignDeletions = l.Foreign[:min(len(l.Foreign), maxDeletions)]
		if !l.Asked || l.Err != nil {
			s.ForeignDeletions = before.ForeignDeletions
		}
	}
	return s
}

// lastSeals takes over the new ones of the classes that are sealed.
func lastSeals(old []tuxv1alpha1.LogSealStatus, l *LogSeals) []tuxv1alpha1.LogSealStatus {
	var all []tuxv1alpha1.LogSealStatus
	for _, class := range l.Classes {
		of := func(s tuxv1alpha1.LogSealStatus) bool { return s.Class == class }
		for _, list := range [][]tuxv1alpha1.LogSealStatus{l.Last, old} {
			if i := slices.IndexFunc(list, of); i >= 0 && list[i].Head != "" {
				all = append(all, list[i])
				break
			}
		}
	}
	return all
}
