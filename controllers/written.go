package controllers

import (
	"time"

	"k8s.io/apimachinery/pkg/types"
	"k8s.io/apimachinery/pkg/util/resourceversion"
	"k8s.io/utils/lru"
	"sigs.k8s.io/controller-runtime/pkg/client"

	tuxv1alpha1 "github.com/tux-io/tux-monitoring-operator/api/v1alpha1"
)

const (
	// rememberedWrites bounds the memory for resources that come and go. A forgotten one costs at most
	// a status that is sent twice.
	rememberedWrites = 4096
	// staleInterval is how long a pass waits for the cache to show what the last one wrote.
	staleInterval = 100 * time.Millisecond
)

// writes remembers the version of each resource that our last status write made. Our writes to the
// children wake the next pass, often before the cache has the new status: that pass would compare with
// the old one, send the same patch again and move the times of conditions.
type writes struct{ versions *lru.Cache }

func newWrites() writes { return writes{versions: lru.New(rememberedWrites)} }

func (w writes) remember(tux *tuxv1alpha1.TuxMonitoring) {
	w.versions.Add(client.ObjectKeyFromObject(tux), written{uid: tux.UID, version: tux.ResourceVersion})
}

// awaited reports whether the cache still has the resource as it was before our last write.
func (w writes) awaited(tux *tuxv1alpha1.TuxMonitoring) bool {
	value, ok := w.versions.Get(client.ObjectKeyFromObject(tux))
	if !ok {
		return false
	}
	last := value.(written)
	order, err := resourceversion.CompareResourceVersion(tux.ResourceVersion, last.version)
	// A version that is no number is one of an API server that does not promise an order.
	return err == nil && order < 0 && tux.UID == last.uid
}

type written struct {
	uid     types.UID
	version string
}
