package elastictest

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"path"
	"slices"
	"strings"
	"sync"
	"time"
)

// Server is an Elasticsearch. Make one with New.
type Server struct {
	mu       sync.Mutex
	now      time.Time
	requests []string
	problems []string
	state    State
}

// State is what there is; a test may look at it and change it, within Edit.
type State struct {
	Policies   map[string]*Policy
	Components map[string]map[string]any
	Templates  map[string]map[string]any
	Streams    map[string]*Stream
	// Stopped lifecycle management does nothing.
	Stopped bool
	Faults
	Erase
}

// Faults are what goes wrong.
type Faults struct {
	// APIKey is the one that is accepted; empty accepts all.
	APIKey string
	// Denied is a part of the paths that answer 403.
	Denied string
	// Status answers requests whose method and path contain Of with this, so many Times; below 0 for ever.
	Status int
	Of     string
	Times  int
	// RetryAfter is sent with it.
	RetryAfter string
	// Lose does what is asked, and breaks the connection instead of answering, so many times, for requests that contain Of.
	Lose int
	// Foreign answers without the header by which clients know an Elasticsearch.
	Foreign bool
	// FailedShards did not take part in a count.
	FailedShards int
	// Unacknowledged writes were not taken over by all nodes.
	Unacknowledged bool
	// AfterWrite is called after each write, so that somebody else can write next, or the asker can go.
	AfterWrite func(*State)
}

// Policy is a lifecycle policy.
type Policy struct {
	Version int
	Body    map[string]any
}

// New returns an empty Elasticsearch.
func New() *Server {
	return &Server{now: time.Now().Truncate(time.Second), state: State{
		Policies: map[string]*Policy{}, Components: map[string]map[string]any{}, Templates: map[string]map[string]any{},
		Streams: map[string]*Stream{},
	}}
}

// Edit looks at or changes what there is, between two requests.
func (s *Server) Edit(change func(*State)) {
	s.mu.Lock()
	defer s.mu.Unlock()
	change(&s.state)
}

// Now is what its clock says.
func (s *Server) Now() time.Time {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.now
}

// Requests are method and path of all, in their order.
func (s *Server) Requests() []string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Clone(s.requests)
}

// Writes are those of them that change something.
func (s *Server) Writes() []string {
	return slices.DeleteFunc(s.Requests(), func(r string) bool {
		return strings.HasPrefix(r, "GET ") || strings.HasSuffix(r, "/_count")
	})
}

// Problems are requests that a real one would refuse or misread.
func (s *Server) Problems() []string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Clone(s.problems)
}

// ServeHTTP answers a request.
func (s *Server) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	s.mu.Lock()
	defer s.mu.Unlock()
	what := r.Method + " " + r.URL.Path
	s.requests = append(s.requests, what)
	if !s.state.Foreign {
		w.Header().Set("X-Elastic-Product", "Elasticsearch")
	}
	w.Header().Set("Content-Type", "application/json")
	f := &s.state.Faults
	if s.fails(w, r, what) {
		return
	}
	if f.Lose > 0 && strings.Contains(what, f.Of) {
		f.Lose--
		s.route(&discard{header: http.Header{}}, r)
		panic(http.ErrAbortHandler) // net/http closes the connection
	}
	s.route(w, r)
	if r.Method == http.MethodPut && f.AfterWrite != nil {
		f.AfterWrite(&s.state)
	}
}

// fails answers a request that is refused for who asks, or by a fault.
func (s *Server) fails(w http.ResponseWriter, r *http.Request, what string) bool {
	f := &s.state.Faults
	switch {
	case r.Header.Get("Accept") != "application/json":
		s.refuse(w, http.StatusNotAcceptable, "Accept is "+r.Header.Get("Accept"))
	case f.APIKey != "" && !authorized(r, f.APIKey):
		fail(w, http.StatusUnauthorized, "security_exception", "unable to authenticate with provided credentials")
	case f.Denied != "" && strings.Contains(what, f.Denied):
		fail(w, http.StatusForbidden, "security_exception", "action is unauthorized for API key, it is granted by [manage_ilm]")
	case f.Status != 0 && f.Times != 0 && strings.Contains(what, f.Of):
		f.Times--
		if f.RetryAfter != "" {
			w.Header().Set("Retry-After", f.RetryAfter)
		}
		fail(w, f.Status, "fault", "a fault for a test")
	default:
		return false
	}
	return true
}

// discard is an answer that nobody gets.
type discard struct{ header http.Header }

// Header is thrown away.
func (d *discard) Header() http.Header { return d.header }

// Write throws away.
func (d *discard) Write(b []byte) (int, error) { return len(b), nil }

// WriteHeader throws away.
func (d *discard) WriteHeader(int) {}

func (s *Server) route(w http.ResponseWriter, r *http.Request) {
	body, ok := s.body(w, r)
	if !ok {
		return
	}
	routes := []struct {
		pattern string
		handle  func(name string)
	}{
		{"_ilm/status", func(string) { s.mode(w) }},
		{"_ilm/policy/*", func(name string) { s.policy(w, r, name, body) }},
		{"_component_template/*", func(name string) { s.component(w, r, name, body) }},
		{"_index_template/*", func(name string) { s.template(w, r, name, body) }},
		{"_data_stream/*", func(name string) { s.streams(w, name) }},
		{"*/_ilm/explain", func(name string) { s.explain(w, name) }},
		{"*/_count", func(name string) { s.count(w, r, name, body) }},
		{"*/_field_caps", func(string) { s.fieldCaps(w, r) }},
		{"*/_settings/index.blocks.*", func(name string) { s.blocks(w, name) }},
		{"*/_delete_by_query", func(name string) { s.deleteByQuery(w, r, name, body) }},
		{"_tasks", func(string) { s.running(w, r) }},
		{"_tasks/*/_cancel", func(name string) { s.cancelTask(w, name) }},
		{"_tasks/*", func(name string) { s.task(w, name) }},
	}
	for _, route := range routes {
		before, after, named := strings.Cut(route.pattern, "*")
		name, found := strings.CutPrefix(strings.Trim(r.URL.Path, "/"), before)
		if name, ends := strings.CutSuffix(name, after); found && ends && !strings.Contains(name, "/") && named == (name != "") {
			route.handle(name)
			return
		}
	}
	s.refuse(w, http.StatusBadRequest, "no handler found for uri ["+r.URL.Path+"] and method ["+r.Method+"]")
}

func (s *Server) mode(w http.ResponseWriter) {
	mode := "RUNNING"
	if s.state.Stopped {
		mode = "STOPPED"
	}
	answer(w, map[string]any{"operation_mode": mode})
}

// parameters are those that requests of ours may have.
var parameters = []string{
	"flat_settings", "terminate_after", "ignore_unavailable", "fields", "conflicts", "wait_for_completion", "slices", "refresh",
	"actions", "detailed", "group_by",
}

func (s *Server) body(w http.ResponseWriter, r *http.Request) (map[string]any, bool) {
	for name := range r.URL.Query() {
		if !slices.Contains(parameters, name) {
			s.refuse(w, http.StatusBadRequest, "request ["+r.URL.Path+"] contains unrecognized parameter: ["+name+"]")
			return nil, false
		}
	}
	content, err := io.ReadAll(r.Body)
	if err != nil || len(content) == 0 {
		return nil, true
	}
	var of map[string]any
	if err := json.Unmarshal(content, &of); err != nil || r.Header.Get("Content-Type") != "application/json" {
		s.refuse(w, http.StatusBadRequest, "the body is no JSON object of a known type")
		return nil, false
	}
	return of, true
}

// refuse answers what a client of ours must never cause.
func (s *Server) refuse(w http.ResponseWriter, status int, reason string) {
	s.problems = append(s.problems, reason)
	fail(w, status, "illegal_argument_exception", reason)
}

func fail(w http.ResponseWriter, status int, kind, reason string) {
	w.WriteHeader(status)
	answer(w, map[string]any{"status": status, "error": map[string]any{"type": kind, "reason": reason}})
}

func answer(w http.ResponseWriter, body any) { _ = json.NewEncoder(w).Encode(body) }

func (s *Server) acknowledge(w http.ResponseWriter) {
	answer(w, map[string]any{"acknowledged": !s.state.Unacknowledged})
}

// matches says whether a name is one, or matches a pattern with asterisks.
func matches(pattern, name string) bool {
	ok, err := path.Match(pattern, name)
	return err == nil && ok
}

func missing(w http.ResponseWriter, what string) {
	fail(w, http.StatusNotFound, "resource_not_found_exception", fmt.Sprintf("%s not found", what))
}

// authorized: names of schemes are read in upper and lower case, and the official client writes APIKey.
func authorized(r *http.Request, key string) bool {
	scheme, given, _ := strings.Cut(r.Header.Get("Authorization"), " ")
	return strings.EqualFold(scheme, "ApiKey") && given == key
}
