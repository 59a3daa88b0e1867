package apply

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"os"
	"testing"
	"time"

	corev1 "k8s.io/api/core/v1"
	apiextensionsv1 "k8s.io/apiextensions-apiserver/pkg/apis/apiextensions/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/labels"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/apimachinery/pkg/types"
	clientgoscheme "k8s.io/client-go/kubernetes/scheme"
	"k8s.io/client-go/rest"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/envtest"

	"github.com/tux-io/tux-monitoring-operator/internal/testutil"
)

const (
	manager    = "tuxmonitoring"
	managedKey = "app.kubernetes.io/managed-by"
	ownerKey   = "example.com/owner"
	outputKey  = "example.com/output"
)

var (
	restConfig *rest.Config
	admin      client.Client // a person with kubectl: not counted, other field managers
	scheme     = runtime.NewScheme()

	ownerGVK     = schema.GroupVersionKind{Group: "example.com", Version: "v1", Kind: "Shop"}
	gadgetGVK    = schema.GroupVersionKind{Group: "example.com", Version: "v1", Kind: "Gadget"}
	lateGVK      = schema.GroupVersionKind{Group: "example.com", Version: "v1", Kind: "Late"}
	configMapGVK = corev1.SchemeGroupVersion.WithKind("ConfigMap")
)

func TestMain(m *testing.M) { os.Exit(run(m)) }

func run(m *testing.M) int {
	if os.Getenv("KUBEBUILDER_ASSETS") == "" {
		fmt.Fprintln(os.Stderr, "KUBEBUILDER_ASSETS is not set: the tests of internal/apply need the directory of etcd and kube-apiserver, for server-side apply cannot be faked")
		return 1
	}
	env := &envtest.Environment{CRDs: []*apiextensionsv1.CustomResourceDefinition{crd(ownerGVK, "shops"), crd(gadgetGVK, "gadgets")}}
	var err error
	if restConfig, err = env.Start(); err != nil {
		fmt.Fprintln(os.Stderr, "cannot start the control plane:", err)
		return 1
	}
	defer func() { _ = env.Stop() }()
	restConfig.QPS = -1
	if err := errors.Join(clientgoscheme.AddToScheme(scheme), apiextensionsv1.AddToScheme(scheme)); err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	if admin, err = client.New(restConfig, client.Options{Scheme: scheme, FieldOwner: "somebody"}); err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	return m.Run()
}

// crd is a kind whose spec has every sort of list.
func crd(gvk schema.GroupVersionKind, plural string) *apiextensionsv1.CustomResourceDefinition {
	str, set, asMap := apiextensionsv1.JSONSchemaProps{Type: "string"}, "set", "map"
	item := apiextensionsv1.JSONSchemaProps{Type: "object", Properties: map[string]apiextensionsv1.JSONSchemaProps{"name": str, "value": str}, Required: []string{"name"}}
	spec := apiextensionsv1.JSONSchemaProps{Type: "object", Properties: map[string]apiextensionsv1.JSONSchemaProps{
		"text":  str,
		"set":   {Type: "array", XListType: &set, Items: &apiextensionsv1.JSONSchemaPropsOrArray{Schema: &str}},
		"named": {Type: "array", XListType: &asMap, XListMapKeys: []string{"name"}, Items: &apiextensionsv1.JSONSchemaPropsOrArray{Schema: &item}},
		"whole": {Type: "array", Items: &apiextensionsv1.JSONSchemaPropsOrArray{Schema: &item}},
	}}
	return &apiextensionsv1.CustomResourceDefinition{
		ObjectMeta: metav1.ObjectMeta{Name: plural + "." + gvk.Group},
		Spec: apiextensionsv1.CustomResourceDefinitionSpec{
			Group: gvk.Group,
			Scope: apiextensionsv1.NamespaceScoped,
			Names: apiextensionsv1.CustomResourceDefinitionNames{Kind: gvk.Kind, ListKind: gvk.Kind + "List", Plural: plural},
			Versions: []apiextensionsv1.CustomResourceDefinitionVersion{{
				Name: gvk.Version, Served: true, Storage: true,
				Schema: &apiextensionsv1.CustomResourceValidation{OpenAPIV3Schema: &apiextensionsv1.JSONSchemaProps{
					Type: "object", Properties: map[string]apiextensionsv1.JSONSchemaProps{"spec": spec},
				}},
			}},
		},
	}
}

// fixture is a namespace with an owner, and an applier whose requests are counted.
type fixture struct {
	*testing.T
	ns       string
	owner    *unstructured.Unstructured
	requests *testutil.Requests
	writer   client.Client
	reader   *reader
	applier  *Applier
}

func newFixture(t *testing.T) *fixture {
	t.Helper()
	f := &fixture{T: t, requests: &testutil.Requests{}, reader: &reader{}}
	ns := &corev1.Namespace{ObjectMeta: metav1.ObjectMeta{GenerateName: "apply-"}}
	f.must(admin.Create(t.Context(), ns))
	f.ns = ns.Name
	f.owner = f.newOwner("shop")
	f.writer = countingClient(t, f.requests)
	f.applier = f.restart()
	return f
}

func countingClient(t testing.TB, requests *testutil.Requests) client.Client {
	t.Helper()
	config := rest.CopyConfig(restConfig)
	config.Wrap(func(next http.RoundTripper) http.RoundTripper { return requests.Wrap(next) })
	c, err := client.New(config, client.Options{Scheme: scheme})
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// restart returns an applier that remembers nothing.
func (f *fixture) restart() *Applier {
	f.Helper()
	a, err := New(Config{
		Writer: f.writer, Live: f.writer, Metadata: f.reader,
		FieldManager: manager, ManagedBy: map[string]string{managedKey: manager}, OwnerLabel: ownerKey,
		Namespaces: []string{f.ns}, // tests share the API server
	})
	f.must(err)
	f.requests.Reset()
	return a
}

func (f *fixture) newOwner(name string) *unstructured.Unstructured {
	f.Helper()
	owner := &unstructured.Unstructured{Object: map[string]any{"spec": map[string]any{"text": "one"}}}
	owner.SetGroupVersionKind(ownerGVK)
	owner.SetNamespace(f.ns)
	owner.SetName(name)
	f.must(admin.Create(f.Context(), owner))
	return owner
}

func (f *fixture) must(err error) {
	f.Helper()
	if err != nil {
		f.Fatal(err)
	}
}

// apply must succeed.
func (f *fixture) apply(objs ...client.Object) ChangeSet {
	f.Helper()
	changes, err := f.applier.Apply(f.Context(), f.owner, objs)
	f.must(err)
	return changes
}

// expect applies one object and checks what came of it and what it cost.
func (f *fixture) expect(obj client.Object, want Result, drift bool, requests string) {
	f.Helper()
	f.requests.Reset()
	got := f.apply(obj)
	if got[0].Result != want || got[0].DriftCorrected != drift {
		f.Errorf("result = %+v, want %s, drift corrected %v", got[0], want, drift)
	}
	if f.requests.String() != requests {
		f.Errorf("requests = %q, want %q", f.requests, requests)
	}
}

func (f *fixture) labels(name string) map[string]string {
	return map[string]string{managedKey: manager, ownerKey: f.owner.GetName(), outputKey: name}
}

func (f *fixture) meta(name string) metav1.ObjectMeta {
	return metav1.ObjectMeta{Namespace: f.ns, Name: name, Labels: f.labels("rules")}
}

func (f *fixture) configMap(name string, data map[string]string) *corev1.ConfigMap {
	return &corev1.ConfigMap{ObjectMeta: f.meta(name), Data: data}
}

// foreign creates a ConfigMap that is not ours unless labels and refs make it so.
func (f *fixture) foreign(name string, labels map[string]string, refs ...metav1.OwnerReference) *corev1.ConfigMap {
	f.Helper()
	cm := &corev1.ConfigMap{ObjectMeta: metav1.ObjectMeta{Namespace: f.ns, Name: name, Labels: labels, OwnerReferences: refs}, Data: map[string]string{"theirs": "yes"}}
	f.must(admin.Create(f.Context(), cm))
	return cm
}

func (f *fixture) get(name string) *corev1.ConfigMap {
	f.Helper()
	cm := &corev1.ConfigMap{}
	f.must(admin.Get(f.Context(), f.key(name), cm))
	return cm
}

func (f *fixture) exists(name string) bool {
	f.Helper()
	err := admin.Get(f.Context(), f.key(name), &corev1.ConfigMap{})
	f.must(client.IgnoreNotFound(err))
	return err == nil
}

func (f *fixture) key(name string) types.NamespacedName {
	return types.NamespacedName{Namespace: f.ns, Name: name}
}

// edit changes a live ConfigMap by hand.
func (f *fixture) edit(name string, change func(*corev1.ConfigMap)) {
	f.Helper()
	cm := f.get(name)
	change(cm)
	f.must(admin.Update(f.Context(), cm))
}

func (f *fixture) delete(obj client.Object) {
	f.Helper()
	f.must(admin.Delete(f.Context(), obj))
}

// reader is a cache of what has our label that is never late, unless an answer is frozen.
type reader struct {
	frozen map[id]*metav1.PartialObjectMetadata // nil: absent
}

func (r *reader) freeze(gvk schema.GroupVersionKind, key types.NamespacedName, as *metav1.PartialObjectMetadata) {
	r.frozen = map[id]*metav1.PartialObjectMetadata{{gvk, key}: as}
}

func (r *reader) thaw() { r.frozen = nil }

func (r *reader) Get(ctx context.Context, gvk schema.GroupVersionKind, key types.NamespacedName) (*metav1.PartialObjectMetadata, error) {
	absent := apierrors.NewNotFound(schema.GroupResource{Group: gvk.Group, Resource: gvk.Kind}, key.Name)
	if obj, ok := r.frozen[id{gvk, key}]; ok {
		if obj == nil {
			return nil, absent
		}
		return obj.DeepCopy(), nil
	}
	obj := &metav1.PartialObjectMetadata{}
	obj.SetGroupVersionKind(gvk)
	if err := admin.Get(ctx, key, obj); err != nil {
		return nil, err
	}
	if obj.Labels[managedKey] != manager {
		return nil, absent
	}
	obj.ManagedFields = nil
	return obj, nil
}

func (r *reader) List(ctx context.Context, gvk schema.GroupVersionKind, namespace string, match map[string]string) ([]metav1.PartialObjectMetadata, error) {
	list := &metav1.PartialObjectMetadataList{}
	list.SetGroupVersionKind(gvk.GroupVersion().WithKind(gvk.Kind + "List"))
	if err := admin.List(ctx, list, client.InNamespace(namespace), client.MatchingLabels(match)); err != nil {
		return nil, err
	}
	for i, item := range list.Items {
		if obj := r.frozen[id{gvk, client.ObjectKeyFromObject(&item)}]; obj != nil {
			list.Items[i] = *obj.DeepCopy()
		}
	}
	for o, obj := range r.frozen {
		if obj != nil && o.gvk == gvk && labels.SelectorFromSet(match).Matches(labels.Set(obj.Labels)) && !contains(list.Items, o.key) {
			list.Items = append(list.Items, *obj.DeepCopy())
		}
	}
	return list.Items, nil
}

func contains(items []metav1.PartialObjectMetadata, key types.NamespacedName) bool {
	for i := range items {
		if client.ObjectKeyFromObject(&items[i]) == key {
			return true
		}
	}
	return false
}

// snapshot is the metadata of a live ConfigMap, to be frozen.
func (f *fixture) snapshot(name string) *metav1.PartialObjectMetadata {
	f.Helper()
	obj := &metav1.PartialObjectMetadata{}
	obj.SetGroupVersionKind(configMapGVK)
	f.must(admin.Get(f.Context(), f.key(name), obj))
	return obj
}

// after moves the applier's clock.
func (f *fixture) after(d time.Duration) {
	f.applier.now = func() time.Time { return time.Now().Add(d) }
}
