package sentry

import (
	"context"
	"net/http"
	"net/url"
)

// Key is a client key. The answer also has a secret and an older DSN that contains it; neither is
// decoded.
type Key struct {
	ID        string     `json:"id"`
	Name      string     `json:"name"`
	Active    bool       `json:"isActive"`
	RateLimit *RateLimit `json:"rateLimit"`
	Created   string     `json:"dateCreated"`
	DSN       struct {
		Public string `json:"public"`
	} `json:"dsn"`
}

// RateLimit is how many events a key takes in a number of seconds. Both nil means no limit; the
// server takes null for the whole, which its own schema forbids.
type RateLimit struct {
	Count  *int `json:"count"`
	Window *int `json:"window"`
}

// KeyUpdate has what to write; nil is left as it is.
type KeyUpdate struct {
	Name      *string    `json:"name,omitempty"`
	Active    *bool      `json:"isActive,omitempty"`
	RateLimit *RateLimit `json:"rateLimit,omitempty"`
}

// Keys lists the client keys of a project, inactive ones too.
func (c *Client) Keys(ctx context.Context, project string) ([]Key, error) {
	address, err := c.project(project, "keys")
	if err != nil {
		return nil, err
	}
	return list[Key](ctx, c, "list keys", address, url.Values{})
}

// CreateKey makes a key. Names are not unique: look before.
func (c *Client) CreateKey(ctx context.Context, project, name string) (Key, error) {
	var made Key
	address, err := c.project(project, "keys")
	if err != nil {
		return made, err
	}
	_, err = c.do(ctx, call{
		name: "create key", method: http.MethodPost, address: address, in: map[string]string{"name": name},
		out: &made, success: []int{http.StatusCreated},
	})
	return made, err
}

// UpdateKey writes settings of a key. A plan without rate limits ignores them.
func (c *Client) UpdateKey(ctx context.Context, project, key string, update KeyUpdate) error {
	address, err := c.project(project, "keys", key)
	if err != nil {
		return err
	}
	_, err = c.do(ctx, call{
		name: "update key", method: http.MethodPut, address: address, in: update, success: []int{http.StatusOK},
	})
	return err
}
