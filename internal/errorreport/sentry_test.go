package errorreport

import (
	"bufio"
	"bytes"
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"
)

// patience is how long Flush may take; reached only when a test is about to fail.
const patience = time.Minute

// fakeSentry is an HTTP server that reads envelopes as Sentry does and keeps everything it was sent.
type fakeSentry struct {
	*httptest.Server
	// answer, if set, replaces 200; it is called before the request counts as received.
	answer func(http.ResponseWriter)

	mu     sync.Mutex
	raw    []string
	events []event
}

// event is the payload of an event item.
type event struct {
	EventID     string            `json:"event_id"`
	Level       string            `json:"level"`
	Release     string            `json:"release"`
	Environment string            `json:"environment"`
	Tags        map[string]string `json:"tags"`
	Fingerprint []string          `json:"fingerprint"`
	Exception   []struct{ Type, Value string }
	// all is every key of the payload.
	all map[string]json.RawMessage
}

func newFakeSentry(t *testing.T) *fakeSentry {
	t.Helper()
	s := &fakeSentry{}
	s.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, err := io.ReadAll(r.Body)
		if err != nil || r.Method != http.MethodPost || r.URL.Path != "/api/42/envelope/" {
			t.Errorf("got %s %s, %v", r.Method, r.URL.Path, err)
		}
		if s.answer != nil {
			s.answer(w)
		}
		s.receive(t, r, body)
	}))
	t.Cleanup(s.Close)
	return s
}

func (s *fakeSentry) receive(t *testing.T, r *http.Request, body []byte) {
	var head bytes.Buffer
	if err := r.Header.Write(&head); err != nil {
		t.Error(err)
	}
	events := parseEnvelope(t, body)
	s.mu.Lock()
	defer s.mu.Unlock()
	s.raw = append(s.raw, head.String()+string(body))
	s.events = append(s.events, events...)
}

// parseEnvelope reads a line of headers, then items of a line of headers and a payload whose length
// the headers give (develop.sentry.dev/sdk/envelopes).
func parseEnvelope(t *testing.T, body []byte) []event {
	r := bufio.NewReader(bytes.NewReader(body))
	var envelope struct {
		EventID string `json:"event_id"`
	}
	if !readHeader(t, r, &envelope) {
		t.Error("empty envelope")
	}
	var out []event
	for {
		var item struct {
			Type   string
			Length *int
		}
		if !readHeader(t, r, &item) {
			return out
		}
		if item.Type == "check_in" && item.Length != nil {
			payload := make([]byte, *item.Length)
			if _, err := io.ReadFull(r, payload); err != nil {
				t.Error(err)
			}
			out = append(out, parseCheckIn(t, payload))
			_, _ = r.ReadByte()
			continue
		}
		if item.Type != "event" || item.Length == nil {
			t.Errorf("got item %+v", item)
			return out
		}
		payload := make([]byte, *item.Length)
		if _, err := io.ReadFull(r, payload); err != nil {
			t.Error(err)
		}
		out = append(out, parseEvent(t, payload, envelope.EventID))
		if end, err := r.ReadByte(); err == nil && end != '\n' {
			t.Errorf("payload ends with %q", end)
		}
	}
}

// parseCheckIn: it has no level, and its number is not that of an event.
func parseCheckIn(t *testing.T, payload []byte) event {
	var e event
	if err := json.Unmarshal(payload, &e.all); err != nil {
		t.Error(err)
	}
	return e
}

func parseEvent(t *testing.T, payload []byte, id string) event {
	var e event
	if err := json.Unmarshal(payload, &e); err != nil {
		t.Error(err)
	}
	if err := json.Unmarshal(payload, &e.all); err != nil {
		t.Error(err)
	}
	if e.EventID == "" || e.EventID != id {
		t.Errorf("event %q in envelope %q", e.EventID, id)
	}
	return e
}

func readHeader(t *testing.T, r *bufio.Reader, into any) bool {
	line, err := r.ReadBytes('\n')
	if err == io.EOF && len(bytes.TrimSpace(line)) == 0 {
		return false
	}
	if err := json.Unmarshal(line, into); err != nil {
		t.Errorf("header %q: %v", line, err)
	}
	return true
}

func (s *fakeSentry) received() []event {
	s.mu.Lock()
	defer s.mu.Unlock()
	return append([]event(nil), s.events...)
}

// everything that arrived: headers and bodies.
func (s *fakeSentry) everything() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return strings.Join(s.raw, "\n")
}

func (s *fakeSentry) dsn() string {
	return strings.Replace(s.URL, "http://", "http://publickey@", 1) + "/42"
}

func newReporter(t *testing.T, dsn string) *Reporter {
	t.Helper()
	r, err := New(Config{DSN: dsn, Release: "tux-monitoring-operator@1.2.3", Environment: "production"})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if r.Enabled() {
			r.client.Close()
		}
	})
	return r
}
