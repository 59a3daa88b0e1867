package apply

import (
	"maps"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/utils/ptr"
)

func TestApplyCreatesByPostAndThenSendsNothing(t *testing.T) {
	f := newFixture(t)
	cm := f.configMap("a", map[string]string{"x": "1"})
	f.expect(cm, Created, false, "1 create configmaps")

	live := f.get("a")
	want := []metav1.OwnerReference{{APIVersion: "example.com/v1", Kind: "Shop", Name: "shop", UID: f.owner.GetUID(), Controller: ptr.To(true), BlockOwnerDeletion: ptr.To(true)}}
	if diff := cmp.Diff(want, live.OwnerReferences); diff != "" {
		t.Errorf("owner references (-want +got):\n%s", diff)
	}
	if e := live.ManagedFields[0]; e.Manager != manager || e.Operation != metav1.ManagedFieldsOperationUpdate {
		t.Errorf("written by %s with %s, want %s with Update: a POST", e.Manager, e.Operation, manager)
	}
	if cm.ResourceVersion != "" || len(cm.OwnerReferences) > 0 {
		t.Error("the object handed in was changed")
	}
	for range 3 {
		f.expect(cm, Unchanged, false, "")
	}
}

func TestApplyConfiguresAChangedIntent(t *testing.T) {
	f := newFixture(t)
	f.expect(f.configMap("a", map[string]string{"x": "1"}), Created, false, "1 create configmaps")
	f.expect(f.configMap("a", map[string]string{"x": "2"}), Configured, false, "1 patch configmaps")
	f.expect(f.configMap("a", map[string]string{"x": "2"}), Unchanged, false, "")
	if got := f.get("a").Data["x"]; got != "2" {
		t.Errorf("x = %q", got)
	}
}

// Fields that were created by POST belong to the Update entry, which apply does not empty.
func TestApplyRemovesWhatIsNoLongerWanted(t *testing.T) {
	f := newFixture(t)
	cm := f.configMap("a", map[string]string{"x": "1", "y": "1"})
	cm.Labels["team"], cm.Annotations = "web", map[string]string{"note": "old"}
	f.expect(cm, Created, false, "1 create configmaps")

	cm = f.configMap("a", map[string]string{"x": "1"})
	f.expect(cm, Configured, false, "3 patch configmaps")
	live := f.get("a")
	if diff := cmp.Diff(map[string]string{"x": "1"}, live.Data); diff != "" {
		t.Errorf("data (-want +got):\n%s", diff)
	}
	if _, ok := live.Labels["team"]; ok || len(live.Annotations) > 0 {
		t.Errorf("labels %v and annotations %v were not removed", live.Labels, live.Annotations)
	}
	if len(live.ManagedFields) != 1 || live.ManagedFields[0].Operation != metav1.ManagedFieldsOperationApply {
		t.Errorf("managed fields were not migrated: %v", live.ManagedFields)
	}
	f.expect(cm, Unchanged, false, "")
	f.expect(f.configMap("a", map[string]string{"z": "1"}), Configured, false, "1 patch configmaps")
	if diff := cmp.Diff(map[string]string{"z": "1"}, f.get("a").Data); diff != "" {
		t.Errorf("data (-want +got):\n%s", diff)
	}
}

// The Update entry equals the Apply entry again, and yet something was removed.
func TestApplyReportsTheRemovalOfWhatOnlyApplyHadAdded(t *testing.T) {
	f := newFixture(t)
	cm := f.configMap("a", map[string]string{"x": "1"})
	f.expect(cm, Created, false, "1 create configmaps")
	f.expect(f.configMap("a", map[string]string{"x": "1", "z": "1"}), Configured, false, "1 patch configmaps")
	f.expect(cm, Configured, false, "1 patch configmaps")
	if _, ok := f.get("a").Data["z"]; ok {
		t.Error("z was not removed")
	}
}

func TestApplyAfterAForeignEdit(t *testing.T) {
	for name, tc := range map[string]struct {
		edit   func(*corev1.ConfigMap)
		want   Result
		drift  bool
		remain map[string]string
	}{
		"a foreign field is kept and is no drift": {
			edit:   func(cm *corev1.ConfigMap) { cm.Data["foreign"], cm.Annotations = "1", map[string]string{"theirs": "1"} },
			want:   Unchanged,
			remain: map[string]string{"x": "1", "y": "1", "foreign": "1"},
		},
		"a changed value of ours is put back and a foreign field kept": {
			edit:   func(cm *corev1.ConfigMap) { cm.Data["foreign"], cm.Data["x"] = "1", "hacked" },
			want:   Configured,
			drift:  true,
			remain: map[string]string{"x": "1", "y": "1", "foreign": "1"},
		},
		"a removed value of ours is put back": {
			edit:   func(cm *corev1.ConfigMap) { delete(cm.Data, "x") },
			want:   Configured,
			drift:  true,
			remain: map[string]string{"x": "1", "y": "1"},
		},
		"a removed label that is not the cache's selector is put back": {
			edit:   func(cm *corev1.ConfigMap) { delete(cm.Labels, outputKey) },
			want:   Configured,
			drift:  true,
			remain: map[string]string{"x": "1", "y": "1"},
		},
		"a stripped owner reference is put back": {
			edit:   func(cm *corev1.ConfigMap) { cm.OwnerReferences = nil },
			want:   Configured,
			drift:  true,
			remain: map[string]string{"x": "1", "y": "1"},
		},
	} {
		t.Run(name, func(t *testing.T) {
			f := newFixture(t)
			cm := f.configMap("a", map[string]string{"x": "1", "y": "1"})
			f.apply(cm)
			for range 2 { // the second time there is an Apply entry already
				f.edit("a", tc.edit)
				f.edit("a", func(cm *corev1.ConfigMap) { cm.Labels["tick"] += "t" })
				f.expect(cm, tc.want, tc.drift, "1 patch configmaps")
				f.expect(cm, Unchanged, false, "")
				live := f.get("a")
				if diff := cmp.Diff(tc.remain, live.Data); diff != "" {
					t.Errorf("data (-want +got):\n%s", diff)
				}
				if live.Labels[outputKey] != "rules" || live.Labels["tick"] == "" || !metav1.IsControlledBy(live, f.owner) {
					t.Errorf("metadata is not repaired: %v %v", live.Labels, live.OwnerReferences)
				}
			}
		})
	}
}

func TestApplyRepairsStompedLabelsThatHideTheObject(t *testing.T) {
	for name, notify := range map[string]bool{"with a delete event": true, "before the delete event": false} {
		t.Run(name, func(t *testing.T) {
			f := newFixture(t)
			cm := f.configMap("a", map[string]string{"x": "1"})
			f.apply(cm)
			f.apply(cm)
			f.edit("a", func(cm *corev1.ConfigMap) { cm.Labels = map[string]string{"app.kubernetes.io/managed-by": "Helm"} })
			if notify {
				f.applier.Forget(configMapGVK, f.key("a"))
			}
			f.expect(cm, Configured, true, "1 create configmaps, 1 get configmaps, 1 patch configmaps")
			if got := f.get("a").Labels; !maps.Equal(got, cm.Labels) {
				t.Errorf("labels = %v", got)
			}
			f.expect(cm, Unchanged, false, "")
		})
	}
}

func TestApplyRepairsDeletionByHand(t *testing.T) {
	for name, notify := range map[string]bool{"with a delete event": true, "before the delete event": false} {
		t.Run(name, func(t *testing.T) {
			f := newFixture(t)
			cm := f.configMap("a", map[string]string{"x": "1"})
			f.apply(cm)
			f.apply(cm) // the cache has shown it
			f.delete(f.get("a"))
			if notify {
				f.applier.Forget(configMapGVK, f.key("a"))
			}
			f.expect(cm, Created, true, "1 create configmaps")
			f.expect(cm, Unchanged, false, "")
		})
	}
}

func TestApplyRefusesUnknownFieldsAtOnce(t *testing.T) {
	f := newFixture(t)
	g := f.gadget("a")
	g.Object["spec"].(map[string]any)["colour"] = "red"
	if _, err := f.applier.Apply(t.Context(), f.owner, objects(g)); err == nil {
		t.Error("a field the schema does not have was accepted by POST")
	}
}

func TestApplyHandlesEverySortOfList(t *testing.T) {
	f := newFixture(t)
	f.expect(f.gadget("a", "p", "q"), Created, false, "1 create gadgets")
	f.expect(f.gadget("a", "p", "q"), Unchanged, false, "")
	f.expect(f.gadget("a", "q", "r"), Configured, false, "3 patch gadgets")
	live := f.gadget("a")
	f.must(admin.Get(t.Context(), f.key("a"), live))
	if diff := cmp.Diff(f.gadget("a", "q", "r").Object["spec"], live.Object["spec"]); diff != "" {
		t.Errorf("spec (-want +got):\n%s", diff)
	}
}

// gadget is a custom resource the scheme does not know.
func (f *fixture) gadget(name string, words ...string) *unstructured.Unstructured {
	var set, named []any
	for _, w := range words {
		set, named = append(set, w), append(named, map[string]any{"name": w, "value": "of " + w})
	}
	g := &unstructured.Unstructured{Object: map[string]any{"spec": map[string]any{"text": "t", "set": set, "named": named, "whole": slices.Clone(named)}}}
	g.SetGroupVersionKind(gadgetGVK)
	g.SetNamespace(f.ns)
	g.SetName(name)
	g.SetLabels(f.labels("gadgets"))
	return g
}
