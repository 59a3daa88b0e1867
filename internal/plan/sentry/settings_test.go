package sentry_test

import (
	"encoding/json"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/tux-io/tux-monitoring-operator/internal/plan/sentry"
)

func pointer[T any](v T) *T { return &v }

func TestDrift(t *testing.T) {
	tests := map[string]struct {
		want, got sentry.Settings
		drift     []string
	}{
		"nothing is wanted": {
			got: sentry.Settings{Name: pointer("x"), Teams: []string{"a"}, Environments: map[string]bool{"dev": true}},
		},
		"a text": {sentry.Settings{Name: pointer("a")}, sentry.Settings{Name: pointer("b")}, []string{"project.name"}},
		"never written is the zero value": {
			sentry.Settings{Privacy: sentry.Privacy{Rules: pointer(""), IPAddresses: pointer(false)}, Key: sentry.Key{RateLimit: &sentry.RateLimit{}}}, sentry.Settings{}, nil,
		},
		"order and duplicates of a list are no drift": {
			sentry.Settings{Teams: []string{"b", "a", "a"}}, sentry.Settings{Teams: []string{"a", "b"}}, nil,
		},
		"nor is case in the names of fields": {
			sentry.Settings{Privacy: sentry.Privacy{SensitiveFields: []string{"Authorization ", "cookie"}}},
			sentry.Settings{Privacy: sentry.Privacy{SensitiveFields: []string{"cookie", "authorization"}}}, nil,
		},
		"an empty list is wanted": {
			sentry.Settings{Privacy: sentry.Privacy{SafeFields: []string{}}}, sentry.Settings{Privacy: sentry.Privacy{SafeFields: []string{"x"}}},
			[]string{"privacy.safeFields"},
		},
		"JSON with other spaces and order": {
			sentry.Settings{Privacy: sentry.Privacy{Rules: pointer(`{"rules":{},"applications":{"a":["r"],"b":["r"]}}`)}},
			sentry.Settings{Privacy: sentry.Privacy{Rules: pointer("{ \"applications\": {\"b\":[\"r\"],\n\"a\":[\"r\"]}, \"rules\": {}}")}}, nil,
		},
		"rules that are none": {
			sentry.Settings{Privacy: sentry.Privacy{Rules: pointer("")}}, sentry.Settings{Privacy: sentry.Privacy{Rules: pointer(`{"rules":{},"applications":{}}`)}}, nil,
		},
		"other rules": {
			sentry.Settings{Privacy: sentry.Privacy{Rules: pointer(`{"applications":{"a":["r"]}}`)}},
			sentry.Settings{Privacy: sentry.Privacy{Rules: pointer(`{"applications":{"a":["q"]}}`)}}, []string{"privacy.rules"},
		},
		"ends of lines": {
			sentry.Settings{Ownership: sentry.Ownership{Rules: pointer("path:a #x\npath:b #y\n")}},
			sentry.Settings{Ownership: sentry.Ownership{Rules: pointer("path:a #x \r\npath:b #y")}}, nil,
		},
		"an environment that does not exist yet": {
			sentry.Settings{Environments: map[string]bool{"dev": true, "test": true, "prod": false}},
			sentry.Settings{Environments: map[string]bool{"dev": false, "prod": false, "other": true}}, []string{"environments.hidden[dev]"},
		},
		"half a limit is none": {
			sentry.Settings{Key: sentry.Key{RateLimit: &sentry.RateLimit{Count: 5}}}, sentry.Settings{}, nil,
		},
		"a limit": {
			sentry.Settings{Key: sentry.Key{RateLimit: &sentry.RateLimit{Count: 5, Window: 60}, Active: pointer(true)}}, sentry.Settings{},
			[]string{"dsn", "dsn.rateLimit"},
		},
	}
	for name, tc := range tests {
		t.Run(name, func(t *testing.T) {
			if diff := cmp.Diff(tc.drift, tc.want.Drift(tc.got)); diff != "" {
				t.Error(diff)
			}
		})
	}
}

// observedOnly are the fields that are never wanted.
var observedOnly = []string{"AlertsFound", "IssueDetectors"}

// TestEverySettingIsCompared sets each field there is, and expects exactly one path of drift.
func TestEverySettingIsCompared(t *testing.T) {
	seen := map[string]bool{}
	var walk func(reflect.Type, []int)
	walk = func(kind reflect.Type, index []int) {
		for i := range kind.NumField() {
			at := append(slices.Clone(index), i)
			field := kind.Field(i)
			if slices.Contains(observedOnly, field.Name) {
				continue
			}
			if field.Type.Kind() == reflect.Struct {
				walk(field.Type, at)
				continue
			}
			var want, got sentry.Settings
			set(reflect.ValueOf(&want).Elem().FieldByIndex(at), true)
			set(reflect.ValueOf(&got).Elem().FieldByIndex(at), false)
			if got.Environments == nil {
				got.Environments = map[string]bool{"": false} // it has sent an event
			}
			drift := want.Drift(got)
			if len(drift) != 1 || seen[drift[0]] {
				t.Errorf("%s: drift %v", field.Name, drift)
				continue
			}
			seen[drift[0]] = true
			if drift := want.Drift(want); len(drift) != 0 {
				t.Errorf("%s differs from itself", field.Name)
			}
			if sentry.LikelyCause(drift[0]) == "" {
				t.Errorf("%s: no cause", field.Name)
			}
		}
	}
	walk(reflect.TypeOf(sentry.Settings{}), nil)
	if len(seen) != 25 {
		t.Errorf("%d settings", len(seen))
	}
}

// set gives a field one of two values.
func set(field reflect.Value, first bool) {
	var value any
	switch field.Interface().(type) {
	case *string:
		value = pointer(map[bool]string{true: "a", false: "b"}[first])
	case *bool:
		value = pointer(first)
	case []string:
		value = []string{map[bool]string{true: "a", false: "b"}[first]}
	case map[string]bool:
		value = map[string]bool{"a": first}
	case map[string]sentry.CronMonitor:
		value = map[string]sentry.CronMonitor{"a": {Margin: 1, Active: first}}
	case map[string]sentry.Alert:
		value = map[string]sentry.Alert{"a": {On: first}}
	case map[string]sentry.MetricMonitor:
		value = map[string]sentry.MetricMonitor{"a": {On: first}}
	case *sentry.RateLimit:
		value = &sentry.RateLimit{Count: map[bool]int{true: 1, false: 2}[first], Window: 60}
	}
	field.Set(reflect.ValueOf(value))
}

func TestEnvironmentPaths(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		name := rapid.String().Draw(t, "name")
		if got, ok := sentry.EnvironmentOf(sentry.EnvironmentPath(name)); !ok || got != name {
			t.Errorf("%q became %q", name, got)
		}
	})
	if _, ok := sentry.EnvironmentOf(sentry.PathDefaultEnvironment); ok {
		t.Error("the default environment is one of the hidden ones")
	}
}

func TestPIIRules(t *testing.T) {
	want := `{"rules":{},"applications":{"$http.cookies":["@anything:remove"],"$http.cookies.**":["@anything:remove"],"$http.headers.x-token":["@anything:remove"]}}`
	for range 5 {
		if got := sentry.PIIRules([]sentry.Preset{sentry.PresetCookies, sentry.PresetCookies}, []string{"X-Token"}); got != want {
			t.Errorf("%s", got)
		}
	}
	if got := sentry.PIIRules(nil, nil); got != "" {
		t.Errorf("%s", got)
	}
	all := sentry.PIIRules([]sentry.Preset{sentry.PresetHeaders, sentry.PresetCookies, sentry.PresetQueryStrings, sentry.PresetBodies}, nil)
	for _, part := range []string{"$http.headers.authorization", "$http.headers.cookie", "$http.query_string", "$http.data"} {
		if !json.Valid([]byte(all)) || !strings.Contains(all, `"`+part+`"`) {
			t.Errorf("%s is not in %s", part, all)
		}
	}
}

func TestEffective(t *testing.T) {
	want := sentry.Privacy{Scrubber: pointer(true), IPAddresses: pointer(false), SensitiveFields: []string{"Authorization", "cookie"}}
	observed := sentry.Privacy{Scrubber: pointer(true), Defaults: pointer(false), IPAddresses: pointer(false), SensitiveFields: []string{"authorization", "cookie"}}
	policy := sentry.Policy{IPAddresses: true, SensitiveFields: []string{"iban", "cookie"}, SafeFields: []string{"authorization"}}
	got := sentry.Effective(want, observed, policy)
	expected := sentry.EffectivePrivacy{
		Scrubber: true, IPAddresses: true, SensitiveFields: []string{"authorization", "cookie", "iban"}, SafeFields: []string{"authorization"},
		Overridden: []string{"privacy.ipAddresses"}, Exposed: []string{"authorization"},
	}
	if diff := cmp.Diff(expected, got); diff != "" {
		t.Error(diff)
	}
}

func TestClaims(t *testing.T) {
	claim := sentry.Claim{UID: "6b1f", Adoption: sentry.AdoptNever}
	marked := claim.FirstName("Shop")
	other := sentry.Claim{UID: "another"}.FirstName("Shop")
	tests := map[string]struct {
		claim    sentry.Claim
		id, name string
		want     sentry.Verdict
	}{
		"somebody else's":                        {claim, "7", "Shop", sentry.Foreign},
		"made by us, before it was written down": {claim, "7", marked, sentry.Made},
		"made by another resource":               {claim, "7", other, sentry.Foreign},
		"written down":                           {sentry.Claim{UID: "6b1f", RecordedID: "7"}, "7", "Renamed", sentry.Known},
		"another one is written down":            {sentry.Claim{UID: "6b1f", RecordedID: "8"}, "7", "Shop", sentry.Foreign},
		"nothing is written down, and no number": {sentry.Claim{UID: "6b1f"}, "", "Shop", sentry.Foreign},
		"to be adopted":                          {sentry.Claim{UID: "6b1f", Adoption: sentry.AdoptIfUnowned}, "7", "Shop", sentry.Adopted},
		"to be adopted, but another makes it":    {sentry.Claim{UID: "6b1f", Adoption: sentry.AdoptIfUnowned}, "7", other, sentry.Foreign},
		"to be adopted, but owned":               {sentry.Claim{UID: "6b1f", Adoption: sentry.AdoptIfUnowned, Owned: true}, "7", "Shop", sentry.Foreign},
	}
	for name, tc := range tests {
		if got := tc.claim.Judge(tc.id, tc.name); got != tc.want {
			t.Errorf("%s: %d, want %d", name, got, tc.want)
		}
	}
	rapid.Check(t, func(t *rapid.T) {
		name := claim.FirstName(rapid.String().Draw(t, "name"))
		if len(name) > 50 || claim.Judge("7", name) != sentry.Made {
			t.Errorf("%q", name)
		}
	})
}

func TestChooseKey(t *testing.T) {
	keys := []sentry.KeyFound{
		{ID: "d", Name: "production", Created: "2026-03"}, {ID: "c", Name: "production", Created: "2026-02"},
		{ID: "b", Name: "Default", Created: "2026-01"}, {ID: "a", Name: "renamed", Created: "2026-04"},
	}
	for name, tc := range map[string]struct{ recorded, name, want string }{
		"by number, whatever its name":      {"a", "production", "a"},
		"by name, the oldest":               {"", "production", "c"},
		"the recorded one is gone: by name": {"gone", "production", "c"},
		"never just any":                    {"", "staging", ""},
	} {
		if got, ok := sentry.ChooseKey(keys, tc.recorded, tc.name); got.ID != tc.want || ok != (tc.want != "") {
			t.Errorf("%s: %q, want %q", name, got.ID, tc.want)
		}
	}
}
