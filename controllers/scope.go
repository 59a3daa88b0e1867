package controllers

import (
	"context"
	"slices"
	"time"

	corev1 "k8s.io/api/core/v1"
	ctrl "sigs.k8s.io/controller-runtime"
	"sigs.k8s.io/controller-runtime/pkg/cache"
	"sigs.k8s.io/controller-runtime/pkg/client"
)

// discoveryInterval is how often the kinds that are missing are looked for where CustomResourceDefinitions
// cannot be watched.
const discoveryInterval = 5 * time.Second

// Scope says where the operator works. The zero value is the whole cluster.
//
// With Namespaces a Role in each is all it needs. What no Role can give is done without: CRDs of others are
// looked for instead of watched, the labels of a namespace are read by each pass, and a Prometheus, an
// Alertmanager or a Gateway is seen in these namespaces only.
type Scope struct {
	// Namespaces whose TuxMonitorings are reconciled; empty: all.
	Namespaces []string
	// SecretNamespaces are those whose Secrets are watched, once a resource needs one; empty: as Namespaces.
	SecretNamespaces []string
}

// ManagerOptions are what the controller needs of its manager; addresses and leader election are for
// the caller to set.
func (s Scope) ManagerOptions() ctrl.Options {
	scheme := NewScheme()
	inputs := s.cacheOptions(scheme)
	inputs.ByObject = s.ofSecrets(cache.ByObject{Field: tokenSecrets()})
	return ctrl.Options{
		Scheme: scheme,
		Cache:  inputs,
		// HTTPRoutes and Gateways are read as unstructured objects, from the cache like all others.
		Client: client.Options{Cache: &client.CacheOptions{Unstructured: true}},
	}
}

// namespaced says whether the operator must do without anything cluster-wide.
func (s Scope) namespaced() bool { return len(s.Namespaces) > 0 }

// secretNamespaces are those to look for Secrets in; one that is empty means all.
func (s Scope) secretNamespaces() []string {
	for _, list := range [][]string{s.SecretNamespaces, s.Namespaces} {
		if len(list) > 0 {
			return list
		}
	}
	return []string{corev1.NamespaceAll}
}

// hasSecretsOf says whether Secrets of a namespace are looked at.
func (s Scope) hasSecretsOf(namespace string) bool {
	all := s.secretNamespaces()
	return slices.Contains(all, namespace) || slices.Contains(all, corev1.NamespaceAll)
}

// ofSecrets are the options of a cache for Secrets.
func (s Scope) ofSecrets(o cache.ByObject) map[client.Object]cache.ByObject {
	if len(s.SecretNamespaces) > 0 {
		o.Namespaces = cacheNamespaces(s.SecretNamespaces)
	}
	return map[client.Object]cache.ByObject{&corev1.Secret{}: o}
}

// cacheNamespaces is nil for all.
func cacheNamespaces(names []string) map[string]cache.Config {
	if len(names) == 0 {
		return nil
	}
	out := map[string]cache.Config{}
	for _, name := range names {
		out[name] = cache.Config{}
	}
	return out
}

// poll looks for kinds that were installed, until ctx ends. It stands in for the watch of
// CustomResourceDefinitions, which only a ClusterRole can allow.
// Price: a kind is found some seconds late, and discovery is asked for each kind that is missing.
func (k *optionalKinds) poll(ctx context.Context) error {
	tick := time.NewTicker(discoveryInterval)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return nil
		case <-tick.C:
		}
		found := false
		for kind := range k.served {
			started, err := k.watch(kind)
			if err != nil {
				ctrl.LoggerFrom(ctx).Error(err, "Cannot look for a kind", "kind", kind.Kind)
			}
			found = found || started
		}
		if found {
			k.wake(ctx)
		}
	}
}
