package loki_test

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/tux-io/tux-monitoring-operator/internal/external"
	"github.com/tux-io/tux-monitoring-operator/internal/external/loki"
	"github.com/tux-io/tux-monitoring-operator/internal/external/loki/lokitest"
	"github.com/tux-io/tux-monitoring-operator/internal/fault"
	"github.com/tux-io/tux-monitoring-operator/internal/plan/retention"
	plan "github.com/tux-io/tux-monitoring-operator/internal/plan/retention/loki"
)

func clientOf(t *testing.T, handler http.Handler) *loki.Client {
	t.Helper()
	server := httptest.NewServer(handler)
	t.Cleanup(server.Close)
	client, err := loki.New(loki.Config{URL: server.URL + "/", UserAgent: "tuxmonitoring/test", Transport: http.DefaultTransport})
	if err != nil {
		t.Fatal(err)
	}
	return client
}

// TestAnswersAreSorted: what passes by itself, what only a person can mend, and nothing but the first line of a refusal.
func TestAnswersAreSorted(t *testing.T) {
	tests := map[string]struct {
		status   int
		kind     string
		body     string
		text     string
		terminal string
		waiting  string
	}{
		"a tenant that may not":      {403, "text/plain", "no\nsecond line", "answer 403 Forbidden: no", external.ReasonDenied, ""},
		"a login":                    {401, "text/html", "<html>secret", "answer 401 Unauthorized", external.ReasonUnauthorized, ""},
		"a redirect to a login":      {302, "text/html", "", "answer 302 Found", external.ReasonRedirected, ""},
		"a gateway without the path": {404, "text/plain", "404 page not found", "answer 404 Not Found: 404 page not found", "", external.ReasonParentMissing},
		"too many":                   {429, "text/plain", "", "answer 429 Too Many Requests", "", external.ReasonRateLimited},
		"a failure":                  {500, "text/plain", strings.Repeat("x", 300), "answer 500 Internal Server Error: " + strings.Repeat("x", 200), "", ""},
		"something else":             {200, "text/html", "<html>", "cannot read the limits of the tenant", "", ""},
		"no period":                  {200, "text/plain", "ingestion_rate_mb: 4", "have no retention_period", "", ""},
		"more than anybody reads":    {200, "text/plain", strings.Repeat("#", 5<<20), "has more than 4194304 bytes", "", ""},
	}
	for name, tc := range tests {
		t.Run(name, func(t *testing.T) {
			client := clientOf(t, http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
				w.Header().Set("Content-Type", tc.kind)
				w.Header().Set("Location", "/login")
				w.WriteHeader(tc.status)
				_, _ = fmt.Fprint(w, tc.body)
			}))
			_, err := client.Limits(t.Context(), "tux")
			if err == nil || !strings.HasSuffix(err.Error(), tc.text) && !strings.HasPrefix(err.Error(), tc.text) {
				t.Errorf("got %v, want %q", err, tc.text)
			}
			var terminal, waiting string
			if found, ok := fault.AsTerminal(err); ok {
				terminal = found.Reason
			}
			if found, ok := fault.AsWaiting(err); ok {
				waiting = found.Reason
			}
			if terminal != tc.terminal || waiting != tc.waiting {
				t.Errorf("terminal %q and waiting %q, want %q and %q", terminal, waiting, tc.terminal, tc.waiting)
			}
		})
	}
}

func TestAConfigurationThatDoesNotSayIsNoAnswer(t *testing.T) {
	for _, body := range []string{"", "compactor: {}", "<html>"} {
		client := clientOf(t, http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { _, _ = fmt.Fprint(w, body) }))
		if on, err := client.Deletes(t.Context(), "tux"); on || err == nil {
			t.Errorf("%q says %v", body, on)
		}
	}
}

func TestPausesAreThoseOfTheAnswer(t *testing.T) {
	for _, tc := range []struct {
		status int
		after  string
		want   time.Duration
	}{{429, "7", 7 * time.Second}, {503, "7", 7 * time.Second}, {200, "7", 0}, {429, "soon", 0}, {429, "-1", 0}} {
		answer := &http.Response{StatusCode: tc.status, Header: http.Header{"Retry-After": {tc.after}}}
		if told := loki.ReadLimits(answer, time.Time{}); told.Pause != tc.want {
			t.Errorf("%+v gives %s", tc, told.Pause)
		}
	}
}

func TestOnlyAPlainURLIsTaken(t *testing.T) {
	for _, url := range []string{"", "loki:3100", "ftp://loki", "http://me:secret@loki", "http://"} {
		if _, err := loki.New(loki.Config{URL: url, UserAgent: "x", Transport: http.DefaultTransport}); err == nil || strings.Contains(err.Error(), "secret") {
			t.Errorf("%q: %v", url, err)
		}
	}
}

// TestEachClassIsLookedForWhereItEnds: one line a day before and one after the end of each class.
func TestEachClassIsLookedForWhereItEnds(t *testing.T) {
	c := retention.Commitment{DefaultDays: 30, Classes: []retention.Promised{{Name: "error", Days: 90}}, Retired: []string{"old"}}
	fake := lokitest.New(func() string {
		return `overrides: {tux: {retention_period: 30d, retention_stream: [{selector: '{retention_class="error"}', period: 90d, priority: 1}]}}`
	})
	client, now := clientOf(t, fake), time.Now()
	for _, tc := range []struct {
		class string
		days  int
		want  []string
	}{
		{"error", 90, nil}, {"error", 92, []string{"error"}}, {"default", 30, nil}, {"default", 32, []string{"default"}},
		{"unparsed", 32, []string{"default"}}, {"old", 32, []string{"default"}}, {"another", 32, nil}, {"error", 97, []string{"error"}}, {"error", 99, nil},
	} {
		fake.Edit(func(s *lokitest.State) {
			s.Lines = []lokitest.Line{{Tenant: "tux", Class: tc.class, At: now.Add(-time.Duration(tc.days)*24*time.Hour - time.Hour)}}
		})
		facts, err := client.Observe(t.Context(), "tux", c, now)
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(tc.want, facts.Overdue); diff != "" {
			t.Errorf("%s of %d days: %s", tc.class, tc.days, diff)
		}
		if v := plan.Judge(c, facts); !v.Effective() {
			t.Errorf("%+v", v)
		}
	}
	if problems := fake.Problems(); len(problems) > 0 {
		t.Error(problems)
	}
}
