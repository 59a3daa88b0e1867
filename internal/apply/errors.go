package apply

import (
	"cmp"
	"errors"
	"fmt"
	"slices"
	"time"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/apimachinery/pkg/api/meta"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/tux-io/tux-monitoring-operator/internal/fault"
)

// The reasons of the faults this package returns.
const (
	// ReasonConflict: an object of the same name belongs to somebody else. Rename or delete it.
	ReasonConflict = "Conflict"
	// ReasonOwnerRecreated: the child belongs to an earlier owner of the same name and is awaiting
	// garbage collection.
	ReasonOwnerRecreated = "OwnerRecreated"
	// ReasonChildTerminating: the child is being deleted; it is created again when it is gone.
	ReasonChildTerminating = "ChildTerminating"
	// ReasonCRDMissing: the kind is not installed.
	ReasonCRDMissing = "CRDMissing"
)

// goneSoon is how long garbage collection and deletion usually take.
const goneSoon = 5 * time.Second

// crdRetry is how long to wait for a kind to be installed; a watch on CRDs normally says so earlier.
const crdRetry = 30 * time.Second

// ConflictError says that an object we want to write belongs to somebody else; it was not touched.
type ConflictError struct {
	GVK  schema.GroupVersionKind
	Name string
	// Reason says who has it, as the end of a sentence: `is controlled by Deployment "web"`.
	Reason string
}

// Error names the object and who has it.
func (e *ConflictError) Error() string {
	return fmt.Sprintf("%s %q %s", e.GVK.Kind, e.Name, e.Reason)
}

func conflict(o id, reason string) error {
	return fault.Terminal(ReasonConflict, &ConflictError{GVK: o.gvk, Name: o.key.Name, Reason: reason})
}

// explain adds which object an error is about, and gives a missing kind its sort.
func (a *Applier) explain(obj client.Object, err error) error {
	gvk, _ := a.cfg.Writer.GroupVersionKindFor(obj)
	return explain("apply", gvk, obj.GetName(), err)
}

func explain(act string, gvk schema.GroupVersionKind, name string, err error) error {
	if foreign := (*ConflictError)(nil); errors.As(err, &foreign) {
		return err // it names the object itself
	}
	if isCRDMissing(err) {
		err = fault.Waiting(crdRetry, ReasonCRDMissing, fmt.Errorf("kind %s of %s is not installed", gvk.Kind, gvk.GroupVersion()))
	}
	return fmt.Errorf("cannot %s %s %q: %w", act, gvk.Kind, name, err)
}

// isReplaced is true if the object is no longer the one, or for a migration the version, that was looked
// at. To an apply with the UID of an object that is gone the API server says Conflict, and to one with
// the UID of another object that the UID is immutable.
func isReplaced(err error) bool {
	if apierrors.IsConflict(err) || apierrors.IsNotFound(err) {
		return true
	}
	status := apierrors.APIStatus(nil)
	if !errors.As(err, &status) || status.Status().Details == nil {
		return false
	}
	return slices.ContainsFunc(status.Status().Details.Causes, func(c metav1.StatusCause) bool {
		return c.Field == "metadata.uid"
	})
}

// isCRDMissing is true if the API server does not serve the kind: the mapper does not know it, or it
// does not know yet that it is gone and the path gives a plain 404.
func isCRDMissing(err error) bool {
	return meta.IsNoMatchError(err) ||
		apierrors.IsNotFound(err) && apierrors.HasStatusCause(err, metav1.CauseTypeUnexpectedServerResponse)
}

// join sorts by text, so that the same problems always give the same message.
func join(errs []error) error {
	slices.SortFunc(errs, func(x, y error) int { return cmp.Compare(x.Error(), y.Error()) })
	return errors.Join(errs...)
}
