package external

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"net/http"
	"sync"
	"time"

	"github.com/sony/gobreaker/v2"
	"golang.org/x/time/rate"

	"github.com/tux-io/tux-monitoring-operator/internal/fault"
)

var (
	// errServer stands for a 5xx answer in the count of the breaker.
	errServer = errors.New("failure of the server")
	// errAsker stands for a request that its own side gave up; the breaker does not count it.
	errAsker = errors.New("given up by who asked")
)

// host is what is known about one host.
type host struct {
	name    string
	config  HostsConfig
	places  gate
	rate    *rate.Limiter
	breaker *gobreaker.TwoStepCircuitBreaker[any]

	mu     sync.Mutex
	resume time.Time // nothing is sent before
}

func newHost(name string, config HostsConfig) *host {
	limits := config.Limits
	return &host{
		name:   name,
		config: config,
		places: gate{limit: limits.Concurrent},
		rate:   rate.NewLimiter(rate.Limit(limits.PerSecond), limits.Burst),
		breaker: gobreaker.NewTwoStepCircuitBreaker[any](gobreaker.Settings{
			Timeout:     limits.OpenFor,
			ReadyToTrip: func(c gobreaker.Counts) bool { return int(c.ConsecutiveFailures) >= limits.Failures },
			IsExcluded:  func(err error) bool { return errors.Is(err, errAsker) },
		}),
	}
}

func (h *host) roundTrip(request *http.Request) (*http.Response, error) {
	ctx := request.Context()
	// Before standing in line, so that a dead host costs its resources no worker.
	if h.breaker.State() == gobreaker.StateOpen {
		return nil, h.leftAlone()
	}
	if err := h.places.enter(ctx); err != nil {
		return nil, err
	}
	if err := h.wait(ctx); err != nil {
		h.places.leave()
		return nil, err
	}
	done, err := h.breaker.Allow()
	if err != nil {
		h.places.leave()
		return nil, h.leftAlone()
	}
	return h.send(request, done)
}

// wait returns when the host may be asked: no answer told us to pause, and the rate allows one more.
func (h *host) wait(ctx context.Context) error {
	for pause := h.pause(); pause > 0; pause = h.pause() {
		if err := h.sleep(ctx, pause+h.spread(pause)); err != nil {
			return err
		}
	}
	now := h.config.Clock.Now()
	turn := h.rate.ReserveN(now, 1)
	if err := h.sleep(ctx, turn.DelayFrom(now)); err != nil {
		turn.CancelAt(h.config.Clock.Now())
		return err
	}
	return nil
}

// sleep waits for d, unless ctx ends before: then it does not even begin, and says when to come back.
func (h *host) sleep(ctx context.Context, d time.Duration) error {
	if d <= 0 {
		return nil
	}
	if deadline, ok := ctx.Deadline(); ok && deadline.Before(h.config.Clock.Now().Add(d)) {
		return fault.Waiting(d, ReasonRateLimited, fmt.Errorf("host %q wants no request for %s", h.name, d.Round(time.Second)))
	}
	return h.config.Clock.sleep(ctx, d)
}

func (h *host) pause() time.Duration {
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.resume.Sub(h.config.Clock.Now())
}

// spread is up to a tenth of d, at most five seconds.
func (h *host) spread(d time.Duration) time.Duration {
	return time.Duration(float64(min(d/10, 5*time.Second)) * h.config.Jitter())
}

func (h *host) leftAlone() error {
	h.config.Observe(AnswerLeftAlone, 0)
	openFor := h.config.Limits.OpenFor
	err := fmt.Errorf("host %q failed %d times in a row and is left alone for %s", h.name, h.config.Limits.Failures, openFor)
	return fault.Waiting(openFor, ReasonUnreachable, err)
}

// send asks the host. The request is over when its body is closed: a server counts it until then, and
// a body that breaks off is a failure like any other.
func (h *host) send(request *http.Request, done func(error)) (*http.Response, error) {
	asker := request.Context()
	ctx, cancel := context.WithTimeout(asker, h.config.Limits.Timeout)
	end := func(err error) {
		cancel()
		if err != nil && (asker.Err() != nil || distrusted(err)) {
			// Who asked has gone, came too late, or believes other authorities; that says nothing about the host.
			err = errAsker
		}
		done(err)
		h.places.leave()
	}
	begin := h.config.Clock.Now()
	answer, err := h.config.Base.RoundTrip(request.WithContext(ctx))
	took := h.config.Clock.Now().Sub(begin)
	if err != nil {
		h.config.Observe(AnswerNone, took)
		end(err)
		return nil, err
	}
	h.config.Observe(fmt.Sprintf("%dxx", answer.StatusCode/100), took)
	h.learn(answer)
	body := &countedBody{ReadCloser: answer.Body, end: end}
	if answer.StatusCode >= 500 {
		body.result = errServer
	}
	answer.Body = body
	return answer, nil
}

// distrusted: the certificate is not of an authority that who asked believes. Others who ask the same host may.
func distrusted(err error) bool {
	var verification *tls.CertificateVerificationError
	return errors.As(err, &verification)
}

// learn takes over what the answer tells about limits.
func (h *host) learn(answer *http.Response) {
	now := h.config.Clock.Now()
	told := h.config.Read(answer, now)
	if told.Concurrent > 0 {
		h.places.resize(min(told.Concurrent, h.config.Limits.Concurrent))
	}
	if told.Pause > 0 {
		h.mu.Lock()
		defer h.mu.Unlock()
		if resume := now.Add(min(told.Pause, h.config.Limits.MaxPause)); resume.After(h.resume) {
			h.resume = resume
		}
	}
}

// countedBody tells once, when it is closed, how the request went.
type countedBody struct {
	io.ReadCloser
	once   sync.Once
	result error
	end    func(error)
}

// Read notes if the body breaks off.
func (b *countedBody) Read(p []byte) (int, error) {
	n, err := b.ReadCloser.Read(p)
	if err != nil && !errors.Is(err, io.EOF) {
		b.result = err
	}
	return n, err
}

// Close tells how the request went, the first time.
func (b *countedBody) Close() error {
	err := b.ReadCloser.Close()
	b.once.Do(func() { b.end(b.result) })
	return err
}
