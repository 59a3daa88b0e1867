package opensearchtest

import (
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"net/http"
	"path"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/tux-io/tux-monitoring-operator/internal/external/logstore/storetest"
)

// Server is an OpenSearch. Make one with New.
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
	// Settings are those of the cluster that somebody has set.
	Settings map[string]any
	// File are those of opensearch.yml.
	File map[string]any
	// SeqNo is the last sequence number that was given.
	SeqNo int
	Faults
	storetest.Erase
}

// Faults are what goes wrong.
type Faults struct {
	// Username and Password are those that are accepted; empty accepts all.
	Username, Password string
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
	// Foreign answers as an Elasticsearch does.
	Foreign bool
	// FailedShards did not take part in a count.
	FailedShards int
	// Unacknowledged writes were not taken over by all nodes.
	Unacknowledged bool
	// Immovable indices cannot change their policy, for these reasons.
	Immovable map[string]string
	// BeforeWrite and AfterWrite are called around each write, so that somebody else can write first or next, or the asker
	// can go.
	BeforeWrite, AfterWrite func(*State)
	// BeforeExplain is called before what index state management says of indices.
	BeforeExplain func(*State)
	// AfterCount is called after each count of lines, which come last in a look.
	AfterCount func(*State)
}

// New returns an empty OpenSearch.
func New() *Server {
	return &Server{now: time.Now().Truncate(time.Second), state: State{
		Policies: map[string]*Policy{}, Components: map[string]map[string]any{}, Templates: map[string]map[string]any{},
		Streams: map[string]*Stream{}, Settings: map[string]any{}, SeqNo: 6,
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
	return slices.DeleteFunc(s.Requests(), func(r string) bool { return !writes(r) })
}

func writes(request string) bool {
	return !strings.HasPrefix(request, "GET ") && !strings.HasSuffix(request, "/_count")
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
	w.Header().Set("Content-Type", "application/json; charset=UTF-8")
	if s.fails(w, r, what) {
		return
	}
	f := &s.state.Faults
	if writes(what) && f.BeforeWrite != nil {
		f.BeforeWrite(&s.state)
	}
	if strings.Contains(what, "/_ism/explain/") && f.BeforeExplain != nil {
		f.BeforeExplain(&s.state)
	}
	if f.Lose > 0 && strings.Contains(what, f.Of) {
		f.Lose--
		s.route(&discard{header: http.Header{}}, r)
		panic(http.ErrAbortHandler) // net/http closes the connection
	}
	s.route(w, r)
	if writes(what) && f.AfterWrite != nil {
		f.AfterWrite(&s.state)
	}
	if strings.HasSuffix(what, "/_count") && f.AfterCount != nil {
		f.AfterCount(&s.state)
	}
}

// fails answers a request that is refused for who asks, or by a fault.
func (s *Server) fails(w http.ResponseWriter, r *http.Request, what string) bool {
	f := &s.state.Faults
	username, password, _ := r.BasicAuth()
	switch {
	case len(r.RequestURI) > 4096-len("POST  HTTP/1.1"):
		s.refuse(w, http.StatusBadRequest, "An HTTP line is larger than 4096 bytes.")
	case f.Username != "" && (username != f.Username || password != f.Password):
		w.Header().Set("Content-Type", "text/plain; charset=UTF-8")
		w.WriteHeader(http.StatusUnauthorized)
		_, _ = io.WriteString(w, "Unauthorized")
	case f.Denied != "" && strings.Contains(what, f.Denied):
		fail(w, http.StatusForbidden, "security_exception", "no permissions for [cluster:admin/opendistro/ism/policy/write]")
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
	if !ok || s.state.Serve(w, r, body, s.host()) {
		return
	}
	routes := []struct {
		pattern string
		handle  func(name string)
	}{
		{"", func(string) { s.info(w) }},
		{"_cluster/settings", func(string) { s.settings(w, r) }},
		{"_plugins/_ism/policies/*", func(name string) { s.policy(w, r, name, body) }},
		{"_plugins/_ism/explain/*", func(names string) { s.explain(w, strings.Split(names, ",")) }},
		{"_plugins/_ism/change_policy/*", func(names string) { s.change(w, strings.Split(names, ","), body) }},
		{"_component_template/*", func(name string) { s.component(w, r, name, body) }},
		{"_index_template/*", func(name string) { s.template(w, r, name, body) }},
		{"_data_stream/*", func(name string) { s.streams(w, name) }},
		{"*/_count", func(name string) { s.count(w, r, name, body) }},
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

func (s *Server) info(w http.ResponseWriter) {
	version := map[string]any{"distribution": "opensearch", "number": "3.3.0"}
	if s.state.Foreign {
		version = map[string]any{"build_flavor": "default", "number": "9.1.0"}
	}
	answer(w, map[string]any{"name": "node", "version": version})
}

func (s *Server) settings(w http.ResponseWriter, r *http.Request) {
	if r.URL.Query().Get("flat_settings") != "true" {
		s.refuse(w, http.StatusBadRequest, "only flat settings are known here")
		return
	}
	all := map[string]any{"persistent": s.state.Settings, "transient": map[string]any{}}
	if r.URL.Query().Get("include_defaults") == "true" {
		all["defaults"] = s.state.File
	}
	if filter := r.URL.Query().Get("filter_path"); filter != "" {
		kind, name, _ := strings.Cut(filter, ".")
		for of, settings := range all {
			kept := map[string]any{}
			for key, value := range child(map[string]any{"of": settings}, "of") {
				if matches(kind, of) && matches(name, key) {
					kept[key] = value
				}
			}
			all[of] = kept
		}
		maps.DeleteFunc(all, func(_ string, kept any) bool { return len(child(map[string]any{"of": kept}, "of")) == 0 })
	}
	answer(w, all)
}

// parameters are those that requests of ours may have.
var parameters = append(storetest.Parameters(), "terminate_after", "if_seq_no", "if_primary_term", "include_defaults", "filter_path")

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
	cause := map[string]any{"type": kind, "reason": reason}
	answer(w, map[string]any{"status": status, "error": map[string]any{"root_cause": []any{cause}, "type": kind, "reason": reason}})
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

func missing(w http.ResponseWriter, kind, what string) {
	fail(w, http.StatusNotFound, kind, fmt.Sprintf("%s not found", what))
}

func child(of map[string]any, names ...string) map[string]any {
	for _, name := range names {
		of, _ = of[name].(map[string]any)
	}
	return of
}

func children(value any) []map[string]any {
	list, _ := value.([]any)
	var all []map[string]any
	for _, one := range list {
		of, _ := one.(map[string]any)
		all = append(all, of)
	}
	return all
}

func texts(value any) []string {
	list, _ := value.([]any)
	var all []string
	for _, one := range list {
		all = append(all, fmt.Sprint(one))
	}
	return all
}
