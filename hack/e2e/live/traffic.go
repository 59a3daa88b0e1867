package live

import (
	"context"
	"io"
	"maps"
	"math/rand/v2"
	"net/http"
	"strings"
	"sync"
	"sync/atomic"
	"time"
)

// request is one kind of call of a user.
type request struct {
	method, path, body string
	// share of all requests, of 100.
	share int
}

// mix is what users of a TUX backend do: mostly reading.
var mix = []request{
	{http.MethodGet, "dimensions/", "", 60},
	{http.MethodPost, "strings/", `{"rule": "campaign", "values": {"market": "de", "channel": "social"}}`, 30},
	{http.MethodPost, "propagations/", `{}`, 10},
}

var workspaces = []string{"acme", "globex", "initech"}

// Traffic is a user of a backend who does not wait for answers: requests start at a steady rate
// whatever becomes of those before.
type Traffic struct {
	base string
	http *http.Client
	// gap between two requests in nanoseconds; 0 stops the traffic.
	gap atomic.Int64

	mu     sync.Mutex
	counts map[int]int
}

// NewTraffic returns traffic to the API below base, for example http://10.96.0.7. It does nothing
// before Rate and Run.
func NewTraffic(base string) *Traffic {
	return &Traffic{
		base: base, counts: map[int]int{},
		http: &http.Client{Timeout: 10 * time.Second, Transport: &http.Transport{MaxIdleConnsPerHost: 16}},
	}
}

// Rate sets the requests per second.
func (t *Traffic) Rate(perSecond float64) {
	if perSecond <= 0 {
		t.gap.Store(0)
		return
	}
	t.gap.Store(int64(float64(time.Second) / perSecond))
}

// Counts returns how many requests got which status; 0 stands for no answer.
func (t *Traffic) Counts() map[int]int {
	t.mu.Lock()
	defer t.mu.Unlock()
	return maps.Clone(t.counts)
}

// most requests that may be under way at once: a backend that hangs must not take the memory here.
const most = 64

// Run sends requests until ctx ends.
func (t *Traffic) Run(ctx context.Context) {
	var pending sync.WaitGroup
	defer pending.Wait()
	slots := make(chan struct{}, most)
	for ctx.Err() == nil {
		gap := time.Duration(t.gap.Load())
		if gap == 0 {
			Pause(ctx, 100*time.Millisecond)
			continue
		}
		select {
		case slots <- struct{}{}:
			pending.Go(func() {
				t.send(ctx)
				<-slots
			})
		default:
		}
		Pause(ctx, gap)
	}
}

func (t *Traffic) send(ctx context.Context) {
	r := t.choose()
	url := t.base + "/api/v1/workspaces/" + workspaces[rand.IntN(len(workspaces))] + "/" + r.path //nolint:gosec // no secret depends on it
	call, err := http.NewRequestWithContext(ctx, r.method, url, strings.NewReader(r.body))
	if err != nil {
		return
	}
	call.Header.Set("Authorization", "Token harness")
	call.Header.Set("Content-Type", "application/json")
	status := 0
	if response, err := t.http.Do(call); err == nil {
		_, _ = io.Copy(io.Discard, response.Body)
		_ = response.Body.Close()
		status = response.StatusCode
	}
	if ctx.Err() != nil {
		return
	}
	t.mu.Lock()
	t.counts[status]++
	t.mu.Unlock()
}

func (t *Traffic) choose() request {
	n := rand.IntN(100) //nolint:gosec // no secret depends on it
	for _, r := range mix {
		if n -= r.share; n < 0 {
			return r
		}
	}
	return mix[0]
}

// Pause lets d pass, or less if ctx ends before.
func Pause(ctx context.Context, d time.Duration) {
	select {
	case <-ctx.Done():
	case <-time.After(d):
	}
}
