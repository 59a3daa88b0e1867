package controllers

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/types"
	"sigs.k8s.io/controller-runtime/pkg/client"

	tuxv1alpha1 "github.com/tux-io/tux-monitoring-operator/api/v1alpha1"
	"github.com/tux-io/tux-monitoring-operator/internal/external"
	"github.com/tux-io/tux-monitoring-operator/internal/external/loki"
	"github.com/tux-io/tux-monitoring-operator/internal/plan"
	"github.com/tux-io/tux-monitoring-operator/internal/plan/env"
	"github.com/tux-io/tux-monitoring-operator/internal/plan/retention"
	"github.com/tux-io/tux-monitoring-operator/internal/plan/retention/erasure"
	"github.com/tux-io/tux-monitoring-operator/internal/plan/retention/seal"
	"github.com/tux-io/tux-monitoring-operator/internal/status"
)

const systemLogDeletions = "log-deletions"

func logDeletionsKey(key types.NamespacedName) external.Key {
	return external.Key{System: systemLogDeletions, Namespace: key.Namespace, Name: key.Name}
}

// syncLogDeletions looks what Loki was asked to delete: it deletes for whoever reaches it, and asks nobody who that is. It is
// a task of its own, since gateways keep that list for themselves.
func (r *Reconciler) syncLogDeletions(p *pass) {
	k, key, want := r.logs, client.ObjectKeyFromObject(p.tux), p.plan.Environment.Logs
	if want == nil || want.Policy.Backend != retention.Loki || !enforces(p.tux) || !k.hasTenant(p.tux, want) {
		k.stopDeletions(key)
		return
	}
	fingerprint := digest(want.URL, want.Policy.Tenant, want.AccountedFor, p.tux.UID, p.tux.Annotations[requestAnnotation])
	j := deletionsJob{key: key, uid: p.tux.UID, want: want, fingerprint: fingerprint}
	if p.tux.Status.Logs != nil {
		j.before = p.tux.Status.Logs.ForeignDeletions
	}
	result := k.runner.Tell(external.Task{
		Key: logDeletionsKey(key), Fingerprint: fingerprint, Settled: isTrueOf(p.tux, tuxv1alpha1.ConditionLogDeletionsKnown),
		Sync: func(ctx context.Context, _ external.Outcome) (external.Outcome, error) {
			return k.lookAtDeletions(ctx, j)
		},
	})
	p.logDeletions = &status.LogDeletions{Tenant: want.Policy.Tenant, Asked: result.Ran, Err: result.Err}
	k.mu.Lock()
	defer k.mu.Unlock()
	if found := k.known[key]; found != nil && found.foreignOf == fingerprint {
		p.logDeletions.Foreign, p.logDeletions.Closed = found.foreign, found.closed
	}
}

// deletionsJob is what one look needs to know.
type deletionsJob struct {
	key         types.NamespacedName
	uid         types.UID
	want        *env.Logs
	fingerprint string
	// before are those of others that the status tells of.
	before []tuxv1alpha1.LogDeletionStatus
}

// stopDeletions ends the looks at what Loki was asked to delete.
func (k *logKeeper) stopDeletions(key types.NamespacedName) {
	k.runner.Forget(logDeletionsKey(key))
	foreignGauge.DeleteLabelValues(key.Namespace, key.Name)
}

// lookAtDeletions asks Loki; what nobody has accounted for is what it ignored.
func (k *logKeeper) lookAtDeletions(ctx context.Context, j deletionsJob) (external.Outcome, error) {
	c, err := loki.New(loki.Config{URL: j.want.URL, UserAgent: k.options.UserAgent, Transport: k.hosts})
	if err != nil {
		return external.Outcome{}, err
	}
	requests, err := c.Requested(ctx, j.want.Policy.Tenant)
	closed := errors.Is(err, loki.ErrClosed)
	if err != nil && !closed {
		return external.Outcome{}, err
	}
	if err := k.account(ctx, j, requests); err != nil {
		return external.Outcome{}, err
	}
	foreign := deletionsFor(seal.Foreign(requests))
	if closed {
		// What was asked for before is not shown, and is no less true.
		foreign = slices.DeleteFunc(slices.Clone(j.before), func(d tuxv1alpha1.LogDeletionStatus) bool {
			return slices.Contains(j.want.AccountedFor, d.ID)
		})
	}
	foreignGauge.WithLabelValues(j.key.Namespace, j.key.Name).Set(float64(len(foreign)))
	k.mu.Lock()
	defer k.mu.Unlock()
	found := k.of(j.key, j.uid)
	found.foreign, found.foreignOf, found.closed = foreign, j.fingerprint, closed
	var outcome external.Outcome
	if closed {
		outcome.Ignored = append(outcome.Ignored, "closed")
	}
	for _, one := range foreign {
		outcome.Ignored = append(outcome.Ignored, one.ID+" "+string(one.State))
	}
	return outcome, nil
}

// account notes which requests somebody has accounted for: in the spec, as a TuxLogErasure, or by the record that one has
// left. Where a request would be another's it is looked past the cache, which may not have heard yet of what was sent.
func (k *logKeeper) account(ctx context.Context, j deletionsJob, requests []seal.Deletion) error {
	for i := range requests {
		requests[i].Known = slices.Contains(j.want.AccountedFor, requests[i].ID)
	}
	if len(seal.Foreign(requests)) == 0 {
		return nil
	}
	erasures, err := k.erasuresOf(ctx, j.key.Namespace, k.inputs)
	if err != nil {
		return err
	}
	accountFor(j.want.Policy.Tenant, requests, erasures, nil)
	if len(seal.Foreign(requests)) == 0 {
		return nil
	}
	if erasures, err = k.erasuresOf(ctx, j.key.Namespace, k.live); err != nil {
		return err
	}
	records, err := k.records(ctx, j.key.Namespace)
	if err != nil {
		return err
	}
	accountFor(j.want.Policy.Tenant, requests, erasures, records)
	return nil
}

func accountFor(tenant string, requests []seal.Deletion, erasures []tuxv1alpha1.TuxLogErasure, records []plan.ErasureRecord) {
	for i := range requests {
		d := &requests[i]
		sent := &erasure.LokiRequest{ID: d.ID, Query: d.Query, Status: d.Status, From: d.From, To: d.To, Created: d.Received}
		d.Known = d.Known || plan.Erases(erasures, records, tenant, sent)
	}
}

// erasuresOf are the TuxLogErasures of a namespace, if there are any of the kind.
func (k *logKeeper) erasuresOf(ctx context.Context, namespace string, reader client.Reader) ([]tuxv1alpha1.TuxLogErasure, error) {
	if !k.erases {
		return nil, nil
	}
	var list tuxv1alpha1.TuxLogErasureList
	if err := reader.List(ctx, &list, client.InNamespace(namespace)); err != nil {
		return nil, fmt.Errorf("cannot list TuxLogErasures: %w", err)
	}
	return list.Items, nil
}

// records are those that erasures of a namespace have left. One that cannot be read accounts for nothing.
func (k *logKeeper) records(ctx context.Context, namespace string) ([]plan.ErasureRecord, error) {
	var list corev1.ConfigMapList
	err := k.live.List(ctx, &list, client.InNamespace(namespace), client.MatchingLabels{env.RecordLabel: env.RecordErasure})
	if err != nil {
		return nil, fmt.Errorf("cannot list the records of erasures: %w", err)
	}
	var all []plan.ErasureRecord
	for i := range list.Items {
		if record, err := plan.ReadErasureRecord(list.Items[i].Data[plan.RecordKey]); err == nil {
			all = append(all, record)
		}
	}
	return all, nil
}

// deletionsFor is what people are shown of requests, the newest first.
func deletionsFor(foreign []seal.Deletion) []tuxv1alpha1.LogDeletionStatus {
	slices.SortFunc(foreign, func(a, b seal.Deletion) int {
		if c := b.Received.Compare(a.Received); c != 0 {
			return c
		}
		return strings.Compare(a.ID, b.ID)
	})
	var all []tuxv1alpha1.LogDeletionStatus
	for i := range foreign {
		d := &foreign[i]
		all = append(all, tuxv1alpha1.LogDeletionStatus{
			ID: d.ID, State: stateOf(d.Status), From: d.From.Format(time.RFC3339), To: d.To.Format(time.RFC3339),
			Received: d.Received.Format(time.RFC3339),
		})
	}
	// One request can come back in several parts, one for each day; they have one ID.
	return slices.CompactFunc(all, func(a, b tuxv1alpha1.LogDeletionStatus) bool { return a.ID == b.ID })
}

// stateOf leaves out the percentage, which changes all the time.
func stateOf(text string) tuxv1alpha1.LogDeletionState {
	switch text {
	case "received":
		return tuxv1alpha1.LogDeletionReceived
	case "processed":
		return tuxv1alpha1.LogDeletionProcessed
	}
	return tuxv1alpha1.LogDeletionProcessing
}

// announceDeletions emits an event for requests that join others: the first ones are told with the condition.
func (r *Reconciler) announceDeletions(tux *tuxv1alpha1.TuxMonitoring, before, after *tuxv1alpha1.TuxMonitoringStatus) {
	if before.Logs == nil || after.Logs == nil || len(before.Logs.ForeignDeletions) == 0 {
		return
	}
	for _, one := range after.Logs.ForeignDeletions {
		known := func(d tuxv1alpha1.LogDeletionStatus) bool { return d.ID == one.ID }
		if !slices.ContainsFunc(before.Logs.ForeignDeletions, known) && one.Received >= before.Logs.ForeignDeletions[0].Received {
			r.events.Eventf(tux, nil, corev1.EventTypeWarning, tuxv1alpha1.ReasonForeignDelete, "Delete-"+one.ID[:min(len(one.ID), 16)],
				"Somebody else asked Loki to delete lines of tenant %q from %s to %s: request %s", after.Logs.Tenant, one.From, one.To, one.ID)
		}
	}
}
