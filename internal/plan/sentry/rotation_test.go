package sentry_test

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/tux-io/tux-monitoring-operator/internal/plan/sentry"
)

var rotationNow = time.Date(2026, 11, 23, 12, 0, 0, 0, time.UTC)

// made is a key of so long ago.
func made(id, name string, ago time.Duration) sentry.KeyFound {
	return sentry.KeyFound{ID: id, Name: name, Created: rotationNow.Add(-ago).Format(time.RFC3339Nano), Active: true}
}

const day = 24 * time.Hour

func TestPlanKeys(t *testing.T) {
	monthly := sentry.Rotation{Interval: 30 * day, Overlap: day}
	leaked := func(ago time.Duration) sentry.Rotation {
		return sentry.Rotation{NotBefore: rotationNow.Add(-ago), Overlap: time.Hour}
	}
	old, young := made("a", "production", 40*day), made("b", "production", day)
	retired := made("a", "production (until 2026-11-24T12:00Z)", 40*day)
	over := made("a", "production (until 2026-11-23T11:59Z)", 40*day)
	off := over
	off.Active = false
	tomorrow := rotationNow.Add(day)
	for name, tc := range map[string]struct {
		keys     []sentry.KeyFound
		recorded string
		rotation sentry.Rotation
		want     sentry.Keys
	}{
		"none":                      {nil, "", monthly, sentry.Keys{Create: true}},
		"no rotation":               {[]sentry.KeyFound{old}, "a", sentry.Rotation{}, sentry.Keys{Use: old}},
		"young enough":              {[]sentry.KeyFound{young}, "b", monthly, sentry.Keys{Use: young}},
		"somebody else's is as old": {[]sentry.KeyFound{young, made("c", "Default", 90*day)}, "b", monthly, sentry.Keys{Use: young}},
		"too old": {[]sentry.KeyFound{old}, "a", monthly, sentry.Keys{
			Create: true, Replaced: old, ReplacedName: "production (until 2026-11-24T12:00Z)", Until: tomorrow,
		}},
		"too old, and not written down": {[]sentry.KeyFound{old}, "", monthly, sentry.Keys{
			Create: true, Replaced: old, ReplacedName: "production (until 2026-11-24T12:00Z)", Until: tomorrow,
		}},
		"the new one was made, then we were stopped": {[]sentry.KeyFound{young, old}, "a", monthly, sentry.Keys{
			Use: young, Replaced: old, ReplacedName: "production (until 2026-11-24T12:00Z)", Until: tomorrow,
		}},
		"the old one has its end, then we were stopped": {[]sentry.KeyFound{retired, young}, "a", monthly, sentry.Keys{Use: young}},
		"done": {[]sentry.KeyFound{retired, young}, "b", monthly, sentry.Keys{Use: young}},
		"the old one has its end, and then nobody rotates": {[]sentry.KeyFound{retired, young}, "a", sentry.Rotation{}, sentry.Keys{Use: young}},
		"only one with an end is left":                     {[]sentry.KeyFound{retired}, "a", sentry.Rotation{}, sentry.Keys{Create: true}},
		"the end has come":                                 {[]sentry.KeyFound{over, young}, "b", monthly, sentry.Keys{Use: young, Expired: []sentry.KeyFound{over}}},
		"the end has come, nobody rotates":                 {[]sentry.KeyFound{over, young}, "b", sentry.Rotation{}, sentry.Keys{Use: young, Expired: []sentry.KeyFound{over}}},
		"switched off":                                     {[]sentry.KeyFound{off, young}, "b", monthly, sentry.Keys{Use: young}},
		"the end of another environment":                   {[]sentry.KeyFound{made("c", "staging (until 2026-11-23T11:59Z)", day), young}, "b", monthly, sentry.Keys{Use: young}},
		"a name that looks alike":                          {[]sentry.KeyFound{made("c", "production (until further notice)", day), young}, "b", monthly, sentry.Keys{Use: young}},
		"leaked":                                           {[]sentry.KeyFound{young}, "b", leaked(time.Hour), sentry.Keys{Create: true, Replaced: young, ReplacedName: "production (until 2026-11-23T13:00Z)", Until: rotationNow.Add(time.Hour)}},
		"made after the leak":                              {[]sentry.KeyFound{young}, "b", leaked(2 * day), sentry.Keys{Use: young}},
		"clocks may differ by five minutes":                {[]sentry.KeyFound{young}, "b", leaked(4 * time.Minute), sentry.Keys{Use: young}},
		"a time to come":                                   {[]sentry.KeyFound{young}, "b", leaked(-time.Hour), sentry.Keys{Use: young}},
		"a time of making that nobody knows":               {[]sentry.KeyFound{{ID: "a", Name: "production", Created: "long ago"}}, "a", monthly, sentry.Keys{Use: sentry.KeyFound{ID: "a", Name: "production", Created: "long ago"}}},
	} {
		t.Run(name, func(t *testing.T) {
			got := sentry.PlanKeys(tc.keys, tc.recorded, "production", tc.rotation, rotationNow)
			if tc.want.Create && got.Create {
				got.Use = sentry.KeyFound{}
			}
			if diff := cmp.Diff(tc.want, got); diff != "" {
				t.Error(diff)
			}
		})
	}
}

// TestRotationEnds: from any keys, and cut short after any step, it comes to one key that is young enough; a key of another
// name is never touched, and no key is switched off before its time.
func TestRotationEnds(t *testing.T) {
	rapid.Check(t, func(r *rapid.T) {
		name := rapid.SampledFrom([]string{"production", "ä very long näme that does not leave any room for the end of its time"}).Draw(r, "name")
		rotation := sentry.Rotation{Interval: 30 * day, Overlap: day}
		var keys []sentry.KeyFound
		for i := range rapid.IntRange(0, 4).Draw(r, "keys") {
			of := rapid.SampledFrom([]string{name, "Default", "staging"}).Draw(r, "of")
			keys = append(keys, made(string(rune('a'+i)), of, time.Duration(rapid.IntRange(0, 90).Draw(r, "days"))*day))
		}
		others := count(keys, func(k sentry.KeyFound) bool { return k.Name != name })
		recorded, now := "", rotationNow
		for step := range 12 {
			plan := sentry.PlanKeys(keys, recorded, name, rotation, now)
			stop := rapid.IntRange(0, 3).Draw(r, "stopped after")
			if plan.Create {
				plan.Use = sentry.KeyFound{ID: string(rune('A' + step)), Name: name, Created: now.Format(time.RFC3339Nano), Active: true}
				keys = append(keys, plan.Use)
			}
			if stop == 0 {
				continue
			}
			for i := range keys {
				if keys[i].ID == plan.Replaced.ID && plan.Replaced.ID != "" {
					keys[i].Name = plan.ReplacedName
				}
			}
			if stop == 1 {
				continue
			}
			for i := range keys {
				for _, one := range plan.Expired {
					keys[i].Active = keys[i].Active && keys[i].ID != one.ID
				}
			}
			recorded = plan.Use.ID
		}
		plan := sentry.PlanKeys(keys, recorded, name, rotation, now)
		if plan.Create || plan.Replaced.ID != "" || len(plan.Expired) > 0 {
			recorded = plan.Use.ID
			plan = sentry.PlanKeys(keys, recorded, name, rotation, now)
		}
		if plan.Create || plan.Replaced.ID != "" {
			r.Fatalf("no end: %+v of %+v", plan, keys)
		}
		if got := count(keys, func(k sentry.KeyFound) bool { return k.Name == "Default" || k.Name == "staging" }); got != others {
			r.Fatalf("others were touched: %+v", keys)
		}
		for _, key := range keys {
			if !key.Active || len(key.Name) > 64 && key.Name != name {
				r.Fatalf("%+v", key)
			}
		}
		later := sentry.PlanKeys(keys, plan.Use.ID, name, rotation, now.Add(day+time.Minute))
		if got := count(keys, func(k sentry.KeyFound) bool { return k.Name != name && k.Name != "Default" && k.Name != "staging" }); got != len(later.Expired) {
			r.Fatalf("%d keys were replaced, %d of them expire", got, len(later.Expired))
		}
	})
}

func count(keys []sentry.KeyFound, which func(sentry.KeyFound) bool) int {
	n := 0
	for _, key := range keys {
		if which(key) {
			n++
		}
	}
	return n
}
