package controllers

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/apimachinery/pkg/types"
	"sigs.k8s.io/controller-runtime/pkg/client"

	tuxv1alpha1 "github.com/tux-io/tux-monitoring-operator/api/v1alpha1"
	"github.com/tux-io/tux-monitoring-operator/internal/external"
	"github.com/tux-io/tux-monitoring-operator/internal/external/logstore"
	"github.com/tux-io/tux-monitoring-operator/internal/external/logstores"
	"github.com/tux-io/tux-monitoring-operator/internal/fault"
	"github.com/tux-io/tux-monitoring-operator/internal/plan/env"
	"github.com/tux-io/tux-monitoring-operator/internal/plan/retention"
	settings "github.com/tux-io/tux-monitoring-operator/internal/plan/retention/store"
	"github.com/tux-io/tux-monitoring-operator/internal/status"
)

// storeJob is what one run needs to know.
type storeJob struct {
	kind          logstores.Kind
	key           types.NamespacedName
	uid           types.UID
	want          *env.Logs
	secretVersion string
	fingerprint   string
}

// syncStore hands in what a log store with an API shall keep, and takes the last result.
func (r *Reconciler) syncStore(ctx context.Context, p *pass, kind logstores.Kind, want *env.Logs) {
	key, k := client.ObjectKeyFromObject(p.tux), r.logs
	p.logs = &status.Logs{
		Tenant: want.Policy.Tenant, Store: kind.Dialect.Name, Snippet: kind.Dialect.Start,
		Document: "_component_template/" + settings.Component(want.Policy.Tenant),
	}
	if p.tux.Spec.Mode == tuxv1alpha1.ModePlan {
		k.pause(key)
		return
	}
	j, err := r.newStoreJob(ctx, p.tux, kind, want)
	if err != nil {
		k.pause(key)
		p.logs.Written, p.logs.Asked, p.logs.AskErr = tuxv1alpha1.LogsWaiting, true, err
		return
	}
	result := k.runner.Tell(external.Task{
		Key: logsKey(key), Fingerprint: j.fingerprint, Settled: settledLogs(p.tux),
		Sync: func(ctx context.Context, last external.Outcome) (external.Outcome, error) {
			last.Corrected = nil
			return k.keepStore(ctx, j, last)
		},
	})
	k.fillReport(p.logs, j, result)
}

// newStoreJob reads the version of the Secret from the cache: it is part of the fingerprint, so that a new one makes the
// task due.
func (r *Reconciler) newStoreJob(
	ctx context.Context, tux *tuxv1alpha1.TuxMonitoring, kind logstores.Kind, want *env.Logs,
) (storeJob, error) {
	j := storeJob{kind: kind, key: client.ObjectKeyFromObject(tux), uid: tux.UID, want: want}
	if want.Secret != "" {
		if err := r.secrets.ensure(ctx, tux.Namespace); apierrors.IsForbidden(err) {
			return j, apierrors.NewForbidden(schema.GroupResource{Resource: "secrets"}, want.Secret,
				errors.New("spec.logs needs to read Secrets: name its namespace in --secret-namespaces, "+
					"and there kubectl apply -k config/logs"))
		} else if err != nil {
			return j, err
		}
		secret := secretMetadata()
		err := r.client.Get(ctx, client.ObjectKey{Namespace: tux.Namespace, Name: want.Secret}, secret)
		if client.IgnoreNotFound(err) != nil {
			return j, fmt.Errorf("cannot look for Secret %q: %w", want.Secret, err)
		}
		j.secretVersion = secret.ResourceVersion
	}
	j.fingerprint = digest(want, j.uid, j.secretVersion, tux.Annotations[requestAnnotation])
	return j, nil
}

// keepStore is one run of one task. Of two resources that want the same tenant one comes first, and the other finds its
// ledger: there is nothing in a log store that would lock it.
func (k *logKeeper) keepStore(ctx context.Context, j storeJob, last external.Outcome) (external.Outcome, error) {
	credentials, err := k.credentials(ctx, j)
	if err != nil {
		return external.Outcome{}, err
	}
	keeper, err := j.kind.Open(logstore.Config{
		URL: j.want.URL, Credentials: credentials, UserAgent: k.options.UserAgent, Transport: k.stores[j.want.Policy.Backend],
	})
	if err != nil {
		return external.Outcome{}, err
	}
	leave, err := k.places.try(place{j.want.Policy.Backend, j.want.URL, j.want.Policy.Tenant}, k.options.MinBackoff)
	if err != nil {
		return last, err
	}
	defer leave()
	keeper.Told = k.toldBefore(j)
	report, err := keeper.Keep(ctx, settings.Want{
		Owner: j.key.String(), Policy: j.want.Policy, Acknowledged: j.want.Acknowledged,
	}, external.SystemClock().Now())
	k.announceStore(j, report)
	k.estimateStore(ctx, keeper, j, report)
	if late := k.learnReport(j, report); late && err == nil {
		// Indices follow within minutes, so that the next look is not hurried.
		err = fault.Waiting(k.options.Deletion/6, tuxv1alpha1.ReasonWritten,
			errors.New(j.kind.Dialect.Name+" has it, and does not keep to it everywhere yet"))
	}
	return external.Outcome{Corrected: slices.Concat(report.Corrected, report.Moved), Ignored: reportReads(report)}, err
}

// toldBefore is what runs of this task have told indices. Whoever asks for a new look has them told again.
func (k *logKeeper) toldBefore(j storeJob) settings.Told {
	k.mu.Lock()
	defer k.mu.Unlock()
	if found := k.of(j.key, j.uid); found.reportOf == j.fingerprint {
		return found.report.Told
	}
	return nil
}

// credentials reads the Secret, each time: it is asked for every few minutes, and nothing has to be kept.
func (k *logKeeper) credentials(ctx context.Context, j storeJob) (logstore.Credentials, error) {
	if j.want.Secret == "" {
		return logstore.Credentials{}, nil
	}
	secret := &corev1.Secret{}
	err := k.live.Get(ctx, client.ObjectKey{Namespace: j.key.Namespace, Name: j.want.Secret}, secret)
	if apierrors.IsNotFound(err) {
		return logstore.Credentials{}, fault.Waiting(tokenDelay, tuxv1alpha1.ReasonCredentialInvalid,
			fmt.Errorf("cannot find Secret %q with the credentials", j.want.Secret))
	}
	if err != nil {
		return logstore.Credentials{}, fmt.Errorf("cannot read Secret %q: %w", j.want.Secret, err)
	}
	return j.kind.Credentials(secret.Data)
}

// learnReport takes over what a run found, and says whether what is late has just been told so: lines that a new policy lets
// go, and indices that do not follow it yet.
func (k *logKeeper) learnReport(j storeJob, report logstore.Report) (late bool) {
	now := external.SystemClock().Now()
	k.mu.Lock()
	defer k.mu.Unlock()
	found := k.of(j.key, j.uid)
	if len(report.Corrected) > 0 {
		found.since = now
	}
	if report.Result.State != "" {
		found.report, found.reportOf = report, j.fingerprint
	}
	v := report.Verdict
	return len(v.Overdue)+len(v.Underway) > 0 && len(v.Differences) == 0 && !v.Off && now.Sub(found.since) < k.options.Deletion
}

// estimateStore counts once for each acknowledgement how much would go. Without an answer nothing is told, and the next run
// asks again: nothing else depends on it.
func (k *logKeeper) estimateStore(ctx context.Context, keeper logstore.Keeper, j storeJob, report logstore.Report) {
	acknowledgement := report.Result.Acknowledgement
	k.mu.Lock()
	known := k.of(j.key, j.uid).goingOf == acknowledgement
	k.mu.Unlock()
	if known || acknowledgement == "" {
		return
	}
	lines, err := keeper.Estimate(ctx, report.Result, external.SystemClock().Now())
	if err != nil {
		return
	}
	going := map[string]string{}
	for class, n := range lines {
		going[class] = retention.AboutLines(n)
	}
	k.learnGoing(j.key, j.uid, acknowledgement, going)
}

// reportReads is how a report reads, so that another one is news.
func reportReads(report logstore.Report) []string {
	return []string{digest(report.Verdict), digest(report.Result)}
}

// announceStore tells that something was written.
func (k *logKeeper) announceStore(j storeJob, report logstore.Report) {
	tux := &tuxv1alpha1.TuxMonitoring{}
	tux.Namespace, tux.Name, tux.UID = j.key.Namespace, j.key.Name, j.uid
	if n := len(report.Corrected); n > 0 {
		k.events.Eventf(tux, nil, corev1.EventTypeNormal, tuxv1alpha1.ReasonWritten, "WriteRetention",
			"Wrote %d policies and templates of tenant %q to %s", n, j.want.Policy.Tenant, j.kind.Dialect.Name)
	}
	if len(report.Moved) > 0 {
		k.events.Eventf(tux, nil, corev1.EventTypeNormal, tuxv1alpha1.ReasonWritten, "MoveIndices",
			"Changed in %s for tenant %q: %s", j.kind.Dialect.Name, j.want.Policy.Tenant, strings.Join(report.Moved, ", "))
	}
}

// fillReport takes over what the runs under this fingerprint have found. With an error what was written before stays
// told, unless a person has to do something about it.
func (k *logKeeper) fillReport(l *status.Logs, j storeJob, result external.Result) {
	if !result.Ran {
		return
	}
	l.Asked, l.AskErr, l.Written = true, result.Err, tuxv1alpha1.LogsWaiting
	k.mu.Lock()
	defer k.mu.Unlock()
	found := k.known[j.key]
	if found == nil || found.reportOf != j.fingerprint {
		return
	}
	going := found.going
	if found.goingOf != found.report.Result.Acknowledgement {
		going = nil
	}
	fillWritten(l, &writtenLogs{result: found.report.Result}, going)
	if result.Err == nil {
		v := found.report.Verdict
		l.Off, l.Differences, l.Overdue = v.Off, slices.Concat(v.Differences, v.Underway), v.Overdue
	}
}
