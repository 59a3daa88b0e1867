package sentrytest_test

import (
	"bytes"
	"compress/gzip"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/tux-io/tux-monitoring-operator/internal/external/sentry/sentrytest"
)

// take sends an envelope with one event, and returns status and body of the answer.
func take(t *testing.T, url, project, key, event string) (int, string) {
	t.Helper()
	// A client report and an item without a length come with it.
	envelope := `{"dsn":"x"}` + "\n" + `{"type":"client_report"}` + "\n{}\n" +
		fmt.Sprintf(`{"type":"event","length":%d}`, len(event)) + "\n" + event + "\n"
	request, err := http.NewRequestWithContext(t.Context(), http.MethodPost, url+"/api/"+project+"/envelope/", strings.NewReader(envelope))
	if err != nil {
		t.Fatal(err)
	}
	if key != "" {
		request.Header.Set("X-Sentry-Auth", "Sentry sentry_version=7, sentry_key="+key)
	}
	answer, err := http.DefaultClient.Do(request)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = answer.Body.Close() }()
	body, err := io.ReadAll(answer.Body)
	if err != nil {
		t.Fatal(err)
	}
	return answer.StatusCode, string(body)
}

// TestWaysOfSending: SDKs compress, older ones send events without an envelope, and all send envelopes without events.
func TestWaysOfSending(t *testing.T) {
	fake, url := start(t)
	var project, key string
	fake.Edit(func(s *sentrytest.State) { project, key = s.Projects[0].ID, s.Projects[0].Keys[0].ID })
	event := func(n int) string { return fmt.Sprintf(`{"event_id":"%032x"}`, n) }
	item := func(kind, content string) string { return "{}\n{\"type\":\"" + kind + "\"}\n" + content + "\n" }
	for _, tc := range []struct {
		path, body string
		packed     bool
		status     int
	}{
		{"store", event(1), false, 200},
		{"store", event(2), true, 200},
		{"store", "null", false, 400},
		{"store", `{"event_id":"1"}`, false, 400},
		{"envelope", item("event", event(3)), true, 200},
		{"envelope", item("session", "{}"), false, 200},
		{"envelope", item("transaction", "{}") + "{\"type\":\"client_report\"}\n{}\n", false, 200},
		{"envelope", item("something", "{}"), false, 400},
		{"envelope", "{}\n", false, 400},
	} {
		body := []byte(tc.body)
		if tc.packed {
			var packed bytes.Buffer
			w := gzip.NewWriter(&packed)
			_, _ = w.Write(body)
			_ = w.Close()
			body = packed.Bytes()
		}
		request, err := http.NewRequestWithContext(t.Context(), http.MethodPost, url+"/api/"+project+"/"+tc.path+"/", bytes.NewReader(body))
		if err != nil {
			t.Fatal(err)
		}
		request.Header.Set("X-Sentry-Auth", "Sentry sentry_key="+key)
		if tc.packed {
			request.Header.Set("Content-Encoding", "gzip")
		}
		answer, err := http.DefaultClient.Do(request)
		if err != nil {
			t.Fatal(err)
		}
		_ = answer.Body.Close()
		if answer.StatusCode != tc.status {
			t.Errorf("%s %q, packed %v: %d, want %d", tc.path, tc.body, tc.packed, answer.StatusCode, tc.status)
		}
	}
	fake.Edit(func(s *sentrytest.State) {
		if n := len(s.Projects[0].Events); n != 3 {
			t.Errorf("%d events are stored, want 3", n)
		}
	})
}

func TestWhoMaySendEvents(t *testing.T) {
	fake, url := start(t)
	var project, key string
	fake.Edit(func(s *sentrytest.State) { project, key = s.Projects[0].ID, s.Projects[0].Keys[0].ID })
	event := `{"event_id":"` + planted + `"}`
	want := []int{401, 403, 403, 400, 200, 200}
	var got []int
	for _, one := range [][3]string{
		{project, "", event}, {project, planted, event}, {"7", key, event}, {project, key, `{}`}, {project, key, event}, {project, key, event},
	} {
		status, _ := take(t, url, one[0], one[1], one[2])
		got = append(got, status)
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
	fake.Edit(func(s *sentrytest.State) {
		if n := len(s.Projects[0].Events); n != 1 {
			t.Errorf("one number is %d events", n)
		}
		s.Projects[0].Keys[0].Active = false
	})
	if status, _ := take(t, url, project, key, event); status != http.StatusForbidden {
		t.Errorf("a key that is switched off: %d", status)
	}
}

// TestWhatIsStored: each row is settings, and what is left of one event.
func TestWhatIsStored(t *testing.T) {
	const event = `{"event_id":"%032x","message":"hello","user":{"email":"a@b.example","ip_address":"203.0.113.7","id":"1"},
		"contexts":{"order":{"note":"card 4111 1111 1111 1111 from 203.0.113.8","iban":"DE1"}},
		"request":{"query_string":"page=1&token=t%%20t","data":"{\"password\":\"p\",\"page\":1}","env":{"REMOTE_ADDR":"203.0.113.7"},
		"headers":{"Authorization":"Bearer b","Cookie":"sessionid=s; theme=dark","X-Tenant":"x"}}}`
	whole := map[string]string{
		"email": "a@b.example", "ip": "203.0.113.7", "remote": "203.0.113.7", "note": "card 4111 1111 1111 1111 from 203.0.113.8", "iban": "DE1",
		"token": "t t", "page": "1", "password": "p", "Authorization": "Bearer b", "X-Tenant": "x", "sessionid": "s", "theme": "dark",
	}
	const gone = "[Filtered]"
	type settings = map[string]any
	off := settings{"dataScrubber": false, "dataScrubberDefaults": false}
	rules := func(selector string) settings {
		return settings{"dataScrubber": false, "relayPiiConfig": `{"rules":{},"applications":{"` + selector + `":["@anything:remove"]}}`}
	}
	tests := map[string]struct {
		project, organization settings
		changed               map[string]string
	}{
		"nothing is on": {off, nil, nil},
		"the defaults": {nil, nil, map[string]string{
			"Authorization": gone, "token": gone, "password": gone, "sessionid": gone, "note": "card " + gone + " from 203.0.113.8",
		}},
		"defaults without the scrubber": {settings{"dataScrubber": false}, nil, nil},
		"the organization demands it":   {off, settings{"dataScrubber": true, "sensitiveFields": []string{"IBAN"}}, map[string]string{"iban": gone}},
		"names":                         {settings{"dataScrubberDefaults": false, "sensitiveFields": []string{"theme", "mail"}}, nil, map[string]string{"theme": gone, "email": gone}},
		"the name of what it is in":     {settings{"dataScrubberDefaults": false, "sensitiveFields": []string{"cookie"}}, nil, map[string]string{"sessionid": "", "theme": ""}},
		"a safe field": {settings{"dataScrubberDefaults": false, "sensitiveFields": []string{"x-tenant", "token"}},
			settings{"safeFields": []string{"X-Tenant"}}, map[string]string{"token": gone}},
		"addresses": {settings{"dataScrubber": false, "scrubIPAddresses": true}, nil, map[string]string{
			"ip": "", "remote": "", "note": "card 4111 1111 1111 1111 from [ip]",
		}},
		"a rule for a header":                        {rules("$http.headers.authorization"), nil, map[string]string{"Authorization": ""}},
		"a rule for the cookies":                     {rules("$http.cookies"), nil, map[string]string{"sessionid": "", "theme": ""}},
		"a rule for the header Cookie finds it gone": {rules("$http.headers.cookie"), nil, nil},
		"a rule for the body":                        {rules("$http.data.**"), nil, map[string]string{"password": ""}},
		"a rule of the organization":                 {off, rules("$http.query_string"), map[string]string{"token": "", "page": ""}},
	}
	for name, tc := range tests {
		t.Run(name, func(t *testing.T) {
			fake, url := start(t)
			var project, key string
			fake.Edit(func(s *sentrytest.State) {
				project, key = s.Projects[0].ID, s.Projects[0].Keys[0].ID
				for name, value := range tc.project {
					s.Projects[0].Settings[name] = value
				}
				for name, value := range tc.organization {
					s.Organization.Settings[name] = value
				}
			})
			if status, body := take(t, url, project, key, fmt.Sprintf(event, 1)); status != http.StatusOK {
				t.Fatal(status, body)
			}
			stored, err := connect(t, url, token, http.DefaultTransport).Event(t.Context(), project, fmt.Sprintf("%032x", 1))
			if err != nil {
				t.Fatal(err)
			}
			want := map[string]string{}
			for name, value := range whole {
				if changed, ok := tc.changed[name]; ok {
					value = changed
				}
				if value != "" {
					want[name] = value
				}
			}
			if diff := cmp.Diff(want, values(t, stored)); diff != "" {
				t.Error(diff)
			}
		})
	}
}

// values are those of a stored event, by short names; what is not there has none.
func values(t *testing.T, stored []byte) map[string]string {
	t.Helper()
	var event struct {
		User     map[string]string            `json:"user"`
		Contexts map[string]map[string]string `json:"contexts"`
		Entries  []struct {
			Type string `json:"type"`
			Data struct {
				Headers, Cookies, Query [][]*string
				Data                    map[string]any
				Env                     map[string]string
			} `json:"data"`
		} `json:"entries"`
	}
	if err := json.Unmarshal(stored, &event); err != nil {
		t.Fatal(err)
	}
	found := map[string]string{
		"email": event.User["email"], "ip": event.User["ip_address"], "note": event.Contexts["order"]["note"], "iban": event.Contexts["order"]["iban"],
	}
	for _, entry := range event.Entries {
		if entry.Type != "request" {
			continue
		}
		found["remote"] = entry.Data.Env["REMOTE_ADDR"]
		for _, list := range [][][]*string{entry.Data.Headers, entry.Data.Cookies, entry.Data.Query} {
			for _, pair := range list {
				if pair[1] != nil {
					found[*pair[0]] = *pair[1]
				}
			}
		}
		if password, ok := entry.Data.Data["password"].(string); ok {
			found["password"] = password
		}
	}
	for name, value := range found {
		if value == "" {
			delete(found, name)
		}
	}
	return found
}
