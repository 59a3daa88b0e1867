package apply

import (
	"context"
	"fmt"
	"sync"
	"testing"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/labels"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/apimachinery/pkg/types"
	toolscache "k8s.io/client-go/tools/cache"
	"sigs.k8s.io/controller-runtime/pkg/cache"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/tux-io/tux-monitoring-operator/internal/testutil"
)

// informers is a MetadataReader over the cache a manager has.
type informers struct{ cache.Cache }

func (c informers) Get(ctx context.Context, gvk schema.GroupVersionKind, key types.NamespacedName) (*metav1.PartialObjectMetadata, error) {
	obj := &metav1.PartialObjectMetadata{}
	obj.SetGroupVersionKind(gvk)
	return obj, c.Cache.Get(ctx, key, obj)
}

func (c informers) List(ctx context.Context, gvk schema.GroupVersionKind, namespace string, match map[string]string) ([]metav1.PartialObjectMetadata, error) {
	list := &metav1.PartialObjectMetadataList{}
	list.SetGroupVersionKind(gvk.GroupVersion().WithKind(gvk.Kind + "List"))
	err := c.Cache.List(ctx, list, client.InNamespace(namespace), client.MatchingLabels(match))
	return list.Items, err
}

// newCachedFixture reads through a real cache, with a label selector and without managed fields, and
// hands delete events to Forget.
func newCachedFixture(t *testing.T) *fixture {
	f := newFixture(t)
	c, err := cache.New(restConfig, cache.Options{
		Scheme:               scheme,
		DefaultLabelSelector: labels.SelectorFromSet(labels.Set{managedKey: manager}),
		DefaultNamespaces:    map[string]cache.Config{f.ns: {}},
		DefaultTransform:     cache.TransformStripManagedFields(),
	})
	f.must(err)
	go func() { _ = c.Start(t.Context()) }()
	f.applier.cfg.Metadata = informers{c}
	obj := &metav1.PartialObjectMetadata{}
	obj.SetGroupVersionKind(configMapGVK)
	informer, err := c.GetInformer(t.Context(), obj)
	f.must(err)
	_, err = informer.AddEventHandler(toolscache.ResourceEventHandlerFuncs{DeleteFunc: func(gone any) {
		missed, ok := gone.(toolscache.DeletedFinalStateUnknown)
		if ok {
			gone = missed.Obj
		}
		object := gone.(client.Object)
		version := object.GetResourceVersion()
		if ok {
			version = ""
		}
		f.applier.Gone(configMapGVK, client.ObjectKeyFromObject(object), version)
	}})
	f.must(err)
	return f
}

func TestWithARealCache(t *testing.T) {
	f := newCachedFixture(t)
	cm := f.configMap("a", map[string]string{"x": "1"})
	f.expect(cm, Created, false, "1 create configmaps")
	for range 20 { // whether the cache has seen it or not
		f.expect(cm, Unchanged, false, "")
	}
	repaired := func(want Result) func() bool {
		return func() bool {
			c := f.apply(cm)[0]
			return c.Result == want && c.DriftCorrected
		}
	}
	f.edit("a", func(cm *corev1.ConfigMap) { cm.Data["x"], cm.Data["theirs"] = "hacked", "1" })
	eventually(t, repaired(Configured))
	if got := f.get("a").Data; got["x"] != "1" || got["theirs"] != "1" {
		t.Errorf("data = %v", got)
	}
	f.delete(f.get("a"))
	eventually(t, repaired(Created))
	f.edit("a", func(cm *corev1.ConfigMap) { cm.Labels = nil })
	eventually(t, repaired(Configured))

	eventually(t, func() bool {
		changes, err := f.prune()
		return err == nil && changes.Count(Deleted) == 1
	})
	f.requests.Reset()
	for range 20 {
		if changes, err := f.prune(); err != nil || changes.Changed() {
			t.Fatalf("prune while the cache catches up: %v, %v", changes, err)
		}
	}
	if f.requests.Total() != 0 {
		t.Errorf("requests = %s", f.requests)
	}
}

func TestManyOwnersAtOnce(t *testing.T) {
	f := newCachedFixture(t)
	var wg sync.WaitGroup
	for n := range 8 {
		owner := f.newOwner(fmt.Sprintf("owner-%d", n))
		wg.Go(func() {
			for pass := range 6 {
				cm := f.configMap(owner.GetName(), map[string]string{"x": fmt.Sprint(pass)})
				cm.Labels[ownerKey] = owner.GetName()
				if _, err := f.applier.Apply(t.Context(), owner, objects(cm)); err != nil {
					t.Error(err)
				}
				if changes, err := f.applier.Apply(t.Context(), owner, objects(cm)); err != nil || changes.Changed() {
					t.Errorf("second apply: %v, %v", changes, err)
				}
			}
		})
	}
	wg.Wait()
	if got, want := f.requests.String(), "40 patch configmaps, 8 create configmaps"; got != want {
		t.Errorf("requests = %q, want %q", got, want)
	}
}

func TestTheColdStartOfAClusterWideOperatorSendsOneList(t *testing.T) {
	f, g := newFixture(t), newFixture(t)
	f.apply(f.gadget("a", "p"))
	g.apply(g.gadget("a", "p"))
	f.applier = f.restart()
	f.applier.cfg.Namespaces = Config{}.withDefaults().Namespaces
	for _, x := range []*fixture{f, g} {
		changes, err := f.applier.Apply(t.Context(), x.owner, objects(x.gadget("a", "p")))
		if err != nil || changes.Changed() {
			t.Errorf("%v, %v", changes, err)
		}
	}
	if got := f.requests.String(); got != "1 list gadgets" {
		t.Errorf("requests = %s", got)
	}
}

// BenchmarkApply is one pass over a dashboard of 40 kB that is as wanted.
func BenchmarkApply(b *testing.B) {
	requests := &testutil.Requests{}
	writer := countingClient(b, requests)
	owner := &corev1.ConfigMap{ObjectMeta: metav1.ObjectMeta{GenerateName: "bench-", Namespace: "default"}}
	if err := admin.Create(b.Context(), owner); err != nil {
		b.Fatal(err)
	}
	marks := map[string]string{managedKey: manager, ownerKey: owner.Name}
	cm := &corev1.ConfigMap{ObjectMeta: metav1.ObjectMeta{Namespace: "default", Name: owner.Name + "-child", Labels: marks}, Data: map[string]string{"dashboard.json": dashboard(40_000)}}
	memory := &reader{}
	a, err := New(Config{Writer: writer, Live: writer, Metadata: memory, FieldManager: manager, ManagedBy: map[string]string{managedKey: manager}, OwnerLabel: ownerKey})
	if err != nil {
		b.Fatal(err)
	}
	if _, err := a.Apply(b.Context(), owner, objects(cm)); err != nil {
		b.Fatal(err)
	}
	live := &metav1.PartialObjectMetadata{}
	live.SetGroupVersionKind(configMapGVK)
	if err := admin.Get(b.Context(), client.ObjectKeyFromObject(cm), live); err != nil {
		b.Fatal(err)
	}
	memory.freeze(configMapGVK, client.ObjectKeyFromObject(cm), live)
	requests.Reset()
	b.ReportAllocs()
	for b.Loop() {
		if changes, err := a.Apply(b.Context(), owner, objects(cm)); err != nil || changes.Changed() {
			b.Fatal(changes, err)
		}
	}
	if requests.Total() != 0 {
		b.Fatalf("requests = %s", requests)
	}
}

// dashboard returns about n bytes of JSON text.
func dashboard(n int) string {
	text := []byte(`{"panels":[`)
	for len(text) < n {
		text = append(text, `{"type":"timeseries","title":"Requests","targets":[{"expr":"sum(rate(x[5m])) > 0"}]},`...)
	}
	return string(append(text[:len(text)-1], "]}"...))
}
