package controllers

import (
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"
	ctrl "sigs.k8s.io/controller-runtime"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/controller/controllerutil"

	tuxv1alpha1 "github.com/tux-io/tux-monitoring-operator/api/v1alpha1"
	"github.com/tux-io/tux-monitoring-operator/internal/external"
	"github.com/tux-io/tux-monitoring-operator/internal/plan"
	"github.com/tux-io/tux-monitoring-operator/internal/plan/env"
	"github.com/tux-io/tux-monitoring-operator/internal/plan/retention"
	settings "github.com/tux-io/tux-monitoring-operator/internal/plan/retention/loki"
)

// knownDocument is a ConfigMap as it was read or written last.
type knownDocument struct {
	version string
	labels  map[string]string
	data    map[string]string
	// lost is what it had before somebody took it out: promises that are nowhere else.
	lost map[string]string
}

// remembered is a ConfigMap with the memory of what it had before.
func remembered(found *corev1.ConfigMap, last *knownDocument) knownDocument {
	next := knownDocument{version: found.ResourceVersion, labels: found.Labels, data: found.Data, lost: map[string]string{}}
	for _, before := range []map[string]string{last.lost, last.data} {
		for name, text := range before {
			if _, there := found.Data[name]; !there {
				next.lost[name] = text
			}
		}
	}
	return next
}

// text is what was written under a key last.
func (d *knownDocument) text(key string) string {
	if text, there := d.data[key]; there {
		return text
	}
	return d.lost[key]
}

const consentLabel = env.DocumentLabel + "=" + env.DocumentLogs

// consentDelay is how long to wait for somebody who agrees to a document.
const consentDelay = time.Minute

// Reconcile makes the documents of one ConfigMap from all resources that name it.
func (k *logKeeper) Reconcile(ctx context.Context, request ctrl.Request) (ctrl.Result, error) {
	var all tuxv1alpha1.TuxMonitoringList
	if err := k.inputs.List(ctx, &all, client.MatchingFields{documentIndex: request.String()}); err != nil {
		return ctrl.Result{}, fmt.Errorf("cannot list TuxMonitorings: %w", err)
	}
	last, err := k.read(ctx, request.NamespacedName)
	if err != nil {
		k.tell(all.Items, documents{failed: map[string]error{"": err}}, time.Time{})
		return ctrl.Result{}, err
	}
	if len(all.Items) == 0 && last.version == "" {
		// Nobody names it and somebody has deleted it, with all its tombstones.
		k.mu.Lock()
		delete(k.documents, request.NamespacedName)
		k.mu.Unlock()
		return ctrl.Result{}, nil
	}
	if err := consent(request.NamespacedName, all.Items, &last); err != nil {
		k.tell(all.Items, documents{failed: map[string]error{"": err}}, time.Time{})
		return ctrl.Result{RequeueAfter: jitter(consentDelay)}, nil
	}
	open, err := k.erasing(ctx, all.Items)
	if err != nil {
		return ctrl.Result{}, err
	}
	made := k.make(request, all.Items, open, &last)
	since, err := k.write(ctx, request.NamespacedName, &last, made.data)
	if apierrors.IsConflict(err) || apierrors.IsAlreadyExists(err) {
		// Somebody wrote it meanwhile: what was read is old.
		k.remember(request.NamespacedName, knownDocument{lost: last.data})
		return ctrl.Result{}, err
	}
	if err != nil {
		made.failed[""] = err
	}
	k.tell(all.Items, made, since)
	return ctrl.Result{}, err
}

// consent: whoever may create a TuxMonitoring names a ConfigMap of any namespace, and the operator may write all of
// them. So it writes only to one whose label says that it is meant for that, and makes one only in the namespace of a
// resource.
func consent(key types.NamespacedName, tuxes []tuxv1alpha1.TuxMonitoring, last *knownDocument) error {
	here := slices.ContainsFunc(tuxes, func(tux tuxv1alpha1.TuxMonitoring) bool { return tux.Namespace == key.Namespace })
	switch {
	case last.version != "" && last.labels[env.DocumentLabel] == env.DocumentLogs, last.version == "" && here:
		return nil
	case last.version == "":
		return fmt.Errorf("there is no ConfigMap %q, which who has the namespace must make, with the label %s", key, consentLabel)
	}
	return fmt.Errorf("the ConfigMap %q lacks the label %s, without which nothing is written to it", key, consentLabel)
}

// documents are those of one ConfigMap as they shall be.
type documents struct {
	data map[string]string
	// results by owner.
	results map[string]retention.Result
	// failed has errors by key, and under the empty key that of the whole ConfigMap.
	failed map[string]error
}

// make aggregates each key by itself: one that cannot be made holds up no other.
func (k *logKeeper) make(request ctrl.Request, tuxes []tuxv1alpha1.TuxMonitoring, open map[string]bool, last *knownDocument) documents {
	made := documents{data: map[string]string{}, results: map[string]retention.Result{}, failed: map[string]error{}}
	for _, key := range keysOf(tuxes, last.data, last.lost) {
		document := env.LogDocument{Key: key}
		contributions := k.contributions(tuxes, open, key)
		before := settings.Document{Overrides: last.text(key), Ledger: last.text(document.Ledger())}
		next, results, err := settings.Aggregate(before, contributions)
		if err != nil {
			made.failed[key] = fmt.Errorf("cannot make %s/%s: %w", request, key, err)
			continue
		}
		for _, result := range results {
			made.results[result.Owner] = result
		}
		if before == (settings.Document{}) && !slices.ContainsFunc(contributions, func(c settings.Contribution) bool { return !c.Paused }) {
			continue // nobody who is allowed to wants it made
		}
		made.data[key], made.data[document.Ledger()] = next.Overrides, next.Ledger
	}
	return made
}

// keysOf are the keys that resources name, and those that have a ledger beside them: their tenants are kept.
func keysOf(tuxes []tuxv1alpha1.TuxMonitoring, data, lost map[string]string) []string {
	keys := map[string]bool{}
	for i := range tuxes {
		keys[plan.LogsOf(&tuxes[i]).Document.Key] = true
	}
	for _, key := range slices.Concat(slices.Collect(maps.Keys(data)), slices.Collect(maps.Keys(lost))) {
		if document, found := strings.CutSuffix(key, env.LedgerSuffix); found {
			keys[document] = true
		}
	}
	return slices.Sorted(maps.Keys(keys))
}

// contributions are what the resources want of one document. One that is deleted wants nothing, so that its promises
// are kept, unless it shall take them along.
func (k *logKeeper) contributions(tuxes []tuxv1alpha1.TuxMonitoring, open map[string]bool, key string) []settings.Contribution {
	var all []settings.Contribution
	for i := range tuxes {
		tux := &tuxes[i]
		want := plan.LogsOf(tux)
		leaving := isLeaving(tux)
		if want.Document.Key != key || !tux.DeletionTimestamp.IsZero() && !leaving {
			continue
		}
		k.mu.Lock()
		found := k.of(client.ObjectKeyFromObject(tux), tux.UID)
		c := settings.Contribution{
			Owner: client.ObjectKeyFromObject(tux).String(), Created: tux.CreationTimestamp.Time, Policy: want.Policy,
			Acknowledged: want.Acknowledged, Leaving: leaving, Paused: !leaving && !enforces(tux),
			Unasked: !found.knows(want), Before: found.before, Erasing: open[client.ObjectKeyFromObject(tux).String()],
		}
		k.mu.Unlock()
		all = append(all, c)
	}
	return all
}

func enforces(tux *tuxv1alpha1.TuxMonitoring) bool {
	return tux.Spec.Mode != tuxv1alpha1.ModePlan && tux.Spec.Mode != tuxv1alpha1.ModeSuspended
}

// isLeaving: it is being deleted, and the document shall forget it.
func isLeaving(tux *tuxv1alpha1.TuxMonitoring) bool {
	want := plan.LogsOf(tux)
	return want != nil && want.Removes && !tux.DeletionTimestamp.IsZero() && enforces(tux) &&
		controllerutil.ContainsFinalizer(tux, logsFinalizer)
}

// read returns the ConfigMap: from memory where the cache says that it is the same, else past it.
func (k *logKeeper) read(ctx context.Context, key types.NamespacedName) (knownDocument, error) {
	k.mu.Lock()
	last := k.documents[key]
	k.mu.Unlock()
	cached := &metav1.PartialObjectMetadata{}
	cached.SetGroupVersionKind(corev1.SchemeGroupVersion.WithKind("ConfigMap"))
	if err := k.metadata.Get(ctx, key, cached); err == nil && last.version != "" && cached.ResourceVersion == last.version {
		return last, nil
	}
	found := &corev1.ConfigMap{}
	err := k.live.Get(ctx, key, found)
	switch {
	case err != nil && !apierrors.IsNotFound(err):
		return last, fmt.Errorf("cannot read ConfigMap %q: %w", key, err)
	case err != nil:
		found = &corev1.ConfigMap{}
	}
	next := remembered(found, &last)
	k.remember(key, next)
	return next, nil
}

func (k *logKeeper) remember(key types.NamespacedName, document knownDocument) {
	k.mu.Lock()
	defer k.mu.Unlock()
	k.documents[key] = document
}

// write sends what differs, for the version that was looked at, and returns when that was.
func (k *logKeeper) write(ctx context.Context, key types.NamespacedName, last *knownDocument, next map[string]string) (time.Time, error) {
	changed := map[string]string{}
	for name, text := range next {
		if have, there := last.data[name]; !there || have != text {
			changed[name] = text
		}
	}
	if len(changed) == 0 {
		return time.Time{}, nil
	}
	object := &corev1.ConfigMap{ObjectMeta: metav1.ObjectMeta{Namespace: key.Namespace, Name: key.Name}}
	err := k.put(ctx, object, last, next, changed)
	if err != nil {
		return time.Time{}, fmt.Errorf("cannot write ConfigMap %q: %w", key, err)
	}
	ctrl.LoggerFrom(ctx).Info("Wrote retention of logs", "keys", slices.Sorted(maps.Keys(changed)))
	k.remember(key, remembered(object, last))
	return external.SystemClock().Now(), nil
}

// put creates the ConfigMap, or patches the keys that are ours and nothing else: who has made it keeps its labels.
func (k *logKeeper) put(ctx context.Context, object *corev1.ConfigMap, last *knownDocument, next, changed map[string]string) error {
	if last.version == "" {
		object.Labels, object.Data = env.DocumentLabels(), next
		return k.writer.Create(ctx, object, client.FieldOwner(env.FieldManager))
	}
	patch, err := json.Marshal(map[string]any{
		"metadata": map[string]any{"resourceVersion": last.version}, "data": changed,
	})
	if err != nil {
		return err
	}
	return k.writer.Patch(ctx, object, client.RawPatch(types.MergePatchType, patch), client.FieldOwner(env.FieldManager))
}

// tell keeps what became of each resource, and wakes those for which that is news. since is when the ConfigMap was
// written, zero if it was not.
func (k *logKeeper) tell(tuxes []tuxv1alpha1.TuxMonitoring, made documents, since time.Time) {
	var news []types.NamespacedName
	k.mu.Lock()
	for i := range tuxes {
		tux := &tuxes[i]
		key, want := client.ObjectKeyFromObject(tux), plan.LogsOf(tux)
		found := k.of(key, tux.UID)
		w := &writtenLogs{
			document: want.Document, generation: tux.Generation, result: made.results[key.String()], err: made.failed[""],
			leaving: isLeaving(tux), since: since,
		}
		if err := made.failed[want.Document.Key]; err != nil {
			w.err = err
		}
		w.result.Tenant = want.Policy.Tenant
		if w.same(found.written) {
			continue
		}
		if since.IsZero() && found.written != nil && digest(found.written.result.Holds) == digest(w.result.Holds) {
			w.since = found.written.since
		}
		found.written = w
		news = append(news, key)
	}
	k.mu.Unlock()
	for _, key := range news {
		k.wake(key)
	}
}
