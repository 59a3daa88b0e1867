package errorreport

import (
	"cmp"
	"context"
	"crypto/sha256"
	"errors"
	"net/http"
	"strings"
	"time"

	"github.com/getsentry/sentry-go"
	lru "github.com/hashicorp/golang-lru/v2"
	"k8s.io/apimachinery/pkg/types"
)

const (
	// queueSize bounds the events that wait for Sentry; more are dropped.
	queueSize = 64
	// remembered bounds the errors known to be sent; the one not seen for longest is forgotten.
	remembered = 1024
	// requestTimeout of one POST.
	requestTimeout = 10 * time.Second
)

// Config of a Reporter.
type Config struct {
	// DSN of the Sentry project. If empty, nothing is reported.
	DSN string
	// Release and Environment are shown with every event.
	Release, Environment string
	// Monitor is the slug of the cron monitor that check-ins are for. If empty, there are none.
	Monitor string
	// HTTPTransport sends the events. If nil: http.DefaultTransport, which honours HTTPS_PROXY.
	HTTPTransport http.RoundTripper
}

// errDSN names neither the DSN nor the cause, which may quote it.
var errDSN = errors.New("cannot use the Sentry DSN: it must look like https://<public key>@<host>/<project>")

// Reporter sends terminal errors to Sentry. A nil Reporter and the zero value do nothing. It is safe
// for concurrent use.
type Reporter struct {
	client  *sentry.Client
	monitor string
	sent    *lru.Cache[fingerprint, struct{}]
}

// fingerprint of what was said about an object; a hash, because messages are long and many.
type fingerprint [sha256.Size]byte

// New returns a Reporter, one that does nothing if cfg has no DSN. It fails for a DSN that is none and
// sends nothing itself.
func New(cfg Config) (*Reporter, error) {
	dsn := strings.TrimSpace(cfg.DSN)
	if dsn == "" {
		// Not even a client: with an empty DSN the SDK would look for one in the environment.
		return &Reporter{}, nil
	}
	if _, err := sentry.NewDsn(dsn); err != nil {
		return nil, errDSN
	}
	client, err := sentry.NewClient(options(cfg, dsn))
	if err != nil {
		return nil, errDSN
	}
	sent, err := lru.New[fingerprint, struct{}](remembered)
	if err != nil {
		return nil, err
	}
	return &Reporter{client: client, monitor: cfg.Monitor, sent: sent}, nil
}

func options(cfg Config, dsn string) sentry.ClientOptions {
	transport := sentry.NewHTTPTransport()
	transport.BufferSize = queueSize
	return sentry.ClientOptions{
		Dsn: dsn,
		// Left empty, the SDK asks the environment and git for a release.
		Release:     cmp.Or(cfg.Release, "unknown"),
		Environment: cfg.Environment,
		Transport:   transport,
		HTTPClient:  httpClient(cfg.HTTPTransport),
		BeforeSend: func(event *sentry.Event, _ *sentry.EventHint) *sentry.Event {
			return keep(event, cfg)
		},
		Integrations:         func([]sentry.Integration) []sentry.Integration { return nil },
		MaxBreadcrumbs:       -1,
		DisableClientReports: true,
	}
}

// httpClient follows no redirects: the event would go to a host nobody named.
func httpClient(transport http.RoundTripper) *http.Client {
	return &http.Client{
		Transport:     transport,
		Timeout:       requestTimeout,
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}
}

// Enabled says whether anything is ever sent.
func (r *Reporter) Enabled() bool { return r != nil && r.client != nil }

// Terminal reports that object cannot be brought in order until a person changes something. The same
// reason and message for the same object is sent once per process, so a resync sends nothing. A pass
// whose ctx is done says nothing: its errors are those of stopping, and the next leader meets the real
// ones again.
func (r *Reporter) Terminal(ctx context.Context, object types.NamespacedName, reason string, err error) {
	if !r.Enabled() || err == nil || ctx.Err() != nil {
		return
	}
	// Scrubbed, so that a token renewed every hour does not make the same error a new one.
	message := fingerprintOf(object, reason, Scrub(err.Error()))
	if known, _ := r.sent.ContainsOrAdd(message, struct{}{}); known {
		return
	}
	r.client.CaptureEvent(newEvent(object, reason, err.Error()), nil, nil)
}

// Flush waits for what is queued to be sent, at most timeout. Call it once, before the process ends.
func (r *Reporter) Flush(timeout time.Duration) {
	if r.Enabled() {
		r.client.Flush(timeout)
	}
}

func fingerprintOf(object types.NamespacedName, reason, message string) fingerprint {
	// No name and no reason contains a zero byte, so different parts never join to the same text.
	return sha256.Sum256([]byte(strings.Join([]string{object.Namespace, object.Name, reason, message}, "\x00")))
}
