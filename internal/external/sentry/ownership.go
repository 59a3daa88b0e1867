package sentry

import (
	"context"
	"net/http"
)

// Ownership says to whom issues belong. Rules are null before the first ones are written.
type Ownership struct {
	Raw            string `json:"raw"`
	Fallthrough    bool   `json:"fallthrough"`
	AutoAssignment string `json:"autoAssignment"`
}

// OwnershipUpdate has what to write; nil is left as it is.
type OwnershipUpdate struct {
	Raw            *string `json:"raw,omitempty"`
	AutoAssignment *string `json:"autoAssignment,omitempty"`
}

// Ownership reads the ownership rules of a project.
func (c *Client) Ownership(ctx context.Context, project string) (Ownership, error) {
	var found Ownership
	address, err := c.project(project, "ownership")
	if err != nil {
		return found, err
	}
	_, err = c.do(ctx, call{
		name: "get ownership rules", method: http.MethodGet, address: address, out: &found, success: []int{http.StatusOK},
	})
	return found, err
}

// SetOwnership writes ownership rules. Older servers answer 200 instead of 202.
func (c *Client) SetOwnership(ctx context.Context, project string, update OwnershipUpdate) error {
	address, err := c.project(project, "ownership")
	if err != nil {
		return err
	}
	_, err = c.do(ctx, call{
		name: "update ownership rules", method: http.MethodPut, address: address, in: update,
		success: []int{http.StatusAccepted, http.StatusOK},
	})
	return err
}
