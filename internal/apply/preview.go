package apply

import (
	"context"
	"sync"
	"time"

	"github.com/hashicorp/golang-lru/v2/simplelru"
	apiequality "k8s.io/apimachinery/pkg/api/equality"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/apimachinery/pkg/types"
	"k8s.io/apimachinery/pkg/util/sets"
	"sigs.k8s.io/controller-runtime/pkg/client"
)

// absenceHolds is how long Preview believes that an object it did not find does not exist. The cache
// shows only what has our labels, so no event tells when somebody else takes the name.
const absenceHolds = 10 * time.Minute

// Preview returns what Apply would do, with the same errors, and writes nothing. Objects that would be
// written cost a GET, and a dry-run if they exist; the answer is remembered until the object or the
// plan changes.
func (a *Applier) Preview(ctx context.Context, owner client.Object, objs []client.Object) (ChangeSet, error) {
	return a.each(ctx, owner, objs, a.foresee)
}

// PreviewPrune returns what Prune would do and deletes nothing. It does not read the owner; Prune does,
// and may therefore refuse.
func (a *Applier) PreviewPrune(
	ctx context.Context, owner client.Object, gvk schema.GroupVersionKind, scope map[string]string, keep sets.Set[string],
) (ChangeSet, error) {
	p, err := a.newPass(owner)
	if err != nil {
		return nil, err
	}
	unwanted, changes, err := a.unwanted(ctx, p, gvk, scope, keep)
	for i := range unwanted {
		changes = append(changes, Change{GVK: gvk, Name: unwanted[i].Name, Result: Deleted})
	}
	return changes, err
}

// forecast is the answer for one target and the step decided for it.
type forecast struct {
	step   step
	hash   digest
	change Change
	at     time.Time
}

type previews struct {
	mu        sync.Mutex
	forecasts *simplelru.LRU[id, forecast]
}

func (f *previews) get(o id) (forecast, bool) {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.forecasts.Get(o)
}

func (f *previews) put(o id, known forecast) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.forecasts.Add(o, known)
}

// drop must be called when the object may have come or gone: a forecast says what it looked like before.
func (f *previews) drop(o id) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.forecasts.Remove(o)
}

// foresee tells what take would do.
func (a *Applier) foresee(ctx context.Context, p *pass, t *target, s step) (Change, error) {
	if s.verb == keep {
		return t.change(Unchanged, false), nil
	}
	known, ok := a.previews.get(t.id)
	if ok && known.step == s && known.hash == t.hash && (s.verb == configure || a.now().Sub(known.at) < absenceHolds) {
		return known.change, nil
	}
	change, err := a.ask(ctx, p, t, s)
	if err == nil {
		a.previews.put(t.id, forecast{step: s, hash: t.hash, change: change, at: a.now()})
	}
	return change, err
}

// ask looks at the live object and lets the API server try.
func (a *Applier) ask(ctx context.Context, p *pass, t *target, s step) (Change, error) {
	live := &unstructured.Unstructured{}
	live.SetGroupVersionKind(t.gvk)
	err := a.cfg.Live.Get(ctx, t.key, live)
	if apierrors.IsNotFound(err) && !isCRDMissing(err) {
		return t.change(Created, s.drift), nil
	}
	if err != nil {
		return Change{}, err
	}
	if err := a.check(p, t.id, live); err != nil {
		return Change{}, err
	}
	body, err := t.body(live.GetUID())
	if err != nil {
		return Change{}, err
	}
	after := live.DeepCopy()
	patch := client.RawPatch(types.ApplyYAMLPatchType, body)
	err = a.cfg.Writer.Patch(ctx, after, patch, client.FieldOwner(a.cfg.FieldManager), client.ForceOwnership, client.DryRunAll)
	if err != nil {
		return Change{}, err
	}
	if a.managedOf(after).isUnchanged(wouldKeepVersion(live, after), s.drift) {
		return t.change(Unchanged, false), nil
	}
	return t.change(Configured, s.drift), nil
}

// wouldKeepVersion is true if the API server would not have stored after: nothing is different but the
// times in managed fields, by which their entries are sorted.
func wouldKeepVersion(live, after *unstructured.Unstructured) bool {
	return apiequality.Semantic.DeepEqual(timeless(live), timeless(after))
}

func timeless(obj *unstructured.Unstructured) []any {
	books := map[[4]string]string{}
	for _, e := range obj.GetManagedFields() {
		if e.FieldsV1 == nil {
			continue
		}
		books[[4]string{e.Manager, string(e.Operation), e.Subresource, e.APIVersion}] = e.FieldsV1.GetRawString()
	}
	rest := obj.DeepCopy()
	rest.SetManagedFields(nil)
	rest.SetResourceVersion("")
	return []any{books, rest.Object}
}
