package controllers

import (
	"context"
	"errors"
	"fmt"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"
	"k8s.io/client-go/tools/events"
	ctrl "sigs.k8s.io/controller-runtime"
	"sigs.k8s.io/controller-runtime/pkg/client"

	tuxv1alpha1 "github.com/tux-io/tux-monitoring-operator/api/v1alpha1"
	"github.com/tux-io/tux-monitoring-operator/internal/apply"
	"github.com/tux-io/tux-monitoring-operator/internal/plan"
	"github.com/tux-io/tux-monitoring-operator/internal/plan/discover"
	"github.com/tux-io/tux-monitoring-operator/internal/plan/routing"
	"github.com/tux-io/tux-monitoring-operator/internal/status"
)

// TerminalReporter hears of errors that only a person can mend.
type TerminalReporter interface {
	Terminal(ctx context.Context, resource types.NamespacedName, reason string, err error)
}

// Reconciler makes the cluster as each TuxMonitoring wants it. Make one with NewReconciler.
type Reconciler struct {
	client   client.Client
	applier  *apply.Applier
	kinds    *optionalKinds
	events   events.EventRecorder
	terminal TerminalReporter
	writes   writes
}

// pass holds the facts of one reconciliation.
type pass struct {
	tux     *tuxv1alpha1.TuxMonitoring
	cluster discover.Cluster // by gather
	plan    *plan.Plan       // by Reconcile
	outputs []status.Output  // by apply, one per output of the plan
	err     error            // by gather, when it could not read
}

// byName runs one pass for the resource of a request; nothing remains of one that is gone.
func (r *Reconciler) byName(ctx context.Context, request ctrl.Request) (ctrl.Result, error) {
	tux := &tuxv1alpha1.TuxMonitoring{}
	err := r.client.Get(ctx, request.NamespacedName, tux)
	if apierrors.IsNotFound(err) {
		forgetSeries(request.NamespacedName)
		return ctrl.Result{}, nil
	}
	if err != nil {
		return ctrl.Result{}, fmt.Errorf("cannot read the resource: %w", err)
	}
	return r.Reconcile(ctx, tux)
}

// Reconcile runs one pass. Children of a resource that is being deleted are left to the garbage
// collector: recreating them would fight a foreground deletion.
func (r *Reconciler) Reconcile(ctx context.Context, tux *tuxv1alpha1.TuxMonitoring) (ctrl.Result, error) {
	if !tux.DeletionTimestamp.IsZero() {
		return ctrl.Result{}, nil
	}
	if r.writes.awaited(tux) {
		return ctrl.Result{RequeueAfter: staleInterval}, nil
	}
	p := &pass{tux: tux}
	if tux.Spec.Mode == tuxv1alpha1.ModeSuspended {
		return r.report(ctx, p)
	}
	if p.err = r.gather(ctx, p); p.err == nil {
		p.plan = plan.Build(plan.Input{Tux: tux, Cluster: p.cluster})
		r.apply(ctx, p)
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
