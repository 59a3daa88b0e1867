package sentry

import (
	"context"
	"net/http"
	"net/url"
)

// Deploy is a note in a release that it runs in an environment now.
type Deploy struct {
	ID          string `json:"id"`
	Name        string `json:"name"`
	Environment string `json:"environment"`
}

// NewDeploy is what a deploy is created with.
type NewDeploy struct {
	Name        string `json:"name"`
	Environment string `json:"environment"`
	// Projects are slugs; without them it would be one of all projects of the release.
	Projects []string `json:"projects"`
}

// CreateRelease makes a release of a project. One that is there, perhaps of other projects, gets the project
// as well, which is no failure: 208.
func (c *Client) CreateRelease(ctx context.Context, version, slug string) error {
	address, err := c.organization("releases")
	if err != nil {
		return err
	}
	in := struct {
		Version  string   `json:"version"`
		Projects []string `json:"projects"`
	}{version, []string{slug}}
	_, err = c.do(ctx, call{
		name: "create release", method: http.MethodPost, address: address, in: in,
		success: []int{http.StatusCreated, http.StatusAlreadyReported},
	})
	return err
}

// Deploys lists the deploys of a release.
func (c *Client) Deploys(ctx context.Context, version string) ([]Deploy, error) {
	address, err := c.organization("releases", version, "deploys")
	if err != nil {
		return nil, err
	}
	return list[Deploy](ctx, c, "list deploys", address, url.Values{})
}

// CreateDeploy makes a deploy. It is not idempotent: look before.
func (c *Client) CreateDeploy(ctx context.Context, version string, wanted NewDeploy) (Deploy, error) {
	var made Deploy
	address, err := c.organization("releases", version, "deploys")
	if err != nil {
		return made, err
	}
	_, err = c.do(ctx, call{
		name: "create deploy", method: http.MethodPost, address: address, in: wanted, out: &made, success: []int{http.StatusCreated},
	})
	return made, err
}
