package sentry

import (
	"context"
	"net/http"
)

// ProjectInfo is what is read of a project. The answer also has its security token in clear, which is
// not decoded.
type ProjectInfo struct {
	ID                   string   `json:"id"`
	Slug                 string   `json:"slug"`
	Name                 string   `json:"name"`
	Platform             string   `json:"platform"`
	Teams                []Team   `json:"teams"`
	DataScrubber         bool     `json:"dataScrubber"`
	DataScrubberDefaults bool     `json:"dataScrubberDefaults"`
	ScrubIPAddresses     bool     `json:"scrubIPAddresses"`
	SensitiveFields      []string `json:"sensitiveFields"`
	SafeFields           []string `json:"safeFields"`
	RelayPIIConfig       string   `json:"relayPiiConfig"`
	DefaultEnvironment   string   `json:"defaultEnvironment"`
}

// Team is a team of the organization.
type Team struct {
	ID   string `json:"id"`
	Slug string `json:"slug"`
}

// NewProject is what a project is created with.
type NewProject struct {
	Name     string `json:"name"`
	Slug     string `json:"slug"`
	Platform string `json:"platform,omitempty"`
	// DefaultRules asks for an alert that mails people; it cannot be taken back by settings.
	DefaultRules bool `json:"default_rules"`
}

// ProjectUpdate has the settings to write; nil ones are left as they are.
type ProjectUpdate struct {
	Slug                 *string   `json:"slug,omitempty"`
	Name                 *string   `json:"name,omitempty"`
	Platform             *string   `json:"platform,omitempty"`
	DataScrubber         *bool     `json:"dataScrubber,omitempty"`
	DataScrubberDefaults *bool     `json:"dataScrubberDefaults,omitempty"`
	ScrubIPAddresses     *bool     `json:"scrubIPAddresses,omitempty"`
	SensitiveFields      *[]string `json:"sensitiveFields,omitempty"`
	SafeFields           *[]string `json:"safeFields,omitempty"`
	RelayPIIConfig       *string   `json:"relayPiiConfig,omitempty"`
	DefaultEnvironment   *string   `json:"defaultEnvironment,omitempty"`
}

// GetProject reads a project by number or slug.
func (c *Client) GetProject(ctx context.Context, project string) (ProjectInfo, error) {
	var found ProjectInfo
	address, err := c.project(project)
	if err != nil {
		return found, err
	}
	_, err = c.do(ctx, call{
		name: "get project", method: http.MethodGet, address: address, out: &found, success: []int{http.StatusOK},
	})
	return found, err
}

// CreateProject makes a project in a team. It is not idempotent: look before.
func (c *Client) CreateProject(ctx context.Context, team string, wanted NewProject) (ProjectInfo, error) {
	var made ProjectInfo
	address, err := c.team(team, "projects")
	if err != nil {
		return made, err
	}
	_, err = c.do(ctx, call{
		name: "create project", method: http.MethodPost, address: address, in: wanted, out: &made, success: []int{http.StatusCreated},
	})
	return made, err
}

// UpdateProject writes settings. A success does not mean that they are kept: unknown fields, and those
// which the scope or the plan does not grant, are dropped without a word.
func (c *Client) UpdateProject(ctx context.Context, project string, update ProjectUpdate) error {
	address, err := c.project(project)
	if err != nil {
		return err
	}
	_, err = c.do(ctx, call{
		name: "update project", method: http.MethodPut, address: address, in: update, success: []int{http.StatusOK},
	})
	return err
}

// DeleteProject deletes a project with all its events; its slug is free at once.
func (c *Client) DeleteProject(ctx context.Context, project string) error {
	address, err := c.project(project)
	if err != nil {
		return err
	}
	_, err = c.do(ctx, call{
		name: "delete project", method: http.MethodDelete, address: address, success: []int{http.StatusNoContent},
	})
	return err
}

// AddTeam gives a team access to a project.
func (c *Client) AddTeam(ctx context.Context, project, team string) error {
	return c.changeTeam(ctx, "add team to project", http.MethodPost, http.StatusCreated, project, team)
}

// RemoveTeam takes it away.
func (c *Client) RemoveTeam(ctx context.Context, project, team string) error {
	return c.changeTeam(ctx, "remove team from project", http.MethodDelete, http.StatusOK, project, team)
}

func (c *Client) changeTeam(ctx context.Context, name, method string, success int, project, team string) error {
	address, err := c.project(project, "teams", team)
	if err != nil {
		return err
	}
	_, err = c.do(ctx, call{name: name, method: method, address: address, success: []int{success}})
	return err
}
