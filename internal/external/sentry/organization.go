package sentry

import (
	"context"
	"net/http"

	plan "github.com/tux-io/tux-monitoring-operator/internal/plan/sentry"
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

// Organization reads the organization, without the list of all its projects and teams.
func (c *Client) Organization(ctx context.Context) (Organization, error) {
	var found Organization
	address, err := c.organization()
	if err != nil {
		return found, err
	}
	_, err = c.do(ctx, call{
		name: "get organization", method: http.MethodGet, address: address + "?detailed=0", out: &found, success: []int{http.StatusOK},
	})
	return found, err
}

// Policy is what the organization demands of all its projects.
func (o Organization) Policy() plan.Policy {
	return plan.Policy{
		Scrubber: o.DataScrubber, Defaults: o.DataScrubberDefaults, IPAddresses: o.ScrubIPAddresses,
		SensitiveFields: o.SensitiveFields, SafeFields: o.SafeFields,
	}
}

// Connect returns a client for the region that has the data of the organization, and what was read of
// the organization on the way.
func Connect(ctx context.Context, config Config) (*Client, Organization, error) {
	client, err := New(config)
	if err != nil {
		return nil, Organization{}, err
	}
	found, err := client.Organization(ctx)
	if err != nil {
		return nil, Organization{}, err
	}
	client, err = client.InRegion(found)
	return client, found, err
}
