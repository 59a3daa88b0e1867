package sentrytest

import (
	"fmt"
	"net/http"
	"strconv"
	"time"
)

// enter counts a request against the limits of its caller, method and endpoint, and tells what is
// left. It answers and returns false if there is nothing left.
func (s *Server) enter(w http.ResponseWriter, r *http.Request, token string) (leave func(), ok bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.state.SelfHosted {
		return func() {}, true
	}
	key := token + " " + r.Pattern
	u := s.usage[key]
	if u == nil {
		u = &usage{}
		s.usage[key] = u
	}
	now := time.Now()
	if now.Sub(u.window) >= time.Second {
		u.window, u.count = now.Truncate(time.Second), 0
	}
	u.count++
	u.under++
	leave = func() {
		s.mu.Lock()
		defer s.mu.Unlock()
		u.under--
	}
	s.tell(w, u)
	text := ""
	if u.count > s.state.PerSecond {
		text = fmt.Sprintf("You are attempting to use this endpoint too frequently. Limit is %d requests in 1 seconds", s.state.PerSecond)
	}
	if u.under > s.state.Concurrent {
		text = fmt.Sprintf("You are attempting to go above the allowed concurrency for this endpoint. "+
			"Concurrency limit is %d", s.state.Concurrent)
	}
	if text == "" {
		return leave, true
	}
	u.under--
	s.problem("over the limit: " + text)
	tooMany(w, text)
	return nil, false
}

func (s *Server) tell(w http.ResponseWriter, u *usage) {
	set := func(name string, value int) { w.Header().Set("X-Sentry-Rate-Limit-"+name, strconv.Itoa(value)) }
	set("Limit", s.state.PerSecond)
	set("Remaining", max(0, s.state.PerSecond-u.count))
	set("Reset", int(u.window.Unix())+1)
	set("ConcurrentLimit", s.state.Concurrent)
	set("ConcurrentRemaining", max(0, s.state.Concurrent-u.under))
}

// tooMany is JSON in HTML, without Retry-After: a plain answer of Django.
func tooMany(w http.ResponseWriter, text string) {
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	w.WriteHeader(http.StatusTooManyRequests)
	_, _ = fmt.Fprintf(w, `{"detail": %q}`, text)
}
