package controllers

import (
	"context"

	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/apimachinery/pkg/util/sets"
	ctrl "sigs.k8s.io/controller-runtime"
	"sigs.k8s.io/controller-runtime/pkg/client"

	tuxv1alpha1 "github.com/tux-io/tux-monitoring-operator/api/v1alpha1"
	"github.com/tux-io/tux-monitoring-operator/internal/apply"
	"github.com/tux-io/tux-monitoring-operator/internal/plan"
	"github.com/tux-io/tux-monitoring-operator/internal/plan/env"
	"github.com/tux-io/tux-monitoring-operator/internal/status"
)

// apply brings every output of the plan into the cluster, or in mode Plan finds out what that would
// do. Outputs are independent: one that fails does not keep the next from being tried.
func (r *Reconciler) apply(ctx context.Context, p *pass) {
	w := writer{r.applier.Apply, r.applier.Prune}
	if p.tux.Spec.Mode == tuxv1alpha1.ModePlan {
		w = writer{r.applier.Preview, r.applier.PreviewPrune}
	}
	for i := range p.plan.Outputs {
		p.outputs = append(p.outputs, w.write(ctx, p.tux, &p.plan.Outputs[i]))
	}
}

// writer is the applier, or its twin that only looks.
type writer struct {
	apply func(context.Context, client.Object, []client.Object) (apply.ChangeSet, error)
	prune func(context.Context, client.Object, schema.GroupVersionKind, map[string]string, sets.Set[string]) (apply.ChangeSet, error)
}

func (w writer) write(ctx context.Context, tux *tuxv1alpha1.TuxMonitoring, rendered *plan.RenderedOutput) status.Output {
	o := status.Output{
		Name:       rendered.Name,
		Objects:    len(rendered.Objects),
		Held:       rendered.Held,
		Incomplete: rendered.Incomplete,
		Err:        rendered.Err,
	}
	if o.Held || o.Err != nil {
		return o
	}
	o.Changes, o.Err = w.apply(ctx, tux, clientObjects(rendered.Objects))
	// What failed to apply, or may belong here but could not be planned, must never be deleted.
	if o.Err != nil || o.Incomplete {
		return o
	}
	for _, kind := range rendered.Kinds {
		deleted, err := w.prune(ctx, tux, kind, map[string]string{env.OutputLabel: rendered.Name}, namesOf(rendered.Objects, kind))
		o.Changes = append(o.Changes, deleted...)
		if err != nil {
			o.Err = err
			return o
		}
	}
	return o
}

func clientObjects(objects []env.Object) []client.Object {
	list := make([]client.Object, 0, len(objects))
	for _, object := range objects {
		list = append(list, object)
	}
	return list
}

func namesOf(objects []env.Object, kind schema.GroupVersionKind) sets.Set[string] {
	names := sets.New[string]()
	for _, object := range objects {
		if object.GetObjectKind().GroupVersionKind() == kind {
			names.Insert(object.GetName())
		}
	}
	return names
}

// logChanges says what changed in the world, once per output.
func logChanges(ctx context.Context, outputs []status.Output) {
	log := ctrl.LoggerFrom(ctx)
	for i := range outputs {
		if changes := outputs[i].Changes; changes.Changed() {
			log.Info("Applied output", "output", outputs[i].Name,
				"created", changes.Count(apply.Created), "configured", changes.Count(apply.Configured), "deleted", changes.Count(apply.Deleted))
		}
	}
}
