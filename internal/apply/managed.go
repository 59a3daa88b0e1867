package apply

import (
	"context"
	"fmt"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"
	"k8s.io/apimachinery/pkg/util/sets"
	"k8s.io/client-go/util/csaupgrade"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/structured-merge-diff/v6/fieldpath"
)

// managed is what the API server has noted down as ours. It keeps two books: POST is recorded under
// operation Update, server-side apply under operation Apply, and to the server these are two managers.
// Apply removes only what the second book alone owns. A field that we once created and no longer want
// would therefore stay for ever; whoever creates with POST has to look.
type managed struct {
	updated, applied *fieldpath.Set
}

func (a *Applier) managedOf(obj metav1.Object) managed {
	return managed{
		updated: a.noted(obj, metav1.ManagedFieldsOperationUpdate),
		applied: a.noted(obj, metav1.ManagedFieldsOperationApply),
	}
}

// noted returns the fields of our manager under the given operations.
func (a *Applier) noted(obj metav1.Object, operations ...metav1.ManagedFieldsOperationType) *fieldpath.Set {
	all := fieldpath.NewSet()
	for _, entry := range obj.GetManagedFields() {
		if entry.Manager != a.cfg.FieldManager || entry.Subresource != "" || entry.FieldsV1 == nil {
			continue
		}
		for _, operation := range operations {
			set := fieldpath.NewSet()
			if entry.Operation == operation && set.FromJSON(entry.FieldsV1.GetRawReader()) == nil {
				all = all.Union(set)
			}
		}
	}
	return all
}

// hasLeftover is true if we own a field that we do not apply. The first book also notes the maps that
// hold our fields, the second does not; such a map is no leftover as long as we apply something in it.
func (m managed) hasLeftover() bool { return !m.updated.Difference(withParents(m.applied)).Empty() }

func withParents(set *fieldpath.Set) *fieldpath.Set {
	all := fieldpath.NewSet()
	for path := range set.All() {
		for i := range path {
			all.Insert(path[:i+1].Copy())
		}
	}
	return all
}

// isUnchanged is true if applying changed no field. The same version says so. A new version may only
// mean that the second book was opened, as it is by the first apply after a POST: if we want what we
// wanted before, and still own in the first book all that we apply, then nobody had changed any of it,
// for who changes a field takes it over.
func (m managed) isUnchanged(sameVersion, sameIntent bool) bool {
	if m.hasLeftover() {
		return false
	}
	return sameVersion || sameIntent && m.updated.Leaves().Equals(m.applied.Leaves())
}

// migrate moves everything to the second book and applies again, which removes the leftovers.
func (a *Applier) migrate(ctx context.Context, t *target, got *metav1.PartialObjectMetadata) (*metav1.PartialObjectMetadata, error) {
	patch, err := csaupgrade.UpgradeManagedFieldsPatch(got, sets.New(a.cfg.FieldManager), a.cfg.FieldManager)
	if err != nil {
		return nil, fmt.Errorf("cannot move its managed fields from Update to Apply: %w", err)
	}
	moved := got.DeepCopy()
	err = a.cfg.Writer.Patch(ctx, moved, client.RawPatch(types.JSONPatchType, patch), client.FieldOwner(a.cfg.FieldManager))
	if err != nil {
		return nil, fmt.Errorf("cannot move its managed fields from Update to Apply: %w", err)
	}
	return a.send(ctx, t, moved.UID)
}
