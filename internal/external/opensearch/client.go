package opensearch

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"
	"sync/atomic"

	opensearchgo "github.com/opensearch-project/opensearch-go/v4"
	"github.com/opensearch-project/opensearch-go/v4/opensearchapi"

	"github.com/tux-io/tux-monitoring-operator/internal/external/logstore"
	plan "github.com/tux-io/tux-monitoring-operator/internal/plan/retention/opensearch"
)

const product = "OpenSearch"

// Client asks one OpenSearch. It is safe for concurrent use.
//
// Why only the requests of the official client, and not its transport?
//  1. Ours knows the limits of the host, for all resources together; its own tries again and asks nodes for their health.
//  2. It reads variables of the environment that change where requests go.
//  3. Its answers leave out what it does not know, and a policy is compared as a whole.
type Client struct {
	conn      logstore.Conn
	root      *url.URL
	userAgent string
	transport http.RoundTripper
	// known says that an OpenSearch has answered.
	known atomic.Bool
}

// New returns a client; it does not ask anything yet.
func New(config logstore.Config) (*Client, error) {
	root, err := config.Root(product)
	if err != nil {
		return nil, err
	}
	return &Client{
		conn: logstore.Conn{Product: product, Credentials: config.Credentials},
		root: root, userAgent: config.UserAgent, transport: config.Transport,
	}, nil
}

// Keeper keeps tenants of an OpenSearch.
func Keeper(c *Client) logstore.Keeper { return logstore.Keeper{Dialect: plan.Dialect(), Client: c} }

// Eraser erases lines from an OpenSearch.
func Eraser(c *Client) logstore.Eraser {
	return logstore.Eraser{Conn: &c.conn, Send: c.send, Recognise: c.recognise, Streams: c.Streams}
}

// NewCredentials reads a Secret. OpenSearch has no keys that are sent as Elasticsearch has it.
func NewCredentials(data map[string][]byte) (logstore.Credentials, error) {
	c, err := logstore.NewCredentials(data)
	if err != nil {
		return c, err
	}
	if apiKey, _, _ := c.Login(); apiKey != "" {
		return logstore.Credentials{}, logstore.Invalid("has apiKey, which OpenSearch does not take: it needs username and password")
	}
	return c, nil
}

func (c *Client) ask(ctx context.Context, name, method string, request opensearchgo.Request, out any) error {
	return c.conn.Ask(ctx, name, func(ctx context.Context) (*http.Response, error) {
		made, err := request.GetRequest(method)
		if err != nil {
			return nil, err
		}
		return c.send(made.WithContext(ctx))
	}, out)
}

// send adds what requests of the official client lack: to whom, and from whom.
func (c *Client) send(request *http.Request) (*http.Response, error) {
	to := *c.root
	to.Path = strings.TrimSuffix(c.root.Path, "/") + "/" + strings.TrimPrefix(request.URL.Path, "/")
	to.RawPath = strings.TrimSuffix(c.root.EscapedPath(), "/") + "/" + strings.TrimPrefix(request.URL.EscapedPath(), "/")
	to.RawQuery = request.URL.RawQuery
	request.URL, request.Host = &to, ""
	if request.Header == nil {
		request.Header = http.Header{}
	}
	request.Header.Set("Accept", logstore.MediaType)
	request.Header.Set("User-Agent", c.userAgent)
	if request.Body != nil {
		request.Header.Set("Content-Type", logstore.MediaType)
	}
	if _, username, password := c.conn.Credentials.Login(); password != "" {
		request.SetBasicAuth(username, password)
	}
	return c.transport.RoundTrip(request)
}

// recognise fails unless an OpenSearch answers, before anything is written to it: an Elasticsearch takes templates as well.
func (c *Client) recognise(ctx context.Context) error {
	if c.known.Load() {
		return nil
	}
	const name = "ask who answers"
	var found struct {
		Version struct {
			Distribution string `json:"distribution"`
		} `json:"version"`
	}
	err := c.ask(ctx, name, http.MethodGet, opensearchapi.InfoReq{}, &found)
	if err != nil && !errors.Is(err, logstore.ErrAbsent) {
		return err
	}
	if found.Version.Distribution != "opensearch" {
		return c.conn.NotAPI(name)
	}
	c.known.Store(true)
	return nil
}

// withBody is a request with another body than the official client has for it.
type withBody struct {
	opensearchgo.Request

	body any
}

// GetRequest is that of the official client, but for the body.
func (r withBody) GetRequest(method string) (*http.Request, error) {
	request, err := r.Request.GetRequest(method)
	if err != nil {
		return nil, err
	}
	content, err := json.Marshal(r.body)
	if err != nil {
		return nil, fmt.Errorf("cannot write the body: %w", err)
	}
	request.Body, request.ContentLength = io.NopCloser(bytes.NewReader(content)), int64(len(content))
	request.GetBody = func() (io.ReadCloser, error) { return io.NopCloser(bytes.NewReader(content)), nil }
	return request, nil
}
