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
	// watch adds the sources to the controller.
	watch func(source.Source) error
	// sources are made when they are needed.
	sources func() []source.Source

	mu      sync.Mutex
	started bool
}

// running says whether Secrets can be read from the caches.
func (w *secretWatch) running() bool {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.started
}

// ensure begins to watch, and returns when the caches hold what there is. Forbidden means that the role is
// missing; it is asked for again by the next pass.
func (w *secretWatch) ensure(ctx context.Context) error {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.started {
		return nil
	}
	list := &metav1.PartialObjectMetadataList{}
	list.SetGroupVersionKind(secretKind.GroupVersion().WithKind("SecretList"))
	if err := w.live.List(ctx, list, client.Limit(1)); apierrors.IsForbidden(err) {
		return forbiddenSecrets("")
	} else if err != nil {
		return fmt.Errorf("cannot look for Secrets: %w", err)
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

// forbiddenSecrets is the refusal of the API server, with what to do about it.
func forbiddenSecrets(name string) error {
	return apierrors.NewForbidden(schema.GroupResource{Resource: "secrets"}, name,
		errors.New("spec.sentry needs the role of config/sentry: kubectl apply -k config/sentry"))
}

func secretMetadata() *metav1.PartialObjectMetadata {
	object := &metav1.PartialObjectMetadata{}
	object.SetGroupVersionKind(secretKind)
	return object
}

// tokenSecrets leaves out what most Secrets of a cluster are, and no token is ever in. Of the others only
// metadata is watched.
func tokenSecrets() cache.ByObject {
	return cache.ByObject{Field: fields.AndSelectors(
		fields.OneTermNotEqualSelector("type", "helm.sh/release.v1"),
		fields.OneTermNotEqualSelector("type", string(corev1.SecretTypeServiceAccountToken)),
	)}
}
