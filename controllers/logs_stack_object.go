package controllers

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"

	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/types"
	ctrl "sigs.k8s.io/controller-runtime"
	"sigs.k8s.io/controller-runtime/pkg/client"

	tuxv1alpha1 "github.com/tux-io/tux-monitoring-operator/api/v1alpha1"
	"github.com/tux-io/tux-monitoring-operator/internal/fault"
	"github.com/tux-io/tux-monitoring-operator/internal/plan/env"
	"github.com/tux-io/tux-monitoring-operator/internal/plan/retention/lokistack"
)

// readStack is a LokiStack and what is beside it, read past the cache: what it says of itself and whose its fields are is in
// no cache, and a run comes every few minutes only.
type readStack struct {
	of     env.LogStack
	object *unstructured.Unstructured
	stack  lokistack.Stack
	// ledger has no resourceVersion if there is none.
	ledger *corev1.ConfigMap
}

func (s *readStack) promised() string { return s.ledger.Data[env.PromisesKey] }

func (k *logKeeper) readStack(ctx context.Context, of env.LogStack) (*readStack, error) {
	s := &readStack{of: of, object: &unstructured.Unstructured{}, ledger: &corev1.ConfigMap{}}
	s.object.SetGroupVersionKind(lokiStackKind)
	if err := k.live.Get(ctx, types.NamespacedName(of), s.object); err != nil {
		return nil, unread(fmt.Errorf("cannot read %s: %w", of, err))
	}
	if s.object.GetLabels()[env.DocumentLabel] != env.DocumentLogs {
		return nil, fmt.Errorf("the %s lacks the label %s, without which nothing is applied to it", of, consentLabel)
	}
	key := client.ObjectKey{Namespace: of.Namespace, Name: of.Ledger()}
	if err := k.live.Get(ctx, key, s.ledger); client.IgnoreNotFound(err) != nil {
		return nil, unread(fmt.Errorf("cannot read ConfigMap %q: %w", key, err))
	}
	if s.ledger.ResourceVersion != "" && s.ledger.Labels[env.DocumentLabel] != env.DocumentPromises {
		return nil, fmt.Errorf("the ConfigMap %q is somebody else's: it lacks the label %s=%s", key, env.DocumentLabel, env.DocumentPromises)
	}
	var err error
	s.stack, err = lokistack.Read(s.object, env.FieldManager)
	return s, err
}

// writeStack sends the ledger, the limits, and the ledger without the tenants that are gone, each only if it differs.
func (k *logKeeper) writeStack(ctx context.Context, s *readStack, d *lokistack.Decision) (written bool, err error) {
	spec, err := lokistack.Patch(&s.stack, d.Tenants)
	if err != nil {
		return false, err
	}
	if len(d.Tenants) == 0 && s.ledger.ResourceVersion == "" && spec == nil {
		return false, nil // nobody who is allowed to wants anything
	}
	if err := k.writePromises(ctx, s, d.First); err != nil {
		return false, err
	}
	if spec != nil {
		if err := k.applyLimits(ctx, s, spec); err != nil {
			return false, err
		}
	}
	return spec != nil, k.writePromises(ctx, s, d.Ledger)
}

func (k *logKeeper) applyLimits(ctx context.Context, s *readStack, spec map[string]any) error {
	object := &unstructured.Unstructured{Object: map[string]any{}}
	object.SetGroupVersionKind(lokiStackKind)
	object.SetNamespace(s.of.Namespace)
	object.SetName(s.of.Name)
	// With its UID one that is gone meanwhile is not made again.
	object.SetUID(s.object.GetUID())
	if len(spec) > 0 {
		object.Object["spec"] = spec
	}
	// Not forced: what somebody else has applied is theirs to let go of.
	if err := k.writer.Apply(ctx, client.ApplyConfigurationFromUnstructured(object), client.FieldOwner(env.FieldManager)); err != nil {
		return refusedStack(s.of, err)
	}
	ctrl.LoggerFrom(ctx).Info("Applied retention of logs", "LokiStack", s.of.Namespace+"/"+s.of.Name)
	var err error
	s.stack, err = lokistack.Read(object, env.FieldManager)
	return err
}

// writePromises writes the ledger if it says anything else.
func (k *logKeeper) writePromises(ctx context.Context, s *readStack, text string) error {
	if s.promised() == text {
		return nil
	}
	object := &corev1.ConfigMap{ObjectMeta: metav1.ObjectMeta{Namespace: s.of.Namespace, Name: s.of.Ledger()}}
	var err error
	if s.ledger.ResourceVersion == "" {
		object.Labels, object.Data = env.PromiseLabels(), map[string]string{env.PromisesKey: text}
		err = k.writer.Create(ctx, object, client.FieldOwner(env.FieldManager))
	} else {
		var patch []byte
		if patch, err = json.Marshal(map[string]any{
			"metadata": map[string]any{"resourceVersion": s.ledger.ResourceVersion}, "data": map[string]string{env.PromisesKey: text},
		}); err != nil {
			return err
		}
		err = k.writer.Patch(ctx, object, client.RawPatch(types.MergePatchType, patch), client.FieldOwner(env.FieldManager))
	}
	if err != nil {
		return fmt.Errorf("cannot write ConfigMap %q: %w", client.ObjectKeyFromObject(object), err)
	}
	s.ledger = object
	return nil
}

// isOthersField tells a conflict about who has a field from a race, which passes by itself.
func isOthersField(err error) bool {
	var refused apierrors.APIStatus
	if !apierrors.IsConflict(err) || !errors.As(err, &refused) || refused.Status().Details == nil {
		return false
	}
	return slices.ContainsFunc(refused.Status().Details.Causes, func(c metav1.StatusCause) bool {
		return c.Type == metav1.CauseTypeFieldManagerConflict
	})
}

// refusedStack tells what a person must mend, a field that somebody else has or a value that is refused, from a right that
// is missing and from what passes by itself.
func refusedStack(of env.LogStack, err error) error {
	text := err.Error()
	admission := apierrors.IsForbidden(err) && strings.Contains(text, " denied ")
	if isOthersField(err) || apierrors.IsInvalid(err) || apierrors.IsBadRequest(err) || admission {
		// Its text and not itself, which says whose the field is.
		return fault.Terminal(tuxv1alpha1.ReasonStackRefused, errors.New("cannot apply to "+of.String()+": "+text))
	}
	return fmt.Errorf("cannot apply to %s: %w", of, err)
}
