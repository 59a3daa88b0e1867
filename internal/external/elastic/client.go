package elastic

import (
	"bytes"
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

	"github.com/elastic/elastic-transport-go/v8/elastictransport"

	"github.com/tux-io/tux-monitoring-operator/internal/external"
	"github.com/tux-io/tux-monitoring-operator/internal/fault"
)

// ReasonNotAPI means something else than Elasticsearch answered; correct the URL or the proxy.
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

// Limits are those under which an Elasticsearch is asked.
func Limits() external.Limits {
	return external.Limits{
		PerSecond: 10, Burst: 20, Concurrent: 4, Timeout: 30 * time.Second, MaxPause: 5 * time.Minute,
		Failures: 5, OpenFor: time.Minute,
	}
}

// ReadLimits is the Read of an external.HostsConfig.
func ReadLimits(answer *http.Response, _ time.Time) external.Told {
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
	// URL is the root of Elasticsearch.
	URL         string
	Credentials Credentials
	// UserAgent is sent with every request.
	UserAgent string
	// Transport sends; all clients share one external.Hosts.
	Transport http.RoundTripper
}

// Client asks one Elasticsearch. It is safe for concurrent use.
type Client struct {
	credentials Credentials
	transport   *elastictransport.Client
}

// New returns a client; it does not ask anything yet.
func New(config Config) (*Client, error) {
	if config.UserAgent == "" || config.Transport == nil {
		return nil, errors.New("user agent and transport are required")
	}
	root, err := rootOf(config)
	if err != nil {
		return nil, err
	}
	c := config.Credentials
	options := []elastictransport.Option{
		elastictransport.WithUserAgent(config.UserAgent), elastictransport.WithURLs(root), elastictransport.WithTransport(config.Transport),
		// The runner tries again, for all resources of a host together.
		elastictransport.WithDisableRetry(),
	}
	switch {
	case c.apiKey != "":
		options = append(options, elastictransport.WithAPIKey(c.apiKey))
	case c.password != "":
		options = append(options, elastictransport.WithBasicAuth(c.username, c.password))
	}
	transport, err := elastictransport.NewClient(options...)
	if err != nil {
		return nil, errors.New("cannot make the client of Elasticsearch")
	}
	return &Client{credentials: c, transport: transport}, nil
}

// rootOf parses the URL. Its error quotes nothing of one that may hold a password.
func rootOf(config Config) (*url.URL, error) {
	root, err := url.Parse(config.URL)
	if err != nil || root.User != nil || root.Host == "" || root.Scheme != "http" && root.Scheme != "https" {
		return nil, errors.New("the URL of Elasticsearch must be http://HOST/PATH or https://HOST/PATH")
	}
	if root.Scheme == "http" && config.Credentials != (Credentials{}) {
		return nil, errors.New("credentials are sent by https only")
	}
	return root, nil
}

// mediaType is what both Elasticsearch 8 and 9 take. The client for version 9 would name its own, which 8 refuses.
const mediaType = "application/json"

// errAbsent stands for 404.
var errAbsent = errors.New("it is not there")

// endpoint is a request of the official client.
type endpoint interface {
	Perform(ctx context.Context) (*http.Response, error)
}

// ask performs a request and reads its answer into out, unless that is nil. Every error begins with what could not be done, is sorted as
// package fault has it, and holds neither the URL nor credentials.
func (c *Client) ask(ctx context.Context, name string, request endpoint, out any) error {
	answer, err := request.Perform(external.Trusting(ctx, c.credentials.authorities))
	if err != nil {
		return fmt.Errorf("cannot %s: %w", name, external.Unreached(causeOf(err)))
	}
	defer func() { _ = answer.Body.Close() }()
	if answer.StatusCode < 200 || answer.StatusCode > 299 {
		return c.refusal(name, answer)
	}
	if answer.Header.Get("X-Elastic-Product") != "Elasticsearch" || !isJSON(answer) {
		return fault.Waiting(notAPIDelay, ReasonNotAPI, fmt.Errorf("cannot %s: what answers is not Elasticsearch", name))
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

// causeOf takes off what the official client says of itself.
func causeOf(err error) error {
	if inner := errors.Unwrap(err); inner != nil && strings.HasPrefix(err.Error(), "an error happened") {
		return inner
	}
	return err
}

func isJSON(answer *http.Response) bool {
	kind, _, err := mime.ParseMediaType(answer.Header.Get("Content-Type"))
	return err == nil && (kind == mediaType || kind == "application/vnd.elasticsearch+json")
}

func (c *Client) refusal(name string, answer *http.Response) error {
	if answer.StatusCode == http.StatusNotFound && isJSON(answer) {
		return errAbsent
	}
	refused := &external.Answer{Call: name, Status: answer.StatusCode, RetryAfter: retryAfter(answer)}
	if body, err := io.ReadAll(io.LimitReader(answer.Body, maxErrorBody)); err == nil && isJSON(answer) {
		refused.Detail = c.credentials.scrub(detail(body))
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
	line, _, _ := strings.Cut(refusal.Error.Reason, "\n")
	return strings.ToValidUTF8(line[:min(len(line), maxDetail)], "")
}

// absent is nil for what is not there.
func absent(err error) error {
	if errors.Is(err, errAbsent) {
		return nil
	}
	return err
}

func reader(body []byte) io.Reader { return bytes.NewReader(body) }
