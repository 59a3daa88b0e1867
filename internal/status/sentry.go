package status

import (
	"fmt"
	"slices"
	"time"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/apimachinery/pkg/api/meta"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	tuxv1alpha1 "github.com/tux-io/tux-monitoring-operator/api/v1alpha1"
	"github.com/tux-io/tux-monitoring-operator/internal/fault"
)

// sentrySynced is the condition of the Sentry project.
func sentrySynced(old tuxv1alpha1.TuxMonitoringStatus, p *Pass) condition {
	c := condition{kind: tuxv1alpha1.ConditionSentrySynced, status: metav1.ConditionFalse}
	s := p.Sentry
	switch {
	case len(findingsOf(p, c.kind)) > 0:
		return area(p, c.kind, "", "")
	case p.Mode == tuxv1alpha1.ModePlan:
		c.status, c.reason = unknown, tuxv1alpha1.ReasonPlanned
		c.message = "Mode is Plan, Sentry is not asked; tuxmon sentry plan lists what Enforce would do"
	case !s.Ran:
		return unasked(old, p)
	case s.Err != nil:
		problems := sentryProblems(s.Err)
		c.reason, c.message = problems[0].reason, texts(problems)
	case len(s.Ignored) > 0:
		c.reason, c.message = tuxv1alpha1.ReasonSettingIgnored, ignored(s.Ignored)
	case s.Privacy != nil && len(s.Privacy.Exposed) > 0:
		c.reason = tuxv1alpha1.ReasonFieldsExposed
		c.message = "The organization calls these fields safe, so their values are stored: " + sentence(s.Privacy.Exposed)
	default:
		c.status, c.reason, c.message = metav1.ConditionTrue, tuxv1alpha1.ReasonSynced, fmt.Sprintf("Project %q is as declared", s.Project)
		if len(s.Waiting) > 0 {
			c.message += "; made when the environment has sent its first event: " + listOf(s.Waiting)
		}
	}
	return c
}

// unasked is the condition before the first answer: what was known of this very generation, which a restart
// of ours does not change.
func unasked(old tuxv1alpha1.TuxMonitoringStatus, p *Pass) condition {
	if was := ofGeneration(old, tuxv1alpha1.ConditionSentrySynced, p.Generation); was != nil {
		return condition{was.Type, was.Status, was.Reason, was.Message}
	}
	return condition{tuxv1alpha1.ConditionSentrySynced, unknown, tuxv1alpha1.ReasonPending, "Sentry was not asked yet"}
}

func ofGeneration(old tuxv1alpha1.TuxMonitoringStatus, kind string, generation int64) *metav1.Condition {
	if was := meta.FindStatusCondition(old.Conditions, kind); was != nil && was.ObservedGeneration == generation {
		return was
	}
	return nil
}

func ignored(list []Ignored) string {
	all := make([]string, 0, len(list))
	for _, one := range list {
		all = append(all, fmt.Sprintf("spec.sentry.%s: %s", one.Path, one.Cause))
	}
	return "Sentry answered with success and kept its own value of " + sentence(all)
}

// sentryProblems sorts the errors of one run, each with the reason its producer gave it; what a person must
// change comes first.
func sentryProblems(err error) []problem {
	var first, rest []problem
	for _, one := range fault.Leaves(err) {
		if t, ok := fault.AsTerminal(one); ok {
			first = append(first, problem{t.Reason, errorText(one)})
		} else if w, ok := fault.AsWaiting(one); ok {
			rest = append(rest, problem{w.Reason, errorText(one)})
		} else if apierrors.IsForbidden(one) {
			rest = append(rest, problem{tuxv1alpha1.ReasonForbidden, errorText(one)})
		} else {
			rest = append(rest, problem{tuxv1alpha1.ReasonSyncFailed, errorText(one)})
		}
	}
	return append(first, rest...)
}

// addSentry adds what keeps Ready from being True:
//
//	not asked yet                       waits, unless this generation was in step before
//	an error                            as of any output, but only after the grace where all was well before
//	a setting that is ignored           only where secrets get into Sentry because of it
//	exposed fields                      nothing: the organization is not this resource's
//	a leak that was proven              a person, as a setting that keeps secrets out and is ignored
//	a proof that is not at its end      nothing
func (v *verdict) addSentry(old tuxv1alpha1.TuxMonitoringStatus, p *Pass) {
	s := p.Sentry
	if s == nil || p.Mode == tuxv1alpha1.ModePlan || len(findingsOf(p, tuxv1alpha1.ConditionSentrySynced)) > 0 || inGrace(old, p) {
		return
	}
	if s.Proof != nil {
		if c := privacyVerified(old, p); c.reason == tuxv1alpha1.ReasonLeakFound {
			v.stalled = append(v.stalled, problem{c.reason, c.message})
		}
	}
	c := sentrySynced(old, p)
	private := slices.ContainsFunc(s.Ignored, func(one Ignored) bool { return one.Private })
	switch {
	case c.status == metav1.ConditionTrue:
	case !s.Ran:
		v.waiting = append(v.waiting, problem{c.reason, c.message})
	case s.Err != nil:
		v.addSentryError(s.Err)
	case private:
		v.stalled = append(v.stalled, problem{c.reason, c.message})
	}
}

func (v *verdict) addSentryError(err error) {
	for _, one := range fault.Leaves(err) {
		found := sentryProblems(one)
		if _, ok := fault.AsTerminal(one); ok {
			v.stalled = append(v.stalled, found...)
		} else if _, ok := fault.AsWaiting(one); ok {
			v.waiting = append(v.waiting, found...)
		} else {
			v.retrying = append(v.retrying, found...)
		}
	}
}

// inGrace: this generation was Ready, and Sentry is away not longer than what is no reason to stop
// everybody's rollout.
func inGrace(old tuxv1alpha1.TuxMonitoringStatus, p *Pass) bool {
	if p.Sentry.Ran && p.Sentry.Err == nil {
		return false
	}
	ready := ofGeneration(old, tuxv1alpha1.ConditionReady, p.Generation)
	if ready == nil || ready.Status != metav1.ConditionTrue {
		return false
	}
	was := ofGeneration(old, tuxv1alpha1.ConditionSentrySynced, p.Generation)
	return was == nil || was.Status != metav1.ConditionFalse || p.Now.Sub(was.LastTransitionTime.Time) < p.Sentry.Grace
}

// GraceEnds returns when Ready will say that Sentry is away; zero if it does not depend on the time.
func GraceEnds(s *tuxv1alpha1.TuxMonitoringStatus, grace time.Duration) time.Time {
	synced := meta.FindStatusCondition(s.Conditions, tuxv1alpha1.ConditionSentrySynced)
	if synced == nil || synced.Status != metav1.ConditionFalse || !meta.IsStatusConditionTrue(s.Conditions, tuxv1alpha1.ConditionReady) {
		return time.Time{}
	}
	return synced.LastTransitionTime.Add(grace)
}

// sentryStatus keeps project, proof and deploy, which who makes them writes down, and renews the rest.
func sentryStatus(old *tuxv1alpha1.SentryStatus, s *Sentry) *tuxv1alpha1.SentryStatus {
	status := &tuxv1alpha1.SentryStatus{}
	if old != nil {
		status.Project, status.Proof, status.Deploy = old.Project, old.Proof, old.Deploy
	}
	if s != nil {
		status.Privacy = s.Privacy
		if s.Privacy == nil && old != nil {
			status.Privacy = old.Privacy
		}
	}
	if status.Project == nil && status.Privacy == nil && status.Proof == nil && status.Deploy == nil {
		return nil
	}
	return status
}
