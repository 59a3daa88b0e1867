package elastictest_test

import (
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/tux-io/tux-monitoring-operator/internal/external/elastic/elastictest"
)

const day = 24 * time.Hour

// ask sends a request and returns status and body.
func ask(t *testing.T, url, method, path, body string) (int, string) {
	t.Helper()
	request, err := http.NewRequestWithContext(t.Context(), method, url+path, strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	request.Header.Set("Accept", "application/json")
	request.Header.Set("Content-Type", "application/json")
	answer, err := http.DefaultClient.Do(request)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = answer.Body.Close() }()
	content, err := io.ReadAll(answer.Body)
	if err != nil {
		t.Fatal(err)
	}
	return answer.StatusCode, string(content)
}

// TestWhatIsDocumented of the requests that matter here, in the order of the list.
func TestWhatIsDocumented(t *testing.T) {
	fake := elastictest.New()
	served := httptest.NewServer(fake)
	t.Cleanup(served.Close)
	const (
		policy   = `{"policy": {"phases": {"hot": {"actions": {"rollover": {"max_age": "1d"}}}, "delete": {"min_age": "3d", "actions": {"delete": {}}}}}}`
		template = `{"index_patterns": ["logs-a-*"], "priority": 500, "data_stream": {}, "composed_of": ["c"],
			"template": {"settings": {"index.lifecycle.name": "p"}}}`
	)
	for _, tc := range []struct {
		method, path, body string
		status             int
		text               string
	}{
		{"GET", "/_ilm/status", "", 200, `"operation_mode":"RUNNING"`},
		{"GET", "/_ilm/policy/p", "", 404, "not found"},
		{"PUT", "/_ilm/policy/p?if_seq_no=1", policy, 400, "contains unrecognized parameter: [if_seq_no]"},
		{"PUT", "/_ilm/policy/p", strings.Replace(policy, "rollover", "delete", 1), 400, "invalid action [delete] defined in phase [hot]"},
		{"PUT", "/_ilm/policy/p", strings.Replace(policy, "3d", "soon", 1), 400, "failed to parse setting [min_age]"},
		{"PUT", "/_ilm/policy/p", policy, 200, `"acknowledged":true`},
		{"PUT", "/_ilm/policy/p", policy, 200, `"acknowledged":true`},
		{"GET", "/_ilm/policy/p*", "", 200, `"version":2`},
		{"GET", "/_ilm/policy/p", "", 200, `"min_age":"0ms"`},
		{"GET", "/_ilm/policy/p*,q", "", 400, "wildcard only supports a single value"},
		{"PUT", "/_index_template/t", template, 400, "component templates [c] that does not exist"},
		{"PUT", "/_component_template/c", `{"template": {"settings": {"codec": "best_compression"}}}`, 200, "true"},
		{"GET", "/_component_template/c", "", 200, `"settings":{"index":{"codec":"best_compression"}}`},
		{"GET", "/_component_template/c?flat_settings=true", "", 200, `"settings":{"index.codec":"best_compression"}`},
		{"PUT", "/_index_template/t", template, 200, "true"},
		{"PUT", "/_index_template/u", template, 400, "with the same priority"},
		{"DELETE", "/_component_template/c", "", 400, "still in use by index templates [t]"},
		{"GET", "/_data_stream/logs-a-b", "", 404, "not found"},
		{"GET", "/_data_stream/logs-*", "", 200, `"data_streams":[]`},
		{"POST", "/logs-a-b/_count", `{"query": {"range": {"@timestamp": {"gte": 1, "lt": 2, "format": "epoch_millis"}}}}`, 404, "no such index"},
	} {
		if status, text := ask(t, served.URL, tc.method, tc.path, tc.body); status != tc.status || !strings.Contains(text, tc.text) {
			t.Errorf("%s %s: %d %s", tc.method, tc.path, status, text)
		}
	}
	fake.Index("logs-a-b", fake.Now())
	if status, text := ask(t, served.URL, "DELETE", "/_ilm/policy/p", ""); status != 400 || !strings.Contains(text, "in use by one or more indices") {
		t.Errorf("%d %s", status, text)
	}
}

// TestALaterRevisionHoldsForTheNextPhase, and not for the one an index is in.
func TestALaterRevisionHoldsForTheNextPhase(t *testing.T) {
	fake := elastictest.New()
	served := httptest.NewServer(fake)
	t.Cleanup(served.Close)
	put := func(rollover, end string) {
		policy := map[string]any{"policy": map[string]any{"phases": map[string]any{
			"hot":    map[string]any{"actions": map[string]any{"rollover": map[string]any{"max_age": rollover}}},
			"warm":   map[string]any{"min_age": "1d", "actions": map[string]any{}},
			"delete": map[string]any{"min_age": end, "actions": map[string]any{"delete": map[string]any{}}},
		}}}
		body, err := json.Marshal(policy)
		if err != nil {
			t.Fatal(err)
		}
		if status, text := ask(t, served.URL, "PUT", "/_ilm/policy/p", string(body)); status != 200 {
			t.Fatal(text)
		}
	}
	put("2d", "9d")
	ask(t, served.URL, "PUT", "/_index_template/t", `{"index_patterns": ["s"], "priority": 500, "template": {"settings": {"index.lifecycle.name": "p"}}}`)
	fake.Index("s", fake.Now())
	put("4d", "5d")
	fake.Pass(2 * day)
	count := func() int {
		n := 0
		fake.Edit(func(s *elastictest.State) { n = len(s.Streams["s"].Indices) })
		return n
	}
	if count() != 2 {
		t.Error("the rollover is that of the old revision")
	}
	fake.Pass(2 * day)
	fake.Edit(func(s *elastictest.State) {
		if first := s.Streams["s"].Indices[0]; first.Phase != "warm" || first.Version != 2 {
			t.Errorf("%+v", first)
		}
	})
	fake.Pass(4 * day)
	if count() != 1 || fake.Oldest("s") != 0 {
		t.Error("the deletion is that of the new one")
	}
}
