package sentry

import (
	"context"
	"net/http"
	"net/url"
)

// Environment is one that has sent an event; there is no other way to make one.
type Environment struct {
	Name   string `json:"name"`
	Hidden bool   `json:"isHidden"`
}

// Environments lists the environments of a project, hidden ones too.
func (c *Client) Environments(ctx context.Context, project string) ([]Environment, error) {
	address, err := c.project(project, "environments")
	if err != nil {
		return nil, err
	}
	return list[Environment](ctx, c, "list environments", address, url.Values{"visibility": {"all"}})
}

// HideEnvironment hides an environment, or shows it. (Sentry's own description has it the other way
// round.)
func (c *Client) HideEnvironment(ctx context.Context, project, environment string, hide bool) error {
	address, err := c.project(project, "environments", environment)
	if err != nil {
		return err
	}
	_, err = c.do(ctx, call{
		name: "update environment", method: http.MethodPut, address: address, in: map[string]bool{"isHidden": hide},
		success: []int{http.StatusOK},
	})
	return err
}
