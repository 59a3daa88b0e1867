package apply

import (
	"sync"
	"time"

	"github.com/hashicorp/golang-lru/v2/simplelru"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/apimachinery/pkg/types"
	"k8s.io/apimachinery/pkg/util/resourceversion"
)

// lagWindow is how long we believe that an object we created is merely not in the metadata cache yet.
// Watches deliver within seconds; a minute is a watch that has to be set up again. It must end: if the
// object was created and deleted between two lists of the informer, no event ever tells us.
const lagWindow = time.Minute

// id addresses one object.
type id struct {
	gvk schema.GroupVersionKind
	key types.NamespacedName
}

// fate is what became of an object we know.
type fate int

const (
	alive  fate = iota
	lost        // a delete event came: somebody deleted it, or hid it by changing its labels
	pruned      // we deleted it; the metadata cache may still show it
)

// record is what we know about one object: in version resourceVersion, what we own has this hash.
type record struct {
	uid             types.UID
	resourceVersion string
	hash            digest
	fate            fate
	written         bool      // we wrote this version; otherwise the cold start read it
	seen            bool      // the metadata cache has shown the object
	at              time.Time // when we learnt of it, for lagWindow
}

// requests is the request cache: it remembers after which request an object was as wanted. Losing a
// record costs a request and nothing else.
type requests struct {
	mu      sync.Mutex
	records *simplelru.LRU[id, record]
}

func newRequests(size int) (*requests, error) {
	records, err := simplelru.NewLRU[id, record](size, nil)
	return &requests{records: records}, err
}

func (r *requests) get(o id) (record, bool) {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.records.Get(o)
}

func (r *requests) put(o id, rec record) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.records.Add(o, rec)
}

// putIfAbsent keeps what is there: a record of our own write is newer than what a list has read.
func (r *requests) putIfAbsent(o id, rec record) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if !r.records.Contains(o) {
		r.records.Add(o, rec)
	}
}

// observe returns the record of o and remembers that the metadata cache has shown the object.
func (r *requests) observe(o id, cached *metav1.PartialObjectMetadata) (record, bool) {
	r.mu.Lock()
	defer r.mu.Unlock()
	rec, ok := r.records.Get(o)
	if ok && !rec.seen && rec.uid == cached.UID {
		rec.seen = true
		r.records.Add(o, rec)
	}
	return rec, ok
}

// forget handles a delete event. The record stays as lost, so that repairing it counts as drift.
func (r *requests) forget(o id) {
	r.mu.Lock()
	defer r.mu.Unlock()
	rec, ok := r.records.Get(o)
	if !ok {
		return
	}
	if rec.fate == pruned {
		r.records.Remove(o)
		return
	}
	rec.fate = lost
	r.records.Add(o, rec)
}

// isNewer is true if version a is newer than b. Versions of an aggregated API server that cannot be
// compared count as newer when they differ, which costs a request but misses no edit.
func isNewer(a, b string) bool {
	order, err := resourceversion.CompareResourceVersion(a, b)
	if err != nil {
		return a != b
	}
	return order > 0
}
