package apply

import (
	"context"
	"errors"
	"maps"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"github.com/hashicorp/golang-lru/v2/simplelru"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/apimachinery/pkg/types"
	"sigs.k8s.io/controller-runtime/pkg/client"
)

// MetadataReader reads the metadata of children from a cache. An object that is not there gives
// apierrors.IsNotFound, a kind that is not installed meta.IsNoMatchError. What it returns is not
// changed.
type MetadataReader interface {
	Get(ctx context.Context, gvk schema.GroupVersionKind, key types.NamespacedName) (*metav1.PartialObjectMetadata, error)
	// List returns the objects of one namespace, or of all if namespace is empty, that have all labels.
	List(ctx context.Context, gvk schema.GroupVersionKind, namespace string, labels map[string]string) ([]metav1.PartialObjectMetadata, error)
}

// Config holds what an Applier needs.
type Config struct {
	// Writer sends Create, Patch and Delete. Its scheme must know the owner's kind.
	Writer client.Client
	// Live reads past every cache: the cold start, conflicts, and the owner before anything is deleted.
	Live client.Reader
	// Metadata reads children from the cache. The cache may be limited to objects that carry ManagedBy.
	Metadata MetadataReader
	// FieldManager owns the fields we apply.
	FieldManager string
	// ManagedBy are the labels that mark an object as ours.
	ManagedBy map[string]string
	// OwnerLabel is the key of the label that holds the owner's name.
	OwnerLabel string
	// CacheSize is how many objects the request cache remembers; default 100 000, about 40 MB if full.
	CacheSize int
	// Namespaces are where the cold start looks for children; empty means everywhere, with one LIST.
	// An operator whose rights end at some namespaces must name them.
	Namespaces []string
	// Observe is told of every change that Apply and Prune make or find unnecessary. Optional.
	Observe func(gvk schema.GroupVersionKind, result Result)
	// Looked is told of every look into the request cache: a hit is an object known to be as wanted. Optional.
	Looked func(hit bool)
}

const defaultCacheSize = 100_000

func (c Config) validate() error {
	switch {
	case c.Writer == nil || c.Live == nil || c.Metadata == nil:
		return errors.New("cannot make an applier: Writer, Live and Metadata are required")
	case c.FieldManager == "":
		return errors.New("cannot make an applier: FieldManager is required")
	case len(c.ManagedBy) == 0 || c.OwnerLabel == "":
		return errors.New("cannot make an applier: ManagedBy and OwnerLabel are required")
	case c.CacheSize < 0:
		return errors.New("cannot make an applier: CacheSize is negative")
	}
	return nil
}

func (c Config) withDefaults() Config {
	if c.CacheSize == 0 {
		c.CacheSize = defaultCacheSize
	}
	if len(c.Namespaces) == 0 {
		c.Namespaces = []string{metav1.NamespaceAll}
	}
	if c.Observe == nil {
		c.Observe = func(schema.GroupVersionKind, Result) {}
	}
	if c.Looked == nil {
		c.Looked = func(bool) {}
	}
	return c
}

// Applier writes the children of owners. It is safe for concurrent use by workers that handle
// different owners.
type Applier struct {
	cfg      Config
	markKeys []string // the keys of ManagedBy, and OwnerLabel; sorted
	requests *requests
	previews *previews
	seeds    sync.Map // schema.GroupVersionKind -> *seed
	now      func() time.Time

	hits, misses atomic.Uint64
}

// New returns an Applier with an empty request cache.
func New(config Config) (*Applier, error) {
	if err := config.validate(); err != nil {
		return nil, err
	}
	config = config.withDefaults()
	requests, err := newRequests(config.CacheSize)
	if err != nil {
		return nil, err
	}
	forecasts, err := simplelru.NewLRU[id, forecast](config.CacheSize, nil)
	if err != nil {
		return nil, err
	}
	return &Applier{
		cfg:      config,
		markKeys: slices.Sorted(maps.Keys(withKey(config.ManagedBy, config.OwnerLabel, ""))),
		requests: requests,
		previews: &previews{forecasts: forecasts},
		now:      time.Now,
	}, nil
}

// Wrote is true if we wrote this version of the object, or one after it. Watch predicates drop such
// events: a foreign edit between two of our writes was overwritten by the later one.
//
// An event that overtakes the response to its own write is not recognised; it costs a pass that sends
// nothing.
func (a *Applier) Wrote(gvk schema.GroupVersionKind, key types.NamespacedName, resourceVersion string) bool {
	rec, ok := a.requests.get(id{gvk, key})
	return ok && rec.written && rec.fate == alive && !isNewer(resourceVersion, rec.resourceVersion)
}

// Gone must be called on every delete event, so that absence is not mistaken for a slow cache.
// resourceVersion is that of the event, or "" if the event itself was missed and only the last state is
// known.
//
// A cache by label shows a label that is taken off as a deletion too. If such an event is handled after we
// have deleted the object, it is older news than our own.
func (a *Applier) Gone(gvk schema.GroupVersionKind, key types.NamespacedName, resourceVersion string) {
	rec, ok := a.requests.get(id{gvk, key})
	if ok && rec.fate == pruned && resourceVersion != "" && !isNewer(resourceVersion, rec.resourceVersion) {
		return
	}
	a.Forget(gvk, key)
}

// Forget drops what is known of an object; the next pass over it costs a request.
func (a *Applier) Forget(gvk schema.GroupVersionKind, key types.NamespacedName) {
	a.requests.forget(id{gvk, key})
	a.previews.drop(id{gvk, key})
}

// CacheStats returns how many objects were known to be as wanted, and how many needed a request.
func (a *Applier) CacheStats() (hits, misses uint64) {
	return a.hits.Load(), a.misses.Load()
}

// withKey returns a copy of labels with one more.
func withKey(labels map[string]string, key, value string) map[string]string {
	out := maps.Clone(labels)
	out[key] = value
	return out
}
