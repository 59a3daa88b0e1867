package apply

import (
	"errors"
	"testing"

	"github.com/google/go-cmp/cmp"
	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/apimachinery/pkg/util/sets"
	"k8s.io/utils/ptr"
)

func (f *fixture) prune(keep ...string) (ChangeSet, error) {
	return f.applier.Prune(f.Context(), f.owner, configMapGVK, map[string]string{outputKey: "rules"}, sets.New(keep...))
}

func TestPruneDeletesWhatIsNoLongerWanted(t *testing.T) {
	f := newFixture(t)
	other := f.configMap("of-another-output", nil)
	other.Labels[outputKey] = "dashboards"
	f.apply(f.configMap("b", nil), f.configMap("a", nil), f.configMap("kept", nil), other)
	f.foreign("without-labels", nil, controllerRef("Shop", "shop", f.owner.GetUID()))
	f.foreign("labels-only", f.labels("rules"))
	f.foreign("of-an-earlier-owner", f.labels("rules"), controllerRef("Shop", "shop", "an-earlier-uid"))
	f.requests.Reset()

	changes, err := f.prune("kept")
	f.must(err)
	if diff := cmp.Diff([]string{"ConfigMap/a", "ConfigMap/b"}, changes.Names(Deleted)); diff != "" {
		t.Errorf("deleted (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff([]string{"ConfigMap/labels-only", "ConfigMap/of-an-earlier-owner"}, changes.Names(Skipped)); diff != "" {
		t.Errorf("skipped (-want +got):\n%s", diff)
	}
	if got := f.requests.String(); got != "1 get shops, 2 delete configmaps" {
		t.Errorf("requests = %s", got)
	}
	for _, name := range []string{"kept", "of-another-output", "without-labels", "labels-only", "of-an-earlier-owner"} {
		if !f.exists(name) {
			t.Errorf("%s was deleted", name)
		}
	}
	f.requests.Reset()
	changes, err = f.prune("kept")
	if err != nil || changes.Changed() || f.requests.Total() != 0 {
		t.Errorf("second prune: %v, %v, requests %s", changes, err, f.requests)
	}
}

func TestPruneDeletesNothingForAStaleOwner(t *testing.T) {
	for name, change := range map[string]func(f *fixture){
		"its spec has changed": func(f *fixture) {
			live := f.owner.DeepCopy()
			live.Object["spec"].(map[string]any)["text"] = "two"
			f.must(admin.Update(f.Context(), live))
		},
		"it is gone": func(f *fixture) { f.delete(f.owner.DeepCopy()) },
		"it was recreated": func(f *fixture) {
			f.delete(f.owner.DeepCopy())
			f.newOwner("shop")
		},
		"it is being deleted": func(f *fixture) {
			live := f.owner.DeepCopy()
			live.SetFinalizers([]string{"example.com/hold"})
			f.must(admin.Update(f.Context(), live))
			f.delete(live)
		},
	} {
		t.Run(name, func(t *testing.T) {
			f := newFixture(t)
			f.apply(f.configMap("a", nil))
			change(f)
			f.requests.Reset()
			if _, err := f.prune(); !errors.Is(err, ErrStaleOwner) {
				t.Errorf("err = %v, want ErrStaleOwner", err)
			}
			if !f.exists("a") || f.requests.Writes() != 0 {
				t.Errorf("requests = %s", f.requests)
			}
		})
	}
}

func TestPruneDeletesOnlyTheVersionItLookedAt(t *testing.T) {
	for name, tc := range map[string]struct {
		change  func(f *fixture)
		wantErr func(error) bool
		remains bool
	}{
		"it was edited meanwhile": {
			change:  func(f *fixture) { f.edit("a", func(cm *corev1.ConfigMap) { cm.Data = map[string]string{"x": "1"} }) },
			wantErr: apierrors.IsConflict,
			remains: true,
		},
		"it was replaced meanwhile": {
			change: func(f *fixture) {
				f.delete(f.get("a"))
				f.foreign("a", nil)
			},
			wantErr: apierrors.IsConflict,
			remains: true,
		},
		"it was deleted meanwhile": {
			change:  func(f *fixture) { f.delete(f.get("a")) },
			wantErr: func(err error) bool { return err == nil },
		},
	} {
		t.Run(name, func(t *testing.T) {
			f := newFixture(t)
			f.apply(f.configMap("a", nil))
			f.reader.freeze(configMapGVK, f.key("a"), f.snapshot("a"))
			tc.change(f)
			_, err := f.prune()
			if unjoined := firstOf(err); !tc.wantErr(unjoined) {
				t.Errorf("err = %v", err)
			}
			if f.exists("a") != tc.remains {
				t.Errorf("exists = %v, want %v", f.exists("a"), tc.remains)
			}
		})
	}
}

// firstOf returns the only error of a joined one, for apierrors looks along one chain.
func firstOf(err error) error {
	if joined, ok := err.(interface{ Unwrap() []error }); ok {
		return joined.Unwrap()[0]
	}
	return err
}

func TestPruneAndApplyWhileTheCacheStillShowsTheDeleted(t *testing.T) {
	f := newFixture(t)
	f.apply(f.configMap("a", nil))
	f.reader.freeze(configMapGVK, f.key("a"), f.snapshot("a"))
	if changes, err := f.prune(); err != nil || changes.Count(Deleted) != 1 {
		t.Fatalf("%v, %v", changes, err)
	}
	f.requests.Reset()
	if changes, err := f.prune(); err != nil || len(changes) != 0 || f.requests.Total() != 0 {
		t.Errorf("second prune: %v, %v, requests %s", changes, err, f.requests)
	}
	f.expect(f.configMap("a", nil), Created, false, "1 create configmaps")
	f.reader.thaw()
	f.expect(f.configMap("a", nil), Unchanged, false, "")
}

func TestPruneOfADeletedOutputThatComesBack(t *testing.T) {
	f := newFixture(t)
	f.apply(f.configMap("a", nil))
	if _, err := f.prune(); err != nil {
		t.Fatal(err)
	}
	f.applier.Forget(configMapGVK, f.key("a"))
	f.expect(f.configMap("a", nil), Created, false, "1 create configmaps")
}

// TestPruneOutlivesOlderNews: the event of a label that was taken off comes after our own deletion.
func TestPruneOutlivesOlderNews(t *testing.T) {
	f := newFixture(t)
	f.apply(f.configMap("a", nil))
	version := f.get("a").GetResourceVersion()
	f.reader.freeze(configMapGVK, f.key("a"), f.snapshot("a"))
	if _, err := f.prune(); err != nil {
		t.Fatal(err)
	}
	f.requests.Reset()
	f.applier.Gone(configMapGVK, f.key("a"), version)
	if changes, err := f.prune(); err != nil || changes.Changed() || f.requests.Total() != 0 {
		t.Errorf("after old news: %v, %v, requests %s", changes, err, f.requests)
	}
	// Whoever missed the event itself knows no version.
	f.reader.thaw()
	f.applier.Gone(configMapGVK, f.key("a"), "")
	f.expect(f.configMap("a", nil), Created, false, "1 create configmaps")
}

func TestPruneLeavesWhatIsBeingDeleted(t *testing.T) {
	f := newFixture(t)
	f.apply(f.configMap("a", nil))
	f.edit("a", func(cm *corev1.ConfigMap) { cm.Finalizers = []string{"example.com/hold"} })
	f.delete(f.get("a"))
	f.requests.Reset()
	if changes, err := f.prune(); err != nil || len(changes) != 0 || f.requests.Total() != 0 {
		t.Errorf("%v, %v, requests %s", changes, err, f.requests)
	}
}

func TestObserveIsToldOfEveryResult(t *testing.T) {
	f := newFixture(t)
	got := map[Result]int{}
	f.applier.cfg.Observe = func(gvk schema.GroupVersionKind, r Result) { got[r]++ }
	f.apply(f.configMap("a", nil), f.configMap("b", nil))
	f.apply(f.configMap("a", nil), f.configMap("b", map[string]string{"x": "1"}))
	_, err := f.prune("a")
	f.must(err)
	want := map[Result]int{Created: 2, Unchanged: 1, Configured: 1, Deleted: 1}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("observed (-want +got):\n%s", diff)
	}
}

// With a foreground deletion the object would stay, with a finalizer, until its dependents are gone.
func TestPruneDeletesInTheBackground(t *testing.T) {
	f := newFixture(t)
	f.apply(f.configMap("a", nil))
	blocking := metav1.OwnerReference{APIVersion: "v1", Kind: "ConfigMap", Name: "a", UID: f.get("a").UID, BlockOwnerDeletion: ptr.To(true)}
	f.foreign("dependent", nil, blocking)
	_, err := f.prune()
	f.must(err)
	if f.exists("a") || !f.exists("dependent") {
		t.Errorf("a exists: %v, its dependent exists: %v", f.exists("a"), f.exists("dependent"))
	}
}
