package apply

import (
	"context"
	"errors"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"
	"sigs.k8s.io/controller-runtime/pkg/client"
)

// Apply makes objs exist as children of owner, in the order given. It tries all of them and joins the
// errors, sorted. The objects need the ManagedBy labels, OwnerLabel and the namespace of the owner.
//
// Errors: ErrOwnerDeleting; ConflictError as fault.Terminal "Conflict" for an object of somebody else,
// which is not touched; fault.Waiting "OwnerRecreated", "ChildTerminating", "CRDMissing"; anything
// else is worth a retry.
func (a *Applier) Apply(ctx context.Context, owner client.Object, objs []client.Object) (ChangeSet, error) {
	changes, err := a.each(ctx, owner, objs, a.take)
	for _, c := range changes {
		a.cfg.Observe(c.GVK, c.Result)
	}
	return changes, err
}

// ending turns a decision into a result: by sending it, or by asking what it would do.
type ending func(context.Context, *pass, *target, step) (Change, error)

// each decides on every object and ends each decision the same way.
func (a *Applier) each(ctx context.Context, owner client.Object, objs []client.Object, end ending) (ChangeSet, error) {
	p, err := a.newPass(owner)
	if err != nil {
		return nil, err
	}
	changes, errs, done := ChangeSet{}, []error{}, map[id]bool{}
	for _, obj := range objs {
		change, err := a.one(ctx, p, obj, done, end)
		if err != nil {
			errs = append(errs, a.explain(obj, err))
			continue
		}
		changes = append(changes, change)
	}
	return changes, join(errs)
}

func (a *Applier) one(ctx context.Context, p *pass, obj client.Object, done map[id]bool, end ending) (Change, error) {
	t, err := a.newTarget(p, obj)
	if err != nil {
		return Change{}, err
	}
	if done[t.id] {
		return Change{}, errors.New("it is in the plan twice")
	}
	done[t.id] = true
	s, err := a.decide(ctx, p, t)
	if err != nil {
		return Change{}, err
	}
	return end(ctx, p, t, s)
}

// take sends what was decided.
func (a *Applier) take(ctx context.Context, p *pass, t *target, s step) (Change, error) {
	if s.verb == keep {
		a.hits.Add(1)
		a.cfg.Looked(true)
		return t.change(Unchanged, false), nil
	}
	a.misses.Add(1)
	a.cfg.Looked(false)
	a.previews.drop(t.id)
	if s.verb == create {
		return a.create(ctx, p, t, s.drift)
	}
	change, err := a.configure(ctx, t, s)
	if isReplaced(err) {
		return a.create(ctx, p, t, s.drift)
	}
	return change, err
}

// create sends a POST. Unknown fields are refused as they are by server-side apply; otherwise the
// first write would drop silently what every later one fails on.
func (a *Applier) create(ctx context.Context, p *pass, t *target, drift bool) (Change, error) {
	sent := t.object.DeepCopy() // overwritten with the answer
	err := a.cfg.Writer.Create(ctx, sent, client.FieldOwner(a.cfg.FieldManager), client.FieldValidation(metav1.FieldValidationStrict))
	if apierrors.IsAlreadyExists(err) {
		return a.adopt(ctx, p, t, drift)
	}
	if err != nil {
		return Change{}, err
	}
	a.requests.put(t.id, record{uid: sent.GetUID(), resourceVersion: sent.GetResourceVersion(), hash: t.hash, written: true, at: a.now()})
	return t.change(Created, drift), nil
}

// adopt configures an object that exists although the cache does not show it: its labels were changed
// by hand, or the cache lags. What is not ours stays as it is.
func (a *Applier) adopt(ctx context.Context, p *pass, t *target, drift bool) (Change, error) {
	live, err := a.liveMetadata(ctx, t.id)
	if err != nil {
		return Change{}, err
	}
	if err := a.check(p, t.id, live); err != nil {
		return Change{}, err
	}
	return a.configure(ctx, t, step{verb: configure, uid: live.UID, base: live.ResourceVersion, drift: drift})
}

func (a *Applier) liveMetadata(ctx context.Context, o id) (*metav1.PartialObjectMetadata, error) {
	live := &metav1.PartialObjectMetadata{}
	live.SetGroupVersionKind(o.gvk)
	return live, a.cfg.Live.Get(ctx, o.key, live)
}

// configure sends a server-side apply. If an earlier write left fields that apply cannot remove, they
// are migrated and it is sent once more; see managed.go.
func (a *Applier) configure(ctx context.Context, t *target, s step) (Change, error) {
	got, err := a.send(ctx, t, s.uid)
	if err != nil {
		return Change{}, err
	}
	managed := a.managedOf(got)
	if managed.hasLeftover() {
		if got, err = a.migrate(ctx, t, got); err != nil {
			return Change{}, err
		}
	}
	a.remember(t, s, got)
	if managed.isUnchanged(got.ResourceVersion == s.base, s.drift) {
		return t.change(Unchanged, false), nil
	}
	return t.change(Configured, s.drift), nil
}

// send applies the normal form, and asks for the metadata of the result only.
func (a *Applier) send(ctx context.Context, t *target, uid types.UID) (*metav1.PartialObjectMetadata, error) {
	body, err := t.body(uid)
	if err != nil {
		return nil, err
	}
	got := &metav1.PartialObjectMetadata{}
	got.SetGroupVersionKind(t.gvk)
	got.Namespace, got.Name = t.key.Namespace, t.key.Name
	patch := client.RawPatch(types.ApplyYAMLPatchType, body)
	return got, a.cfg.Writer.Patch(ctx, got, patch, client.FieldOwner(a.cfg.FieldManager), client.ForceOwnership)
}

// remember that what we own of the object is as wanted in this version.
func (a *Applier) remember(t *target, s step, got *metav1.PartialObjectMetadata) {
	a.requests.put(t.id, record{
		uid:             got.UID,
		resourceVersion: got.ResourceVersion,
		hash:            t.hash,
		written:         true,
		seen:            s.seen,
		at:              a.now(),
	})
}
