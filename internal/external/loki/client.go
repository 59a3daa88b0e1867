package loki

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	"github.com/tux-io/tux-monitoring-operator/internal/external"
)

const (
	// maxBody bounds an answer; the whole configuration of a Loki has about 60 KiB.
	maxBody = 4 << 20
	// maxDetail is how much of a refusal is told; Loki answers in plain text.
	maxDetail = 200
)

// errTooLarge is for an answer that is not read to its end.
var errTooLarge = fmt.Errorf("the answer has more than %d bytes", maxBody)

// Limits are those under which a Loki is asked: it has queries of people to answer.
func Limits() external.Limits {
	return external.Limits{
		PerSecond: 10, Burst: 5, Concurrent: 4, Timeout: 30 * time.Second, MaxPause: 5 * time.Minute,
		Failures: 5, OpenFor: time.Minute,
	}
}

// ReadLimits is the Read of an external.HostsConfig: Loki tells nothing but Retry-After.
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
	// URL is the root of Loki or of the gateway before it.
	URL string
	// UserAgent is sent with every request.
	UserAgent string
	// Transport sends; all clients share one external.Hosts.
	Transport http.RoundTripper
}

// Client asks one Loki. It is safe for concurrent use.
type Client struct {
	root, userAgent string
	http            http.Client
}

// New returns a client; it does not ask anything yet.
func New(config Config) (*Client, error) {
	if config.UserAgent == "" || config.Transport == nil {
		return nil, errors.New("user agent and transport are required")
	}
	root, err := url.Parse(config.URL)
	if err != nil || root.User != nil || root.Host == "" || root.Scheme != "http" && root.Scheme != "https" {
		return nil, errors.New("the URL of Loki must be http://HOST/PATH or https://HOST/PATH")
	}
	return &Client{root: strings.TrimRight(root.String(), "/"), userAgent: config.UserAgent, http: http.Client{
		Transport: config.Transport,
		// A gateway that wants a login redirects to a page that answers 200.
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}}, nil
}

// get asks one question; name is for people, such as "read the limits". Every error begins with what could not be
// done, and is sorted as package fault has it.
func (c *Client) get(ctx context.Context, name, tenant, path string, query url.Values) ([]byte, error) {
	return c.ask(ctx, name, tenant, path, query, nil)
}

// ask gets with further headers.
func (c *Client) ask(ctx context.Context, name, tenant, path string, query url.Values, headers map[string]string) ([]byte, error) {
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, c.root+path+"?"+query.Encode(), nil)
	if err != nil {
		return nil, fmt.Errorf("cannot %s: %w", name, external.WithoutURL(err))
	}
	request.Header.Set("User-Agent", c.userAgent)
	request.Header.Set("X-Scope-OrgID", tenant)
	for header, value := range headers {
		request.Header.Set(header, value)
	}
	answer, err := c.http.Do(request)
	if err != nil {
		return nil, fmt.Errorf("cannot %s: %w", name, external.Unreached(err))
	}
	defer func() { _ = answer.Body.Close() }()
	body, err := io.ReadAll(io.LimitReader(answer.Body, maxBody+1))
	switch {
	case answer.StatusCode != http.StatusOK:
		refused := &external.Answer{Call: name, Status: answer.StatusCode, RetryAfter: retryAfter(answer)}
		if strings.HasPrefix(answer.Header.Get("Content-Type"), "text/plain") {
			refused.Detail = detail(body)
		}
		return nil, refused.Fault()
	case err != nil:
		return nil, fmt.Errorf("cannot %s: the answer broke off: %w", name, external.Unreached(err))
	case len(body) > maxBody:
		return nil, fmt.Errorf("cannot %s: %w", name, errTooLarge)
	}
	return body, nil
}

// detail is the first line of a refusal.
func detail(body []byte) string {
	line, _, _ := strings.Cut(strings.TrimSpace(string(body)), "\n")
	return strings.ToValidUTF8(line[:min(len(line), maxDetail)], "")
}

// query asks a question whose answer is JSON in the form of Prometheus.
func (c *Client) query(ctx context.Context, name, tenant, path string, query url.Values, out any) error {
	body, err := c.get(ctx, name, tenant, path, query)
	if err != nil {
		return err
	}
	var answer struct {
		Status string          `json:"status"`
		Data   json.RawMessage `json:"data"`
	}
	if err := json.Unmarshal(body, &answer); err != nil || answer.Status != "success" {
		return fmt.Errorf("cannot %s: the answer is not that of Loki", name)
	}
	if len(answer.Data) == 0 {
		return nil // what a tenant without any line gets
	}
	if err := json.Unmarshal(answer.Data, out); err != nil {
		return fmt.Errorf("cannot %s: the answer is not that of Loki", name)
	}
	return nil
}
