package errorreport

import (
	"context"
	"fmt"
	"net/http"
	"testing"
	"time"
)

// many is more than the queue holds.
const many = 4 * queueSize

func reportMany(r *Reporter) {
	for i := range many {
		r.Terminal(context.Background(), object, "InvalidRule", fmt.Errorf("error number %d", i))
	}
}

// TestHangingServerBlocksNobody: the server answers only after all errors were reported, so a Terminal
// that waited for it would never return.
func TestHangingServerBlocksNobody(t *testing.T) {
	s := newFakeSentry(t)
	release := make(chan struct{})
	s.answer = func(http.ResponseWriter) { <-release }
	r := newReporter(t, s.dsn())
	reportMany(r)
	r.Flush(time.Millisecond) // gives up
	close(release)
	r.Flush(patience)
	// One at the server and a full queue.
	if got := len(s.received()); got < queueSize || got > queueSize+1 {
		t.Errorf("got %d events, want the %d that fit into the queue", got, queueSize)
	}
}

func TestRefusingServerBlocksNobody(t *testing.T) {
	s := newFakeSentry(t)
	dsn := s.dsn()
	s.Close()
	r := newReporter(t, dsn)
	reportMany(r)
	r.Flush(patience)
}

func TestAnswersOfAnIllServer(t *testing.T) {
	cases := map[string]struct {
		answer func(http.ResponseWriter)
		want   int
	}{
		"500 is not tried again and the next event is": {
			func(w http.ResponseWriter) { w.WriteHeader(http.StatusInternalServerError) }, 2,
		},
		"429 is obeyed": {
			func(w http.ResponseWriter) {
				w.Header().Set("Retry-After", "3600")
				w.WriteHeader(http.StatusTooManyRequests)
			}, 1,
		},
		"a redirect is not followed": {
			func(w http.ResponseWriter) {
				w.Header().Set("Location", "/elsewhere")
				w.WriteHeader(http.StatusTemporaryRedirect)
			}, 2,
		},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			s := newFakeSentry(t)
			s.answer = tc.answer
			r := newReporter(t, s.dsn())
			for i := range 2 {
				r.Terminal(context.Background(), object, "InvalidRule", fmt.Errorf("error number %d", i))
				r.Flush(patience)
			}
			if got := len(s.received()); got != tc.want {
				t.Errorf("got %d requests, want %d", got, tc.want)
			}
		})
	}
}
