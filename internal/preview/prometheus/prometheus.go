// Package prometheus asks a Prometheus, or what speaks its API, for a preview.
//
// It only reads, with POST so that long queries fit, holds answers to a size, and passes on what
// Prometheus says about a query it refuses. The token never appears in an error.
package prometheus

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	"github.com/tux-io/tux-monitoring-operator/internal/preview"
)

// Config of a client.
type Config struct {
	// URL of the server, with the path before /api/v1 if there is one.
	URL string
	// Token is sent as a bearer token if it is not empty.
	Token string
	// CA are PEM certificates to trust instead of those of the system; empty: those of the system.
	CA []byte
	// Timeout of one query; default 30s.
	Timeout time.Duration
	// UserAgent names the client.
	UserAgent string
}

// maxAnswer is the largest body read of an answer: 200 series of 5000 points are 30 MB.
const maxAnswer = 64 << 20

// Client is a preview.Source.
type Client struct {
	config Config
	base   *url.URL
	http   *http.Client
}

var _ preview.Source = (*Client)(nil)

// New returns a client. It fails for a URL without http or https, with a password in it, and for
// certificates it cannot read.
func New(c Config) (*Client, error) {
	base, err := url.Parse(c.URL)
	if err != nil {
		// The error repeats the URL, in which a password may be.
		return nil, errors.New("cannot use the URL of Prometheus: it is no URL")
	}
	if base.User != nil {
		return nil, errors.New("cannot use the URL of Prometheus: it contains a user or password, put a token into a file")
	}
	if base.Scheme != "http" && base.Scheme != "https" || base.Host == "" {
		return nil, fmt.Errorf("cannot use the URL of Prometheus %q: write https://host:port", c.URL)
	}
	if c.Timeout == 0 {
		c.Timeout = 30 * time.Second
	}
	security := &tls.Config{MinVersion: tls.VersionTLS12}
	if len(c.CA) > 0 {
		security.RootCAs = x509.NewCertPool()
		if !security.RootCAs.AppendCertsFromPEM(c.CA) {
			return nil, errors.New("cannot use the CA of Prometheus: the file has no PEM certificate")
		}
	}
	transport := &http.Transport{Proxy: http.ProxyFromEnvironment, TLSClientConfig: security, ForceAttemptHTTP2: true, MaxIdleConnsPerHost: 8}
	return &Client{config: c, base: base, http: &http.Client{
		Transport: transport,
		Timeout:   c.Timeout,
		// A redirect would be followed with GET, or carry the token elsewhere.
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}}, nil
}

// Query asks /api/v1/query or /api/v1/query_range.
func (c *Client) Query(ctx context.Context, q preview.Query) ([]preview.Series, error) {
	form := url.Values{"query": {q.Expr}}
	path := "api/v1/query"
	if q.Step > 0 {
		path = "api/v1/query_range"
		form.Set("start", strconv.FormatInt(q.Start, 10))
		form.Set("end", strconv.FormatInt(q.End, 10))
		form.Set("step", strconv.FormatInt(q.Step, 10))
	} else {
		form.Set("time", strconv.FormatInt(q.End, 10))
	}
	body, err := c.post(ctx, path, form)
	if err != nil {
		return nil, err
	}
	return decode(body, &q)
}

func (c *Client) post(ctx context.Context, path string, form url.Values) ([]byte, error) {
	request, err := http.NewRequestWithContext(ctx, http.MethodPost, c.base.JoinPath(path).String(), strings.NewReader(form.Encode()))
	if err != nil {
		return nil, fmt.Errorf("cannot ask Prometheus: %w", err)
	}
	request.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	request.Header.Set("Accept", "application/json")
	if c.config.UserAgent != "" {
		request.Header.Set("User-Agent", c.config.UserAgent)
	}
	if c.config.Token != "" {
		request.Header.Set("Authorization", "Bearer "+c.config.Token)
	}
	response, err := c.http.Do(request)
	if err != nil {
		return nil, fmt.Errorf("cannot ask Prometheus: %w", err)
	}
	defer func() { _ = response.Body.Close() }()
	body, err := io.ReadAll(io.LimitReader(response.Body, maxAnswer+1))
	switch {
	case err != nil:
		return nil, fmt.Errorf("cannot read the answer of Prometheus: %w", err)
	case len(body) > maxAnswer:
		return nil, fmt.Errorf("cannot read the answer of Prometheus: it is larger than %d MiB", maxAnswer>>20)
	case !json.Valid(body):
		return nil, fmt.Errorf("cannot read the answer of Prometheus: HTTP status %s, no JSON", response.Status)
	}
	return body, nil
}

type reply struct {
	Status    string `json:"status"`
	ErrorType string `json:"errorType"`
	Error     string `json:"error"`
	Data      struct {
		ResultType string          `json:"resultType"`
		Result     json.RawMessage `json:"result"`
	} `json:"data"`
}

type sample [2]any

type series struct {
	Metric     map[string]string `json:"metric"`
	Value      *sample           `json:"value"`
	Values     []sample          `json:"values"`
	Histogram  json.RawMessage   `json:"histogram"`
	Histograms json.RawMessage   `json:"histograms"`
}

func decode(body []byte, q *preview.Query) ([]preview.Series, error) {
	var r reply
	if err := json.Unmarshal(body, &r); err != nil {
		return nil, fmt.Errorf("cannot read the answer of Prometheus: %w", err)
	}
	if r.Status != "success" {
		return nil, fmt.Errorf("%s: %s", r.ErrorType, r.Error)
	}
	var list []series
	switch r.Data.ResultType {
	case "scalar":
		list = []series{{Metric: map[string]string{}, Value: &sample{}}}
		if err := json.Unmarshal(r.Data.Result, list[0].Value); err != nil {
			return nil, fmt.Errorf("cannot read the answer of Prometheus: %w", err)
		}
	case "vector", "matrix":
		if err := json.Unmarshal(r.Data.Result, &list); err != nil {
			return nil, fmt.Errorf("cannot read the answer of Prometheus: %w", err)
		}
	default:
		return nil, fmt.Errorf("a result of type %q cannot be shown", r.Data.ResultType)
	}
	out := make([]preview.Series, 0, len(list))
	for i := range list {
		values, err := list[i].values(q)
		if err != nil {
			return nil, err
		}
		out = append(out, preview.Series{Metric: list[i].Metric, Values: values})
	}
	return out, nil
}

// values puts the samples into the places of their steps.
func (s *series) values(q *preview.Query) (preview.Values, error) {
	if s.Histogram != nil || s.Histograms != nil {
		return nil, errors.New("native histograms cannot be shown")
	}
	samples := s.Values
	if s.Value != nil {
		samples = []sample{*s.Value}
	}
	places := 1
	if q.Step > 0 {
		places = int((q.End-q.Start)/q.Step) + 1
	}
	out := make(preview.Values, places)
	for i := range out {
		out[i] = math.NaN()
	}
	for i := range samples {
		at, value, err := samples[i].read()
		if err != nil {
			return nil, err
		}
		place := 0
		if q.Step > 0 {
			place = int(math.Round((at - float64(q.Start)) / float64(q.Step)))
		}
		if place >= 0 && place < places {
			out[place] = value
		}
	}
	return out, nil
}

// read returns time and value of a sample, which Prometheus writes as [time, "value"].
func (s *sample) read() (at, value float64, err error) {
	at, isTime := s[0].(float64)
	text, isText := s[1].(string)
	value, err = strconv.ParseFloat(text, 64)
	if !isTime || !isText || err != nil {
		return 0, 0, fmt.Errorf("cannot read the answer of Prometheus: sample %v", *s)
	}
	return at, value, nil
}
