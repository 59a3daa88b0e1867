package controllers

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"reflect"
	"slices"
	"strings"
	"sync"
	"time"

	"k8s.io/apimachinery/pkg/types"
	"k8s.io/client-go/tools/events"
	ctrl "sigs.k8s.io/controller-runtime"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/event"

	tuxv1alpha1 "github.com/tux-io/tux-monitoring-operator/api/v1alpha1"
	"github.com/tux-io/tux-monitoring-operator/internal/external"
	"github.com/tux-io/tux-monitoring-operator/internal/external/logstore"
	"github.com/tux-io/tux-monitoring-operator/internal/external/logstores"
	"github.com/tux-io/tux-monitoring-operator/internal/external/loki"
	"github.com/tux-io/tux-monitoring-operator/internal/fault"
	"github.com/tux-io/tux-monitoring-operator/internal/plan/env"
	judge "github.com/tux-io/tux-monitoring-operator/internal/plan/erasure"
	"github.com/tux-io/tux-monitoring-operator/internal/plan/retention"
	settings "github.com/tux-io/tux-monitoring-operator/internal/plan/retention/loki"
	"github.com/tux-io/tux-monitoring-operator/internal/status"
)

// LogOptions are times and limits; zero means the default.
type LogOptions struct {
	// UserAgent is sent to Loki. Default: tuxmonitoring.
	UserAgent string
	// Interval is the time between two looks at what Loki does. Default: 10 minutes.
	Interval time.Duration
	// Spread is the time over which the first looks after a restart are spread. Default: 5 minutes.
	Spread time.Duration
	// MinBackoff and MaxBackoff bound the time between tries. Default: 5 seconds and 5 minutes.
	MinBackoff, MaxBackoff time.Duration
	// Propagation is how long a document may take to reach Loki: the kubelet brings a ConfigMap into a pod within
	// one to two minutes, and Loki looks every ten seconds. Default: 5 minutes.
	Propagation time.Duration
	// Deletion is how long lines may stay that a new document lets go: by its defaults the compactor comes every
	// 15 minutes. Default: 30 minutes.
	Deletion time.Duration
	// DeletionTimeout is how long the deletion of a resource waits for its document. Default: 5 minutes.
	DeletionTimeout time.Duration
	// Erasure are the times of TuxLogErasures. Default: see erasureTimes.
	Erasure judge.Times
	// Limits are what one host is asked at most. Default: loki.Limits.
	Limits external.Limits
	// Now tells the time by which hours are over and are sealed. Default: the system's.
	Now func() time.Time
	// StoreLimits are those of log stores that are told by their API. Default: logstore.Limits.
	StoreLimits external.Limits
}

func (o LogOptions) withDefaults() LogOptions {
	o.UserAgent = cmp.Or(o.UserAgent, "tuxmonitoring")
	o.Interval = cmp.Or(o.Interval, 10*time.Minute)
	o.Spread = cmp.Or(o.Spread, 5*time.Minute)
	o.MinBackoff = cmp.Or(o.MinBackoff, 5*time.Second)
	o.MaxBackoff = cmp.Or(o.MaxBackoff, 5*time.Minute)
	o.Propagation = cmp.Or(o.Propagation, 5*time.Minute)
	o.Deletion = cmp.Or(o.Deletion, 30*time.Minute)
	o.DeletionTimeout = cmp.Or(o.DeletionTimeout, 5*time.Minute)
	if o.Now == nil {
		o.Now = external.SystemClock().Now
	}
	o.Limits = cmp.Or(o.Limits, loki.Limits())
	o.StoreLimits = cmp.Or(o.StoreLimits, logstore.Limits())
	return o
}

const (
	systemLogs = "logs"
	// logsTimeout is how long one look may take: up to twenty queries.
	logsTimeout = 2 * time.Minute
	logsWorkers = 4
	// logsRecheck is when a Loki that refuses us is asked again: who may is decided by its gateway.
	logsRecheck = time.Hour
)

// logKeeper keeps what log stores are told and looks whether they do it, beside the passes:
//
//	documents   one reconciliation for each ConfigMap, of all resources that name it: logs_document.go
//	looks       one task of the runner for each resource, after what was written for it: logs_look.go
//	seals       one task for each resource with spec.logs.seals: logs_seals.go
//	deletions   one task for each resource with a Loki, that asks what Loki was told to delete: logs_deletions.go
//	stores      one task for each resource whose log store is told by its API, and has no document: logs_store.go
//
// A pass reads what both found, and waits for neither.
type logKeeper struct {
	beside
	// sealer runs what seals, which takes long and must keep no look waiting: logs_seals.go
	sealer *external.Runner

	options LogOptions
	// hosts are those of Loki, stores those of log stores that are told by their API.
	hosts  *external.Hosts
	stores map[retention.Backend]*external.Hosts
	events events.EventRecorder
	// erases says that TuxLogErasures are installed.
	erases bool
	// places are where a run changes something, so that of two resources one comes first.
	places places
	// inputs has the resources, metadata that of our objects, live reads past both.
	inputs   client.Reader
	metadata client.Reader
	// children has metadata of all that is ours, seals among it.
	children client.Reader
	live     client.Reader
	writer   client.Client
	wanted   chan event.GenericEvent

	mu        sync.Mutex
	known     map[types.NamespacedName]*knownLogs
	documents map[types.NamespacedName]knownDocument
}

// knownLogs is the memory of one resource. Losing it costs reads.
type knownLogs struct {
	uid types.UID
	// written is what became of it in the document; nil before anybody looked.
	written *writtenLogs
	// before is what Loki said, at a time, of the tenant of this address.
	asked   string
	askedAt time.Time
	before  *retention.Commitment
	// verdict is that of the task of this fingerprint.
	verdict   settings.Verdict
	verdictOf string
	// report is what runs of the task of this fingerprint have found in a store, and since when it has that.
	report   logstore.Report
	reportOf string
	since    time.Time
	// stack is what the run of the task of this fingerprint has found in a LokiStack.
	stack   stackReport
	stackOf string
	// alerts is the fingerprint of those on log lines, seen first at a time.
	alerts      string
	alertsSince time.Time
	// going is what would go by class, if the decreases of this acknowledgement were made.
	going   map[string]string
	goingOf string
	// seals is what is stored of each class, and sealed what runs of the task of this fingerprint have found.
	seals    map[string]*knownSeals
	sealed   sealReport
	sealedOf string
	// foreign is what Loki was asked to delete, by the task of this fingerprint.
	foreign   []tuxv1alpha1.LogDeletionStatus
	foreignOf string
	// closed: Loki takes no requests to delete, and does not show those it had.
	closed bool
}

// beforeLasts is how long it is believed that Loki has no more lines than it had.
const beforeLasts = time.Hour

// knows says whether Loki has told lately what holds for the tenant.
func (k *knownLogs) knows(want *env.Logs) bool {
	return k.asked == address(want) && external.SystemClock().Now().Sub(k.askedAt) < beforeLasts
}

// writtenLogs is what became of one resource in its document.
type writtenLogs struct {
	document env.LogDocument
	// generation of the resource it is of: what became of an older one says nothing of this.
	generation int64
	result     retention.Result
	err        error
	// since is when the document was written that has it; zero if that was before we started.
	since time.Time
	// leaving says that the result is that of a resource which goes.
	leaving bool
}

// asks says whether there is anything to ask Loki: what holds before the first document, or whether it does what is written.
func (w *writtenLogs) asks() bool {
	return w.err == nil && (w.result.Holds != nil || w.result.State == retention.Waiting)
}

// same says whether two read the same.
func (w *writtenLogs) same(other *writtenLogs) bool {
	return other != nil && w.generation == other.generation && w.document == other.document &&
		w.leaving == other.leaving && errText(w.err) == errText(other.err) &&
		reflect.DeepEqual(w.result, other.result)
}

func errText(err error) string {
	if err == nil {
		return ""
	}
	return err.Error()
}

func newLogKeeper(mgr ctrl.Manager, metadata, children client.Reader, options LogOptions) (*logKeeper, error) {
	writer, err := client.New(mgr.GetConfig(), client.Options{
		HTTPClient: mgr.GetHTTPClient(), Scheme: mgr.GetScheme(), Mapper: mgr.GetRESTMapper(),
	})
	if err != nil {
		return nil, fmt.Errorf("cannot make the client for documents: %w", err)
	}
	k := &logKeeper{
		options: options.withDefaults(), inputs: mgr.GetClient(), metadata: metadata, children: children,
		live: mgr.GetAPIReader(), writer: writer,
		wanted: make(chan event.GenericEvent, nudges), events: mgr.GetEventRecorder("tuxmonitoring"),
		known: map[types.NamespacedName]*knownLogs{}, documents: map[types.NamespacedName]knownDocument{},
		stores: map[retention.Backend]*external.Hosts{},
	}
	if k.erases, err = erasuresInstalled(mgr); err != nil {
		return nil, err
	}
	o := k.options
	k.hosts, err = newHosts("loki", external.HostsConfig{Limits: o.Limits, Read: loki.ReadLimits})
	if err != nil {
		return nil, err
	}
	for _, backend := range logstores.Backends() {
		k.stores[backend], err = newHosts(strings.ToLower(string(backend)), logstore.Hosts(external.HostsConfig{Limits: o.StoreLimits}))
		if err != nil {
			return nil, err
		}
	}
	runs := external.RunnerConfig{
		Interval: o.Interval, Spread: o.Spread, MinBackoff: o.MinBackoff,
		MaxBackoff: o.MaxBackoff, Recheck: logsRecheck, Timeout: logsTimeout, Workers: logsWorkers, Done: k.done,
	}
	if k.beside, err = newBeside(runs); err != nil {
		return nil, fmt.Errorf("cannot run the looks at Loki: %w", err)
	}
	if k.sealer, err = newSealer(runs); err != nil {
		return nil, fmt.Errorf("cannot run the seals: %w", err)
	}
	return k, mgr.Add(k)
}

func logsKey(key types.NamespacedName) external.Key {
	return external.Key{System: systemLogs, Namespace: key.Namespace, Name: key.Name}
}

// of is the memory of a resource, a new one for a new UID. The caller holds the lock.
func (k *logKeeper) of(key types.NamespacedName, uid types.UID) *knownLogs {
	found := k.known[key]
	if found == nil || found.uid != uid {
		found = &knownLogs{uid: uid}
		k.known[key] = found
	}
	return found
}

// forget drops a resource that is gone, or wants nothing any more.
func (k *logKeeper) forget(key types.NamespacedName) {
	k.pause(key)
	k.mu.Lock()
	defer k.mu.Unlock()
	delete(k.known, key)
}

// knowsLater: the documents have seen a later spec than this pass, which began before that. To forget it would be for good,
// since nobody tells it again.
func (k *logKeeper) knowsLater(tux *tuxv1alpha1.TuxMonitoring) bool {
	k.mu.Lock()
	defer k.mu.Unlock()
	found := k.known[client.ObjectKeyFromObject(tux)]
	return found != nil && found.uid == tux.UID && found.written != nil && found.written.generation > tux.Generation
}

// stopLook ends the looks at what is written for a resource.
func (k *logKeeper) stopLook(key types.NamespacedName) {
	k.runner.Forget(logsKey(key))
	forgetSuccess(key, systemLogs)
}

// pause ends all looks for a resource.
func (k *logKeeper) pause(key types.NamespacedName) {
	k.stopLook(key)
	k.runner.Forget(logAlertsKey(key))
	k.sealer.Forget(logSealsKey(key))
	k.stopDeletions(key)
}

// done hears of every look.
func (k *logKeeper) done(key external.Key, result external.Result, news bool) {
	observeSync(key, result)
	if news {
		k.wake(types.NamespacedName{Namespace: key.Namespace, Name: key.Name})
	}
}

// syncLogs takes what was written for a resource, and hands in what to look after.
func (r *Reconciler) syncLogs(ctx context.Context, p *pass) {
	key, want := client.ObjectKeyFromObject(p.tux), p.plan.Environment.Logs
	if want == nil {
		if !r.logs.knowsLater(p.tux) {
			r.logs.forget(key)
		}
		return
	}
	if kind, ok := logstores.Of(want.Policy.Backend); ok {
		r.syncStore(ctx, p, kind, want)
		return
	}
	if want.Policy.Backend == retention.LokiStack {
		r.syncStack(ctx, p, want)
		return
	}
	p.logs = &status.Logs{Tenant: want.Policy.Tenant, Document: want.Document.String(), Snippet: settings.CompactorSnippet}
	k := r.logs
	k.mu.Lock()
	found := k.of(key, p.tux.UID)
	written, going := found.written, found.going
	if written != nil && found.goingOf != written.result.Acknowledgement {
		going = nil
	}
	k.mu.Unlock()
	if written == nil || written.generation != p.tux.Generation || written.document != want.Document {
		return
	}
	fillWritten(p.logs, written, going)
	if p.tux.Spec.Mode == tuxv1alpha1.ModePlan || !written.asks() {
		k.stopLook(key)
		return
	}
	look := newLook(p.tux, want, written)
	result := k.runner.Tell(external.Task{
		Key: logsKey(key), Fingerprint: look.fingerprint, Settled: settledLogs(p.tux),
		Sync: func(ctx context.Context, _ external.Outcome) (external.Outcome, error) { return k.look(ctx, look) },
	})
	k.fillAnswer(p.logs, key, look.fingerprint, result)
}

// fillWritten takes over what became of a resource in its document.
func fillWritten(l *status.Logs, written *writtenLogs, going map[string]string) {
	result := &written.result
	l.Written, l.Err, l.Winner, l.Findings = tuxv1alpha1.LogsWritten(result.State), written.err, result.Winner, result.Findings
	if written.err != nil {
		l.Written = tuxv1alpha1.LogsFailed
	}
	l.Acknowledgement = result.Acknowledgement
	for _, decrease := range result.Held {
		text := decrease.String()
		if volume, estimated := going[decrease.Class]; estimated {
			text += " (" + volume + ")"
		}
		l.Held = append(l.Held, text)
	}
	if result.Holds == nil {
		return
	}
	l.Classes = append(l.Classes, logClass(retention.DefaultClass, result.Holds.DefaultDays))
	for _, class := range result.Holds.Classes {
		l.Classes = append(l.Classes, logClass(class.Name, class.Days))
	}
	slices.SortFunc(l.Classes, func(a, b tuxv1alpha1.LogClassStatus) int { return strings.Compare(a.Name, b.Name) })
}

// reloadOf is where to look when the runtime configuration could not be loaded.
func reloadOf(v settings.Verdict) string {
	if v.ReloadFailed {
		return settings.ReloadSnippet
	}
	return ""
}

func logClass(name string, days int) tuxv1alpha1.LogClassStatus {
	return tuxv1alpha1.LogClassStatus{Name: name, Days: int32(days)} //nolint:gosec // at most retention.MaxDays
}

// fillAnswer takes over what the last look found.
func (k *logKeeper) fillAnswer(l *status.Logs, key types.NamespacedName, fingerprint string, result external.Result) {
	l.Asked, l.AskErr = result.Ran, result.Err
	if !result.Ran || result.Err != nil {
		return
	}
	k.mu.Lock()
	defer k.mu.Unlock()
	found := k.known[key]
	if found == nil || found.verdictOf != fingerprint {
		l.Asked = false
		return
	}
	l.Off, l.Differences, l.Overdue = found.verdict.Off, found.verdict.Differences, found.verdict.Overdue
	l.Reload = reloadOf(found.verdict)
}

// settledLogs: this generation was verified when it was looked at last.
func settledLogs(tux *tuxv1alpha1.TuxMonitoring) bool {
	return isTrueOf(tux, tuxv1alpha1.ConditionRetentionVerified)
}

// onItsWay is an error for what is not wrong yet.
func (k *logKeeper) onItsWay(text string) error {
	return fault.Waiting(k.options.Propagation/10, tuxv1alpha1.ReasonWritten, errors.New(text))
}
