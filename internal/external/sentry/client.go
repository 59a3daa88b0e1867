package sentry

import (
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strings"
)

// apiPath is where the API begins below the root of a server.
const apiPath = "/api/0/"

// Config says whom to ask, and as whom.
type Config struct {
	// URL is the root of the server, such as https://sentry.io or https://tools.example/sentry. The
	// ends /api and /api/0 are accepted too.
	URL string
	// Organization is the slug or the number of the organization.
	Organization string
	Token        Token
	// UserAgent is sent with every request.
	UserAgent string
	// Transport sends; all clients share one external.Hosts.
	Transport http.RoundTripper
}

// Client asks one organization. It is safe for concurrent use.
type Client struct {
	config Config
	root   *url.URL
	http   http.Client
}

// New returns a client; it does not ask anything yet.
func New(config Config) (*Client, error) {
	if config.Organization == "" || config.Token.value == "" || config.UserAgent == "" || config.Transport == nil {
		return nil, errors.New("organization, token, user agent and transport are required")
	}
	root, err := rootOf(config.URL)
	if err != nil {
		return nil, err
	}
	return &Client{config: config, root: root, http: http.Client{
		Transport: config.Transport,
		// Go would repeat a redirected PUT as a GET, and hand the token to whoever is there.
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}}, nil
}

// rootOf parses the URL of a server. Its error quotes nothing of a URL that may hold a password.
func rootOf(text string) (*url.URL, error) {
	root, err := url.Parse(strings.TrimSpace(text))
	if err != nil {
		return nil, errors.New("the URL of Sentry is none")
	}
	if root.User != nil {
		return nil, errors.New("the URL of Sentry has a user or a password in it")
	}
	if root.Scheme != "https" && root.Scheme != "http" || root.Host == "" || root.RawQuery != "" || root.Fragment != "" {
		return nil, fmt.Errorf("the URL of Sentry must be https://HOST or https://HOST/PATH, not %q", text)
	}
	path := strings.TrimRight(root.Path, "/")
	path = strings.TrimSuffix(strings.TrimSuffix(path, "/api/0"), "/api")
	root.Path, root.RawPath = path, ""
	return root, nil
}

// InRegion returns the client for the region that holds the data of the organization. Only servers of
// sentry.io have regions, and only there is the answer believed: a token is sent to no host that
// another server names.
func (c *Client) InRegion(organization Organization) (*Client, error) {
	region := organization.Links.RegionURL
	if region == "" || !ofSentryIO(c.root) {
		return c, nil
	}
	root, err := rootOf(region)
	if err != nil || root.Scheme != "https" || !ofSentryIO(root) {
		return nil, fmt.Errorf("organization %q names a region outside of sentry.io", c.config.Organization)
	}
	moved := *c
	moved.root = root
	return &moved, nil
}

func ofSentryIO(root *url.URL) bool {
	host := strings.ToLower(root.Hostname())
	return host == "sentry.io" || strings.HasSuffix(host, ".sentry.io")
}

// organization is the address of something in the organization: its parts are escaped, and a slash
// ends it, without which Sentry redirects.
func (c *Client) organization(parts ...string) (string, error) {
	return c.address(append([]string{"organizations", c.config.Organization}, parts...))
}

func (c *Client) project(project string, parts ...string) (string, error) {
	return c.address(append([]string{"projects", c.config.Organization, project}, parts...))
}

func (c *Client) team(team string, parts ...string) (string, error) {
	return c.address(append([]string{"teams", c.config.Organization, team}, parts...))
}

func (c *Client) address(parts []string) (string, error) {
	escaped := make([]string, 0, len(parts))
	for _, part := range parts {
		// These three would make the path that of something else.
		if part == "" || part == "." || part == ".." {
			return "", fmt.Errorf("%q cannot be part of an address", part)
		}
		escaped = append(escaped, url.PathEscape(part))
	}
	return strings.TrimRight(c.root.String(), "/") + apiPath + strings.Join(escaped, "/") + "/", nil
}
