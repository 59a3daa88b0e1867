package apply

import (
	"errors"
	"maps"
	"slices"
	"strconv"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/util/sets"
	"pgregory.net/rapid"
	"sigs.k8s.io/controller-runtime/pkg/client"
)

// TestPreviewTellsExactlyWhatApplyDoes brings objects into every situation, previews, and applies.
func TestPreviewTellsExactlyWhatApplyDoes(t *testing.T) {
	one, two := map[string]string{"x": "1", "y": "1"}, map[string]string{"x": "2", "y": "1"}
	cases := map[string]struct {
		prepare func(f *fixture) // after x=1, y=1 was applied; nil: there is nothing
		want    map[string]string
		result  Result
	}{
		"new":               {nil, one, Created},
		"as-wanted":         {func(f *fixture) {}, one, Unchanged},
		"value-changes":     {func(f *fixture) {}, two, Configured},
		"value-goes":        {func(f *fixture) {}, map[string]string{"x": "1"}, Configured},
		"foreign-field":     {func(f *fixture) { f.edit("foreign-field", add("z")) }, one, Unchanged},
		"drift":             {func(f *fixture) { f.edit("drift", add("x")) }, one, Configured},
		"drift-and-back":    {func(f *fixture) { f.edit("drift-and-back", add("x")); f.edit("drift-and-back", set("x", "1")) }, one, Configured},
		"foreign-and-goes":  {func(f *fixture) { f.edit("foreign-and-goes", add("z")) }, map[string]string{"y": "1"}, Configured},
		"deleted":           {func(f *fixture) { f.delete(f.get("deleted")) }, one, Created},
		"labels-stomped":    {func(f *fixture) { f.edit("labels-stomped", func(cm *corev1.ConfigMap) { cm.Labels = nil }) }, one, Configured},
		"reference-removed": {func(f *fixture) { f.edit("reference-removed", func(cm *corev1.ConfigMap) { cm.OwnerReferences = nil }) }, one, Configured},
	}
	for name, restarted := range map[string]bool{"in the same process": false, "after a restart": true} {
		t.Run(name, func(t *testing.T) {
			f := newFixture(t)
			names := slices.Sorted(maps.Keys(cases))
			var before, after []client.Object
			for _, name := range names {
				if cases[name].prepare != nil {
					before = append(before, f.configMap(name, one))
				}
				after = append(after, f.configMap(name, cases[name].want))
			}
			f.apply(before...)
			f.apply(before...) // the cache has shown them
			for _, name := range names {
				if prepare := cases[name].prepare; prepare != nil {
					prepare(f)
				}
			}
			if restarted {
				f.applier = f.restart()
			}
			f.requests.Reset()
			preview, err := f.applier.Preview(t.Context(), f.owner, after)
			f.must(err)
			for i, name := range names {
				if preview[i].Result != cases[name].result {
					t.Errorf("%s: preview = %s, want %s", name, preview[i].Result, cases[name].result)
				}
			}
			if f.requests.Writes() != 0 {
				t.Errorf("preview wrote: %s", f.requests)
			}
			f.requests.Reset()
			again, err := f.applier.Preview(t.Context(), f.owner, after)
			f.must(err)
			if diff := cmp.Diff(preview, again); diff != "" || f.requests.Total() != 0 {
				t.Errorf("second preview sent %q and differs:\n%s", f.requests, diff)
			}
			if diff := cmp.Diff(preview, f.apply(after...)); diff != "" {
				t.Errorf("preview and apply differ (-preview +apply):\n%s", diff)
			}
			f.requests.Reset()
			settled, err := f.applier.Preview(t.Context(), f.owner, after)
			f.must(err)
			if settled.Changed() || f.requests.Total() != 0 {
				t.Errorf("preview after apply = %v, requests %s", settled, f.requests)
			}
		})
	}
}

func add(key string) func(*corev1.ConfigMap) { return set(key, "by hand") }

func set(key, value string) func(*corev1.ConfigMap) {
	return func(cm *corev1.ConfigMap) { cm.Data[key] = value }
}

func TestPreviewOfEveryKind(t *testing.T) {
	f := newFixture(t)
	preview, err := f.applier.Preview(t.Context(), f.owner, f.complete())
	f.must(err)
	if preview.Count(Created) != len(f.complete()) {
		t.Errorf("preview = %v", preview)
	}
	f.apply(f.complete()...)
	f.applier = f.restart()
	preview, err = f.applier.Preview(t.Context(), f.owner, f.complete())
	f.must(err)
	if preview.Changed() || f.requests.String() != oneListPerKind {
		t.Errorf("preview = %v, requests %s", preview, f.requests)
	}
}

func TestPreviewReportsConflicts(t *testing.T) {
	f := newFixture(t)
	theirs := f.foreign("a", nil)
	_, err := f.applier.Preview(t.Context(), f.owner, objects(f.configMap("a", nil)))
	if conflict := (*ConflictError)(nil); !errors.As(err, &conflict) {
		t.Errorf("err = %v, want a ConflictError", err)
	}
	_, applied := f.applier.Apply(t.Context(), f.owner, objects(f.configMap("a", nil)))
	if applied == nil || applied.Error() != err.Error() {
		t.Errorf("apply says %v, preview %v", applied, err)
	}
	f.delete(theirs)
	if preview, err := f.applier.Preview(t.Context(), f.owner, objects(f.configMap("a", nil))); err != nil || preview.Count(Created) != 1 {
		t.Errorf("after the conflict is gone: %v, %v", preview, err)
	}
}

func TestPreviewDoesNotTrustAbsenceForEver(t *testing.T) {
	f := newFixture(t)
	objs := objects(f.configMap("a", nil))
	if _, err := f.applier.Preview(t.Context(), f.owner, objs); err != nil {
		t.Fatal(err)
	}
	f.foreign("a", nil)
	f.after(absenceHolds + time.Second)
	if _, err := f.applier.Preview(t.Context(), f.owner, objs); err == nil {
		t.Error("the name was taken meanwhile and preview did not look")
	}
}

// TestPreviewForgetsWhatApplyChanged: an object that was missing, was made again and then hidden from the
// cache by its labels is there to be configured; what was foreseen while it was missing no longer holds.
func TestPreviewForgetsWhatApplyChanged(t *testing.T) {
	f := newFixture(t)
	step := func(want Result) {
		t.Helper()
		preview, err := f.applier.Preview(t.Context(), f.owner, objects(f.configMap("a", nil)))
		f.must(err)
		if preview[0].Result != want {
			t.Errorf("preview = %s, want %s", preview[0].Result, want)
		}
		if diff := cmp.Diff(preview, f.apply(f.configMap("a", nil))); diff != "" {
			t.Errorf("preview and apply differ (-preview +apply):\n%s", diff)
		}
	}
	step(Created)
	f.delete(f.get("a"))
	f.applier.Forget(configMapGVK, f.key("a"))
	step(Created)
	f.edit("a", func(cm *corev1.ConfigMap) { delete(cm.Labels, managedKey) })
	f.applier.Forget(configMapGVK, f.key("a"))
	step(Configured)
}

// A default that is not spelled out makes the cold start unsure, so the dry-run has to tell, for each
// intent anew.
func TestPreviewRemembersPerIntent(t *testing.T) {
	f := newFixture(t)
	service := func(team string) client.Object {
		svc := &corev1.Service{ObjectMeta: f.meta("a"), Spec: corev1.ServiceSpec{Ports: []corev1.ServicePort{{Port: 80}}}}
		svc.Labels["team"] = team
		return svc
	}
	f.apply(service("old"))
	f.apply(service("web"))
	f.applier = f.restart()
	for _, step := range []struct {
		team, requests string
		want           Result
	}{
		{"web", "1 dry-run patch services, 1 get services, 1 list services", Unchanged},
		{"web", "", Unchanged},
		{"shop", "1 dry-run patch services, 1 get services", Configured},
		{"shop", "", Configured},
	} {
		f.requests.Reset()
		preview, err := f.applier.Preview(t.Context(), f.owner, objects(service(step.team)))
		f.must(err)
		if preview[0].Result != step.want || f.requests.String() != step.requests {
			t.Errorf("team %s: %s with %q, want %s with %q", step.team, preview[0].Result, f.requests, step.want, step.requests)
		}
	}
}

func TestPreviewPruneTellsWhatPruneDoes(t *testing.T) {
	f := newFixture(t)
	f.apply(f.configMap("a", nil), f.configMap("b", nil), f.configMap("c", nil))
	f.foreign("labels-only", f.labels("rules"))
	f.requests.Reset()
	preview, err := f.applier.PreviewPrune(t.Context(), f.owner, configMapGVK, map[string]string{outputKey: "rules"}, sets.New("b"))
	f.must(err)
	if f.requests.Total() != 0 || !f.exists("a") {
		t.Errorf("requests = %s", f.requests)
	}
	pruned, err := f.prune("b")
	f.must(err)
	if diff := cmp.Diff(preview, pruned); diff != "" {
		t.Errorf("preview and prune differ (-preview +prune):\n%s", diff)
	}
}

// TestPreviewEqualsApplyAlongRandomWalks changes intent and live object at random; after each step
// preview must tell what apply does, apply must reach the intent and keep what is not ours, and a
// second apply must send nothing.
func TestPreviewEqualsApplyAlongRandomWalks(t *testing.T) {
	values := rapid.MapOfN(rapid.SampledFrom([]string{"a", "b", "c"}), rapid.SampledFrom([]string{"1", "2"}), 0, 3)
	n := 0
	f := newFixture(t)
	rapid.Check(t, func(rt *rapid.T) {
		n++
		name := "walk-" + strconv.Itoa(n)
		for range rapid.IntRange(1, 5).Draw(rt, "steps") {
			want := values.Draw(rt, "want")
			foreign := f.changeByHand(rt, name)
			if rapid.Bool().Draw(rt, "restart") {
				f.applier = f.restart()
			}
			f.checkStep(rt, f.configMap(name, want), foreign)
		}
	})
}

// changeByHand changes the object, if it exists, and returns the foreign value it must keep.
func (f *fixture) changeByHand(rt *rapid.T, name string) string {
	act := rapid.SampledFrom([]string{"nothing", "foreign", "drift", "remove", "delete", "stomp", "strip"}).Draw(rt, "act")
	if !f.exists(name) {
		return ""
	}
	key := rapid.SampledFrom([]string{"a", "b", "c"}).Draw(rt, "key")
	switch act {
	case "foreign":
		f.edit(name, func(cm *corev1.ConfigMap) { cm.BinaryData = map[string][]byte{"z": []byte(key)} })
	case "drift":
		f.edit(name, func(cm *corev1.ConfigMap) {
			if _, ours := cm.Data[key]; ours {
				cm.Data[key] = "by hand"
			}
		})
	case "remove":
		f.edit(name, func(cm *corev1.ConfigMap) { delete(cm.Data, key) })
	case "delete":
		f.delete(f.get(name))
		f.applier.Forget(configMapGVK, f.key(name))
		return ""
	case "stomp":
		f.edit(name, func(cm *corev1.ConfigMap) { delete(cm.Labels, managedKey) })
		f.applier.Forget(configMapGVK, f.key(name))
	case "strip":
		f.edit(name, func(cm *corev1.ConfigMap) { cm.OwnerReferences = nil })
	}
	return string(f.get(name).BinaryData["z"])
}

func (f *fixture) checkStep(rt *rapid.T, obj *corev1.ConfigMap, foreign string) {
	f.requests.Reset()
	preview, err := f.applier.Preview(f.Context(), f.owner, objects(obj))
	if err != nil || f.requests.Writes() != 0 {
		rt.Fatalf("preview: %v, requests %s", err, f.requests)
	}
	applied, err := f.applier.Apply(f.Context(), f.owner, objects(obj))
	if err != nil {
		rt.Fatal(err)
	}
	if diff := cmp.Diff(preview, applied); diff != "" {
		rt.Fatalf("preview and apply differ (-preview +apply):\n%s", diff)
	}
	live := f.get(obj.Name)
	// Who changes a field takes it over: if we stop wanting it at the same time, the field is foreign.
	maps.DeleteFunc(live.Data, func(key, value string) bool { return obj.Data[key] == "" && value == "by hand" })
	if !maps.Equal(obj.Data, live.Data) || string(live.BinaryData["z"]) != foreign {
		rt.Fatalf("data = %v and %q, want %v and %q", live.Data, live.BinaryData["z"], obj.Data, foreign)
	}
	f.requests.Reset()
	if _, err := f.applier.Apply(f.Context(), f.owner, objects(obj)); err != nil || f.requests.Total() != 0 {
		rt.Fatalf("second apply: %v, requests %s", err, f.requests)
	}
}
