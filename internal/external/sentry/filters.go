package sentry

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"net/url"
)

// Filter is an inbound filter. Most are on or off; the one for old browsers has parts.
type Filter struct {
	ID     string      `json:"id"`
	Active FilterState `json:"active"`
}

// FilterState is true, false, or a list of parts that are on.
type FilterState struct {
	On    bool
	Parts []string
}

// UnmarshalJSON takes all forms.
func (s *FilterState) UnmarshalJSON(content []byte) error {
	*s = FilterState{}
	if json.Unmarshal(content, &s.On) == nil {
		return nil
	}
	if json.Unmarshal(content, &s.Parts) == nil {
		s.On = len(s.Parts) > 0
		return nil
	}
	return errors.New("the state of a filter is neither a boolean nor a list")
}

// Filters lists the inbound filters of a project.
func (c *Client) Filters(ctx context.Context, project string) ([]Filter, error) {
	address, err := c.project(project, "filters")
	if err != nil {
		return nil, err
	}
	return list[Filter](ctx, c, "list filters", address, url.Values{})
}

// SetFilter turns a filter on or off. Older servers answer 201.
func (c *Client) SetFilter(ctx context.Context, project, filter string, on bool) error {
	address, err := c.project(project, "filters", filter)
	if err != nil {
		return err
	}
	_, err = c.do(ctx, call{
		name: "update filter", method: http.MethodPut, address: address, in: map[string]bool{"active": on},
		success: []int{http.StatusNoContent, http.StatusCreated, http.StatusOK},
	})
	return err
}
