package sentrytest

import (
	"net/http"
	"sync"
	"sync/atomic"
	"time"
)

// Server is the fake. It is an http.Handler, to be served by httptest or any other server.
type Server struct {
	mux *http.ServeMux
	// api is mux, or what looks at it.
	api http.Handler

	mu       sync.Mutex
	state    State
	faults   []*Fault
	received []*recorder
	problems []string
	usage    map[string]*usage
}

// Request is one that was received.
type Request struct {
	Method, Path string
	Status       int
}

// Write says whether the request could change something.
func (r Request) Write() bool { return r.Method != http.MethodGet }

// New returns a server with an organization "shop", the teams "backend" and "ops", no project, and
// one token with all scopes that are documented as needed.
func New(token string) *Server {
	s := &Server{state: newState(token), usage: map[string]*usage{}, mux: http.NewServeMux()}
	s.register()
	s.api = s.mux
	return s
}

// Edit gives the state to f, while no request is answered.
func (s *Server) Edit(f func(*State)) {
	s.mu.Lock()
	defer s.mu.Unlock()
	f(&s.state)
}

// Inspect lets around see every request and its answer, behind the faults. To be called before the server is used.
func (s *Server) Inspect(around func(http.Handler) http.Handler) { s.api = around(s.api) }

// Requests returns what was received, and forgets it.
func (s *Server) Requests() []Request {
	s.mu.Lock()
	defer s.mu.Unlock()
	all := make([]Request, 0, len(s.received))
	for _, one := range s.received {
		one.request.Status = int(one.status.Load())
		all = append(all, one.request)
	}
	s.received = nil
	return all
}

// Problems returns what a real Sentry would not have complained about, and a careful client would not
// have sent: unknown fields, a rate above the limit, a token where none belongs.
func (s *Server) Problems() []string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return append([]string(nil), s.problems...)
}

// problem notes what a client should not have done. The caller holds the lock.
func (s *Server) problem(text string) { s.problems = append(s.problems, text) }

// ServeHTTP answers one request. It is noted when it comes, and its status before it is sent: who has the answer, or
// has given up on it, finds the request among those received.
func (s *Server) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	recorder := &recorder{ResponseWriter: w, request: Request{Method: r.Method, Path: r.URL.EscapedPath()}}
	recorder.status.Store(http.StatusOK)
	s.mu.Lock()
	s.received = append(s.received, recorder)
	s.mu.Unlock()
	fault := s.fault(r)
	fault.wait(r)
	if fault.before(recorder, r) {
		return
	}
	s.api.ServeHTTP(fault.after(recorder), r)
}

// recorder notes the status.
type recorder struct {
	http.ResponseWriter
	request Request
	// status may be read while the answer is on its way.
	status atomic.Int32
}

// WriteHeader implements http.ResponseWriter.
func (r *recorder) WriteHeader(status int) {
	r.status.Store(int32(status)) //nolint:gosec // three digits
	r.ResponseWriter.WriteHeader(status)
}

// usage counts what one caller asks of one endpoint.
type usage struct {
	window time.Time
	count  int
	under  int
}
