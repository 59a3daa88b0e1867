package sentry

import (
	"context"
	"encoding/json"
	"net/http"
	"net/url"
)

// Workflow is what Sentry calls an alert: what starts it, what else must hold, who is told. Without a detector
// it never fires, and Sentry says nothing.
type Workflow struct {
	ID          string   `json:"id"`
	Name        string   `json:"name"`
	Enabled     bool     `json:"enabled"`
	Environment string   `json:"environment"`
	DetectorIDs []string `json:"detectorIds"`
	Config      struct {
		Frequency int `json:"frequency"`
	} `json:"config"`
	Triggers      ConditionGroup   `json:"triggers"`
	ActionFilters []ConditionGroup `json:"actionFilters"`
}

// ConditionGroup is some conditions, and for a filter what is done if they hold.
type ConditionGroup struct {
	ID         string      `json:"id"`
	LogicType  string      `json:"logicType"`
	Conditions []Condition `json:"conditions"`
	Actions    []Action    `json:"actions"`
}

// Condition is one of them. What it is compared with depends on its type.
type Condition struct {
	ID         string          `json:"id,omitempty"`
	Type       string          `json:"type"`
	Comparison json.RawMessage `json:"comparison"`
	Result     bool            `json:"conditionResult"`
}

// Frequency is what event_frequency_count compares with.
type Frequency struct {
	Value    int    `json:"value"`
	Interval string `json:"interval"`
}

// Action tells somebody.
type Action struct {
	ID            string            `json:"id,omitempty"`
	Type          string            `json:"type"`
	IntegrationID *string           `json:"integrationId"`
	Data          map[string]string `json:"data"`
	Config        ActionConfig      `json:"config"`
	Status        string            `json:"status"`
}

// ActionConfig says whom.
type ActionConfig struct {
	TargetType       string  `json:"targetType"`
	TargetDisplay    *string `json:"targetDisplay"`
	TargetIdentifier *string `json:"targetIdentifier"`
}

// WorkflowUpdate is a whole alert. What has no number in it is made anew, what is left out is deleted. The
// spelling of the names is the one that servers of all versions take.
type WorkflowUpdate struct {
	Name          string         `json:"name"`
	Enabled       bool           `json:"enabled"`
	Environment   string         `json:"environment"`
	DetectorIDs   []int          `json:"detectorIds"`
	Config        map[string]int `json:"config"`
	Triggers      TriggersUpdate `json:"triggers"`
	ActionFilters []FilterUpdate `json:"action_filters"`
}

// TriggersUpdate is what starts an alert.
type TriggersUpdate struct {
	ID         int         `json:"id,omitempty"`
	LogicType  string      `json:"logic_type"`
	Conditions []Condition `json:"conditions"`
}

// FilterUpdate is what else must hold, and who is told.
type FilterUpdate struct {
	ID         string      `json:"id,omitempty"`
	LogicType  string      `json:"logicType"`
	Conditions []Condition `json:"conditions"`
	Actions    []Action    `json:"actions"`
}

// Workflows lists the alerts that are connected with a project.
func (c *Client) Workflows(ctx context.Context, project string) ([]Workflow, error) {
	return c.workflows(ctx, url.Values{"project": {project}})
}

// FindWorkflows lists the alerts of the organization with a text in their name, connected or not.
func (c *Client) FindWorkflows(ctx context.Context, text string) ([]Workflow, error) {
	return c.workflows(ctx, url.Values{"query": {text}})
}

func (c *Client) workflows(ctx context.Context, query url.Values) ([]Workflow, error) {
	address, err := c.organization("workflows")
	if err != nil {
		return nil, err
	}
	return list[Workflow](ctx, c, "list alerts", address, query)
}

// CreateWorkflow makes an alert. Names are not unique: look before.
func (c *Client) CreateWorkflow(ctx context.Context, wanted WorkflowUpdate) error {
	address, err := c.organization("workflows")
	if err != nil {
		return err
	}
	_, err = c.do(ctx, call{
		name: "create alert", method: http.MethodPost, address: address, in: wanted, success: []int{http.StatusCreated},
	})
	return err
}

// UpdateWorkflow writes an alert.
func (c *Client) UpdateWorkflow(ctx context.Context, id string, wanted WorkflowUpdate) error {
	address, err := c.organization("workflows", id)
	if err != nil {
		return err
	}
	_, err = c.do(ctx, call{
		name: "update alert", method: http.MethodPut, address: address, in: wanted, success: []int{http.StatusOK},
	})
	return err
}

// DeleteWorkflow deletes an alert.
func (c *Client) DeleteWorkflow(ctx context.Context, id string) error {
	address, err := c.organization("workflows", id)
	if err != nil {
		return err
	}
	_, err = c.do(ctx, call{name: "delete alert", method: http.MethodDelete, address: address, success: []int{http.StatusNoContent}})
	return err
}
