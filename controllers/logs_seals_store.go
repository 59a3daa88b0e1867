package controllers

import (
	"context"
	"crypto/ed25519"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"time"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/tux-io/tux-monitoring-operator/internal/plan/env"
	"github.com/tux-io/tux-monitoring-operator/internal/plan/retention"
	"github.com/tux-io/tux-monitoring-operator/internal/plan/retention/seal"
)

// watchedDays is how far back stored seals are looked at. Older ones are looked at by tuxmon logs verify-seals: a year of them
// has some ten MiB.
const watchedDays = 8

// knownSeals is what is stored of a class, as it was read or written last. Losing it costs reads.
type knownSeals struct {
	last     seal.Head
	problems []seal.Problem
	// versions of the ConfigMaps that were read, by name, and the keys they were looked at with.
	versions map[string]string
	keys     seal.Keys
	// open is the ConfigMap of the last hour, of which so many bytes are used.
	open openObject
}

type openObject struct {
	name string
	part int
	used int
}

// stored returns what is stored of a class: from memory where the cache says that it is the same, else by reading it.
func (run *sealRun) stored(ctx context.Context, class *retention.Class) (*knownSeals, error) {
	cached, since, err := run.versions(ctx, class.Name)
	if err != nil {
		return nil, err
	}
	run.mu.Lock()
	known := run.of(run.sealJob.key, run.uid).seals[class.Name]
	run.mu.Unlock()
	sameKeys := known != nil && maps.EqualFunc(known.keys, run.keys, func(a, b ed25519.PublicKey) bool { return a.Equal(b) })
	if sameKeys && maps.Equal(known.versions, cached) {
		return known, nil
	}
	known, err = run.read(ctx, class, cached, since)
	if err != nil {
		return nil, err
	}
	run.mu.Lock()
	defer run.mu.Unlock()
	found := run.of(run.sealJob.key, run.uid)
	if found.seals == nil {
		found.seals = map[string]*knownSeals{}
	}
	found.seals[class.Name] = known
	return known, nil
}

// objects are the ConfigMaps with seals of all classes and days, by the cache.
func (run *sealRun) objects(ctx context.Context) ([]metav1.PartialObjectMetadata, error) {
	list := &metav1.PartialObjectMetadataList{}
	list.SetGroupVersionKind(corev1.SchemeGroupVersion.WithKind("ConfigMapList"))
	of := run.sealJob.key
	if err := run.children.List(ctx, list, client.InNamespace(of.Namespace), client.MatchingLabels{env.SealsLabel: of.Name}); err != nil {
		return nil, fmt.Errorf("cannot list seals: %w", err)
	}
	return list.Items, nil
}

// versions are those of the ConfigMaps of the last days, by the cache, and since when that is.
func (run *sealRun) versions(ctx context.Context, class string) (map[string]string, time.Time, error) {
	list, err := run.objects(ctx)
	if err != nil {
		return nil, time.Time{}, err
	}
	// After a long time without us the last seals are older than that.
	newest := time.Time{}
	for i := range list {
		if day, ours := seal.Day(list[i].Name, run.sealJob.key.Name, class); ours && day.After(newest) {
			newest = day
		}
	}
	since := run.now.AddDate(0, 0, -watchedDays)
	for _, last := range []time.Time{newest, run.heads[class].Hour} {
		if before := last.AddDate(0, 0, -1); !last.IsZero() && before.Before(since) {
			since = before
		}
	}
	versions := map[string]string{}
	for i := range list {
		one := &list[i]
		if day, ours := seal.Day(one.Name, run.sealJob.key.Name, class); ours && !day.Before(since) {
			versions[one.Name] = one.ResourceVersion
		}
	}
	return versions, since, nil
}

// read gets the ConfigMaps that the cache names, and looks at the chain in them.
func (run *sealRun) read(ctx context.Context, class *retention.Class, cached map[string]string, since time.Time) (*knownSeals, error) {
	known := &knownSeals{versions: map[string]string{}, keys: run.keys}
	var stored []seal.Stored
	for _, name := range toRead(cached, run.sealJob.key.Name, class.Name, run.heads[class.Name]) {
		found := &corev1.ConfigMap{}
		err := run.live.Get(ctx, types.NamespacedName{Namespace: run.sealJob.key.Namespace, Name: name}, found)
		if client.IgnoreNotFound(err) != nil {
			return nil, fmt.Errorf("cannot read ConfigMap %q: %w", name, err)
		}
		if err != nil {
			continue // deleted since the cache has heard of it
		}
		known.versions[name] = found.ResourceVersion
		for _, key := range slices.Sorted(maps.Keys(found.Data)) {
			stored = append(stored, seal.Stored{Source: name + "/" + key, Key: key, Text: found.Data[key]})
		}
	}
	chain := seal.Link(seal.Of{Tenant: run.want.Policy.Tenant, Class: class.Name}, stored, run.keys)
	var taken []seal.Problem
	known.last, taken = chain.Resume(run.heads[class.Name])
	// The first day that is read may have begun before it is looked at.
	known.problems = slices.Concat(chain.Problems, taken, chain.Before(since.AddDate(0, 0, 1)), chain.Gaps())
	known.open = run.openOf(class.Name, known.last.Hour, stored)
	return known, nil
}

// toRead are the ConfigMaps that the cache names, and the one it may not have heard of yet: that of the last seal, which would be
// missed.
func toRead(cached map[string]string, owner, class string, head seal.Head) []string {
	names := slices.Sorted(maps.Keys(cached))
	for part := 1; !head.Hour.IsZero(); part++ {
		name := seal.ObjectName(owner, class, head.Hour, part)
		if _, known := cached[name]; !known {
			return append(names, name)
		}
	}
	return names
}

// openOf is the last part of the day of an hour.
func (run *sealRun) openOf(class string, hour time.Time, stored []seal.Stored) openObject {
	var open openObject
	for part := 1; ; part++ {
		name, used, there := seal.ObjectName(run.sealJob.key.Name, class, hour, part), 0, false
		for i := range stored {
			if stored[i].Source == name+"/"+stored[i].Key {
				used, there = used+len(stored[i].Text), true
			}
		}
		if !there {
			return open
		}
		open = openObject{name: name, part: part, used: used}
	}
}

// store adds a seal to the ConfigMap of its day, which it makes if it is the first. Nothing that is stored is written again:
// an hour that is there by now was sealed by another process of ours, and this one reads what that has written.
func (run *sealRun) store(ctx context.Context, class *retention.Class, hour time.Time, known *knownSeals, made seal.Seal) error {
	text, open := made.Text(), known.open
	sameDay := open.name != "" && open.name == seal.ObjectName(run.sealJob.key.Name, class.Name, hour, open.part)
	err := error(nil)
	switch {
	case sameDay && open.used+len(text) <= seal.MaxObject:
		open.used += len(text)
		err = run.add(ctx, known, open.name, map[string]string{seal.Key(hour): text}, hour.UTC().Hour() == 23)
	case sameDay:
		// The part that is full is closed for good.
		if err = run.add(ctx, known, open.name, nil, true); err != nil {
			break
		}
		open = openObject{part: open.part + 1, used: len(text)}
		open.name = seal.ObjectName(run.sealJob.key.Name, class.Name, hour, open.part)
		err = run.create(ctx, known, open.name, seal.Key(hour), text)
	default:
		open = openObject{name: seal.ObjectName(run.sealJob.key.Name, class.Name, hour, 1), part: 1, used: len(text)}
		if err = run.create(ctx, known, open.name, seal.Key(hour), text); err == nil {
			err = run.expire(ctx, class)
		}
	}
	if err != nil {
		run.drop(class.Name)
		return fmt.Errorf("cannot store the seal of %s of class %q: %w", made.Hour, class.Name, err)
	}
	known.open, known.last = open, seal.Head{Hour: hour, Hash: made.Hash()}
	return nil
}

// drop forgets what is stored, so that it is read again.
func (run *sealRun) drop(class string) {
	run.mu.Lock()
	defer run.mu.Unlock()
	delete(run.of(run.sealJob.key, run.uid).seals, class)
}

func (run *sealRun) create(ctx context.Context, known *knownSeals, name, key, text string) error {
	object := &corev1.ConfigMap{
		ObjectMeta: metav1.ObjectMeta{Namespace: run.sealJob.key.Namespace, Name: name, Labels: env.SealLabels(run.sealJob.key.Name)},
		Data:       map[string]string{key: text},
	}
	if err := run.writer.Create(ctx, object, client.FieldOwner(env.FieldManager)); err != nil {
		return err
	}
	known.versions[name] = object.ResourceVersion
	return nil
}

// add writes keys to a ConfigMap of the version that was read. One that is closed is immutable from then on: the API server
// refuses every change, and only the whole can be deleted.
func (run *sealRun) add(ctx context.Context, known *knownSeals, name string, data map[string]string, closed bool) error {
	change := map[string]any{"metadata": map[string]any{"resourceVersion": known.versions[name]}}
	if data != nil {
		change["data"] = data
	}
	if closed {
		change["immutable"] = true
	}
	patch, err := json.Marshal(change)
	if err != nil {
		return err
	}
	object := &corev1.ConfigMap{ObjectMeta: metav1.ObjectMeta{Namespace: run.sealJob.key.Namespace, Name: name}}
	if err := run.writer.Patch(ctx, object, client.RawPatch(types.MergePatchType, patch), client.FieldOwner(env.FieldManager)); err != nil {
		return err
	}
	known.versions[name] = object.ResourceVersion
	return nil
}

// expire deletes the seals of days whose lines have long been gone.
func (run *sealRun) expire(ctx context.Context, class *retention.Class) error {
	list, err := run.objects(ctx)
	if err != nil {
		return err
	}
	for i := range list {
		one := &list[i]
		day, ours := seal.Day(one.Name, run.sealJob.key.Name, class.Name)
		if !ours || !seal.Expired(day, seal.Times{Now: run.now, Days: class.Days}) {
			continue
		}
		object := &corev1.ConfigMap{ObjectMeta: metav1.ObjectMeta{Namespace: one.Namespace, Name: one.Name}}
		if err := run.writer.Delete(ctx, object, client.Preconditions{UID: &one.UID}); client.IgnoreNotFound(err) != nil {
			return fmt.Errorf("cannot delete old seals: %w", err)
		}
	}
	return nil
}
