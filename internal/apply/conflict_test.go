package apply

import (
	"errors"
	"strings"
	"testing"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/types"
	"k8s.io/utils/ptr"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/tux-io/tux-monitoring-operator/internal/fault"
)

func objects(objs ...client.Object) []client.Object { return objs }

func controllerRef(kind, name string, uid types.UID) metav1.OwnerReference {
	return metav1.OwnerReference{APIVersion: "example.com/v1", Kind: kind, Name: name, UID: uid, Controller: ptr.To(true)}
}

func TestApplyDoesNotSeizeForeignObjects(t *testing.T) {
	for name, tc := range map[string]struct {
		labels func(f *fixture) map[string]string
		refs   []metav1.OwnerReference
		says   string
	}{
		"no labels at all": {says: `was written by "somebody"`},
		"managed by another tool": {
			labels: func(f *fixture) map[string]string { return map[string]string{managedKey: "Helm", ownerKey: "shop"} },
			says:   `but by "Helm"`,
		},
		"the owner label alone": {
			labels: func(f *fixture) map[string]string { return map[string]string{ownerKey: "shop"} },
			says:   "is not managed by tuxmonitoring",
		},
		"made for another owner": {
			labels: func(f *fixture) map[string]string { return map[string]string{managedKey: manager, ownerKey: "bakery"} },
			says:   `but for "bakery"`,
		},
		"our labels and another controller": {
			labels: func(f *fixture) map[string]string { return f.labels("rules") },
			refs:   []metav1.OwnerReference{controllerRef("Deployment", "web", "1-2-3")},
			says:   `is controlled by Deployment "web"`,
		},
	} {
		t.Run(name, func(t *testing.T) {
			f := newFixture(t)
			labels := map[string]string(nil)
			if tc.labels != nil {
				labels = tc.labels(f)
			}
			before := f.foreign("theirs", labels, tc.refs...)
			changes, err := f.applier.Apply(t.Context(), f.owner, objects(f.configMap("theirs", nil), f.configMap("ours", nil)))

			conflict := (*ConflictError)(nil)
			if !errors.As(err, &conflict) || conflict.Name != "theirs" || conflict.GVK.Kind != "ConfigMap" {
				t.Fatalf("err = %v, want a ConflictError", err)
			}
			if terminal, ok := fault.AsTerminal(err); !ok || terminal.Reason != ReasonConflict {
				t.Errorf("err is not terminal with reason Conflict: %v", err)
			}
			if !strings.HasPrefix(err.Error(), `ConfigMap "theirs" `) || !strings.Contains(err.Error(), tc.says) {
				t.Errorf("err = %q, want it to say %q", err, tc.says)
			}
			if after := f.get("theirs"); after.ResourceVersion != before.ResourceVersion {
				t.Error("the foreign object was written")
			}
			if got := changes.Names(Created); len(got) != 1 || got[0] != "ConfigMap/ours" {
				t.Errorf("created = %v: the other object must be applied all the same", got)
			}
			_, again := f.applier.Apply(t.Context(), f.owner, objects(f.configMap("theirs", nil)))
			if again == nil || again.Error() != err.Error() {
				t.Errorf("second err = %v, want the same text as %v", again, err)
			}
		})
	}
}

func TestApplyAdoptsWhatCarriesOurLabelsAndHasNoController(t *testing.T) {
	f := newFixture(t)
	f.foreign("a", f.labels("rules"))
	f.expect(f.configMap("a", map[string]string{"x": "1"}), Configured, false, "1 list configmaps, 1 patch configmaps")
	live := f.get("a")
	if !metav1.IsControlledBy(live, f.owner) || live.Data["theirs"] != "yes" {
		t.Errorf("owner references %v, data %v", live.OwnerReferences, live.Data)
	}
}

func TestApplyWaits(t *testing.T) {
	for name, tc := range map[string]struct {
		prepare func(f *fixture)
		reason  string
	}{
		"for garbage collection of the children of an earlier owner": {
			prepare: func(f *fixture) {
				f.foreign("a", f.labels("rules"), controllerRef("Shop", "shop", "an-earlier-uid"))
			},
			reason: ReasonOwnerRecreated,
		},
		"for garbage collection when the old child is hidden from the cache": {
			prepare: func(f *fixture) { f.foreign("a", nil, controllerRef("Shop", "shop", "an-earlier-uid")) },
			reason:  ReasonOwnerRecreated,
		},
		"for a child that is being deleted": {
			prepare: func(f *fixture) {
				f.apply(f.configMap("a", nil))
				f.edit("a", func(cm *corev1.ConfigMap) { cm.Finalizers = []string{"example.com/hold"} })
				f.delete(f.get("a"))
			},
			reason: ReasonChildTerminating,
		},
	} {
		t.Run(name, func(t *testing.T) {
			f := newFixture(t)
			tc.prepare(f)
			before := f.get("a").ResourceVersion
			_, err := f.applier.Apply(t.Context(), f.owner, objects(f.configMap("a", nil)))
			if waiting, ok := fault.AsWaiting(err); !ok || waiting.Reason != tc.reason || waiting.After <= 0 {
				t.Errorf("err = %v, want waiting %s", err, tc.reason)
			}
			if f.get("a").ResourceVersion != before {
				t.Error("the object was written")
			}
		})
	}
}

func TestApplyAndPruneSendNothingForAnOwnerBeingDeleted(t *testing.T) {
	f := newFixture(t)
	f.apply(f.configMap("a", nil))
	f.owner.SetFinalizers([]string{"example.com/hold"})
	f.must(admin.Update(t.Context(), f.owner))
	f.delete(f.owner)
	f.must(admin.Get(t.Context(), f.key("shop"), f.owner))
	f.requests.Reset()
	for name, call := range map[string]func() (ChangeSet, error){
		"Apply": func() (ChangeSet, error) {
			return f.applier.Apply(t.Context(), f.owner, objects(f.configMap("b", nil)))
		},
		"Preview": func() (ChangeSet, error) {
			return f.applier.Preview(t.Context(), f.owner, objects(f.configMap("b", nil)))
		},
		"Prune":        func() (ChangeSet, error) { return f.applier.Prune(t.Context(), f.owner, configMapGVK, nil, nil) },
		"PreviewPrune": func() (ChangeSet, error) { return f.applier.PreviewPrune(t.Context(), f.owner, configMapGVK, nil, nil) },
	} {
		if _, err := call(); !errors.Is(err, ErrOwnerDeleting) {
			t.Errorf("%s: err = %v, want ErrOwnerDeleting", name, err)
		}
	}
	if f.requests.Total() != 0 {
		t.Errorf("requests = %s", f.requests)
	}
}

func TestApplyRefusesWhatCannotBecomeAChild(t *testing.T) {
	f := newFixture(t)
	unlabelled, elsewhere := f.configMap("a", nil), f.configMap("a", nil)
	unlabelled.Labels[ownerKey] = "bakery"
	elsewhere.Namespace = "default"
	for name, objs := range map[string][]client.Object{
		"an object without our labels":   {unlabelled},
		"an object in another namespace": {elsewhere},
	} {
		if _, err := f.applier.Apply(t.Context(), f.owner, objs); err == nil {
			t.Errorf("%s was accepted", name)
		}
	}
	unread := &unstructured.Unstructured{}
	unread.SetGroupVersionKind(ownerGVK)
	if _, err := f.applier.Apply(t.Context(), unread, nil); err == nil {
		t.Error("an owner without UID was accepted")
	}
	if f.requests.Total() != 0 {
		t.Errorf("requests = %s", f.requests)
	}
	changes, err := f.applier.Apply(t.Context(), f.owner, objects(f.configMap("a", nil), f.configMap("a", nil)))
	if err == nil || changes.Count(Created) != 1 {
		t.Errorf("an object that is in the plan twice: %v, %v", changes, err)
	}
}

func TestApplyJoinsErrorsSorted(t *testing.T) {
	f := newFixture(t)
	f.foreign("b", nil)
	f.foreign("a", nil)
	_, err := f.applier.Apply(t.Context(), f.owner, objects(f.configMap("b", nil), f.configMap("a", nil)))
	lines := strings.Split(err.Error(), "\n")
	if len(lines) != 2 || !strings.Contains(lines[0], `"a"`) || !strings.Contains(lines[1], `"b"`) {
		t.Errorf("err = %v", err)
	}
}

func TestApplyWaitsForAMissingCRD(t *testing.T) {
	f := newFixture(t)
	late := f.gadget("a")
	late.SetGroupVersionKind(lateGVK)
	apply := func() error {
		_, err := f.applier.Apply(t.Context(), f.owner, objects(late))
		return err
	}
	check := func(when string) {
		t.Helper()
		if waiting, ok := fault.AsWaiting(apply()); !ok || waiting.Reason != ReasonCRDMissing {
			t.Errorf("%s: err = %v, want waiting %s", when, apply(), ReasonCRDMissing)
		}
		if changes, err := f.applier.Prune(t.Context(), f.owner, lateGVK, nil, nil); err != nil || len(changes) > 0 {
			t.Errorf("%s: prune = %v, %v, want nothing: there is nothing of this kind", when, changes, err)
		}
	}
	check("the cache does not know the kind")
	f.reader.freeze(lateGVK, f.key("a"), nil)
	if waiting, ok := fault.AsWaiting(apply()); !ok || waiting.Reason != ReasonCRDMissing {
		t.Errorf("the writer does not know the kind: err = %v, want waiting %s", apply(), ReasonCRDMissing)
	}
	f.reader.thaw()

	definition := crd(lateGVK, "lates")
	f.must(admin.Create(t.Context(), definition))
	eventually(t, func() bool { return apply() == nil })

	f.must(admin.Delete(t.Context(), definition))
	f.reader.freeze(lateGVK, f.key("a"), nil)
	f.applier.Forget(lateGVK, f.key("a"))
	eventually(t, func() bool {
		waiting, ok := fault.AsWaiting(apply())
		return ok && waiting.Reason == ReasonCRDMissing
	})
}
