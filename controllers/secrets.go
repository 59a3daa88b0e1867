package controllers

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/fields"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"sigs.k8s.io/controller-runtime/pkg/cache"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/source"
)

// fillTimeout is how long a pass waits for the caches of Secrets to fill, the first time.
const fillTimeout = 10 * time.Second

var secretKind = corev1.SchemeGroupVersion.WithKind("Secret")

// secretWatch watches the metadata of Secrets from the first resource on that has spec.sentry.
//
// Why not from the start? A role that may read the Secrets of all namespaces is the most valuable thing in a
// cluster. Who has no use for spec.sentry need not give it, and the operator works without.
// Price: one LIST of a single Secret before the watch begins, to see whether it may.
type secretWatch struct {
	live   client.Reader
	caches []cache.Cache
	scope  Scope
	// watch adds the sources to the controller.
	watch func(source.Source) error
	// sources are made when they are needed.
	sources func() []source.Source

	mu      sync.Mutex
	started bool
}

// running says whether Secrets of a namespace can be read from the caches.
func (w *secretWatch) running(namespace string) bool {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.started && w.scope.hasSecretsOf(namespace)
}

// ensure begins to watch, and returns when the caches hold what there is. Forbidden means that the role is
// missing, or that the namespace is none of those with Secrets; it is asked for again by the next pass.
func (w *secretWatch) ensure(ctx context.Context, namespace string) error {
	if !w.scope.hasSecretsOf(namespace) {
		return w.forbidden(namespace, "")
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.started {
		return nil
	}
	if err := w.mayList(ctx); err != nil {
		return err
	}
	ctx, cancel := context.WithTimeout(ctx, fillTimeout)
	defer cancel()
	for _, c := range w.caches {
		if _, err := c.GetInformer(ctx, secretMetadata()); err != nil {
			return fmt.Errorf("cannot watch Secrets: %w", err)
		}
	}
	for _, s := range w.sources() {
		if err := w.watch(s); err != nil {
			return fmt.Errorf("cannot watch Secrets: %w", err)
		}
	}
	w.started = true
	return nil
}

// mayList asks for one Secret of each namespace: an informer that is refused would never be filled.
func (w *secretWatch) mayList(ctx context.Context) error {
	for _, namespace := range w.scope.secretNamespaces() {
		list := &metav1.PartialObjectMetadataList{}
		list.SetGroupVersionKind(secretKind.GroupVersion().WithKind("SecretList"))
		err := w.live.List(ctx, list, client.Limit(1), client.InNamespace(namespace))
		if apierrors.IsForbidden(err) {
			return w.forbidden(namespace, "")
		}
		if err != nil {
			return fmt.Errorf("cannot look for Secrets: %w", err)
		}
	}
	return nil
}

// forbidden is the refusal of the API server, with what to do about it.
func (w *secretWatch) forbidden(namespace, name string) error {
	cause := errors.New("spec.sentry needs a right on Secrets: name its namespace in --secret-namespaces, " +
		"and there kubectl apply -k config/sentry")
	switch {
	case !w.scope.hasSecretsOf(namespace):
		cause = fmt.Errorf("spec.sentry needs namespace %q among the --secret-namespaces of the operator", namespace)
	case namespace != corev1.NamespaceAll && w.scope.secretNamespaces()[0] != corev1.NamespaceAll:
		cause = fmt.Errorf("spec.sentry needs a Role on the Secrets of namespace %q for the operator", namespace)
	}
	return apierrors.NewForbidden(schema.GroupResource{Resource: "secrets"}, name, cause)
}

func secretMetadata() *metav1.PartialObjectMetadata {
	object := &metav1.PartialObjectMetadata{}
	object.SetGroupVersionKind(secretKind)
	return object
}

// tokenSecrets leaves out what most Secrets of a cluster are, and no token is ever in. Of the others only
// metadata is watched.
func tokenSecrets() fields.Selector {
	return fields.AndSelectors(
		fields.OneTermNotEqualSelector("type", "helm.sh/release.v1"),
		fields.OneTermNotEqualSelector("type", string(corev1.SecretTypeServiceAccountToken)),
	)
}
