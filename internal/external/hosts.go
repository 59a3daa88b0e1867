package external

import (
	"errors"
	"net/http"
	"strings"
	"sync"
	"time"

	"github.com/sony/gobreaker/v2"
)

// Limits bound what one host is asked, by all resources together.
type Limits struct {
	// PerSecond and Burst bound the rate of requests: in no second are more than PerSecond+Burst sent.
	PerSecond float64
	Burst     int
	// Timeout is how long a request may take from the moment it is sent to the end of its answer.
	Timeout time.Duration
	// Concurrent is how many requests may be under way; what the host tells can only lower it.
	Concurrent int
	// MaxPause bounds how long one answer can make us wait, whatever it says.
	MaxPause time.Duration
	// Failures is how many requests in a row must fail for the host to be left alone, for OpenFor.
	Failures int
	OpenFor  time.Duration
}

// Told is what an answer tells about the limits of its host.
type Told struct {
	// Concurrent is how many requests may be under way; 0 if it does not say.
	Concurrent int
	// Pause is how long to send nothing; 0 if it does not say.
	Pause time.Duration
}

// HostsConfig is what Hosts needs; all fields but Base are required.
type HostsConfig struct {
	Clock  Clock
	Limits Limits
	// Read finds in an answer what it tells about limits. It must not read the body.
	Read func(answer *http.Response, now time.Time) Told
	// Jitter returns a number in [0, 1); it spreads those who waited for the same moment.
	Jitter func() float64
	// Base sends; nil means http.DefaultTransport.
	Base http.RoundTripper
	// Observe is told of every request how it was answered, and after what time its answer began. Optional.
	Observe func(answer string, took time.Duration)
}

func (c *HostsConfig) validate() error {
	l := c.Limits
	if c.Clock.Now == nil || c.Clock.After == nil || c.Read == nil || c.Jitter == nil {
		return errors.New("clock, read and jitter are required")
	}
	durations := min(l.Timeout, l.MaxPause, l.OpenFor)
	if l.PerSecond <= 0 || durations <= 0 || min(l.Burst, l.Concurrent, l.Failures) < 1 {
		return errors.New("every limit must be positive")
	}
	return nil
}

// Hosts is an http.RoundTripper that keeps the limits of every host it is used for. All clients of a
// system share one, so that the limits hold for all resources together. The body of every answer must
// be closed: until then the request counts as being under way.
type Hosts struct {
	config HostsConfig
	mu     sync.Mutex
	hosts  map[string]*host
}

// NewHosts returns a transport with nothing known about any host yet.
func NewHosts(config HostsConfig) (*Hosts, error) {
	if err := config.validate(); err != nil {
		return nil, err
	}
	if config.Base == nil {
		config.Base = http.DefaultTransport
	}
	if config.Observe == nil {
		config.Observe = func(string, time.Duration) {}
	}
	return &Hosts{config: config, hosts: map[string]*host{}}, nil
}

// How requests are answered, beside 2xx to 5xx.
const (
	// AnswerNone means that there was no answer: no connection, a timeout, or who asked gave up.
	AnswerNone = "none"
	// AnswerLeftAlone means that nothing was sent: the host failed too often.
	AnswerLeftAlone = "left_alone"
)

// LeftAlone is how many hosts nothing is sent to now, because they failed too often.
func (h *Hosts) LeftAlone() int {
	h.mu.Lock()
	defer h.mu.Unlock()
	n := 0
	for _, one := range h.hosts {
		if one.breaker.State() == gobreaker.StateOpen {
			n++
		}
	}
	return n
}

// RoundTrip sends the request when the limits of its host allow. If they do not allow it before the
// context of the request ends, the error says so at once and is a fault.Waiting.
func (h *Hosts) RoundTrip(request *http.Request) (*http.Response, error) {
	return h.of(request.URL.Host).roundTrip(request)
}

func (h *Hosts) of(name string) *host {
	name = strings.ToLower(name)
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.hosts[name] == nil {
		h.hosts[name] = newHost(name, h.config)
	}
	return h.hosts[name]
}
