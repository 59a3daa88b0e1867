package apply

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/apimachinery/pkg/types"
	"k8s.io/apimachinery/pkg/util/sets"
	"sigs.k8s.io/controller-runtime/pkg/client"
)

// ErrStaleOwner means the owner is not, or no longer, as the plan saw it, and nothing was deleted. A
// retry reads the owner again.
var ErrStaleOwner = errors.New("the owner has changed since it was read")

// Prune deletes the children of owner of one kind that have the labels of scope and whose name is not
// in keep. An empty keep deletes them all. It must not be called after a plan or an Apply that failed.
//
// Deleted is only what carries all our labels and is controlled by this very owner; what has the
// labels only is reported as Skipped. Nothing is deleted if a live read shows that the owner is gone,
// being deleted, another one, or of another generation: a decision made from an old spec would delete
// what a new spec wants. Each DELETE demands the UID and version that were looked at.
//
// Of a kind that is not installed nothing exists, so there is nothing to do.
//
// Errors: ErrOwnerDeleting, ErrStaleOwner; anything else, including a child that changed meanwhile, is
// worth a retry.
func (a *Applier) Prune(
	ctx context.Context, owner client.Object, gvk schema.GroupVersionKind, scope map[string]string, keep sets.Set[string],
) (ChangeSet, error) {
	p, err := a.newPass(owner)
	if err != nil {
		return nil, err
	}
	unwanted, changes, err := a.unwanted(ctx, p, gvk, scope, keep)
	if err != nil || len(unwanted) == 0 {
		return changes, err
	}
	if err := a.confirmOwner(ctx, p); err != nil {
		return nil, fmt.Errorf("cannot prune %s: %w", gvk.Kind, err)
	}
	var errs []error
	for i := range unwanted {
		if err := a.remove(ctx, gvk, &unwanted[i]); err != nil {
			errs = append(errs, explain("delete", gvk, unwanted[i].Name, err))
			continue
		}
		changes = append(changes, Change{GVK: gvk, Name: unwanted[i].Name, Result: Deleted})
		a.cfg.Observe(gvk, Deleted)
	}
	return changes, join(errs)
}

// unwanted returns the children to delete, and those to skip as changes; both sorted by name.
func (a *Applier) unwanted(
	ctx context.Context, p *pass, gvk schema.GroupVersionKind, scope map[string]string, keep sets.Set[string],
) ([]metav1.PartialObjectMetadata, ChangeSet, error) {
	children, err := a.cfg.Metadata.List(ctx, gvk, p.owner.GetNamespace(), a.selector(p, scope))
	if isCRDMissing(err) {
		return nil, ChangeSet{}, nil
	}
	if err != nil {
		return nil, nil, fmt.Errorf("cannot list %s: %w", gvk.Kind, err)
	}
	children = slices.Clone(children) // the cache's own
	slices.SortFunc(children, func(x, y metav1.PartialObjectMetadata) int { return cmp.Compare(x.Name, y.Name) })
	var unwanted []metav1.PartialObjectMetadata
	changes := ChangeSet{}
	for _, child := range children {
		switch {
		case keep.Has(child.Name) || a.isGoing(gvk, &child):
		case metav1.IsControlledBy(&child, p.owner):
			unwanted = append(unwanted, child)
		default:
			changes = append(changes, Change{GVK: gvk, Name: child.Name, Result: Skipped})
		}
	}
	return unwanted, changes, nil
}

// selector is scope and our labels, ours winning.
func (a *Applier) selector(p *pass, scope map[string]string) map[string]string {
	labels := map[string]string{}
	maps.Copy(labels, scope)
	for _, key := range a.markKeys {
		labels[key] = a.mark(p, key)
	}
	return labels
}

// isGoing is true for what is being deleted, or was deleted by us and is still in the cache.
func (a *Applier) isGoing(gvk schema.GroupVersionKind, child *metav1.PartialObjectMetadata) bool {
	rec, known := a.requests.get(id{gvk, client.ObjectKeyFromObject(child)})
	return !child.DeletionTimestamp.IsZero() || known && rec.fate == pruned && rec.uid == child.UID
}

// confirmOwner reads the owner past all caches.
func (a *Applier) confirmOwner(ctx context.Context, p *pass) error {
	key := types.NamespacedName{Namespace: p.owner.GetNamespace(), Name: p.owner.GetName()}
	live, err := a.liveMetadata(ctx, id{p.ownerGVK, key})
	switch {
	case apierrors.IsNotFound(err):
		return fmt.Errorf("%w: it is gone", ErrStaleOwner)
	case err != nil:
		return fmt.Errorf("cannot read the owner: %w", err)
	case live.UID != p.owner.GetUID():
		return fmt.Errorf("%w: another one has its name", ErrStaleOwner)
	case !live.DeletionTimestamp.IsZero():
		return fmt.Errorf("%w: %w", ErrStaleOwner, ErrOwnerDeleting)
	case live.Generation != p.owner.GetGeneration():
		return fmt.Errorf("%w: its generation is %d instead of %d", ErrStaleOwner, live.Generation, p.owner.GetGeneration())
	}
	return nil
}

// remove deletes the child if it is still the one, in the version, that was looked at.
func (a *Applier) remove(ctx context.Context, gvk schema.GroupVersionKind, child *metav1.PartialObjectMetadata) error {
	child.SetGroupVersionKind(gvk)
	preconditions := client.Preconditions{UID: &child.UID, ResourceVersion: &child.ResourceVersion}
	err := a.cfg.Writer.Delete(ctx, child, preconditions, client.PropagationPolicy(metav1.DeletePropagationBackground))
	if client.IgnoreNotFound(err) != nil {
		return err
	}
	a.requests.put(id{gvk, client.ObjectKeyFromObject(child)}, record{
		uid: child.UID, resourceVersion: child.ResourceVersion, fate: pruned, at: a.now(),
	})
	return nil
}
