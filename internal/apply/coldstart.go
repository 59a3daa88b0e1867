package apply

import (
	"context"
	"fmt"
	"sync"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/apimachinery/pkg/types"
	"sigs.k8s.io/controller-runtime/pkg/client"
)

// pageSize bounds the memory of the cold start: 100 dashboards of 40 kB are 4 MB.
const pageSize = 100

// seed is the cold start of one kind.
type seed struct {
	mu   sync.Mutex
	done bool
}

// coldStart fills the request cache for one kind, once per process, by paging through all our objects.
// Without it every restart would send an apply per object only to learn that nothing changes. Only one
// page is in memory at a time; workers that need the kind wait for it.
//
// It fails as a whole and is tried again in the next pass.
func (a *Applier) coldStart(ctx context.Context, p *pass, gvk schema.GroupVersionKind) error {
	if err := p.unreadable[gvk]; err != nil {
		return err
	}
	stored, _ := a.seeds.LoadOrStore(gvk, &seed{})
	s := stored.(*seed)
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.done {
		return nil
	}
	for _, namespace := range a.cfg.Namespaces {
		if err := a.readAll(ctx, gvk, namespace); err != nil {
			p.unreadable[gvk] = fmt.Errorf("cannot list what exists: %w", err)
			return p.unreadable[gvk]
		}
	}
	s.done = true
	return nil
}

func (a *Applier) readAll(ctx context.Context, gvk schema.GroupVersionKind, namespace string) error {
	next := ""
	for {
		page := &unstructured.UnstructuredList{}
		page.SetGroupVersionKind(gvk.GroupVersion().WithKind(gvk.Kind + "List"))
		err := a.cfg.Live.List(ctx, page, client.InNamespace(namespace), client.MatchingLabels(a.cfg.ManagedBy),
			client.Limit(pageSize), client.Continue(next))
		if err != nil {
			return err
		}
		for i := range page.Items {
			a.recordLive(gvk, &page.Items[i])
		}
		if next = page.GetContinue(); next == "" {
			return nil
		}
	}
}

// recordLive remembers an object as it is. An object that cannot be read back is left out, and will be
// applied.
func (a *Applier) recordLive(gvk schema.GroupVersionKind, live *unstructured.Unstructured) {
	live.SetGroupVersionKind(gvk)
	hash, err := a.hashOwned(live)
	if err != nil || !live.GetDeletionTimestamp().IsZero() {
		return
	}
	key := types.NamespacedName{Namespace: live.GetNamespace(), Name: live.GetName()}
	a.requests.putIfAbsent(id{gvk, key}, record{uid: live.GetUID(), resourceVersion: live.GetResourceVersion(), hash: hash, at: a.now()})
}

// hashOwned hashes what our field manager owns of live. If nobody changed it since it was applied, that
// is what the normal form was. If it is not, for instance because a default is not spelled out in what
// we send, the price is one apply that changes nothing.
func (a *Applier) hashOwned(live *unstructured.Unstructured) (digest, error) {
	owned := a.noted(live, metav1.ManagedFieldsOperationUpdate, metav1.ManagedFieldsOperationApply)
	content, _ := extract(owned, live.Object).(map[string]any)
	if content == nil {
		return digest{}, fmt.Errorf("%s %q has no field of %s", live.GetKind(), live.GetName(), a.cfg.FieldManager)
	}
	mine := &unstructured.Unstructured{Object: content}
	mine.SetGroupVersionKind(live.GroupVersionKind())
	mine.SetNamespace(live.GetNamespace()) // identity is in nobody's managed fields
	mine.SetName(live.GetName())
	normal, err := Normalise(mine, a.cfg.Writer.Scheme())
	if err != nil {
		return digest{}, err
	}
	return hashOf(normal)
}
