package sentry

import (
	"context"
	"net/http"
)

// Organization is what is read of one: where its data lives, and the policies that win over those of
// its projects.
type Organization struct {
	ID    string `json:"id"`
	Slug  string `json:"slug"`
	Links struct {
		RegionURL string `json:"regionUrl"`
	} `json:"links"`
	DataScrubber         bool     `json:"dataScrubber"`
	DataScrubberDefaults bool     `json:"dataScrubberDefaults"`
	ScrubIPAddresses     bool     `json:"scrubIPAddresses"`
	SensitiveFields      []string `json:"sensitiveFields"`
	SafeFields           []string `json:"safeFields"`
}

// Organization reads the organization.
func (c *Client) Organization(ctx context.Context) (Organization, error) {
	var found Organization
	address, err := c.organization()
	if err != nil {
		return found, err
	}
	_, err = c.do(ctx, call{
		name: "get organization", method: http.MethodGet, address: address, out: &found, success: []int{http.StatusOK},
	})
	return found, err
}
