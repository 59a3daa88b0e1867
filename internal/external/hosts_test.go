package external_test

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strconv"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/tux-io/tux-monitoring-operator/internal/external"
	"github.com/tux-io/tux-monitoring-operator/internal/fault"
)

// server is the other side, without a network so that it can live in a bubble of synctest.
type server struct {
	mu    sync.Mutex
	times []time.Duration
	begin time.Time
	under int
	most  int
	// answer may hang; nil means 200 after 100 ms.
	answer func(n int, request *http.Request) (*http.Response, error)
}

func (s *server) RoundTrip(request *http.Request) (*http.Response, error) {
	s.mu.Lock()
	s.times = append(s.times, time.Since(s.begin))
	n := len(s.times)
	s.under++
	s.most = max(s.most, s.under)
	s.mu.Unlock()
	defer func() {
		s.mu.Lock()
		defer s.mu.Unlock()
		s.under--
	}()
	if s.answer == nil {
		time.Sleep(100 * time.Millisecond)
		return respond(200, nil), nil
	}
	return s.answer(n, request)
}

func respond(status int, header map[string]string) *http.Response {
	response := &http.Response{StatusCode: status, Header: http.Header{}, Body: io.NopCloser(strings.NewReader("{}"))}
	for name, value := range header {
		response.Header.Set(name, value)
	}
	return response
}

func (s *server) hosts(t *testing.T) *external.Hosts {
	s.begin = time.Now()
	hosts, err := external.NewHosts(external.HostsConfig{
		Clock: external.SystemClock(), Jitter: func() float64 { return 0.5 }, Base: s,
		Limits: external.Limits{
			PerSecond: 20, Burst: 5, Concurrent: 10, Timeout: 10 * time.Second, MaxPause: 5 * time.Minute, Failures: 3, OpenFor: 30 * time.Second,
		},
		Read: func(answer *http.Response, _ time.Time) external.Told {
			concurrent, _ := strconv.Atoi(answer.Header.Get("Concurrent"))
			pause, _ := time.ParseDuration(answer.Header.Get("Pause"))
			return external.Told{Concurrent: concurrent, Pause: pause}
		},
	})
	if err != nil {
		t.Fatal(err)
	}
	return hosts
}

// ask sends one request and closes its answer.
func ask(ctx context.Context, hosts *external.Hosts, host string) (int, error) {
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, "https://"+host+"/", nil)
	if err != nil {
		return 0, err
	}
	answer, err := hosts.RoundTrip(request)
	if err != nil {
		return 0, err
	}
	defer func() { _ = answer.Body.Close() }()
	_, err = io.Copy(io.Discard, answer.Body)
	return answer.StatusCode, err
}

// askMany sends n requests at once and waits for all.
func askMany(t *testing.T, hosts *external.Hosts, n int) {
	var all sync.WaitGroup
	for range n {
		all.Go(func() {
			if _, err := ask(t.Context(), hosts, "sentry.example"); err != nil {
				t.Error(err)
			}
		})
	}
	all.Wait()
}

// busiest is the largest number of requests in any one second.
func (s *server) busiest() int {
	most := 0
	for i, from := range s.times {
		n := 0
		for _, at := range s.times[i:] {
			if at-from < time.Second {
				n++
			}
		}
		most = max(most, n)
	}
	return most
}

func TestRateAndConcurrencyAreKept(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := &server{}
		hosts := s.hosts(t)
		askMany(t, hosts, 200)
		if s.most > 10 || s.busiest() > 25 || len(s.times) != 200 {
			t.Errorf("%d requests, %d at once, %d in a second", len(s.times), s.most, s.busiest())
		}
		if took := time.Since(s.begin); took > 12*time.Second {
			t.Errorf("200 requests took %s", took)
		}
	})
}

func TestTheHostMayAskForLess(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := &server{answer: func(n int, _ *http.Request) (*http.Response, error) {
			time.Sleep(time.Second)
			return respond(200, map[string]string{"Concurrent": "2"}), nil
		}}
		hosts := s.hosts(t)
		askMany(t, hosts, 1)
		s.most = 0
		askMany(t, hosts, 20)
		if s.most != 2 {
			t.Errorf("%d at once", s.most)
		}
		// Other hosts are none of its business.
		s.most = 0
		s.answer = nil
		var all sync.WaitGroup
		for range 5 {
			all.Go(func() { _, _ = ask(t.Context(), hosts, "other.example") })
		}
		all.Wait()
		if s.most != 5 {
			t.Errorf("%d at once at another host", s.most)
		}
	})
}

func TestAPauseHoldsEverybody(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := &server{answer: func(n int, _ *http.Request) (*http.Response, error) {
			if n == 1 {
				return respond(429, map[string]string{"Pause": "20s"}), nil
			}
			return respond(200, nil), nil
		}}
		hosts := s.hosts(t)
		askMany(t, hosts, 1)
		askMany(t, hosts, 10)
		for _, at := range s.times[1:] {
			if at < 20*time.Second || at > 23*time.Second {
				t.Errorf("asked after %s", at)
			}
		}

		// Who has no time to wait hears so at once.
		s.answer = func(int, *http.Request) (*http.Response, error) {
			return respond(429, map[string]string{"Pause": "24h"}), nil
		}
		askMany(t, hosts, 1)
		ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
		defer cancel()
		begin := time.Now()
		_, err := ask(ctx, hosts, "sentry.example")
		waiting, ok := fault.AsWaiting(err)
		if !ok || waiting.Reason != external.ReasonRateLimited || waiting.After > 6*time.Minute || time.Since(begin) != 0 {
			t.Errorf("after %s: %v (%+v); a pause has a maximum", time.Since(begin), err, waiting)
		}
	})
}

func TestTheBreaker(t *testing.T) {
	down := func(int, *http.Request) (*http.Response, error) { return respond(503, nil), nil }
	tests := map[string]struct {
		answer func(int, *http.Request) (*http.Response, error)
		opens  bool
	}{
		"failures of the server": {down, true},
		"no connection":          {func(int, *http.Request) (*http.Response, error) { return nil, errors.New("refused") }, true},
		"a hanging server": {func(_ int, request *http.Request) (*http.Response, error) {
			<-request.Context().Done()
			return nil, request.Context().Err()
		}, true},
		"a body that breaks off": {func(int, *http.Request) (*http.Response, error) {
			response := respond(200, nil)
			response.Body = io.NopCloser(io.MultiReader(strings.NewReader("{"), failing{}))
			return response, nil
		}, true},
		"a certificate that only this one does not believe": {func(int, *http.Request) (*http.Response, error) {
			return nil, fmt.Errorf("handshake: %w", &tls.CertificateVerificationError{Err: errors.New("unknown authority")})
		}, false},
		"refusals": {func(int, *http.Request) (*http.Response, error) { return respond(403, nil), nil }, false},
	}
	for name, tc := range tests {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				s := &server{answer: tc.answer}
				hosts := s.hosts(t)
				for range 3 {
					_, _ = ask(t.Context(), hosts, "sentry.example")
				}
				asked := len(s.times)
				begin := time.Now()
				_, err := ask(t.Context(), hosts, "sentry.example")
				if !tc.opens {
					if _, left := fault.AsWaiting(err); left || len(s.times) != asked+1 {
						t.Errorf("left alone: %v", err)
					}
					return
				}
				waiting, ok := fault.AsWaiting(err)
				if !ok || waiting.Reason != external.ReasonUnreachable || len(s.times) != asked || time.Since(begin) != 0 {
					t.Fatalf("not left alone: %v, %d requests more", err, len(s.times)-asked)
				}
				s.answer = nil
				time.Sleep(31 * time.Second)
				if status, err := ask(t.Context(), hosts, "sentry.example"); status != 200 {
					t.Errorf("not tried again: %v", err)
				}
			})
		})
	}
}

type failing struct{}

func (failing) Read([]byte) (int, error) { return 0, io.ErrUnexpectedEOF }

// TestWhoGivesUpBlamesNobody: requests given up by their own side free their place and open no breaker.
func TestWhoGivesUpBlamesNobody(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := &server{answer: func(_ int, request *http.Request) (*http.Response, error) {
			<-request.Context().Done()
			return nil, request.Context().Err()
		}}
		hosts := s.hosts(t)
		var all sync.WaitGroup
		for range 30 {
			ctx, cancel := context.WithTimeout(t.Context(), 3*time.Second)
			defer cancel()
			all.Go(func() { _, _ = ask(ctx, hosts, "sentry.example") })
		}
		all.Wait()
		s.answer = nil
		// A place that was not given back would be waited for without end, which synctest reports.
		askMany(t, hosts, 20)
	})
}

// TestAShorterPauseDoesNotCutALongerOne: answers to requests sent side by side arrive in any order.
func TestAShorterPauseDoesNotCutALongerOne(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := &server{answer: func(n int, _ *http.Request) (*http.Response, error) {
			time.Sleep(time.Duration(n) * time.Second)
			return respond(200, map[string]string{"Pause": []string{"0s", "60s", "5s"}[min(n, 3)%3]}), nil
		}}
		hosts := s.hosts(t)
		askMany(t, hosts, 2)
		askMany(t, hosts, 1)
		if at := s.times[2]; at < time.Minute {
			t.Errorf("asked after %s", at)
		}
	})
}

// TestALineThatNobodyStandsInIsNoLine: who cannot wait for its turn gives the turn back.
func TestALineThatNobodyStandsInIsNoLine(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := &server{answer: func(int, *http.Request) (*http.Response, error) { return respond(200, nil), nil }}
		hosts := s.hosts(t)
		askMany(t, hosts, 5)
		for range 100 {
			ctx, cancel := context.WithTimeout(t.Context(), time.Millisecond)
			if _, err := ask(ctx, hosts, "sentry.example"); err == nil {
				t.Error("more than the rate allows")
			}
			cancel()
		}
		askMany(t, hosts, 1)
		if took := time.Since(s.begin); took > time.Second {
			t.Errorf("the next one waited %s", took)
		}
	})
}

// TestADeadHostIsNotQueuedFor: with the breaker open, nobody waits for a turn that cannot come.
func TestADeadHostIsNotQueuedFor(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := &server{answer: func(int, *http.Request) (*http.Response, error) { return nil, errors.New("refused") }}
		hosts := s.hosts(t)
		for range 3 {
			_, _ = ask(t.Context(), hosts, "sentry.example")
		}
		begin := time.Now()
		for range 100 {
			if _, err := ask(t.Context(), hosts, "sentry.example"); err == nil {
				t.Error("asked")
			}
		}
		if took := time.Since(begin); took != 0 || len(s.times) != 3 {
			t.Errorf("100 refusals took %s and %d requests", took, len(s.times)-3)
		}
	})
}
