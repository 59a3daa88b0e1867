package apply

import (
	"errors"
	"testing"

	corev1 "k8s.io/api/core/v1"
)

func TestACacheThatLagsIsNotADeletion(t *testing.T) {
	f := newFixture(t)
	cm := f.configMap("a", map[string]string{"x": "1"})
	f.reader.freeze(configMapGVK, f.key("a"), nil)
	f.expect(cm, Created, false, "1 create configmaps")
	f.expect(cm, Unchanged, false, "")
	f.expect(f.configMap("a", map[string]string{"x": "2"}), Configured, false, "1 patch configmaps")
	f.expect(f.configMap("a", map[string]string{"x": "2"}), Unchanged, false, "")

	f.after(lagWindow) // the object may have come and gone between two lists of the informer
	f.expect(f.configMap("a", map[string]string{"x": "2"}), Unchanged, false, "1 create configmaps, 1 get configmaps, 1 patch configmaps")
}

func TestACacheThatLagsIsNotAnEdit(t *testing.T) {
	f := newFixture(t)
	f.apply(f.configMap("a", map[string]string{"x": "1"}))
	f.reader.freeze(configMapGVK, f.key("a"), f.snapshot("a"))
	f.expect(f.configMap("a", map[string]string{"x": "2"}), Configured, false, "1 patch configmaps")
	f.expect(f.configMap("a", map[string]string{"x": "2"}), Unchanged, false, "")
	f.reader.thaw()
	f.expect(f.configMap("a", map[string]string{"x": "2"}), Unchanged, false, "")
}

func TestAnObjectReplacedBehindTheCacheIsNotSeized(t *testing.T) {
	f := newFixture(t)
	f.apply(f.configMap("a", map[string]string{"x": "1"}))
	f.reader.freeze(configMapGVK, f.key("a"), f.snapshot("a"))
	f.delete(f.get("a"))
	before := f.foreign("a", nil)
	_, err := f.applier.Apply(t.Context(), f.owner, objects(f.configMap("a", map[string]string{"x": "2"})))
	if conflict := (*ConflictError)(nil); !errors.As(err, &conflict) {
		t.Errorf("err = %v, want a ConflictError", err)
	}
	if f.get("a").ResourceVersion != before.ResourceVersion {
		t.Error("the foreign object was written")
	}
}

func TestAnObjectDeletedBehindTheCacheIsCreatedAgain(t *testing.T) {
	f := newFixture(t)
	f.apply(f.configMap("a", map[string]string{"x": "1"}))
	f.reader.freeze(configMapGVK, f.key("a"), f.snapshot("a"))
	f.delete(f.get("a"))
	f.expect(f.configMap("a", map[string]string{"x": "2"}), Created, false, "1 create configmaps, 1 patch configmaps")
	f.expect(f.configMap("a", map[string]string{"x": "2"}), Unchanged, false, "")
	f.reader.thaw()
	f.expect(f.configMap("a", map[string]string{"x": "2"}), Unchanged, false, "")
}

func TestWroteKnowsOurVersions(t *testing.T) {
	f := newFixture(t)
	wrote := func(version string) bool { return f.applier.Wrote(configMapGVK, f.key("a"), version) }
	f.apply(f.configMap("a", map[string]string{"x": "1"}))
	created := f.get("a").ResourceVersion
	f.apply(f.configMap("a", map[string]string{"x": "2"}))
	configured := f.get("a").ResourceVersion
	if !wrote(created) || !wrote(configured) {
		t.Error("our own versions are not known")
	}
	f.edit("a", func(cm *corev1.ConfigMap) { cm.Data["x"] = "hacked" })
	if edited := f.get("a").ResourceVersion; wrote(edited) {
		t.Error("an edit by hand counts as ours")
	}
	f.applier.Forget(configMapGVK, f.key("a"))
	if wrote(configured) {
		t.Error("a deleted object counts as written")
	}
	f.applier = f.restart()
	f.apply(f.configMap("a", map[string]string{"x": "hacked"}))
	if f.applier.Wrote(configMapGVK, f.key("unknown"), "1") {
		t.Error("an unknown object counts as written")
	}
}

func TestAVersionReadByTheColdStartIsNotOneWeWrote(t *testing.T) {
	f := newFixture(t)
	f.apply(f.configMap("a", nil))
	f.applier = f.restart()
	f.apply(f.configMap("a", nil))
	if f.applier.Wrote(configMapGVK, f.key("a"), f.get("a").ResourceVersion) {
		t.Error("the version was written by another process")
	}
}
