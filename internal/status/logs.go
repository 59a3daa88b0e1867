package status

import (
	"cmp"
	"fmt"
	"slices"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	tuxv1alpha1 "github.com/tux-io/tux-monitoring-operator/api/v1alpha1"
	"github.com/tux-io/tux-monitoring-operator/internal/fault"
)

// Logs is what became of the retention of logs. What is written, what the log store answers and what it has deleted
// are three things, found out one after the other.
type Logs struct {
	Tenant, Document string
	// Store is the name of a log store that is told by its API; empty: Loki, which reads a document.
	Store string
	// Stack is set for a LokiStack; Silent says that there is no URL to ask, and Pending that the Loki operator is at work.
	Stack           bool
	Silent, Pending bool
	// Written is empty while nobody has looked at the document.
	Written tuxv1alpha1.LogsWritten
	// Err is why the document could not be read, made or written.
	Err error
	// Findings are those of an invalid declaration.
	Findings []fault.Finding
	// Winner is the resource that has the tenant.
	Winner string
	// Held are decreases that were not made, Acknowledgement accepts those that can be.
	Held            []string
	Acknowledgement string
	// Classes are what is written, sorted by name.
	Classes []tuxv1alpha1.LogClassStatus

	// Asked says that AskErr and the rest are of what is written now.
	Asked  bool
	AskErr error
	// Off: the log store deletes nothing; Snippet is what to set.
	Off     bool
	Snippet string
	// Reload is where to look when Loki could not load its runtime configuration; empty if it could.
	Reload string
	// Differences tell what the log store answers otherwise.
	Differences []string
	// Overdue are classes with lines that should be gone, sorted.
	Overdue []string
}

// retentionVerified is the condition of the retention of logs: True on the outcome alone.
func retentionVerified(old tuxv1alpha1.TuxMonitoringStatus, p *Pass) condition {
	l := p.Logs
	switch {
	case p.Mode == tuxv1alpha1.ModePlan:
		return ofLogs(unknown, tuxv1alpha1.ReasonPlanned, "Mode is Plan, nothing is written; tuxmon logs plan shows what Enforce would write")
	case l.Written == "":
		return keptOf(old, p, ofLogs(unknown, tuxv1alpha1.ReasonPending, "What is stored was not looked at yet"), nil)
	case l.Written == tuxv1alpha1.LogsFailed && isCRDMissing(l.Err):
		return ofLogs(unknown, tuxv1alpha1.ReasonCRDMissing, errorText(l.Err))
	case l.Written == tuxv1alpha1.LogsFailed:
		return ofLogs(metav1.ConditionFalse, writeReason(l.Err), errorText(l.Err))
	case l.Written == tuxv1alpha1.LogsInvalid:
		return ofLogs(metav1.ConditionFalse, tuxv1alpha1.ReasonInvalidRetention, findingTexts(l.Findings))
	case l.Written == tuxv1alpha1.LogsConflict:
		return ofLogs(metav1.ConditionFalse, tuxv1alpha1.ReasonTenantCollision,
			fmt.Sprintf("Tenant %q belongs to TuxMonitoring %s, nothing was written for this one", l.Tenant, l.Winner))
	case l.Written == tuxv1alpha1.LogsHeld:
		return ofLogs(metav1.ConditionFalse, tuxv1alpha1.ReasonHeld, heldText(l))
	case isPending(l.AskErr):
		return keptOf(old, p, ofLogs(unknown, tuxv1alpha1.ReasonPending, errorText(l.AskErr)), nil)
	case l.Written == tuxv1alpha1.LogsWaiting && l.AskErr == nil:
		return ofLogs(unknown, tuxv1alpha1.ReasonPending, "Loki is asked what holds for the tenant, before anything is written for it")
	}
	return answered(old, p)
}

// answered is the condition by what the log store says.
func answered(old tuxv1alpha1.TuxMonitoringStatus, p *Pass) condition {
	l := p.Logs
	switch {
	case !l.Asked:
		return keptOf(old, p, ofLogs(unknown, tuxv1alpha1.ReasonWritten, "Written to "+l.Document+", Loki was not asked about it yet"), judged)
	case isWritten(l.AskErr):
		return ofLogs(unknown, tuxv1alpha1.ReasonWritten, "Written to "+l.Document+": "+l.AskErr.Error())
	case l.AskErr != nil && l.Store != "":
		return refusedBy(l)
	case l.AskErr != nil:
		return ofLogs(unknown, tuxv1alpha1.ReasonLokiUnreachable, errorText(l.AskErr))
	case l.Off:
		return switchedOff(l)
	case l.differs():
		return otherwiseThan(l)
	case len(l.Overdue) > 0:
		return ofLogs(metav1.ConditionFalse, tuxv1alpha1.ReasonOverdue,
			"Lines are stored that should be gone, of class "+sentence(quoted(l.Overdue)))
	}
	return ofLogs(metav1.ConditionTrue, tuxv1alpha1.ReasonVerified,
		fmt.Sprintf("%s has what %s says for tenant %q, and no line that is older than its class allows",
			cmp.Or(l.Store, "Loki"), l.Document, l.Tenant))
}

// differs says whether the log store does otherwise, or whether that is not known.
func (l *Logs) differs() bool {
	return l.Reload != "" || len(l.Differences) > 0 || l.Pending || l.Stack && l.Silent
}

// otherwiseThan is the condition of a log store that does not do what is written, or of which that is not known.
func otherwiseThan(l *Logs) condition {
	switch {
	case l.Reload != "":
		return ofLogs(metav1.ConditionFalse, tuxv1alpha1.ReasonReloadFailed,
			"Loki could not load its runtime configuration and goes on with the one before; "+l.Reload)
	case l.Stack:
		return ofStack(l)
	case l.Store != "":
		return ofLogs(metav1.ConditionFalse, tuxv1alpha1.ReasonNotEffective, l.Store+" has "+sentence(l.Differences))
	}
	return ofLogs(metav1.ConditionFalse, tuxv1alpha1.ReasonNotEffective, "Loki has "+sentence(l.Differences)+
		"; does runtime_config.file name "+l.Document+" as its last file, and is the ConfigMap mounted as a directory?")
}

// switchedOff: nothing is deleted, whatever is written.
func switchedOff(l *Logs) condition {
	if l.Store != "" {
		return ofLogs(metav1.ConditionFalse, tuxv1alpha1.ReasonLifecycleStopped,
			"Retention is configured, but lifecycle management is stopped, and "+l.Store+" deletes nothing; "+l.Snippet)
	}
	return ofLogs(metav1.ConditionFalse, tuxv1alpha1.ReasonCompactorOff,
		"Retention is configured, but retention_enabled is false, and Loki deletes nothing; set "+l.Snippet)
}

// refusedBy tells what a person must mend from what passes by itself, under which nothing is claimed.
func refusedBy(l *Logs) condition {
	if apierrors.IsForbidden(l.AskErr) {
		return ofLogs(metav1.ConditionFalse, tuxv1alpha1.ReasonForbidden, errorText(l.AskErr))
	}
	if t, ok := fault.AsTerminal(l.AskErr); ok {
		return ofLogs(metav1.ConditionFalse, t.Reason, errorText(l.AskErr))
	}
	if w, ok := fault.AsWaiting(l.AskErr); ok && slices.Contains(refusals, w.Reason) {
		return ofLogs(metav1.ConditionFalse, w.Reason, errorText(l.AskErr))
	}
	return ofLogs(unknown, tuxv1alpha1.ReasonLogStoreUnreachable, errorText(l.AskErr))
}

// refusals are reasons that a person must do something about, and that may pass as well.
var refusals = []string{tuxv1alpha1.ReasonCredentialInvalid, tuxv1alpha1.ReasonOverwritten}

func ofLogs(status metav1.ConditionStatus, reason, message string) condition {
	return condition{tuxv1alpha1.ConditionRetentionVerified, status, reason, message}
}

// judged are the reasons that tell of an answer of the log store. A restart of ours does not make them untrue.
var judged = []string{
	tuxv1alpha1.ReasonVerified, tuxv1alpha1.ReasonOverdue, tuxv1alpha1.ReasonNotEffective, tuxv1alpha1.ReasonCompactorOff,
	tuxv1alpha1.ReasonReloadFailed,
	tuxv1alpha1.ReasonLokiUnreachable, tuxv1alpha1.ReasonLogStoreUnreachable, tuxv1alpha1.ReasonLifecycleStopped,
}

// keptOf is what was known of this very generation, if its reason is one of these (nil: any), else the new one.
func keptOf(old tuxv1alpha1.TuxMonitoringStatus, p *Pass, fresh condition, reasons []string) condition {
	was := ofGeneration(old, fresh.kind, p.Generation)
	if was == nil || reasons != nil && !slices.Contains(reasons, was.Reason) {
		return fresh
	}
	return condition{was.Type, was.Status, was.Reason, was.Message}
}

func isWritten(err error) bool {
	w, ok := fault.AsWaiting(err)
	return ok && w.Reason == tuxv1alpha1.ReasonWritten
}

// isPending: nobody has looked, since somebody else is at it.
func isPending(err error) bool {
	w, ok := fault.AsWaiting(err)
	return ok && w.Reason == tuxv1alpha1.ReasonPending
}

func writeReason(err error) string {
	if apierrors.IsForbidden(err) {
		return tuxv1alpha1.ReasonForbidden
	}
	if t, ok := fault.AsTerminal(err); ok && t.Reason == tuxv1alpha1.ReasonStackRefused {
		return t.Reason
	}
	return tuxv1alpha1.ReasonWriteFailed
}

func heldText(l *Logs) string {
	text := "Stored logs would live shorter than they were promised: " + sentence(l.Held)
	if l.Acknowledgement == "" {
		return text + "; a protected class never gets less"
	}
	return text + fmt.Sprintf("; to accept what no protection forbids set spec.logs.acknowledgedDecrease to %q", l.Acknowledgement)
}

func findingTexts(findings []fault.Finding) string {
	list := make([]string, 0, len(findings))
	for _, f := range findings {
		list = append(list, f.String())
	}
	return sentence(list)
}

func quoted(names []string) []string {
	list := make([]string, 0, len(names))
	for _, name := range names {
		list = append(list, fmt.Sprintf("%q", name))
	}
	return list
}

// addLogs adds what keeps Ready from being True: what could not be written, what a person must decide, and for a moment
// that nobody has looked at this generation. What Loki
// answers, and whether it does, is not among it: the objects are there, and a rollout need not stop for its compactor.
func (v *verdict) addLogs(old tuxv1alpha1.TuxMonitoringStatus, p *Pass) {
	if p.Logs == nil {
		return
	}
	c := retentionVerified(old, p)
	if p.Logs.Written == "" && c.reason == tuxv1alpha1.ReasonPending {
		v.waiting = append(v.waiting, problem{c.reason, c.message})
	}
	switch c.reason {
	case tuxv1alpha1.ReasonCRDMissing:
		v.waiting = append(v.waiting, problem{c.reason, c.message})
	case tuxv1alpha1.ReasonTenantCollision, tuxv1alpha1.ReasonHeld, tuxv1alpha1.ReasonStackRefused:
		v.stalled = append(v.stalled, problem{c.reason, c.message})
	case tuxv1alpha1.ReasonWriteFailed, tuxv1alpha1.ReasonForbidden:
		v.retrying = append(v.retrying, problem{c.reason, c.message})
	default:
		if p.Logs.Store != "" && p.Logs.AskErr != nil && c.status == metav1.ConditionFalse {
			v.stalled = append(v.stalled, problem{c.reason, c.message})
		}
	}
}

// logsStatus tells the three apart.
func logsStatus(old *tuxv1alpha1.LogsStatus, l *Logs) *tuxv1alpha1.LogsStatus {
	if l == nil {
		return nil
	}
	if old != nil && (l.Written == "" || isPending(l.AskErr)) && old.Tenant == l.Tenant && old.Document == l.Document {
		return old // neither a restart of ours changes anything, nor that somebody else is at it
	}
	s := &tuxv1alpha1.LogsStatus{
		Tenant: l.Tenant, Document: l.Document, Written: l.Written, Held: l.Held, Acknowledgement: l.Acknowledgement,
	}
	s.Effective, s.Outcome = l.found()
	for _, class := range l.Classes {
		class.Outcome = s.Outcome
		if s.Outcome == tuxv1alpha1.LogsOverdue && !slices.Contains(l.Overdue, class.Name) {
			class.Outcome = young(s.Effective)
		}
		s.Classes = append(s.Classes, class)
	}
	return s
}

// found is what the log store answers, and what it has deleted.
func (l *Logs) found() (tuxv1alpha1.LogsEffective, tuxv1alpha1.LogsOutcome) {
	if l.Silent && len(l.Differences) == 0 || l.Pending || !l.Asked || l.AskErr != nil || len(l.Classes) == 0 {
		return tuxv1alpha1.LogsEffectUnknown, tuxv1alpha1.LogsOutcomeUnknown
	}
	effective := tuxv1alpha1.LogsIsEffective
	if l.Off || l.Reload != "" || len(l.Differences) > 0 {
		effective = tuxv1alpha1.LogsNotEffective
	}
	if len(l.Overdue) > 0 {
		return effective, tuxv1alpha1.LogsOverdue
	}
	if l.Silent {
		return effective, tuxv1alpha1.LogsOutcomeUnknown
	}
	return effective, young(effective)
}

// young is the outcome of a class without lines that are too old: where nothing is deleted it says nothing.
func young(effective tuxv1alpha1.LogsEffective) tuxv1alpha1.LogsOutcome {
	if effective == tuxv1alpha1.LogsIsEffective {
		return tuxv1alpha1.LogsVerified
	}
	return tuxv1alpha1.LogsOutcomeUnknown
}

// column is the reason of a condition, empty without it.
func column(list []condition, kind string) string {
	i := slices.IndexFunc(list, func(c condition) bool { return c.kind == kind })
	if i < 0 {
		return ""
	}
	return list[i].reason
}
