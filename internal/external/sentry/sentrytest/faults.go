package sentrytest

import (
	"io"
	"net/http"
	"strings"
	"time"
)

// Kind is what goes wrong.
type Kind int

// The kinds of fault.
const (
	// TooFrequent answers 429 as for too many requests in a second.
	TooFrequent Kind = iota + 1
	// TooConcurrent answers 429 as for too many requests at once.
	TooConcurrent
	// Broken answers 500.
	Broken
	// Unavailable answers 503 in HTML, as a proxy does.
	Unavailable
	// Hanging does not answer.
	Hanging
	// LoginPage answers a page in HTML with 200.
	LoginPage
	// Redirected answers 302 to a host that must not be asked.
	Redirected
	// Gone answers 410, as for a call that was removed.
	Gone
	// IDContention answers 409, as when no free number was found for a project.
	IDContention
	// Slow answers after Delay.
	Slow
	// Truncated does what was asked, and breaks off in the middle of the answer.
	Truncated
	// BrokenAfterCommit does what was asked, and answers 500.
	BrokenAfterCommit
	// LostAnswer does what was asked, and closes the connection.
	LostAnswer
	// KeyLimited answers 429 as a relay does to the events of a client key at its limit.
	KeyLimited
)

// Fault goes wrong for the requests that match.
type Fault struct {
	Kind Kind
	// Method and Path select requests; an empty one matches all, a path is searched for.
	Method, Path string
	// Writes leaves reading alone.
	Writes bool
	// Skip lets that many matching requests pass first.
	Skip int
	// Times is how often it happens; 0 means until it is repaired.
	Times int
	// Delay is how long Slow takes.
	Delay time.Duration

	hits int
}

// Break adds a fault. The first one that matches a request happens.
func (s *Server) Break(f Fault) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.faults = append(s.faults, &f)
}

// Hits is how often faults have happened that were not repaired yet.
func (s *Server) Hits() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.hits()
}

// Repair ends all faults, and returns how often they have happened.
func (s *Server) Repair() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	hits := s.hits()
	s.faults = nil
	return hits
}

func (s *Server) hits() int {
	hits := 0
	for _, f := range s.faults {
		hits += max(0, f.hits-f.Skip)
	}
	return hits
}

// fault is the one that happens to a request; the zero value if none does.
func (s *Server) fault(r *http.Request) Fault {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, f := range s.faults {
		matches := (f.Method == "" || f.Method == r.Method) && strings.Contains(r.URL.Path, f.Path) &&
			(!f.Writes || r.Method != http.MethodGet)
		if !matches || f.Times > 0 && f.hits >= f.Skip+f.Times {
			continue
		}
		f.hits++
		if f.hits > f.Skip {
			return *f
		}
	}
	return Fault{}
}

// wait lets Delay pass, unless who asked goes away.
func (f Fault) wait(r *http.Request) {
	if f.Kind != Slow {
		return
	}
	select {
	case <-r.Context().Done():
	case <-time.After(f.Delay):
	}
}

// before answers instead of the server, and returns true, if nothing is to be done.
func (f Fault) before(w http.ResponseWriter, r *http.Request) bool {
	switch f.Kind {
	case TooFrequent:
		tooMany(w, "You are attempting to use this endpoint too frequently. Limit is 40 requests in 1 seconds")
	case TooConcurrent:
		tooMany(w, "You are attempting to go above the allowed concurrency for this endpoint. Concurrency limit is 25")
	case Broken:
		internalError(w)
	case Unavailable:
		page(w, http.StatusServiceUnavailable, "<html><h1>503 Service Temporarily Unavailable</h1>")
	case Hanging:
		// Only when the body is read does the server watch for the end of the connection.
		_, _ = io.Copy(io.Discard, r.Body)
		<-r.Context().Done()
	case LoginPage:
		page(w, http.StatusOK, "<html><title>Login | Sentry</title>")
	case Redirected:
		w.Header().Set("Location", "http://not-to-be-asked.invalid"+r.URL.Path)
		page(w, http.StatusFound, "")
	case Gone:
		respond(w, http.StatusGone, map[string]any{"message": "This API no longer exists."})
	case KeyLimited:
		limited(w)
	case IDContention:
		refuse(w, http.StatusConflict, "Max allowed ID retry reached. Please try again in a second")
	default:
		return false
	}
	return true
}

// after is where the answer of the server goes.
func (f Fault) after(w http.ResponseWriter) http.ResponseWriter {
	switch f.Kind {
	case Truncated, BrokenAfterCommit, LostAnswer:
		return &spoiled{ResponseWriter: w, header: http.Header{}, kind: f.Kind}
	default:
		return w
	}
}

// spoiled is an answer that does not arrive as it was sent.
type spoiled struct {
	http.ResponseWriter
	header http.Header
	kind   Kind
}

// Header keeps what is set away from the real answer.
func (s *spoiled) Header() http.Header { return s.header }

// WriteHeader spoils the answer.
func (s *spoiled) WriteHeader(status int) {
	switch s.kind {
	case BrokenAfterCommit:
		internalError(s.ResponseWriter)
	case Truncated:
		s.ResponseWriter.Header().Set("Content-Type", "application/json")
		s.ResponseWriter.Header().Set("Content-Length", "100000")
		s.ResponseWriter.WriteHeader(status)
		_, _ = s.ResponseWriter.Write([]byte(`{"id": "45`))
	}
	if s.kind != BrokenAfterCommit {
		panic(http.ErrAbortHandler)
	}
}

// Write drops the rest.
func (s *spoiled) Write(content []byte) (int, error) { return len(content), nil }

func internalError(w http.ResponseWriter) {
	respond(w, http.StatusInternalServerError, map[string]any{"detail": "Internal Error", "errorId": "4f6d3c7e2a1b4c5d8e9f0a1b2c3d4e5f"})
}

func page(w http.ResponseWriter, status int, text string) {
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	w.WriteHeader(status)
	_, _ = w.Write([]byte(text))
}
