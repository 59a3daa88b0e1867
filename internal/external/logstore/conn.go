package logstore

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"mime"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	"github.com/tux-io/tux-monitoring-operator/internal/external"
	"github.com/tux-io/tux-monitoring-operator/internal/fault"
)

// ReasonNotAPI means something else than the log store answered; correct the URL or the proxy.
const ReasonNotAPI = "NotAPI"

const (
	// maxBody bounds an answer; what lifecycle management says of an index has about 500 bytes.
	maxBody = 16 << 20
	// maxErrorBody is how much of a refusal is read, and maxDetail how much is told.
	maxErrorBody = 64 << 10
	maxDetail    = 200
	// notAPIDelay is how long to wait for a proxy under maintenance.
	notAPIDelay = 5 * time.Minute
)

// MediaType is what all versions of both take.
const MediaType = "application/json"

// Limits are those under which a log store is asked.
func Limits() external.Limits {
	return external.Limits{
		PerSecond: 10, Burst: 20, Concurrent: 4, Timeout: 30 * time.Second, MaxPause: 5 * time.Minute,
		Failures: 5, OpenFor: time.Minute,
	}
}

// Hosts limits what all clients ask together, and lets each host be vouched for by authorities of its own.
func Hosts(config external.HostsConfig) external.HostsConfig {
	config.Read = readLimits
	config.Base = external.NewTrust()
	return config
}

func readLimits(answer *http.Response, _ time.Time) external.Told {
	return external.Told{Pause: retryAfter(answer)}
}

func retryAfter(answer *http.Response) time.Duration {
	if answer.StatusCode != http.StatusTooManyRequests && answer.StatusCode != http.StatusServiceUnavailable {
		return 0
	}
	after, err := strconv.Atoi(answer.Header.Get("Retry-After"))
	if err != nil || after < 0 {
		return 0
	}
	return time.Duration(min(after, 1<<20)) * time.Second
}

// Config says whom to ask, and as whom.
type Config struct {
	// URL is the root of the log store.
	URL         string
	Credentials Credentials
	// UserAgent is sent with every request.
	UserAgent string
	// Transport sends; all clients share one external.Hosts.
	Transport http.RoundTripper
}

// Root checks what all clients need, and parses the URL. Its error quotes nothing of one that may hold a password.
func (c Config) Root(product string) (*url.URL, error) {
	if c.UserAgent == "" || c.Transport == nil {
		return nil, errors.New("user agent and transport are required")
	}
	root, err := url.Parse(c.URL)
	if err != nil || root.User != nil || root.Host == "" || root.Scheme != "http" && root.Scheme != "https" {
		return nil, fmt.Errorf("the URL of %s must be http://HOST/PATH or https://HOST/PATH", product)
	}
	if root.Scheme == "http" && c.Credentials != (Credentials{}) {
		return nil, errors.New("credentials are sent by https only")
	}
	return root, nil
}

var (
	// ErrAbsent stands for 404.
	ErrAbsent = errors.New("it is not there")
	// ErrConflict stands for 409: somebody else has written what was read before.
	ErrConflict = errors.New("somebody else has written it since it was read")
)

// Absent is nil for what is not there.
func Absent(err error) error {
	if errors.Is(err, ErrAbsent) {
		return nil
	}
	return err
}

// Conn asks one log store.
type Conn struct {
	// Product is what people call it.
	Product     string
	Credentials Credentials
	// Types are those of its answers, beside MediaType.
	Types []string
	// Genuine says whether an answer is one of the product; optional.
	Genuine func(*http.Response) bool
}

// Request is one of an official client.
type Request func(context.Context) (*http.Response, error)

// Ask performs a request and reads its answer into out, unless that is nil. Every error begins with what could not be
// done, is sorted as package fault has it, and holds neither the URL nor credentials.
func (c *Conn) Ask(ctx context.Context, name string, perform Request, out any) error {
	answer, err := perform(external.Trusting(ctx, c.Credentials.authorities))
	if err != nil {
		return fmt.Errorf("cannot %s: %w", name, external.Unreached(err))
	}
	defer func() { _ = answer.Body.Close() }()
	if answer.StatusCode < 200 || answer.StatusCode > 299 {
		return c.refusal(name, answer)
	}
	if c.Genuine != nil && !c.Genuine(answer) || !c.isJSON(answer) {
		return c.NotAPI(name)
	}
	body, err := io.ReadAll(io.LimitReader(answer.Body, maxBody+1))
	switch {
	case err != nil:
		return fmt.Errorf("cannot %s: the answer broke off: %w", name, external.Unreached(err))
	case len(body) > maxBody:
		return fmt.Errorf("cannot %s: the answer has more than %d bytes", name, maxBody)
	case out == nil:
		return nil
	}
	if err := json.Unmarshal(body, out); err != nil {
		return fmt.Errorf("cannot %s: the answer is no JSON of the expected form", name)
	}
	return nil
}

// NotAPI is an error for an answer of something else.
func (c *Conn) NotAPI(name string) error {
	return fault.Waiting(notAPIDelay, ReasonNotAPI, fmt.Errorf("cannot %s: what answers is not %s", name, c.Product))
}

func (c *Conn) isJSON(answer *http.Response) bool {
	kind, _, err := mime.ParseMediaType(answer.Header.Get("Content-Type"))
	if err != nil {
		return false
	}
	for _, known := range append([]string{MediaType}, c.Types...) {
		if kind == known {
			return true
		}
	}
	return false
}

func (c *Conn) refusal(name string, answer *http.Response) error {
	genuine := c.Genuine == nil || c.Genuine(answer)
	switch {
	// Of something else nobody may conclude that lines, or what was promised, are gone.
	case answer.StatusCode == http.StatusNotFound && c.isJSON(answer) && !genuine:
		return c.NotAPI(name)
	case answer.StatusCode == http.StatusNotFound && c.isJSON(answer):
		return ErrAbsent
	case answer.StatusCode == http.StatusConflict && c.isJSON(answer):
		return fmt.Errorf("cannot %s: %w", name, ErrConflict)
	}
	refused := &external.Answer{Call: name, Status: answer.StatusCode, RetryAfter: retryAfter(answer)}
	if body, err := io.ReadAll(io.LimitReader(answer.Body, maxErrorBody)); err == nil && c.isJSON(answer) {
		refused.Detail = c.Detail(detail(body))
	}
	return refused.Fault()
}

// detail is the reason of a refusal.
func detail(body []byte) string {
	var refusal struct {
		Error struct {
			Reason string `json:"reason"`
		} `json:"error"`
	}
	if json.Unmarshal(body, &refusal) != nil {
		return ""
	}
	return refusal.Error.Reason
}

// Detail is as much of a text of the other side as is told: its first line, and no secret.
func (c *Conn) Detail(text string) string {
	// In this order: a part of a secret does not look like one any more.
	line, _, _ := strings.Cut(c.Credentials.scrub(text), "\n")
	return strings.ToValidUTF8(line[:min(len(line), maxDetail)], "")
}
