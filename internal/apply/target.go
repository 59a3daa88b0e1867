package apply

import (
	"errors"
	"fmt"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/apimachinery/pkg/types"
	"sigs.k8s.io/controller-runtime/pkg/client"
)

// ErrOwnerDeleting is returned, without any request, for an owner that is being deleted: garbage
// collection removes its children, and whoever creates them again keeps it from finishing.
var ErrOwnerDeleting = errors.New("the owner is being deleted")

// pass is one call for one owner.
type pass struct {
	owner    client.Object
	ownerGVK schema.GroupVersionKind
	ref      metav1.OwnerReference
	// unreadable holds the kinds whose cold start failed in this pass; one LIST per pass is enough.
	unreadable map[schema.GroupVersionKind]error
}

func (a *Applier) newPass(owner client.Object) (*pass, error) {
	if !owner.GetDeletionTimestamp().IsZero() {
		return nil, ErrOwnerDeleting
	}
	if owner.GetUID() == "" {
		return nil, fmt.Errorf("cannot apply children of %q: it has no UID, so it was not read from the API server", owner.GetName())
	}
	gvk, err := a.cfg.Writer.GroupVersionKindFor(owner)
	if err != nil {
		return nil, fmt.Errorf("cannot find the kind of owner %q: %w", owner.GetName(), err)
	}
	return &pass{
		owner:      owner,
		ownerGVK:   gvk,
		ref:        *metav1.NewControllerRef(owner, gvk),
		unreadable: map[schema.GroupVersionKind]error{},
	}, nil
}

// target is one object as it shall be.
type target struct {
	id
	object *unstructured.Unstructured // the normal form, with the reference to the owner
	hash   digest
}

// newTarget returns the normal form of obj as a child of the owner. It refuses what could never become
// a child: such an object would be written in every pass, because the cache never shows it.
func (a *Applier) newTarget(p *pass, obj client.Object) (*target, error) {
	object, err := Normalise(obj, a.cfg.Writer.Scheme())
	if err != nil {
		return nil, err
	}
	if key := a.missingLabel(p, object); key != "" {
		return nil, fmt.Errorf("its label %q is %q instead of %q", key, object.GetLabels()[key], a.mark(p, key))
	}
	if ns := p.owner.GetNamespace(); ns != "" && ns != object.GetNamespace() {
		return nil, fmt.Errorf("its namespace is %q, that of its owner %q: owner references do not cross namespaces", object.GetNamespace(), ns)
	}
	object.SetOwnerReferences(append(otherOwners(object), p.ref))
	hash, err := hashOf(object)
	if err != nil {
		return nil, err
	}
	key := types.NamespacedName{Namespace: object.GetNamespace(), Name: object.GetName()}
	return &target{id: id{object.GroupVersionKind(), key}, object: object, hash: hash}, nil
}

// otherOwners returns the plain owner references of object; a child has one controller, which is ours.
func otherOwners(object *unstructured.Unstructured) []metav1.OwnerReference {
	var others []metav1.OwnerReference
	for _, ref := range object.GetOwnerReferences() {
		if ref.Controller == nil || !*ref.Controller {
			others = append(others, ref)
		}
	}
	return others
}

// body returns what is sent by server-side apply. The UID makes it fail if the object was replaced
// since we looked: without it, a foreign object that just took the name would be seized.
func (t *target) body(uid types.UID) ([]byte, error) {
	object := t.object.DeepCopy()
	object.SetUID(uid)
	return Marshal(object)
}

func (t *target) change(r Result, drift bool) Change {
	return Change{GVK: t.gvk, Name: t.key.Name, Result: r, DriftCorrected: drift}
}
