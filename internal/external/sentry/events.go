package sentry

import (
	"context"
	"encoding/json"
	"net/http"
)

// Event reads one event by its number, as Sentry has it. It is not there before it was stored, some seconds
// after it was accepted: until then the answer is 404.
func (c *Client) Event(ctx context.Context, project, id string) (json.RawMessage, error) {
	var found json.RawMessage
	address, err := c.project(project, "events", id)
	if err != nil {
		return nil, err
	}
	_, err = c.do(ctx, call{
		name: "read event", method: http.MethodGet, address: address, out: &found, success: []int{http.StatusOK},
	})
	return found, err
}
