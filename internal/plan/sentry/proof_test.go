package sentry_test

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/tux-io/tux-monitoring-operator/internal/plan/sentry"
)

const eventID = "0123456789abcdef0123456789abcdef"

// raw is an event that was stored as it was sent.
func raw(t *testing.T) map[string]any {
	t.Helper()
	plain := sentry.NewProofEvent(eventID, "production")
	return map[string]any{
		"eventID": eventID, "user": map[string]any{"email": plain.Email, "ip_address": plain.IPAddress}, "contexts": plain.Contexts,
		"entries": []any{map[string]any{"type": "request", "data": map[string]any{
			"headers": []any{[]any{"Authorization", plain.Headers["Authorization"]}}, "cookies": plain.Headers["Cookie"],
			"data": plain.Body, "query": plain.QueryString,
		}}},
	}
}

func judge(t *testing.T, want sentry.Privacy, event map[string]any) map[sentry.Plant]sentry.Finding {
	t.Helper()
	content, err := json.Marshal(event)
	if err != nil {
		t.Fatal(err)
	}
	findings, err := sentry.Judge(want, eventID, content)
	if err != nil {
		t.Fatal(err)
	}
	byPlant := map[sentry.Plant]sentry.Finding{}
	for _, one := range findings {
		byPlant[one.Plant] = one
	}
	if len(byPlant) != len(sentry.Plants()) {
		t.Errorf("%d of %d plants were judged", len(byPlant), len(sentry.Plants()))
	}
	return byPlant
}

// TestWhoAsks: of an event that was stored as it was sent, what a setting asks to remove has leaked.
func TestWhoAsks(t *testing.T) {
	rules := func(presets ...sentry.Preset) *string { return pointer(sentry.PIIRules(presets, nil)) }
	const (
		header, cookie, password = "AuthorizationHeader", "SessionCookie", "PasswordInBody"
		query, email, card, ip   = "TokenInQueryString", "EmailAddress", "CardNumber", "IPAddress"
	)
	tests := map[string]struct {
		privacy sentry.Privacy
		asked   map[string]string
	}{
		"nothing is declared":          {sentry.Privacy{}, nil},
		"the scrubber alone":           {sentry.Privacy{Scrubber: pointer(true)}, nil},
		"the defaults":                 {sentry.Privacy{Defaults: pointer(true)}, all("privacy.defaults", header, cookie, password, query, card)},
		"the defaults, switched off":   {sentry.Privacy{Scrubber: pointer(false), Defaults: pointer(true)}, nil},
		"addresses":                    {sentry.Privacy{Scrubber: pointer(false), IPAddresses: pointer(true)}, all("privacy.ipAddresses", ip)},
		"names, in any case":           {sentry.Privacy{SensitiveFields: []string{"AUTHORIZATION", "mail"}}, all("privacy.sensitiveFields", header, email)},
		"the name of what it is in":    {sentry.Privacy{SensitiveFields: []string{"cookie"}}, all("privacy.sensitiveFields", cookie)},
		"an empty name is no name":     {sentry.Privacy{SensitiveFields: []string{" "}}, nil},
		"a safe field":                 {sentry.Privacy{SensitiveFields: []string{"authorization"}, SafeFields: []string{"Authorization"}}, nil},
		"a safe field and a rule":      {sentry.Privacy{Rules: rules(sentry.PresetBodies), SafeFields: []string{"password"}}, all("privacy.rules", password)},
		"a safe field and addresses":   {sentry.Privacy{IPAddresses: pointer(true), SafeFields: []string{"ip_address"}}, all("privacy.ipAddresses", ip)},
		"headers":                      {sentry.Privacy{Rules: rules(sentry.PresetHeaders)}, all("privacy.rules", header, cookie)},
		"cookies":                      {sentry.Privacy{Rules: rules(sentry.PresetCookies)}, all("privacy.rules", cookie)},
		"query strings":                {sentry.Privacy{Rules: rules(sentry.PresetQueryStrings)}, all("privacy.rules", query)},
		"a header that is not planted": {sentry.Privacy{Rules: pointer(sentry.PIIRules(nil, []string{"X-Tenant"}))}, nil},
		"rules that are cleared":       {sentry.Privacy{Rules: pointer("")}, nil},
	}
	for name, tc := range tests {
		t.Run(name, func(t *testing.T) {
			asked := map[string]string{}
			for plant, finding := range judge(t, tc.privacy, raw(t)) {
				if finding.At == "" {
					t.Errorf("%s was not found", plant)
				}
				if finding.AskedBy != "" {
					asked[string(plant)] = finding.AskedBy
				}
				if leaked := finding.Result == sentry.PlantLeaked; leaked != (finding.AskedBy != "") || finding.Result == sentry.PlantFiltered {
					t.Errorf("%+v", finding)
				}
			}
			if len(tc.asked) == 0 {
				tc.asked = map[string]string{}
			}
			if diff := cmp.Diff(tc.asked, asked); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func all(path string, plants ...string) map[string]string {
	asked := map[string]string{}
	for _, plant := range plants {
		asked[plant] = path
	}
	return asked
}

// TestACopyIsALeak: wherever it is, and however it is written.
func TestACopyIsALeak(t *testing.T) {
	plain := sentry.NewProofEvent(eventID, "production")
	authorization := strings.TrimPrefix(plain.Headers["Authorization"], "Bearer ")
	for at, event := range map[string]map[string]any{
		"tags[0].value":    {"tags": []any{map[string]any{"key": "user", "value": "x " + authorization}}},
		"message":          {"message": "x%20" + authorization},
		"extra.*":          {"extra": map[string]any{authorization: 1}},
		"entries[1][0].a":  {"entries": []any{nil, []any{map[string]any{"a": authorization}}}},
		"":                 {"_meta": map[string]any{"was": authorization}},
		"contexts.x[0][1]": {"contexts": map[string]any{"x": []any{[]any{"a", authorization}}}},
	} {
		event["eventID"] = strings.ToUpper(eventID)
		finding := judge(t, sentry.Privacy{Defaults: pointer(true)}, event)[sentry.PlantAuthorization]
		if finding.At != at || (at == "") != (finding.Result == sentry.PlantFiltered) {
			t.Errorf("%q: %+v", at, finding)
		}
		if strings.Contains(finding.String(), authorization) {
			t.Errorf("%s quotes the secret", finding)
		}
	}
	// Without the spaces it is the same number.
	card := judge(t, sentry.Privacy{Defaults: pointer(true)}, map[string]any{"eventID": eventID, "message": "4111111111111111"})[sentry.PlantCard]
	if card.Result != sentry.PlantLeaked {
		t.Errorf("%+v", card)
	}
}

// TestWhatIsNotTheEventProvesNothing: an empty answer has no secrets in it either.
func TestWhatIsNotTheEventProvesNothing(t *testing.T) {
	for _, answer := range []string{``, `{}`, `[]`, `null`, `{"eventID":"ffffffffffffffffffffffffffffffff"}`, `{"eventID":7}`} {
		if findings, err := sentry.Judge(sentry.Privacy{}, eventID, []byte(answer)); err == nil {
			t.Errorf("%s: %v", answer, findings)
		}
	}
}

func TestProofEvents(t *testing.T) {
	one, again := sentry.NewProofEvent(eventID, "production"), sentry.NewProofEvent(eventID, "production")
	if diff := cmp.Diff(one, again); diff != "" {
		t.Error(diff)
	}
	other := sentry.NewProofEvent(strings.Repeat("f", 32), "production")
	if one.Headers["Authorization"] == other.Headers["Authorization"] || one.Email == other.Email || one.Body == other.Body {
		t.Error("two events have the same secrets")
	}
	if diff := cmp.Diff(one.Fingerprint, other.Fingerprint); diff != "" {
		t.Error("two events are two issues")
	}
	if !json.Valid([]byte(one.Body)) {
		t.Errorf("the body is %s", one.Body)
	}
}

// TestAProofEnds: whatever happens to its events, it ends, and never sends more than it may.
func TestAProofEnds(t *testing.T) {
	leak := []sentry.Finding{{Plant: sentry.PlantCookie, Result: sentry.PlantLeaked, AskedBy: "privacy.rules", At: "x"}}
	rapid.Check(t, func(t *rapid.T) {
		proof, sent := sentry.Proof{Of: "settings"}, map[string]bool{}
		refusals, silences := rapid.IntRange(0, 5).Draw(t, "refusals"), rapid.IntRange(0, 5).Draw(t, "silences")
		for step := 0; ; step++ {
			if step > 200 {
				t.Fatalf("no end: %+v", proof)
			}
			if proof.Of != "settings" || proof.Events > sentry.MaxProofEvents {
				t.Fatalf("%+v", proof)
			}
			next := proof.Next()
			if next == sentry.ProofDone || next == sentry.ProofRead && proof.Final() {
				break
			}
			if proof.Final() {
				t.Fatalf("final, and yet something is to do: %+v", proof)
			}
			if next == sentry.ProofRead {
				if rapid.Bool().Draw(t, "there") {
					proof = proof.Judged(rapid.SampledFrom([][]sentry.Finding{nil, leak}).Draw(t, "findings"))
				} else {
					proof = proof.NotYet()
				}
				continue
			}
			before := proof
			proof = proof.Sending(fmt.Sprintf("event %d", step))
			if before.Unsent && before.EventID != proof.EventID {
				t.Fatalf("another event instead of the same again: %+v", proof)
			}
			switch rapid.IntRange(0, 3).Draw(t, "answer") {
			case 0:
				if refusals > 0 {
					refusals--
					proof = before
					continue
				}
				fallthrough
			case 1:
				sent[proof.EventID] = true
				proof = proof.Sent()
			case 2:
				sent[proof.EventID] = true
				if silences--; silences < 0 {
					proof = proof.Sent()
				}
			case 3:
				// The process ended: what is not written down is forgotten.
				sent[proof.EventID] = true
				proof.Unsent, proof.Reads = false, 0
			}
		}
		if len(sent) > sentry.MaxProofEvents {
			t.Fatalf("%d events", len(sent))
		}
		if proof.Verdict == "" {
			t.Fatalf("an end without a verdict: %+v", proof)
		}
	})
}
