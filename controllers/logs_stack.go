package controllers

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"
	"sigs.k8s.io/controller-runtime/pkg/client"

	tuxv1alpha1 "github.com/tux-io/tux-monitoring-operator/api/v1alpha1"
	"github.com/tux-io/tux-monitoring-operator/internal/external"
	"github.com/tux-io/tux-monitoring-operator/internal/external/loki"
	"github.com/tux-io/tux-monitoring-operator/internal/fault"
	"github.com/tux-io/tux-monitoring-operator/internal/plan"
	"github.com/tux-io/tux-monitoring-operator/internal/plan/env"
	"github.com/tux-io/tux-monitoring-operator/internal/plan/retention"
	settings "github.com/tux-io/tux-monitoring-operator/internal/plan/retention/loki"
	"github.com/tux-io/tux-monitoring-operator/internal/plan/retention/lokistack"
	"github.com/tux-io/tux-monitoring-operator/internal/status"
)

// lokiStackKind is applied a part of, and owned by others.
var lokiStackKind = env.LokiVersion.WithKind(env.LokiStackKind)

// stackJob is what one run needs to know.
type stackJob struct {
	key         types.NamespacedName
	uid         types.UID
	want        *env.Logs
	fingerprint string
}

// stackReport is what one run has found.
type stackReport struct {
	result  retention.Result
	err     error
	verdict lokistack.Verdict
	// rules of the LokiStack; nil if it could not be read.
	rules *lokistack.Rules
	// since is when the limits were applied; zero if that was before we started.
	since time.Time
}

// syncStack hands in what a LokiStack shall have, and takes the last result. A run serves all resources that name the
// LokiStack, since one field manager applies all its tenants together.
func (r *Reconciler) syncStack(ctx context.Context, p *pass, want *env.Logs) {
	key, k := client.ObjectKeyFromObject(p.tux), r.logs
	p.logs = &status.Logs{
		Tenant: want.Policy.Tenant, Stack: true, Silent: want.URL == "", Document: want.Stack.String(),
		Snippet: "spec.managementState: Managed in " + want.Stack.String(),
	}
	if p.tux.Spec.Mode == tuxv1alpha1.ModePlan {
		k.pause(key)
		return
	}
	version, err := r.stackVersion(ctx, want.Stack)
	if err != nil {
		k.stopLook(key)
		p.logs.Written, p.logs.Err = tuxv1alpha1.LogsFailed, err
		return
	}
	j := stackJob{key: key, uid: p.tux.UID, want: want}
	j.fingerprint = digest(want, p.tux.UID, p.tux.Generation, version, p.tux.Annotations[requestAnnotation])
	result := k.runner.Tell(external.Task{
		Key: logsKey(key), Fingerprint: j.fingerprint, Settled: settledLogs(p.tux),
		Sync: func(ctx context.Context, last external.Outcome) (external.Outcome, error) {
			return k.keepStack(ctx, j, last)
		},
	})
	k.fillStack(p.logs, j, result)
}

// stackVersion changes with the spec of a LokiStack. It fails where there is none that may be applied to: whoever may create
// a TuxMonitoring can name any, and the label says that who has it agrees.
func (r *Reconciler) stackVersion(ctx context.Context, stack env.LogStack) (string, error) {
	if !r.kinds.installed(lokiStackKind) {
		return "", fault.Waiting(tokenDelay, tuxv1alpha1.ReasonCRDMissing,
			fmt.Errorf("kind %s of %s is not installed", lokiStackKind.Kind, lokiStackKind.GroupVersion()))
	}
	found := &metav1.PartialObjectMetadata{}
	found.SetGroupVersionKind(lokiStackKind)
	err := r.logs.metadata.Get(ctx, types.NamespacedName(stack), found)
	if apierrors.IsNotFound(err) {
		return "", fmt.Errorf("there is no %s with the label %s, without which nothing is applied to it", stack, consentLabel)
	}
	if err != nil {
		return "", fmt.Errorf("cannot look for %s: %w", stack, err)
	}
	return fmt.Sprint(found.UID, found.Generation), nil
}

// keepStack is one run of one task.
func (k *logKeeper) keepStack(ctx context.Context, j stackJob, last external.Outcome) (external.Outcome, error) {
	have, report, err := k.applyStack(ctx, j)
	var unseen *unseenError
	if errors.As(err, &unseen) {
		return last, err
	}
	if err != nil {
		report.err = err
		k.learnStack(j, report)
		return external.Outcome{}, err
	}
	if report.result.Holds == nil {
		k.learnStack(j, report)
		return external.Outcome{Ignored: []string{digest(report.result, report.rules)}}, nil
	}
	report.verdict, err = k.judgeStack(ctx, j, have, &report)
	if err == nil && report.verdict.Pending {
		err = k.onItsWay("it is not Ready yet")
	}
	k.learnStack(j, report)
	return external.Outcome{Ignored: append(reads(report.verdict.Verdict), digest(report.result, report.rules))}, err
}

// applyStack decides and applies, after asking its Loki what holds for a tenant that was never ours.
func (k *logKeeper) applyStack(ctx context.Context, j stackJob) (*lokistack.Stack, stackReport, error) {
	for asked := false; ; asked = true {
		have, decision, written, err := k.settleAlone(ctx, j.want.Stack)
		report := stackReport{}
		report.result, _ = decision.Of(j.key.String())
		report.result.Tenant = j.want.Policy.Tenant
		if have != nil {
			report.rules = &have.Rules
		}
		if written {
			report.since = external.SystemClock().Now()
			k.announceStack(j)
		}
		if err != nil || report.result.State != retention.Waiting || asked {
			return have, report, err
		}
		if err := k.askBefore(ctx, j); err != nil {
			// That it waits is all that was found out: nothing was tried.
			k.learnStack(j, report)
			return have, report, &unseenError{err}
		}
	}
}

func stackPlace(of env.LogStack) place { return place{backend: retention.LokiStack, at: of.String()} }

// askBefore asks the Loki of a LokiStack what holds for a tenant.
func (k *logKeeper) askBefore(ctx context.Context, j stackJob) error {
	c, err := loki.New(loki.Config{URL: j.want.URL, UserAgent: k.options.UserAgent, Transport: k.hosts})
	if err != nil {
		return err
	}
	now := external.SystemClock().Now()
	before, err := c.Before(ctx, j.want.Policy.Tenant, now)
	if err != nil {
		return err
	}
	k.mu.Lock()
	defer k.mu.Unlock()
	found := k.of(j.key, j.uid)
	found.asked, found.askedAt, found.before = address(j.want), now, before
	return nil
}

// settleAlone is settleStack if nobody else is at the LokiStack.
func (k *logKeeper) settleAlone(ctx context.Context, of env.LogStack) (
	have *lokistack.Stack, decision lokistack.Decision, written bool, err error,
) {
	leave, err := k.places.try(stackPlace(of), k.options.MinBackoff)
	if err != nil {
		return nil, decision, false, &unseenError{err}
	}
	defer leave()
	return k.settleStack(ctx, of)
}

// unseenError means that nothing was found out, so that what was known before stands.
type unseenError struct{ error }

func (e *unseenError) Unwrap() error { return e.error }

// unread is an error of a read. That something is not there, or not ours to read, was found out.
func unread(err error) error {
	if apierrors.IsNotFound(err) || apierrors.IsForbidden(err) {
		return err
	}
	return &unseenError{err}
}

// settleStack brings one LokiStack in step with all resources that name it, and returns it as it is then. written says that
// something was sent. The caller is at its place.
func (k *logKeeper) settleStack(ctx context.Context, of env.LogStack) (
	have *lokistack.Stack, decision lokistack.Decision, written bool, err error,
) {
	s, err := k.readStack(ctx, of)
	if err != nil {
		return nil, decision, false, err
	}
	contributions, err := k.stackContributions(ctx, of, &s.stack)
	if err != nil {
		return nil, decision, false, err
	}
	if decision, err = lokistack.Decide(s.promised(), &s.stack, contributions); err != nil {
		return nil, decision, false, err
	}
	written, err = k.writeStack(ctx, s, &decision)
	return &s.stack, decision, written, err
}

// stackContributions are what the resources want of a LokiStack. Where its Loki cannot be asked, what holds for a tenant is
// what the LokiStack says, and it counts as one that has logs.
func (k *logKeeper) stackContributions(ctx context.Context, of env.LogStack, have *lokistack.Stack) ([]settings.Contribution, error) {
	var tuxes tuxv1alpha1.TuxMonitoringList
	if err := k.inputs.List(ctx, &tuxes, client.MatchingFields{stackIndex: of.String()}); err != nil {
		return nil, unread(fmt.Errorf("cannot list TuxMonitorings: %w", err))
	}
	all := k.contributions(tuxes.Items, nil, "")
	for i := range tuxes.Items {
		owner, want := client.ObjectKeyFromObject(&tuxes.Items[i]).String(), plan.LogsOf(&tuxes.Items[i])
		n := slices.IndexFunc(all, func(c settings.Contribution) bool { return c.Owner == owner })
		if n >= 0 && want.URL == "" {
			all[n].Unasked, all[n].Before = false, have.Before(want.Policy.Tenant)
		}
	}
	return all, nil
}

// judgeStack asks the Loki of a LokiStack, where there is a URL.
func (k *logKeeper) judgeStack(
	ctx context.Context, j stackJob, have *lokistack.Stack, report *stackReport,
) (lokistack.Verdict, error) {
	holds, now := *report.result.Holds, external.SystemClock().Now()
	if j.want.URL == "" {
		return lokistack.Judge(holds, have, nil), nil
	}
	c, err := loki.New(loki.Config{URL: j.want.URL, UserAgent: k.options.UserAgent, Transport: k.hosts})
	if err != nil {
		return lokistack.Verdict{}, err
	}
	facts, err := c.Observe(ctx, j.want.Policy.Tenant, holds, now)
	if err != nil {
		return lokistack.Verdict{}, err
	}
	verdict := lokistack.Judge(holds, have, &facts)
	age := now.Sub(k.appliedSince(j, report))
	switch {
	case verdict.Off, verdict.ReloadFailed:
		return verdict, nil
	case len(verdict.Differences) > 0 && age < k.options.Propagation:
		return verdict, k.onItsWay("its Loki does not have it yet")
	case len(verdict.Overdue) > 0 && age < k.options.Deletion:
		return verdict, k.onItsWay("its Loki has it, and has not deleted everything yet")
	}
	return verdict, nil
}

// appliedSince is when the limits were applied last, by this run or one before.
func (k *logKeeper) appliedSince(j stackJob, report *stackReport) time.Time {
	if !report.since.IsZero() {
		return report.since
	}
	k.mu.Lock()
	defer k.mu.Unlock()
	return k.of(j.key, j.uid).stack.since
}

// learnStack takes over what a run found.
func (k *logKeeper) learnStack(j stackJob, report stackReport) {
	k.mu.Lock()
	defer k.mu.Unlock()
	found := k.of(j.key, j.uid)
	if report.since.IsZero() {
		report.since = found.stack.since
	}
	found.stack, found.stackOf = report, j.fingerprint
}

// fillStack takes over what the runs under this fingerprint have found.
func (k *logKeeper) fillStack(l *status.Logs, j stackJob, result external.Result) {
	if !result.Ran {
		return
	}
	k.mu.Lock()
	defer k.mu.Unlock()
	found := k.known[j.key]
	if found == nil || found.stackOf != j.fingerprint {
		return
	}
	report := &found.stack
	fillWritten(l, &writtenLogs{result: report.result, err: report.err}, nil)
	l.Asked, l.AskErr = true, result.Err
	v := &report.verdict
	l.Off, l.Reload, l.Differences, l.Overdue, l.Pending = v.Off, reloadOf(v.Verdict), v.Differences, v.Overdue, v.Pending
}

func (k *logKeeper) announceStack(j stackJob) {
	tux := &tuxv1alpha1.TuxMonitoring{}
	tux.Namespace, tux.Name, tux.UID = j.key.Namespace, j.key.Name, j.uid
	k.events.Eventf(tux, nil, corev1.EventTypeNormal, tuxv1alpha1.ReasonWritten, "WriteRetention",
		"Applied the retention of all its tenants to %s", j.want.Stack)
}

// leaveStack takes the tenant of a resource that is deleted out of its LokiStack.
func (r *Reconciler) leaveStack(ctx context.Context, tux *tuxv1alpha1.TuxMonitoring, want *env.Logs) *writtenLogs {
	if _, err := r.stackVersion(ctx, want.Stack); err != nil {
		return &writtenLogs{err: err}
	}
	leave, err := r.logs.places.enter(ctx, stackPlace(want.Stack))
	if err != nil {
		return &writtenLogs{err: err}
	}
	defer leave()
	_, decision, _, err := r.logs.settleStack(ctx, want.Stack)
	result, asked := decision.Of(client.ObjectKeyFromObject(tux).String())
	if err == nil && !asked {
		err = errors.New("the cache does not have the deletion yet")
	}
	return &writtenLogs{result: result, err: err}
}
