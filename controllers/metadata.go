package controllers

import (
	"context"

	"k8s.io/apimachinery/pkg/api/meta"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/apimachinery/pkg/types"
	"sigs.k8s.io/controller-runtime/pkg/cache"
	"sigs.k8s.io/controller-runtime/pkg/client"
)

// childReader reads the metadata of our objects from the cache of children.
type childReader struct {
	cache   cache.Cache
	kinds   *optionalKinds
	secrets *secretWatch
}

// Get returns the metadata of one child.
func (c *childReader) Get(
	ctx context.Context, kind schema.GroupVersionKind, key types.NamespacedName,
) (*metav1.PartialObjectMetadata, error) {
	if err := c.served(kind, key.Namespace); err != nil {
		if kind == secretKind {
			return nil, c.secrets.forbidden(key.Namespace, key.Name)
		}
		return nil, err
	}
	object := &metav1.PartialObjectMetadata{}
	object.SetGroupVersionKind(kind)
	if err := c.cache.Get(ctx, key, object); err != nil {
		return nil, err
	}
	return object, nil
}

// List returns the metadata of the children of one kind with the given labels.
func (c *childReader) List(
	ctx context.Context, kind schema.GroupVersionKind, namespace string, labels map[string]string,
) ([]metav1.PartialObjectMetadata, error) {
	if err := c.served(kind, namespace); err != nil {
		return nil, err
	}
	list := &metav1.PartialObjectMetadataList{}
	list.SetGroupVersionKind(kind.GroupVersion().WithKind(kind.Kind + "List"))
	if err := c.cache.List(ctx, list, client.InNamespace(namespace), client.MatchingLabels(labels)); err != nil {
		return nil, err
	}
	return list.Items, nil
}

// served fails for a kind whose CustomResourceDefinition has not been seen yet, and for Secrets before anybody
// needs one, and for those of namespaces we have no right in: there is no informer to ask.
func (c *childReader) served(kind schema.GroupVersionKind, namespace string) error {
	_, optional := c.kinds.served[kind]
	if optional && !c.kinds.installed(kind) || kind == secretKind && !c.secrets.running(namespace) {
		return &meta.NoKindMatchError{GroupKind: kind.GroupKind(), SearchedVersions: []string{kind.Version}}
	}
	return nil
}
