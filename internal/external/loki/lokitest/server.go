// Package lokitest is a small Loki over HTTP for tests that need many of them, or one that fails. It answers the eight
// questions the client asks, as a Loki 3.7.8 was seen to answer them; the tests of internal/external/loki ask a real
// one the same. It deletes nothing: a test says which lines there are.
package lokitest

import (
	"cmp"
	"encoding/json"
	"fmt"
	"net/http"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	"sigs.k8s.io/yaml"
)

// Line is a stored line.
type Line struct {
	Tenant string
	// Class is the value of the label retention_class; empty for a line without it.
	Class string
	// Unlabelled: it has its class in structured metadata, and its stream does not say it.
	Unlabelled bool
	At         time.Time
	// Text of the line; empty: "a line".
	Text string
	// Fields are structured metadata, or what its JSON says.
	Fields map[string]string
}

// Server is a Loki. Make one with New.
type Server struct {
	mu       sync.Mutex
	document func() string
	enabled  bool
	stale    bool
	down     int
	lines    []Line
	requests []string
	problems []string
	rules    func(tenant string) string
	reading  Reading
	erase    Erase
}

// New returns a Loki that reads its overrides from document at each question, and whose compactor deletes.
func New(document func() string) *Server { return &Server{document: document, enabled: true} }

// Edit changes the server between two questions.
func (s *Server) Edit(change func(*State)) {
	s.mu.Lock()
	defer s.mu.Unlock()
	state := State{Enabled: s.enabled, Stale: s.stale, Down: s.down, Lines: s.lines, Rules: s.rules, Reading: s.reading}
	change(&state)
	s.enabled, s.stale, s.down, s.lines, s.rules = state.Enabled, state.Stale, state.Down, state.Lines, state.Rules
	s.reading = state.Reading
}

// State is what a test can change.
type State struct {
	// Enabled is compactor.retention_enabled.
	Enabled bool
	// Stale: the last reload of the runtime configuration failed, as its metrics tell.
	Stale bool
	// Down is the status every question is answered with; 0 is none.
	Down  int
	Lines []Line
	// Rules is the file of a tenant that the ruler reads at each question; nil: there is no ruler.
	Rules func(tenant string) string
	Reading
}

// Requests are the paths that were asked, in their order.
func (s *Server) Requests() []string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return append([]string(nil), s.requests...)
}

// Problems are questions a real Loki would refuse.
func (s *Server) Problems() []string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return append([]string(nil), s.problems...)
}

// ServeHTTP answers a question.
func (s *Server) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.requests = append(s.requests, r.URL.Path)
	tenant := r.Header.Get("X-Scope-OrgID")
	if s.isDeletion(w, r, tenant) {
		return
	}
	if r.Method != http.MethodGet || tenant == "" {
		s.refuse(w, http.StatusUnauthorized, "no org id, or no GET")
		return
	}
	if s.down != 0 {
		http.Error(w, "down for a test", s.down)
		return
	}
	s.route(w, r, tenant)
}

func (s *Server) route(w http.ResponseWriter, r *http.Request, tenant string) {
	switch r.URL.Path {
	case "/config":
		_, _ = fmt.Fprintf(w, "target: all\ncompactor:\n  retention_enabled: %t\n", s.enabled)
	case "/metrics":
		successful := 1
		if s.stale {
			successful = 0
		}
		_, _ = fmt.Fprintf(w, "# TYPE go_goroutines gauge\ngo_goroutines 7\n# HELP %[1]s Whether.\n# TYPE %[1]s gauge\n%[1]s %[2]d\n",
			"loki_runtime_config_last_reload_successful", successful)
	case "/config/tenant/v1/limits":
		s.limits(w, tenant)
	case "/loki/api/v1/labels":
		s.labels(w, r, tenant)
	case "/loki/api/v1/query_range":
		s.query(w, r, tenant)
	case "/loki/api/v1/query":
		s.counts(w, r, tenant)
	case "/loki/api/v1/index/stats":
		s.stats(w, r, tenant)
	case "/prometheus/api/v1/rules":
		s.ruler(w, tenant)
	default:
		s.refuse(w, http.StatusNotFound, "no such path "+r.URL.Path)
	}
}

func (s *Server) refuse(w http.ResponseWriter, status int, problem string) {
	s.problems = append(s.problems, problem)
	http.Error(w, problem, status)
}

// limits are those of the tenant in the document, or 31 days for one that is not in it.
func (s *Server) limits(w http.ResponseWriter, tenant string) {
	var document struct {
		Overrides map[string]map[string]any `json:"overrides"`
	}
	if err := yaml.UnmarshalStrict([]byte(s.document()), &document); err != nil {
		s.problems = append(s.problems, "the document is refused: "+err.Error())
	}
	block := map[string]any{
		"retention_period": "31d", "max_entries_limit_per_query": s.reading.entries(), "max_query_length": "30d1h",
		"max_query_lookback": cmp.Or(s.reading.Lookback, s.erase.Lookback.String()),
	}
	for key, value := range document.Overrides[tenant] {
		block[key] = value
	}
	delete(block, "deletion_mode") // a real Loki does not publish it
	text, err := yaml.Marshal(block)
	if err != nil {
		http.Error(w, err.Error(), http.StatusInternalServerError)
		return
	}
	_, _ = w.Write(text)
}

// ruler names the rules of a tenant.
func (s *Server) ruler(w http.ResponseWriter, tenant string) {
	if s.rules == nil {
		http.Error(w, "404 page not found", http.StatusNotFound)
		return
	}
	var file struct {
		Groups []struct {
			Name  string `json:"name"`
			Rules []struct {
				Alert string `json:"alert"`
				Expr  string `json:"expr"`
			} `json:"rules"`
		} `json:"groups"`
	}
	if err := yaml.Unmarshal([]byte(s.rules(tenant)), &file); err != nil {
		s.problems = append(s.problems, "the rules are refused: "+err.Error())
	}
	groups := []any{}
	for _, group := range file.Groups {
		rules := []any{}
		for _, rule := range group.Rules {
			rules = append(rules, map[string]any{"type": "alerting", "name": rule.Alert, "query": rule.Expr, "state": "inactive"})
		}
		groups = append(groups, map[string]any{"name": group.Name, "rules": rules})
	}
	answer(w, map[string]any{"status": "success", "data": map[string]any{"groups": groups}})
}

func (s *Server) labels(w http.ResponseWriter, r *http.Request, tenant string) {
	labels := map[string]bool{}
	for _, line := range s.between(w, r, tenant) {
		labels["service_name"] = true
		if line.Class != "" && !line.Unlabelled {
			labels["retention_class"] = true
		}
	}
	if len(labels) == 0 {
		answer(w, map[string]any{"status": "success"})
		return
	}
	names := []string{}
	for name := range labels {
		names = append(names, name)
	}
	answer(w, map[string]any{"status": "success", "data": names})
}

// selector is all the LogQL that is asked here.
var selector = regexp.MustCompile(`^\{retention_class(=|=~)("[^"]*")\}$`)

func (s *Server) query(w http.ResponseWriter, r *http.Request, tenant string) {
	lines, ok := s.selected(w, r, tenant)
	if !ok {
		return
	}
	s.page(w, r, lines)
}

// stats counts lines, and takes each for a hundred bytes.
func (s *Server) stats(w http.ResponseWriter, r *http.Request, tenant string) {
	if lines, ok := s.selected(w, r, tenant); ok {
		answer(w, map[string]any{"streams": 1, "chunks": 1, "entries": len(lines), "bytes": 100 * len(lines)})
	}
}

// selected are the lines of the classes that the query names; false if it is none of ours.
func (s *Server) selected(w http.ResponseWriter, r *http.Request, tenant string) ([]Line, bool) {
	if asked, ok := subjectOf(r.URL.Query().Get("query")); ok {
		return slices.DeleteFunc(s.between(w, r, tenant), func(l Line) bool { return !asked(l) || !s.sees(l) }), true
	}
	match := selector.FindStringSubmatch(r.URL.Query().Get("query"))
	if match == nil {
		s.refuse(w, http.StatusBadRequest, "parse error: "+r.URL.Query().Get("query"))
		return nil, false
	}
	wanted, _ := strconv.Unquote(match[2])
	var found []Line
	for _, line := range s.between(w, r, tenant) {
		if line.Unlabelled {
			continue
		}
		if line.Class == wanted || match[1] == "=~" && line.Class != "" && strings.Contains("|"+wanted+"|", "|"+line.Class+"|") {
			found = append(found, line)
		}
	}
	return found, true
}

// between are the lines of a tenant between start and end, and a problem if Loki would not look through so much.
func (s *Server) between(w http.ResponseWriter, r *http.Request, tenant string) []Line {
	start, _ := strconv.ParseInt(r.URL.Query().Get("start"), 10, 64)
	end, _ := strconv.ParseInt(r.URL.Query().Get("end"), 10, 64)
	if time.Duration(end-start) > 721*time.Hour || end <= start {
		s.problems = append(s.problems, "the query time range exceeds the limit")
		w.WriteHeader(http.StatusBadRequest)
	}
	var found []Line
	for _, line := range s.lines {
		if at := line.At.UnixNano(); line.Tenant == tenant && start <= at && at < end {
			found = append(found, line)
		}
	}
	return found
}

func answer(w http.ResponseWriter, body any) {
	w.Header().Set("Content-Type", "application/json")
	_ = json.NewEncoder(w).Encode(body)
}
