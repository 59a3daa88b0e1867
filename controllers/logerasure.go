package controllers

import (
	"context"
	"fmt"
	"slices"
	"time"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/types"
	"k8s.io/client-go/tools/events"
	ctrl "sigs.k8s.io/controller-runtime"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/controller/controllerutil"

	tuxv1alpha1 "github.com/tux-io/tux-monitoring-operator/api/v1alpha1"
	"github.com/tux-io/tux-monitoring-operator/internal/external"
	"github.com/tux-io/tux-monitoring-operator/internal/external/loki"
	"github.com/tux-io/tux-monitoring-operator/internal/fault"
	"github.com/tux-io/tux-monitoring-operator/internal/plan"
	judge "github.com/tux-io/tux-monitoring-operator/internal/plan/erasure"
	"github.com/tux-io/tux-monitoring-operator/internal/plan/retention"
	"github.com/tux-io/tux-monitoring-operator/internal/plan/retention/erasure"
	settings "github.com/tux-io/tux-monitoring-operator/internal/plan/retention/loki"
)

// The permissions for erasures; they are no part of those of a pass.
//
// +kubebuilder:rbac:groups=monitoring.tux.io,resources=tuxlogerasures,verbs=get;list;watch;patch
// +kubebuilder:rbac:groups=monitoring.tux.io,resources=tuxlogerasures/status,verbs=patch

const (
	// erasureFinalizer holds an erasure until its request is taken back, or known to be too late to.
	erasureFinalizer = "monitoring.tux.io/erasure"
	// erasureTimeout is how long one step may take: a query for each day of ten years.
	erasureTimeout = 20 * time.Minute
	// sendTimeout is how long sending a request may take: less than it may take to arrive without an answer.
	sendTimeout = time.Minute
	// countTimeout is how long to count before anything is sent, which only says how many lines there were.
	countTimeout = 2 * time.Minute
	// soon is when a step that follows at once is done.
	soon = time.Millisecond
)

// eraser carries out TuxLogErasures, one step for each reconciliation. It remembers nothing: all it knows is in the status,
// which is read past the cache and written before anything is sent, for exactly the version that was read. Two operators
// that both believe to lead send nothing twice either: the second cannot write.
type eraser struct {
	cached client.Reader
	live   client.Reader
	writer client.Client
	logs   *logKeeper
	events events.EventRecorder
	times  judge.Times
}

// erasurePass holds the facts of one step.
type erasurePass struct {
	e *tuxv1alpha1.TuxLogErasure
	// stored is what the API server has, so that patches have what differs.
	stored *tuxv1alpha1.TuxLogErasure
	now    time.Time
	target *erasureTarget // by aim
}

// Reconcile does the next step of one erasure.
func (r *eraser) Reconcile(ctx context.Context, request ctrl.Request) (ctrl.Result, error) {
	e := &tuxv1alpha1.TuxLogErasure{}
	if err := r.cached.Get(ctx, request.NamespacedName, e); err != nil {
		return ctrl.Result{}, client.IgnoreNotFound(err)
	}
	if e.Status.Step == tuxv1alpha1.LogErasureCompleted && e.DeletionTimestamp.IsZero() {
		return ctrl.Result{}, nil // for good, however old the cache is
	}
	if err := r.live.Get(ctx, request.NamespacedName, e); err != nil {
		return ctrl.Result{}, client.IgnoreNotFound(err)
	}
	p := &erasurePass{e: e, stored: e.DeepCopy(), now: external.SystemClock().Now()}
	if !e.DeletionTimestamp.IsZero() {
		return r.finalize(ctx, p)
	}
	if controllerutil.AddFinalizer(e, erasureFinalizer) {
		if err := r.patchMeta(ctx, p); err != nil {
			return ctrl.Result{}, err
		}
	}
	verdict, err := r.step(ctx, p)
	if err != nil {
		return ctrl.Result{}, err
	}
	return r.report(ctx, p, verdict)
}

// step asks the log store what the next step needs, and does it. An error is one of the API server.
func (r *eraser) step(ctx context.Context, p *erasurePass) (judge.Verdict, error) {
	if refused := r.aim(ctx, p); refused != nil {
		return *refused, nil
	}
	st := &p.e.Status
	if st.Step == "" {
		if refused, err := r.begin(ctx, p); refused != nil || err != nil {
			return deref(refused), err
		}
	}
	store, err := r.logs.eraserOf(ctx, p.target)
	if err != nil {
		return judge.Failed(st, err, p.now, r.times), nil
	}
	request := plan.ErasureOf(p.e)
	switch st.Step {
	case tuxv1alpha1.LogErasurePosted:
		return r.poll(ctx, p, store, request), nil
	case tuxv1alpha1.LogErasureProcessed:
		return r.verify(ctx, p, store, request)
	}
	return r.post(ctx, p, store, request)
}

func deref(v *judge.Verdict) judge.Verdict {
	if v == nil {
		return judge.Verdict{}
	}
	return *v
}

// begin fixes tenant and classes, and lets the document open the tenant for deletion.
func (r *eraser) begin(ctx context.Context, p *erasurePass) (*judge.Verdict, error) {
	holds := r.logs.holds(p.target.key, p.target.uid)
	if holds == nil {
		return new(judge.Waits(tuxv1alpha1.ReasonPending, "What is promised to the lines of the tenant is not known yet", r.times.Poll)), nil
	}
	request := plan.ErasureOf(p.e)
	request.Tenant, request.Spared = p.target.want.Policy.Tenant, p.target.spared(holds)
	if err := request.Validate(); err != nil {
		return new(judge.Refused(tuxv1alpha1.ReasonInvalidErasure, capital(err.Error()), 0)), nil
	}
	judge.Begin(&p.e.Status, p.target.want.Policy.Backend, p.target.place(), request, p.now)
	if err := r.patchStatus(ctx, p); err != nil {
		return nil, err
	}
	return nil, nil
}

// post sends the request, if the log store does not have it.
func (r *eraser) post(ctx context.Context, p *erasurePass, store logEraser, request *erasure.Request) (judge.Verdict, error) {
	st := &p.e.Status
	holds := r.logs.holds(p.target.key, p.target.uid)
	if holds == nil {
		return *r.waits(tuxv1alpha1.ReasonPending, "What is promised to the lines of the tenant is not known yet", r.times.Poll), nil
	}
	judge.Spare(st, p.target.spared(holds))
	request.Spared = st.SparedClasses
	found, err := store.Find(ctx, request, "")
	if err != nil {
		return judge.Failed(st, err, p.now, r.times), nil
	}
	if found != nil {
		judge.Sent(st, found.ID, found.Progress)
		return r.sent(ctx, p)
	}
	if ok, verdict := judge.MayPost(st, p.now, r.times); !ok {
		return verdict, nil
	}
	if verdict := r.serves(ctx, p, holds); verdict != nil {
		return *verdict, nil
	}
	if verdict := r.count(ctx, p, store, request); verdict != nil {
		return *verdict, nil
	}
	// To count may have taken minutes.
	p.now = external.SystemClock().Now()
	judge.Attempt(st, p.now)
	if err := r.patchStatus(ctx, p); err != nil {
		return judge.Verdict{}, err
	}
	ctrl.LoggerFrom(ctx).Info("Sending a request to delete lines", "backend", st.Backend, "attempt", st.Request.Attempts)
	sending, stop := context.WithTimeout(ctx, sendTimeout)
	defer stop()
	id, err := store.Post(sending, request)
	if err != nil {
		return judge.Failed(st, err, p.now, r.times), nil
	}
	judge.Sent(st, id, "")
	return r.sent(ctx, p)
}

// serves says why Loki is sent nothing: it must serve what was written for the tenant. Other log stores know by who logs in.
func (r *eraser) serves(ctx context.Context, p *erasurePass, holds *retention.Commitment) *judge.Verdict {
	st := &p.e.Status
	if p.target.want.Policy.Backend != retention.Loki {
		return nil
	}
	limits, err := r.limits(ctx, p)
	if err != nil {
		return new(judge.Failed(st, err, p.now, r.times))
	}
	return judge.Serves(st, limits.Differences(*holds), p.now, r.times)
}

// limits are those that Loki serves for the tenant.
func (r *eraser) limits(ctx context.Context, p *erasurePass) (settings.Limits, error) {
	c, err := loki.New(loki.Config{URL: p.target.want.URL, UserAgent: r.logs.options.UserAgent, Transport: r.logs.hosts})
	if err != nil {
		return settings.Limits{}, err
	}
	return c.Limits(ctx, p.target.want.Policy.Tenant)
}

// count counts before anything is sent, and says why nothing shall be. Loki may refuse to count so much, which keeps nobody
// from erasing; Elasticsearch counts always, and is sent nothing where there is nothing.
func (r *eraser) count(ctx context.Context, p *erasurePass, store logEraser, request *erasure.Request) *judge.Verdict {
	st := &p.e.Status
	if !judge.Repeats(st) && st.Step != tuxv1alpha1.LogErasurePlanned {
		return nil
	}
	counting, stop := context.WithTimeout(ctx, countTimeout)
	defer stop()
	left, err := store.Left(counting, request, p.now, true)
	switch {
	case err != nil && judge.Repeats(st):
		return new(judge.Failed(st, err, p.now, r.times))
	case err != nil:
		return nil
	}
	judge.Before(st, left)
	if !judge.Repeats(st) || left.Lines > 0 {
		return nil
	}
	judge.Done(st, p.now)
	return r.waits(tuxv1alpha1.ReasonVerifying, "Nothing is left to erase, which is verified", soon)
}

// sent keeps what the log store has been told, before anything else.
func (r *eraser) sent(ctx context.Context, p *erasurePass) (judge.Verdict, error) {
	if err := r.patchStatus(ctx, p); err != nil {
		return judge.Verdict{}, err
	}
	r.events.Eventf(p.e, nil, corev1.EventTypeNormal, tuxv1alpha1.ReasonReceived, "Erase",
		"%s has the request to erase lines of tenant %q", p.e.Status.Backend, p.e.Status.Tenant)
	err := r.record(ctx, p.e, tuxv1alpha1.ReasonReceived)
	return judge.Waits(tuxv1alpha1.ReasonReceived, p.e.Status.Backend+" has the request", soon), err
}

// poll asks how far the log store is.
func (r *eraser) poll(ctx context.Context, p *erasurePass, store logEraser, request *erasure.Request) judge.Verdict {
	st := &p.e.Status
	found, err := store.Find(ctx, request, st.Request.ID)
	if err != nil {
		return judge.Failed(st, err, p.now, r.times)
	}
	verdict, done := judge.Progress(st, found, p.now, r.times)
	if !done {
		return verdict
	}
	judge.Done(st, p.now)
	return judge.Waits(tuxv1alpha1.ReasonVerifying, st.Backend+" says that it is done, which is verified", soon)
}

// verify looks what is left. The record is there before the erasure is called completed.
func (r *eraser) verify(ctx context.Context, p *erasurePass, store logEraser, request *erasure.Request) (judge.Verdict, error) {
	st := &p.e.Status
	if early := r.tooEarly(ctx, p, store, request); early != nil {
		return *early, nil
	}
	left, err := store.Left(ctx, request, p.now, false)
	if err != nil {
		return judge.Failed(st, err, p.now, r.times), nil
	}
	verdict := judge.Verify(st, request, left, p.now, r.times)
	if st.Step == tuxv1alpha1.LogErasureCompleted {
		err = r.record(ctx, p.e, verdict.Reason)
	}
	return verdict, err
}

// tooEarly says why it is of no use to look yet. Loki is asked whether the tenant is closed again, which is not among the limits
// it serves: a closed one has no list of requests.
func (r *eraser) tooEarly(ctx context.Context, p *erasurePass, store logEraser, request *erasure.Request) *judge.Verdict {
	st := &p.e.Status
	if early := judge.TooEarly(st, false, p.now, r.times); early != nil || judge.Repeats(st) {
		return early
	}
	_, err := store.Find(ctx, request, st.Request.ID)
	if terminal, ok := fault.AsTerminal(err); err != nil && (!ok || terminal.Reason != tuxv1alpha1.ReasonDeletionDisabled) {
		return new(judge.Failed(st, err, p.now, r.times))
	}
	return judge.TooEarly(st, err == nil, p.now, r.times)
}

// patchMeta sends the finalizers, for the version that was looked at.
func (r *eraser) patchMeta(ctx context.Context, p *erasurePass) error {
	status := p.e.Status
	err := r.writer.Patch(ctx, p.e, client.MergeFromWithOptions(p.stored, client.MergeFromWithOptimisticLock{}))
	if err != nil {
		return fmt.Errorf("cannot write the finalizers: %w", err)
	}
	p.stored, p.e.Status = p.e.DeepCopy(), status
	return nil
}

// patchStatus sends the status, for the version that was looked at: of two who look at the same one writes.
func (r *eraser) patchStatus(ctx context.Context, p *erasurePass) error {
	err := r.writer.Status().Patch(ctx, p.e, client.MergeFromWithOptions(p.stored, client.MergeFromWithOptimisticLock{}))
	if err != nil {
		return fmt.Errorf("cannot write the status: %w", err)
	}
	p.stored = p.e.DeepCopy()
	return nil
}

// erasing are those of the TuxMonitorings, as namespace/name, whose tenants must take requests to delete.
func (k *logKeeper) erasing(ctx context.Context, tuxes []tuxv1alpha1.TuxMonitoring) (map[string]bool, error) {
	if !k.erases {
		return nil, nil
	}
	var all tuxv1alpha1.TuxLogErasureList
	if err := k.inputs.List(ctx, &all); err != nil {
		return nil, fmt.Errorf("cannot list TuxLogErasures: %w", err)
	}
	open := map[string]bool{}
	for i := range tuxes {
		key, want := client.ObjectKeyFromObject(&tuxes[i]), plan.LogsOf(&tuxes[i])
		open[key.String()] = want != nil && slices.ContainsFunc(all.Items, func(e tuxv1alpha1.TuxLogErasure) bool {
			return e.Namespace == key.Namespace && e.Spec.MonitoringRef.Name == key.Name &&
				judge.Opens(&e.Status, want.Policy.Backend, want.Policy.Tenant) && controllerutil.ContainsFinalizer(&e, erasureFinalizer)
		})
	}
	return open, nil
}

// holds are what is promised to the lines of a resource, as they are stored; nil if nobody knows yet.
func (k *logKeeper) holds(key client.ObjectKey, uid types.UID) *retention.Commitment {
	k.mu.Lock()
	defer k.mu.Unlock()
	found := k.known[key]
	switch {
	case found == nil || found.uid != uid:
		return nil
	case found.written != nil:
		return found.written.result.Holds
	}
	return found.report.Result.Holds
}
