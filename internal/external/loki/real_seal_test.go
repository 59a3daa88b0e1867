package loki_test

import (
	"bytes"
	"crypto/ed25519"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"os"
	"slices"
	"strconv"
	"testing"
	"time"

	"github.com/tux-io/tux-monitoring-operator/hack/loki/lab"
	"github.com/tux-io/tux-monitoring-operator/internal/external/loki"
	plan "github.com/tux-io/tux-monitoring-operator/internal/plan/retention/loki"
	"github.com/tux-io/tux-monitoring-operator/internal/plan/retention/seal"
)

// audit is what a backend writes of what a user did.
type audit struct {
	at   time.Time
	user string
	text string
}

// send sends lines with structured metadata, as the collector does.
func (r *real) send(service string, lines ...audit) {
	r.Helper()
	values := []any{}
	for _, line := range lines {
		values = append(values, []any{strconv.FormatInt(line.at.UnixNano(), 10), line.text, map[string]string{"user_id": line.user}})
	}
	stream := map[string]any{"stream": map[string]string{"retention_class": "audit", "service_name": service}, "values": values}
	body, err := json.Marshal(map[string]any{"streams": []any{stream}})
	r.must(err)
	r.ask(http.MethodPost, "/loki/api/v1/push", nil, body)
}

// ask does what somebody else does.
func (r *real) ask(method, path string, query url.Values, body []byte) {
	r.Helper()
	request, err := http.NewRequestWithContext(r.Context(), method, r.URL+path+"?"+query.Encode(), bytes.NewReader(body))
	r.must(err)
	request.Header.Set("X-Scope-OrgID", production)
	request.Header.Set("Content-Type", "application/json")
	answer, err := http.DefaultClient.Do(request)
	r.must(err)
	defer func() { _ = answer.Body.Close() }()
	if answer.StatusCode != http.StatusNoContent {
		r.Fatalf("%s %s: %s", method, path, answer.Status)
	}
}

func (r *real) seal(hour time.Time, b plan.Bounds) seal.Seal {
	r.Helper()
	m := seal.NewMaker(seal.Of{Tenant: production, Class: "audit"}, hour)
	r.must(r.client.Lines(r.Context(), production, auditLines, b, hour, hour.Add(time.Hour), m.Add))
	s, err := m.Seal("", 365, ed25519.NewKeyFromSeed(make([]byte, ed25519.SeedSize)))
	r.must(err)
	return s
}

// check reads the hour again.
func (r *real) check(s seal.Seal, hour time.Time, b plan.Bounds) (seal.Verdict, seal.Outcome, []string) {
	r.Helper()
	c, err := seal.NewCheck(s)
	r.must(err)
	r.must(r.client.Lines(r.Context(), production, auditLines, b, hour, hour.Add(time.Hour), c.Add))
	v, err := c.Verdict()
	r.must(err)
	requests, err := r.client.Requested(r.Context(), production)
	r.must(err)
	outcome, ids := seal.Explain(v, "audit", requests)
	return v, outcome, ids
}

// TestSealsFindAPlantedDeletionOnARealLoki: a late line is none, a request to delete one user's lines is found with its
// minutes, and told from one that is accounted for.
func TestSealsFindAPlantedDeletionOnARealLoki(t *testing.T) {
	l, err := lab.New(t.Context(), t.TempDir(), t.Output())
	r := &real{Loki: l, T: t}
	r.must(err)
	t.Cleanup(func() { _ = l.Stop() })
	r.client, err = loki.New(loki.Config{URL: l.URL, UserAgent: "test", Transport: http.DefaultTransport})
	r.must(err)
	r.must(l.Start(t.Context(), true))

	hour := time.Now().UTC().Truncate(time.Hour).Add(-3 * time.Hour)
	var lines []audit
	for i := range 40 {
		lines = append(lines, audit{hour.Add(time.Duration(i) * time.Minute), strconv.Itoa(40 + i%4), fmt.Sprint("did ", i)})
	}
	for i := range 30 {
		lines = append(lines, audit{hour.Add(50 * time.Minute), "50", fmt.Sprint("at once ", i)})
	}
	r.send("tux-web", lines...)
	// The last line of a chunk, of the very millisecond at which the hour begins, is one of the hour.
	lines = append(lines, audit{hour, "60", "on the hour"})
	r.send("tux-worker", lines[len(lines)-1])

	b, err := r.client.Bounds(t.Context(), production)
	r.must(err)
	if b != (plan.Bounds{Entries: 5000}) {
		t.Errorf("the bounds of Loki by default: %+v", b)
	}
	if s := r.seal(hour.Add(time.Hour), b); s.Lines != 0 {
		t.Errorf("an hour without lines has %d", s.Lines)
	}
	var s seal.Seal
	r.until("all lines to be found", func() string {
		if s = r.seal(hour, b); s.Lines != len(lines) {
			return fmt.Sprint(s.Lines)
		}
		return ""
	})
	// Small answers, which cut the thirty lines of one nanosecond, give the same seal.
	for _, entries := range []int{32, 45} {
		if small := r.seal(hour, plan.Bounds{Entries: entries}); small.Root != s.Root || small.Minutes != s.Minutes {
			t.Errorf("with answers of %d lines the seal is another one, of %d lines", entries, small.Lines)
		}
	}
	// The same from memory, and from chunks.
	for range 2 {
		if v, outcome, _ := r.check(s, hour, b); outcome != seal.Intact {
			t.Fatalf("nothing has happened: %s %+v", outcome, v)
		}
		r.must(l.Settle(t.Context(), 2, true))
	}
	for _, entries := range []int{32, 45} {
		if small := r.seal(hour, plan.Bounds{Entries: entries}); small.Root != s.Root {
			t.Errorf("with answers of %d lines from chunks the seal is another one, of %d lines", entries, small.Lines)
		}
	}

	r.send("tux-web", audit{hour.Add(45 * time.Minute), "44", "late"})
	r.until("the late line", func() string {
		if v, outcome, _ := r.check(s, hour, b); outcome != seal.LateLines || v.Late != 1 || v.Missing != 0 {
			return fmt.Sprintf("%s %+v", outcome, v)
		}
		return ""
	})

	r.must(l.Settle(t.Context(), 3, true))

	// Somebody erases what user 41 did in the first half of the hour: minutes 1, 5, 9, ... 29.
	r.ask(http.MethodPost, "/loki/api/v1/delete", url.Values{
		"query": {auditLines + ` | user_id="41"`}, "start": {fmt.Sprint(hour.Unix())}, "end": {fmt.Sprint(hour.Add(30 * time.Minute).Unix())},
	}, nil)
	var v seal.Verdict
	var ids []string
	r.until("the deletion to be found", func() string {
		var outcome seal.Outcome
		if v, outcome, ids = r.check(s, hour, b); outcome != seal.DeletedByOthers || v.Missing != 8 {
			return fmt.Sprintf("%s %+v", outcome, v)
		}
		return ""
	})
	if v.Late != 1 || len(v.Minutes) != 9 || len(ids) != 1 || ids[0] == "" {
		t.Errorf("%+v %v", v, ids)
	}
	for i, minute := range v.Minutes[:8] {
		if !minute.From.Equal(hour.Add(time.Duration(1+4*i)*time.Minute)) || minute.Missing != 1 {
			t.Errorf("%+v", minute)
		}
	}
	requests, err := r.client.Requested(t.Context(), production)
	r.must(err)
	if len(requests) != 1 || !requests[0].From.Equal(hour) || !requests[0].To.Equal(hour.Add(30*time.Minute)) || time.Since(requests[0].Received) > time.Hour {
		t.Errorf("%+v", requests)
	}
	requests[0].Known = true
	if outcome, _ := seal.Explain(v, "audit", requests); outcome != seal.Erased {
		t.Errorf("it is accounted for: %s", outcome)
	}
	r.until("Loki to be done", func() string {
		requests, err := r.client.Requested(t.Context(), production)
		r.must(err)
		if slices.ContainsFunc(requests, func(d seal.Deletion) bool { return d.Status != "processed" }) {
			return requests[0].Status
		}
		return ""
	})
	if v, outcome, _ := r.check(s, hour, b); outcome != seal.DeletedByOthers || v.Missing != 8 {
		t.Errorf("when they are gone for good: %s %+v", outcome, v)
	}

	// A Loki that finds nothing old says so in its limits, and nowhere else.
	r.must(os.WriteFile(l.Overrides, []byte("overrides: {"+production+": {max_query_lookback: 1h}}\n"), 0o600))
	r.until("the lookback", func() string {
		if b, err = r.client.Bounds(t.Context(), production); err != nil || b.Reaches(hour, time.Now()) {
			return fmt.Sprint(b, err)
		}
		return ""
	})
	if s := r.seal(hour, b); s.Lines != 0 {
		t.Errorf("Loki has %d lines beyond its lookback", s.Lines)
	}

	// As our document has it while nobody erases anything.
	r.must(os.WriteFile(l.Overrides, []byte("overrides: {"+production+": {deletion_mode: disabled}}\n"), 0o600))
	r.until("the tenant to be closed", func() string {
		if _, err := r.client.Requested(t.Context(), production); !errors.Is(err, loki.ErrClosed) {
			return fmt.Sprint(err)
		}
		return ""
	})
}
