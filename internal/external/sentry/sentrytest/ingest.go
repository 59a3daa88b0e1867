package sentrytest

import (
	"bytes"
	"compress/gzip"
	"encoding/json"
	"io"
	"maps"
	"net/http"
	"regexp"
	"slices"
	"strings"
	"time"
)

// Ingest is how events are taken, and what goes wrong with those that were.
type Ingest struct {
	// URL is the root of the host in DSNs. Empty: the host that was asked for the DSN, so that no event leaves the
	// machine.
	URL string
	// Lost is how many of the next events are taken and never stored.
	Lost int
	// LateReads is how often each event is asked for in vain before it appears.
	LateReads int
	// Stale is how many of the next events are scrubbed as if no setting were known yet: what is written
	// takes a while to reach a relay.
	Stale int
}

// Event is a stored one.
type Event struct {
	ID       string
	Received time.Time
	// Content is what was sent, normalised and scrubbed.
	Content map[string]any
	// reads is how often it was asked for.
	reads int
}

var (
	sentryKey = regexp.MustCompile(`sentry_key=([0-9a-f]{32})`)
	eventID   = regexp.MustCompile(`^[0-9a-f]{32}$`)
)

// ingest takes events, as a relay does: there is no token, the public key says whose they are. What parse finds in a body is
// stored; nil means that there is nothing to store and nothing wrong.
func (s *Server) ingest(parse func(body []byte) (event map[string]any, ok bool)) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		body, err := plainBody(w, r)
		if err != nil {
			refuse(w, http.StatusRequestEntityTooLarge, "envelope exceeded size limits")
			return
		}
		s.mu.Lock()
		defer s.mu.Unlock()
		if r.Header.Get("Authorization") != "" {
			s.problem("a token sent with an event")
		}
		match := sentryKey.FindStringSubmatch(r.Header.Get("X-Sentry-Auth"))
		if match == nil {
			refuse(w, http.StatusUnauthorized, "missing authorization information")
			return
		}
		p, _ := s.state.project(r.PathValue("project"))
		if p == nil || !slices.ContainsFunc(p.Keys, func(k *Key) bool { return k.ID == match[1] && k.Active }) {
			refuse(w, http.StatusForbidden, "event submission rejected with_reason: ProjectId")
			return
		}
		s.keep(w, p, body, parse)
	}
}

// plainBody reads a body, which SDKs may send compressed.
func plainBody(w http.ResponseWriter, r *http.Request) ([]byte, error) {
	limited := http.MaxBytesReader(w, r.Body, 1<<20)
	if r.Header.Get("Content-Encoding") != "gzip" {
		return io.ReadAll(limited)
	}
	unpacked, err := gzip.NewReader(limited)
	if err != nil {
		return nil, err
	}
	return io.ReadAll(io.LimitReader(unpacked, 1<<22))
}

func (s *Server) keep(w http.ResponseWriter, p *Project, body []byte, parse func([]byte) (map[string]any, bool)) {
	content, ok := parse(body)
	id, _ := content["event_id"].(string)
	if !ok || content != nil && !eventID.MatchString(id) {
		s.problem("an envelope without an event")
		refuse(w, http.StatusBadRequest, "bad envelope")
		return
	}
	if content != nil {
		s.state.store(p, id, content)
	}
	respond(w, http.StatusOK, map[string]any{"id": id})
}

// storedOf is the event of a body without an envelope, as older SDKs send it.
func storedOf(body []byte) (map[string]any, bool) {
	var event map[string]any
	return event, json.Unmarshal(body, &event) == nil && event != nil
}

// others are items of envelopes that are taken and of which nothing is kept.
var others = []string{"transaction", "session", "sessions", "client_report", "check_in"}

// eventOf is the item of an envelope that is an event; nil if it has only others. An envelope is a line of
// headers, and then for each item a line of headers and its content.
func eventOf(envelope []byte) (event map[string]any, ok bool) {
	_, rest, _ := bytes.Cut(envelope, []byte("\n"))
	for len(rest) > 0 {
		var header struct {
			Type   string `json:"type"`
			Length *int   `json:"length"`
		}
		var line, content []byte
		line, rest, _ = bytes.Cut(rest, []byte("\n"))
		if json.Unmarshal(line, &header) != nil {
			return nil, false
		}
		if header.Length != nil && *header.Length <= len(rest) {
			content, rest = rest[:*header.Length], bytes.TrimPrefix(rest[*header.Length:], []byte("\n"))
		} else {
			content, rest, _ = bytes.Cut(rest, []byte("\n"))
		}
		if header.Type == "event" && json.Unmarshal(content, &event) == nil {
			return event, event != nil
		}
		ok = ok || slices.Contains(others, header.Type)
	}
	return nil, ok
}

// store scrubs an event and keeps it; a number is taken once. Its environment comes into being with it.
func (s *State) store(p *Project, id string, content map[string]any) {
	stale := s.Ingest.Stale > 0
	s.Ingest.Stale = max(0, s.Ingest.Stale-1)
	if s.Ingest.Lost > 0 {
		s.Ingest.Lost--
		return
	}
	if slices.ContainsFunc(p.Events, func(e *Event) bool { return e.ID == id }) {
		return
	}
	normalise(content)
	if !stale {
		scrub(content, s.Organization.Settings, p.Settings)
	}
	p.Events = append(p.Events, &Event{ID: id, Received: time.Now(), Content: content})
	name, _ := content["environment"].(string)
	if name != "" && !slices.ContainsFunc(p.Environments, func(e *Environment) bool { return e.Name == name }) {
		p.Environments = append(p.Environments, &Environment{ID: s.id(), Name: name})
	}
}

// getEvent answers 404 until the event was stored, which takes a while.
func getEvent(e *exchange) {
	for _, one := range e.project.Events {
		if one.ID != e.r.PathValue("event") {
			continue
		}
		if one.reads++; one.reads <= e.state.Ingest.LateReads {
			break
		}
		respond(e, http.StatusOK, eventBody(e.project, one))
		return
	}
	refuse(e, http.StatusNotFound, "Event not found")
}

// eventBody has everything the schema demands.
func eventBody(p *Project, one *Event) map[string]any {
	received := one.Received.UTC().Format(time.RFC3339)
	body := map[string]any{
		"id": one.ID, "eventID": one.ID, "projectID": p.ID, "groupID": "1341191803", "message": one.Content["message"],
		"title": "TuxMonitoring", "location": nil, "platform": "go", "dateReceived": received, "dateCreated": received,
		"size": 1024, "dist": nil, "sdk": map[string]any{"name": "sentry.go", "version": "0"}, "context": map[string]any{},
		"packages": map[string]any{}, "type": "default", "metadata": map[string]any{}, "errors": []any{}, "occurrence": nil,
		"_meta": map[string]any{}, "release": nil, "userReport": nil, "sdkUpdates": []any{}, "resolvedWith": []any{},
		"nextEventID": nil, "previousEventID": nil, "fingerprints": []string{"00000000000000000000000000000000"},
		"user": one.Content["user"], "contexts": one.Content["contexts"], "crashFile": nil, "culprit": "",
	}
	tags := []any{}
	plain, _ := one.Content["tags"].(map[string]any)
	for _, name := range slices.Sorted(maps.Keys(plain)) {
		tags = append(tags, map[string]any{"key": name, "value": plain[name]})
	}
	user, _ := one.Content["user"].(map[string]any)
	if email, ok := user["email"].(string); ok {
		// Sentry makes a tag of who it was.
		tags = append(tags, map[string]any{"key": "user", "value": "email:" + email})
	}
	body["tags"] = tags
	entries := []any{map[string]any{"type": "message", "data": map[string]any{"formatted": one.Content["message"]}}}
	if request, ok := one.Content["request"].(map[string]any); ok {
		data := maps.Clone(request)
		data["query"], data["fragment"], data["apiTarget"] = data["query_string"], nil, nil
		delete(data, "query_string")
		entries = append(entries, map[string]any{"type": "request", "data": data})
	}
	body["entries"] = entries
	return body
}

// limited answers as a relay does when a client key is at its limit.
func limited(w http.ResponseWriter) {
	w.Header().Set("Retry-After", "60")
	w.Header().Set("X-Sentry-Rate-Limits", "60:default;error:key:key_quota")
	refuse(w, http.StatusTooManyRequests, "event rejected due to rate limit: key_quota")
}

// dsnRoot is the root of the host in DSNs.
func (s *State) dsnRoot() (scheme, host string) {
	root := s.Ingest.URL
	if root == "" {
		root = "http://" + s.asked
	}
	scheme, host, _ = strings.Cut(strings.TrimSuffix(root, "/"), "://")
	return scheme, host
}
