package apply

import (
	"context"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"
)

// verb is what has to be done about one object.
type verb int

const (
	keep      verb = iota // it is known to be as wanted: send nothing
	create                // it does not exist: POST, which cannot seize an object we do not see
	configure             // it exists and is ours: server-side apply
)

// step is the decision about one object. Apply takes it, Preview tells what it would come to.
type step struct {
	verb verb
	// uid and base are the object and the version that the decision is about; configure only.
	uid  types.UID
	base string
	// drift: we had brought the object to this state before, so somebody else changed it.
	drift bool
	// seen: the metadata cache shows the object, so that its absence will mean that it was deleted.
	seen bool
}

// decide chooses from the metadata cache and the request cache:
//
//	cached metadata   request cache                       step
//	absent            nothing, or it was seen before      create
//	absent            we just created it                  keep, or configure if we want another state now
//	being deleted     -                                   wait
//	not ours          -                                   conflict
//	present           nothing                             cold start, then as below
//	present           same hash, version not newer        keep
//	present           anything else                       configure
//
// The only requests sent here are those of the cold start.
func (a *Applier) decide(ctx context.Context, p *pass, t *target) (step, error) {
	cached, err := a.cfg.Metadata.Get(ctx, t.gvk, t.key)
	if apierrors.IsNotFound(err) && !isCRDMissing(err) {
		return a.decideAbsent(t), nil
	}
	if err != nil {
		return step{}, err
	}
	rec, known := a.requests.observe(t.id, cached)
	if known && rec.fate == pruned && rec.uid == cached.UID {
		return step{verb: create}, nil // what the cache shows is what we deleted
	}
	if err := a.check(p, t.id, cached); err != nil {
		return step{}, err
	}
	if !known {
		if err := a.coldStart(ctx, p, t.gvk); err != nil {
			return step{}, err
		}
		rec, known = a.requests.observe(t.id, cached)
	}
	return decidePresent(t, cached, rec, known && rec.fate == alive), nil
}

// decidePresent compares versions, for a cached version older than the one we know is a cache that
// lags and not an edit.
func decidePresent(t *target, cached *metav1.PartialObjectMetadata, rec record, known bool) step {
	if !known {
		return step{verb: configure, uid: cached.UID, base: cached.ResourceVersion, seen: true}
	}
	edited := isNewer(cached.ResourceVersion, rec.resourceVersion)
	switch {
	case edited:
		return step{verb: configure, uid: cached.UID, base: cached.ResourceVersion, drift: rec.hash == t.hash, seen: true}
	case rec.hash != t.hash:
		return step{verb: configure, uid: rec.uid, base: rec.resourceVersion, seen: rec.seen}
	}
	return step{verb: keep}
}

// decideAbsent tells deletion from a cache that lags behind our own write.
func (a *Applier) decideAbsent(t *target) step {
	rec, known := a.requests.get(t.id)
	if !known || rec.fate == pruned {
		return step{verb: create}
	}
	justWritten := rec.fate == alive && !rec.seen && a.now().Sub(rec.at) < lagWindow
	switch {
	case !justWritten:
		return step{verb: create, drift: rec.hash == t.hash}
	case rec.hash != t.hash:
		return step{verb: configure, uid: rec.uid, base: rec.resourceVersion}
	}
	return step{verb: keep}
}
