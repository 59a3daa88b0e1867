package elastic

import (
	"bytes"
	"context"
	"errors"
	"io"
	"net/http"
	"strings"

	"github.com/elastic/elastic-transport-go/v8/elastictransport"

	"github.com/tux-io/tux-monitoring-operator/internal/external/logstore"
	plan "github.com/tux-io/tux-monitoring-operator/internal/plan/retention/elastic"
)

const product = "Elasticsearch"

// Client asks one Elasticsearch. It is safe for concurrent use.
type Client struct {
	conn      logstore.Conn
	transport *elastictransport.Client
}

// New returns a client; it does not ask anything yet.
func New(config logstore.Config) (*Client, error) {
	root, err := config.Root(product)
	if err != nil {
		return nil, err
	}
	options := []elastictransport.Option{
		elastictransport.WithUserAgent(config.UserAgent), elastictransport.WithURLs(root), elastictransport.WithTransport(config.Transport),
		// The runner tries again, for all resources of a host together.
		elastictransport.WithDisableRetry(),
	}
	switch apiKey, username, password := config.Credentials.Login(); {
	case apiKey != "":
		options = append(options, elastictransport.WithAPIKey(apiKey))
	case password != "":
		options = append(options, elastictransport.WithBasicAuth(username, password))
	}
	transport, err := elastictransport.NewClient(options...)
	if err != nil {
		return nil, errors.New("cannot make the client of Elasticsearch")
	}
	return &Client{transport: transport, conn: logstore.Conn{
		Product: product, Credentials: config.Credentials, Types: []string{"application/vnd.elasticsearch+json"},
		Genuine: func(answer *http.Response) bool { return answer.Header.Get("X-Elastic-Product") == product },
	}}, nil
}

// Keeper keeps tenants of an Elasticsearch.
func Keeper(c *Client) logstore.Keeper { return logstore.Keeper{Dialect: plan.Dialect(), Client: c} }

// Eraser erases lines from an Elasticsearch.
func Eraser(c *Client) logstore.Eraser {
	return logstore.Eraser{Conn: &c.conn, Streams: c.Streams, Send: func(request *http.Request) (*http.Response, error) {
		answer, err := c.transport.Perform(request)
		return answer, causeOf(err)
	}}
}

// mediaType is what both Elasticsearch 8 and 9 take. The client for version 9 would name its own, which 8 refuses.
const mediaType = logstore.MediaType

// endpoint is a request of the official client.
type endpoint interface {
	Perform(ctx context.Context) (*http.Response, error)
}

func (c *Client) ask(ctx context.Context, name string, request endpoint, out any) error {
	return c.conn.Ask(ctx, name, func(ctx context.Context) (*http.Response, error) {
		answer, err := request.Perform(ctx)
		return answer, causeOf(err)
	}, out)
}

// causeOf takes off what the official client says of itself.
func causeOf(err error) error {
	if inner := errors.Unwrap(err); inner != nil && strings.HasPrefix(err.Error(), "an error happened") {
		return inner
	}
	return err
}

func reader(body []byte) io.Reader { return bytes.NewReader(body) }
