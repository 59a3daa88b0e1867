package apply

import (
	"errors"
	"fmt"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime/schema"

	"github.com/tux-io/tux-monitoring-operator/internal/fault"
)

// check returns nil if we may write child: it is controlled by our owner, or nobody controls it and it
// carries our labels. A controller reference to our owner outweighs labels, for labels are what hands
// change by accident.
func (a *Applier) check(p *pass, o id, child metav1.Object) error {
	if !child.GetDeletionTimestamp().IsZero() {
		return fault.Waiting(goneSoon, ReasonChildTerminating, errors.New("it is still being deleted"))
	}
	controller := metav1.GetControllerOfNoCopy(child)
	switch {
	case controller == nil && a.isMarked(p, child):
		return nil
	case controller == nil:
		return conflict(o, a.otherManager(p, child))
	case controller.UID == p.ref.UID:
		return nil
	case isFormerOwner(controller, p.ref):
		err := fmt.Errorf("it belongs to an earlier %s %q and is awaiting garbage collection", p.ref.Kind, p.ref.Name)
		return fault.Waiting(goneSoon, ReasonOwnerRecreated, err)
	}
	return conflict(o, fmt.Sprintf("is controlled by %s %q", controller.Kind, controller.Name))
}

// isMarked is true if child has all labels that mark it as a child of the owner of p.
func (a *Applier) isMarked(p *pass, child metav1.Object) bool {
	return a.missingLabel(p, child) == ""
}

// missingLabel returns the first label, in alphabetical order, that is not as it must be.
func (a *Applier) missingLabel(p *pass, child metav1.Object) string {
	labels := child.GetLabels()
	for _, key := range a.markKeys {
		if labels[key] != a.mark(p, key) {
			return key
		}
	}
	return ""
}

func (a *Applier) mark(p *pass, key string) string {
	if key == a.cfg.OwnerLabel {
		return p.owner.GetName()
	}
	return a.cfg.ManagedBy[key]
}

// otherManager says whose the child is not, and whose it is if that can be told.
func (a *Applier) otherManager(p *pass, child metav1.Object) string {
	text := "exists and is not managed by " + a.cfg.FieldManager
	key := a.missingLabel(p, child)
	switch value := child.GetLabels()[key]; {
	case value != "" && key == a.cfg.OwnerLabel:
		return text + fmt.Sprintf(" for this owner but for %q", value)
	case value != "":
		return text + fmt.Sprintf(" but by %q", value)
	case len(child.GetManagedFields()) > 0:
		return text + fmt.Sprintf(" but was written by %q", child.GetManagedFields()[0].Manager)
	}
	return text
}

// isFormerOwner is true for the same kind and name with another UID. The version may differ: it is the
// version the API had when the child was written.
func isFormerOwner(controller *metav1.OwnerReference, ref metav1.OwnerReference) bool {
	was, _ := schema.ParseGroupVersion(controller.APIVersion)
	is, _ := schema.ParseGroupVersion(ref.APIVersion)
	return was.Group == is.Group && controller.Kind == ref.Kind && controller.Name == ref.Name
}
