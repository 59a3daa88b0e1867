package status

import (
	"fmt"
	"slices"
	"strings"

	tuxv1alpha1 "github.com/tux-io/tux-monitoring-operator/api/v1alpha1"
	"github.com/tux-io/tux-monitoring-operator/internal/apply"
	"github.com/tux-io/tux-monitoring-operator/internal/fault"
)

const (
	// maxListed caps every list in status, so that a large environment cannot grow it without bound.
	maxListed = 50
	// maxMessage caps a condition message, in bytes; a condition may hold 32 KiB, nobody reads that.
	maxMessage = 1024
)

// Compute returns the status after a pass, given the one before it.
func Compute(old tuxv1alpha1.TuxMonitoringStatus, p *Pass) tuxv1alpha1.TuxMonitoringStatus {
	if p.Mode == tuxv1alpha1.ModeSuspended {
		return suspended(old, p)
	}
	s := tuxv1alpha1.TuxMonitoringStatus{ObservedGeneration: p.Generation}
	list := conditions(old, p)
	if p.GatherErr != nil {
		// Nothing new is known: what was discovered before stays.
		s = *old.DeepCopy()
		s.ObservedGeneration = p.Generation
	} else {
		s.Summary = summary(p)
		s.Summary.Sentry = column(list, tuxv1alpha1.ConditionSentrySynced)
		s.Summary.Logs = column(list, tuxv1alpha1.ConditionRetentionVerified)
		s.Sentry = sentryStatus(old.Sentry, p.Sentry)
		s.Logs = withIntegrity(logsStatus(old.Logs, p.Logs), old.Logs, p)
		s.Backends = p.Backends
		s.Prometheuses = p.Prometheuses
		s.Objectives = p.Objectives[:min(len(p.Objectives), maxListed)]
		s.Outputs = outputs(p)
		s.Omitted = p.Omitted[:min(len(p.Omitted), maxListed)]
		s.Plan = planStatus(p)
	}
	s.Conditions = merge(old.Conditions, list, p)
	return s
}

// suspended keeps everything as it was, for this generation too. Reconciling and Stalled go, since
// nobody is trying.
func suspended(old tuxv1alpha1.TuxMonitoringStatus, p *Pass) tuxv1alpha1.TuxMonitoringStatus {
	s := *old.DeepCopy()
	s.ObservedGeneration = p.Generation
	s.Plan = nil
	var kept []condition
	for _, c := range old.Conditions {
		if c.Type != tuxv1alpha1.ConditionReconciling && c.Type != tuxv1alpha1.ConditionStalled {
			kept = append(kept, condition{c.Type, c.Status, c.Reason, c.Message})
		}
	}
	if len(kept) == 0 {
		kept = []condition{{tuxv1alpha1.ConditionReady, unknown, tuxv1alpha1.ReasonSuspended,
			"Created with mode Suspended, nothing was applied yet"}}
	}
	s.Conditions = merge(old.Conditions, kept, p)
	return s
}

func summary(p *Pass) *tuxv1alpha1.Summary {
	wanted, done := 0, 0
	for i := range p.Outputs {
		wanted += p.Outputs[i].Objects
		if p.Mode != tuxv1alpha1.ModePlan {
			done += p.Outputs[i].done()
		}
	}
	missing := len(findingsOf(p, tuxv1alpha1.ConditionBackendsDiscovered))
	return &tuxv1alpha1.Summary{
		Environment: p.Environment,
		Backends:    fmt.Sprintf("%d/%d", len(p.Backends), len(p.Backends)+missing) + atZero(p),
		Prometheus:  prometheusColumn(p),
		Objects:     fmt.Sprintf("%d/%d", done, wanted),
		Alerts:      int32(p.Alerts), //nolint:gosec // a count of alerts cannot overflow
		Panels:      int32(p.Panels), //nolint:gosec // a count of panels cannot overflow
	}
}

// atZero is what the column of backends adds while some are scaled to zero.
func atZero(p *Pass) string {
	if n := len(scaledToZero(p)); n > 0 {
		return fmt.Sprintf(", %d at zero", n)
	}
	return ""
}

// scaledToZero are the Deployments no pods are expected of.
func scaledToZero(p *Pass) []string {
	var names []string
	for i := range p.Backends {
		if p.Backends[i].Scale == tuxv1alpha1.ScaleZero {
			names = append(names, p.Backends[i].Deployment)
		}
	}
	return names
}

func prometheusColumn(p *Pass) string {
	switch {
	case p.LabelsGiven:
		return "labels given"
	case len(p.Prometheuses) == 0:
		return "none"
	}
	column := p.Prometheuses[0].Namespace + "/" + p.Prometheuses[0].Name
	if more := len(p.Prometheuses) - 1; more > 0 {
		column += fmt.Sprintf(" +%d", more)
	}
	return column
}

func outputs(p *Pass) []tuxv1alpha1.OutputStatus {
	states := make([]tuxv1alpha1.OutputStatus, 0, len(p.Outputs))
	for i := range p.Outputs {
		o := &p.Outputs[i]
		states = append(states, tuxv1alpha1.OutputStatus{
			Name:    o.Name,
			Objects: int32(o.Objects), //nolint:gosec // a count of objects cannot overflow
			State:   outputState(o, p.Mode),
		})
	}
	return states
}

func outputState(o *Output, mode tuxv1alpha1.Mode) string {
	switch {
	case o.Held:
		return "Waiting"
	case isConflict(o.Err):
		return "Conflict"
	case isWaiting(o.Err):
		return "Waiting"
	case o.Err != nil:
		return "Failed"
	case mode == tuxv1alpha1.ModePlan:
		return "Planned"
	case o.Incomplete:
		return "Partial"
	case o.Objects == 0:
		return "Disabled"
	}
	return "Applied"
}

func isWaiting(err error) bool {
	_, ok := fault.AsWaiting(err)
	return ok
}

func isConflict(err error) bool {
	t, ok := fault.AsTerminal(err)
	return ok && t.Reason == tuxv1alpha1.ReasonConflict
}

func planStatus(p *Pass) *tuxv1alpha1.PlanStatus {
	if p.Mode != tuxv1alpha1.ModePlan {
		return nil
	}
	var all apply.ChangeSet
	for i := range p.Outputs {
		all = append(all, p.Outputs[i].Changes...)
	}
	return &tuxv1alpha1.PlanStatus{
		Created:    listed(all.Names(apply.Created)),
		Configured: listed(all.Names(apply.Configured)),
		Deleted:    listed(all.Names(apply.Deleted)),
		Total: fmt.Sprintf("%d created, %d configured, %d deleted",
			all.Count(apply.Created), all.Count(apply.Configured), all.Count(apply.Deleted)),
	}
}

func listed(names []string) []string { return names[:min(len(names), maxListed)] }

// sentence joins texts into one message of at most maxMessage bytes, and says how many it left out.
func sentence(texts []string) string {
	texts = slices.Compact(slices.Clone(texts))
	for kept := len(texts); kept > 0; kept-- {
		message := strings.Join(texts[:kept], "; ")
		if more := len(texts) - kept; more > 0 {
			message += fmt.Sprintf(" and %d more", more)
		}
		if len(message) <= maxMessage {
			return message
		}
	}
	if len(texts) == 0 {
		return ""
	}
	return strings.ToValidUTF8(texts[0][:maxMessage-1], "") + "…"
}
