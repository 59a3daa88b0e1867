package controllers

import (
	"context"
	"errors"
	"fmt"
	"sync"

	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/apimachinery/pkg/types"
	"sigs.k8s.io/controller-runtime/pkg/client"

	tuxv1alpha1 "github.com/tux-io/tux-monitoring-operator/api/v1alpha1"
	"github.com/tux-io/tux-monitoring-operator/internal/external"
	"github.com/tux-io/tux-monitoring-operator/internal/external/elastic"
	"github.com/tux-io/tux-monitoring-operator/internal/fault"
	"github.com/tux-io/tux-monitoring-operator/internal/plan/env"
	settings "github.com/tux-io/tux-monitoring-operator/internal/plan/retention/elastic"
	lokisettings "github.com/tux-io/tux-monitoring-operator/internal/plan/retention/loki"
	"github.com/tux-io/tux-monitoring-operator/internal/status"
)

// storeName is what people call the log store.
const storeName = "Elasticsearch"

// storeJob is what one run needs to know.
type storeJob struct {
	key           types.NamespacedName
	uid           types.UID
	want          *env.Logs
	secretVersion string
	fingerprint   string
}

// syncStore hands in what a log store with an API shall keep, and takes the last result.
func (r *Reconciler) syncStore(ctx context.Context, p *pass, want *env.Logs) {
	key, k := client.ObjectKeyFromObject(p.tux), r.logs
	p.logs = &status.Logs{
		Tenant: want.Policy.Tenant, Store: storeName, Document: "_component_template/" + settings.Component(want.Policy.Tenant),
	}
	if p.tux.Spec.Mode == tuxv1alpha1.ModePlan {
		k.pause(key)
		return
	}
	j, err := r.newStoreJob(ctx, p.tux, want)
	if err != nil {
		k.pause(key)
		p.logs.Written, p.logs.Asked, p.logs.AskErr = tuxv1alpha1.LogsWaiting, true, err
		return
	}
	result := k.runner.Tell(external.Task{
		Key: logsKey(key), Fingerprint: j.fingerprint, Settled: settledLogs(p.tux),
		Sync: func(ctx context.Context, _ external.Outcome) (external.Outcome, error) { return k.keepStore(ctx, j) },
	})
	k.fillReport(p.logs, j, result)
}

// newStoreJob reads the version of the Secret from the cache: it is part of the fingerprint, so that a new one makes the
// task due.
func (r *Reconciler) newStoreJob(ctx context.Context, tux *tuxv1alpha1.TuxMonitoring, want *env.Logs) (storeJob, error) {
	j := storeJob{key: client.ObjectKeyFromObject(tux), uid: tux.UID, want: want}
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
// ledger: there is nothing in Elasticsearch that would lock it.
func (k *logKeeper) keepStore(ctx context.Context, j storeJob) (external.Outcome, error) {
	credentials, err := k.credentials(ctx, j)
	if err != nil {
		return external.Outcome{}, err
	}
	c, err := elastic.New(elastic.Config{
		URL: j.want.URL, Credentials: credentials, UserAgent: k.options.UserAgent, Transport: k.stores,
	})
	if err != nil {
		return external.Outcome{}, err
	}
	held, _ := k.tenants.LoadOrStore(j.want.Policy.Tenant, &sync.Mutex{})
	if lock, ok := held.(*sync.Mutex); ok {
		lock.Lock()
		defer lock.Unlock()
	}
	report, err := elastic.Keep(ctx, c, settings.Want{
		Owner: j.key.String(), Policy: j.want.Policy, Acknowledged: j.want.Acknowledged,
	}, external.SystemClock().Now())
	k.announceStore(j, report)
	if late := k.learnReport(j, report); late && err == nil {
		err = k.onItsWay(storeName + " has it, and has not deleted everything yet")
	}
	return external.Outcome{Corrected: report.Corrected, Ignored: reportReads(report)}, err
}

// credentials reads the Secret, each time: it is asked for every few minutes, and nothing has to be kept.
func (k *logKeeper) credentials(ctx context.Context, j storeJob) (elastic.Credentials, error) {
	if j.want.Secret == "" {
		return elastic.Credentials{}, nil
	}
	secret := &corev1.Secret{}
	err := k.live.Get(ctx, client.ObjectKey{Namespace: j.key.Namespace, Name: j.want.Secret}, secret)
	if apierrors.IsNotFound(err) {
		return elastic.Credentials{}, fault.Waiting(tokenDelay, tuxv1alpha1.ReasonCredentialInvalid,
			fmt.Errorf("cannot find Secret %q with the credentials", j.want.Secret))
	}
	if err != nil {
		return elastic.Credentials{}, fmt.Errorf("cannot read Secret %q: %w", j.want.Secret, err)
	}
	return elastic.NewCredentials(secret.Data)
}

// learnReport takes over what a run found, and says whether lines are late that a new policy has just let go.
func (k *logKeeper) learnReport(j storeJob, report elastic.Report) (late bool) {
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
	return len(report.Verdict.Overdue) > 0 && !report.Verdict.Off && now.Sub(found.since) < k.options.Deletion
}

// reportReads is how a report reads, so that another one is news.
func reportReads(report elastic.Report) []string {
	return append(reads(lokisettings.Verdict{
		Off: report.Verdict.Off, Differences: report.Verdict.Differences, Overdue: report.Verdict.Overdue,
	}), digest(report.Result))
}

// announceStore tells that something was written.
func (k *logKeeper) announceStore(j storeJob, report elastic.Report) {
	if len(report.Corrected) == 0 {
		return
	}
	tux := &tuxv1alpha1.TuxMonitoring{}
	tux.Namespace, tux.Name, tux.UID = j.key.Namespace, j.key.Name, j.uid
	k.events.Eventf(tux, nil, corev1.EventTypeNormal, tuxv1alpha1.ReasonWritten, "WriteRetention",
		"Wrote %d policies and templates of tenant %q to %s", len(report.Corrected), j.want.Policy.Tenant, storeName)
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
	fillWritten(l, &writtenLogs{result: found.report.Result}, nil)
	if result.Err == nil {
		v := found.report.Verdict
		l.Off, l.Differences, l.Overdue = v.Off, v.Differences, v.Overdue
	}
}
