package controllers

import (
	"context"
	"errors"
	"fmt"
	"time"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"
	"k8s.io/client-go/tools/events"
	ctrl "sigs.k8s.io/controller-runtime"
	"sigs.k8s.io/controller-runtime/pkg/client"

	tuxv1alpha1 "github.com/tux-io/tux-monitoring-operator/api/v1alpha1"
	"github.com/tux-io/tux-monitoring-operator/internal/apply"
	"github.com/tux-io/tux-monitoring-operator/internal/external"
	"github.com/tux-io/tux-monitoring-operator/internal/plan"
	"github.com/tux-io/tux-monitoring-operator/internal/plan/discover"
	"github.com/tux-io/tux-monitoring-operator/internal/plan/env"
	"github.com/tux-io/tux-monitoring-operator/internal/plan/routing"
	"github.com/tux-io/tux-monitoring-operator/internal/status"
)

// TerminalReporter hears of errors that only a person can mend.
type TerminalReporter interface {
	Terminal(ctx context.Context, resource types.NamespacedName, reason string, err error)
}

// Reconciler makes the cluster as each TuxMonitoring wants it. Make one with NewReconciler.
type Reconciler struct {
	scope    Scope
	client   client.Client
	live     client.Reader
	applier  *apply.Applier
	kinds    *optionalKinds
	secrets  *secretWatch
	events   events.EventRecorder
	terminal TerminalReporter
	writes   writes
	keeper   *keeper
	logs     *logKeeper
	passes   *running
}

// pass holds the facts of one reconciliation.
type pass struct {
	tux          *tuxv1alpha1.TuxMonitoring
	cluster      discover.Cluster            // by gather
	plan         *plan.Plan                  // by Reconcile
	dsn          string                      // by gather
	siblings     []tuxv1alpha1.TuxMonitoring // by gather: who may want the same Sentry project
	outputs      []status.Output             // by apply, one per output of the plan
	noSecrets    error                       // by gather, when Secrets cannot be read
	sentry       *status.Sentry              // by sync; nil without spec.sentry
	logs         *status.Logs                // by syncLogs; nil without spec.logs
	logAlerts    *status.LogAlerts           // by syncLogAlerts; nil without spec.logs.alerts
	logSeals     *status.LogSeals            // by syncLogSeals; nil without spec.logs.seals
	logDeletions *status.LogDeletions        // by syncLogDeletions; nil without a Loki
	err          error                       // by gather, when it could not read
}

// byName runs one pass for the resource of a request; nothing remains of one that is gone.
func (r *Reconciler) byName(ctx context.Context, request ctrl.Request) (ctrl.Result, error) {
	defer tellPanic(ctx, r.terminal, request.NamespacedName)
	defer r.passes.begin(request.NamespacedName, time.Now())()
	tux := &tuxv1alpha1.TuxMonitoring{}
	err := r.client.Get(ctx, request.NamespacedName, tux)
	if apierrors.IsNotFound(err) {
		forgetSeries(request.NamespacedName)
		r.keeper.forget(request.NamespacedName)
		r.logs.forget(request.NamespacedName)
		return ctrl.Result{}, nil
	}
	if err != nil {
		return ctrl.Result{}, fmt.Errorf("cannot read the resource: %w", err)
	}
	return r.Reconcile(ctx, tux)
}

// tellPanic reports a panic and lets it go on: controller-runtime makes an error of it, which is retried, and
// logs where it was.
func tellPanic(ctx context.Context, terminal TerminalReporter, resource types.NamespacedName) {
	if cause := recover(); cause != nil {
		terminal.Terminal(ctx, resource, external.ReasonPanicked, fmt.Errorf("the pass panicked: %v", cause))
		panic(cause)
	}
}

// Reconcile runs one pass.
func (r *Reconciler) Reconcile(ctx context.Context, tux *tuxv1alpha1.TuxMonitoring) (ctrl.Result, error) {
	if r.writes.awaited(tux) {
		return ctrl.Result{RequeueAfter: staleInterval}, nil
	}
	if !tux.DeletionTimestamp.IsZero() {
		return r.finalize(ctx, tux)
	}
	p := &pass{tux: tux}
	if tux.Spec.Mode == tuxv1alpha1.ModeSuspended {
		r.keeper.pause(client.ObjectKeyFromObject(tux))
		r.logs.pause(client.ObjectKeyFromObject(tux))
		return r.report(ctx, p)
	}
	if err := r.hold(ctx, tux); err != nil {
		return ctrl.Result{}, err
	}
	if p.err = r.gather(ctx, p); p.err == nil {
		p.plan = plan.Build(plan.Input{Tux: tux, Cluster: p.cluster, Siblings: p.siblings, DSN: p.dsn})
		if p.noSecrets != nil {
			// Without the DSN there is, an empty one would be written over it.
			p.plan.Fail(env.OutputVariables, p.noSecrets)
		}
		r.apply(ctx, p)
		r.sync(ctx, p)
		r.syncLogs(ctx, p)
		r.syncLogAlerts(p)
		r.syncLogSeals(ctx, p)
		r.syncLogDeletions(p)
	}
	return r.report(ctx, p)
}

// statusPass is what the status is computed from.
func (p *pass) statusPass() *status.Pass {
	s := &status.Pass{Generation: p.tux.Generation, Mode: p.tux.Spec.Mode, Now: metav1.Now(), GatherErr: p.err}
	if p.plan == nil {
		return s
	}
	s.Environment = p.plan.Environment.Title
	s.Findings = p.plan.Findings
	s.Backends = p.plan.Backends
	s.Prometheuses = p.plan.Prometheuses
	s.LabelsGiven = p.plan.LabelsGiven
	s.Routing = routingPass(p.plan)
	s.Objectives = p.plan.Objectives
	s.Omitted = p.plan.Omitted
	s.Outputs = p.outputs
	s.Sentry = p.sentry
	s.Logs, s.LogAlerts, s.LogSeals, s.LogDeletions = p.logs, p.logAlerts, p.logSeals, p.logDeletions
	s.Alerts, s.Panels = p.plan.Alerts, p.plan.Panels
	return s
}

func routingPass(p *plan.Plan) *status.Routing {
	if p.Routing == nil {
		return nil
	}
	return &status.Routing{
		Selecting: p.Routing.Selecting, LabelsGiven: p.Routing.GivenLabels, Summary: routing.Summary(p.Environment.Routing),
	}
}

// errs joins everything that went wrong in the pass.
func (p *pass) errs() error {
	all := []error{p.err}
	for i := range p.outputs {
		if err := p.outputs[i].Err; err != nil {
			all = append(all, fmt.Errorf("%s: %w", p.outputs[i].Name, err))
		}
	}
	return errors.Join(all...)
}
