package opensearchtest_test

import (
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/tux-io/tux-monitoring-operator/internal/external/opensearch/opensearchtest"
)

const day = 24 * time.Hour

// ask sends a request and returns status and body.
func ask(t *testing.T, url, method, path, body string) (int, string) {
	t.Helper()
	request, err := http.NewRequestWithContext(t.Context(), method, url+path, strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
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

// policy is one that rolls over after a day and deletes so many days later; more are further states.
func policy(priority, pattern, end, more string) string {
	return `{"policy": {"description": "d", "default_state": "hot", "ism_template": [{"index_patterns": ["` + pattern + `"], "priority": ` + priority + `}],
		"states": [{"name": "hot", "actions": [{"rollover": {"min_index_age": "1d"}}],
			"transitions": [{"state_name": "delete", "conditions": {"min_rollover_age": "` + end + `"}}]},
		` + more + `{"name": "delete", "actions": [{"delete": {}}], "transitions": []}]}}`
}

// TestWhatIsDocumented of the requests that matter here, in the order of the list.
func TestWhatIsDocumented(t *testing.T) {
	fake := opensearchtest.New()
	served := httptest.NewServer(fake)
	t.Cleanup(served.Close)
	const template = `{"index_patterns": ["logs-a-*"], "priority": 500, "data_stream": {}, "composed_of": ["c"]}`
	p := policy("500", "logs-a-*", "3d", "")
	for _, tc := range []struct {
		method, path, body string
		status             int
		text               string
	}{
		{"GET", "/", "", 200, `"distribution":"opensearch"`},
		{"GET", "/_cluster/settings?flat_settings=true", "", 200, `"persistent":{}`},
		{"GET", "/_plugins/_ism/policies/p", "", 404, "Policy not found"},
		{"PUT", "/_plugins/_ism/policies/p?if_seq_no=1&if_primary_term=1", p, 409, "version_conflict_engine_exception"},
		{"PUT", "/_plugins/_ism/policies/p", p, 201, `"_seq_no":7`},
		{"PUT", "/_plugins/_ism/policies/p", p, 409, "document already exists"},
		{"PUT", "/_plugins/_ism/policies/p?if_seq_no=6&if_primary_term=1", p, 409, "required seqNo [6]"},
		{"PUT", "/_plugins/_ism/policies/p?if_seq_no=7&if_primary_term=2", p, 409, "primary term [2]"},
		{"PUT", "/_plugins/_ism/policies/p?if_seq_no=7&if_primary_term=1", p, 200, `"_seq_no":8`},
		{"GET", "/_plugins/_ism/policies/p", "", 200, `"retry":{"backoff":"exponential","count":3,"delay":"1m"}`},
		{"GET", "/_plugins/_ism/policies/p", "", 200, `"copy_alias":false`},
		{"PUT", "/_plugins/_ism/policies/q", policy("500", "logs-a-b", "3d", ""), 400, "please use a different priority than 500"},
		{"PUT", "/_plugins/_ism/policies/q", policy("400", "logs-a-b", "3d", ""), 201, `"_id":"q"`},
		{"PUT", "/_plugins/_ism/policies/r", policy("1", "x", "3d", `{"name": "w", "actions": [{"freeze": {}}]},`), 400, "Action field is invalid"},
		{"PUT", "/_plugins/_ism/policies/r", strings.Replace(policy("1", "x", "3d", ""), `"delete", "cond`, `"gone", "cond`, 1), 400, "nonexistent state=gone"},
		{"PUT", "/_index_template/t", template, 400, "component templates [c] that does not exist"},
		{"PUT", "/_component_template/c", `{"template": {"settings": {"index.codec": "best_compression"}}}`, 200, `"acknowledged":true`},
		{"PUT", "/_index_template/t", template, 200, `"acknowledged":true`},
		{"PUT", "/_index_template/u", template, 400, "with the same priority"},
		{"PUT", "/_index_template/t", `{"ignore_missing_component_templates": ["x"]}`, 400, "unknown field"},
		{"GET", "/_component_template/c", "", 200, `"settings":{"index":{"codec":"best_compression"}}`},
		{"GET", "/_data_stream/logs-a-b", "", 404, "not found"},
		{"GET", "/_plugins/_ism/explain/x", "", 200, `{"total_managed_indices":0}`},
		{"POST", "/_plugins/_ism/change_policy/x", `{"policy_id": "none"}`, 404, "Could not find policy=none"},
		{"POST", "/_plugins/_ism/change_policy/x", `{"policy_id": "p"}`, 404, "no such index [x]"},
		{"POST", "/logs-a-b/_count", `{"query": {"range": {"@timestamp": {"gte": 1, "lt": 2, "format": "epoch_millis"}}}}`, 404, "no such index"},
	} {
		if status, text := ask(t, served.URL, tc.method, tc.path, tc.body); status != tc.status || !strings.Contains(text, tc.text) {
			t.Errorf("%s %s: %d %s", tc.method, tc.path, status, text)
		}
	}
	if problems := fake.Problems(); len(problems) > 0 {
		t.Error(problems)
	}
	// What a client of ours must never send.
	ask(t, served.URL, "POST", "/_plugins/_ism/change_policy/x", `{"policy_id": "p", "state": ""}`)
	ask(t, served.URL, "GET", "/_plugins/_ism/explain/"+strings.Repeat("x", 4096), "")
	if problems := fake.Problems(); len(problems) != 2 {
		t.Error(problems)
	}
}

// TestAnIndexTakesThePolicyOfTheHighestPriority, and keeps to its revision until it is told to change.
func TestAnIndexTakesThePolicyOfTheHighestPriority(t *testing.T) {
	fake := opensearchtest.New()
	served := httptest.NewServer(fake)
	t.Cleanup(served.Close)
	ask(t, served.URL, "PUT", "/_plugins/_ism/policies/low", policy("1", "s*", "90d", ""))
	ask(t, served.URL, "PUT", "/_plugins/_ism/policies/high", policy("2", "s", "9d", ""))
	fake.Index("s", fake.Now())
	if _, text := ask(t, served.URL, "GET", "/_plugins/_ism/explain/.ds-s-000001", ""); !strings.Contains(text, `"policy_id":"high"`) || strings.Contains(text, "policy_seq_no") {
		t.Error(text)
	}
	fake.Pass(2 * day)
	ask(t, served.URL, "PUT", "/_plugins/_ism/policies/high?if_seq_no=8&if_primary_term=1", policy("2", "s", "20d", ""))
	if _, text := ask(t, served.URL, "GET", "/_plugins/_ism/explain/.ds-s-000001", ""); !strings.Contains(text, `"policy_seq_no":8`) {
		t.Error(text)
	}
	if fake.Pass(9 * day); fake.Oldest("s") != 0 {
		t.Error("the revision it keeps to deletes it")
	}
	fake.Index("s", fake.Now())
	fake.Pass(2 * day)
	ask(t, served.URL, "PUT", "/_plugins/_ism/policies/high?if_seq_no=9&if_primary_term=1", policy("2", "s", "40d", ""))
	var last string
	fake.Edit(func(s *opensearchtest.State) {
		for _, index := range s.Streams["s"].Indices {
			if len(index.Lines) > 0 {
				last = index.Name
			}
		}
	})
	if _, text := ask(t, served.URL, "POST", "/_plugins/_ism/change_policy/"+last, `{"policy_id": "high"}`); !strings.Contains(text, `"updated_indices":1`) {
		t.Error(text)
	}
	if fake.Pass(38 * day); fake.Oldest("s") != 40*day {
		t.Error("it was told to keep its lines longer")
	}
	if fake.Pass(2 * day); fake.Oldest("s") != 0 {
		t.Error("and not for ever")
	}
}
