package sentry

import (
	"context"
	"net/http"
	"net/url"
)

// Detector is what finds issues. Each project has some for its errors; those that watch a number are made by people.
type Detector struct {
	ID             string              `json:"id"`
	Name           string              `json:"name"`
	Type           string              `json:"type"`
	ProjectID      string              `json:"projectId"`
	Enabled        bool                `json:"enabled"`
	DataSources    []DetectorSource    `json:"dataSources"`
	ConditionGroup *DetectorConditions `json:"conditionGroup"`
	Config         DetectorConfig      `json:"config"`
}

// DetectorSource is what a detector counts, wrapped as answers have it.
type DetectorSource struct {
	QueryObj struct {
		SnubaQuery struct {
			Aggregate   string  `json:"aggregate"`
			Dataset     string  `json:"dataset"`
			Query       string  `json:"query"`
			TimeWindow  int     `json:"timeWindow"`
			Environment *string `json:"environment"`
		} `json:"snubaQuery"`
	} `json:"queryObj"`
}

// DetectorConditions are thresholds.
type DetectorConditions struct {
	Conditions []DetectorCondition `json:"conditions"`
}

// DetectorCondition is one threshold and the priority that it leads to; 0 resolves. What the others compare with
// need not be a number.
type DetectorCondition struct {
	Type       string `json:"type"`
	Comparison any    `json:"comparison"`
	Result     int    `json:"conditionResult"`
}

// DetectorConfig says how a detector compares.
type DetectorConfig struct {
	DetectionType string `json:"detectionType"`
}

// DetectorUpdate is a whole detector of a number.
type DetectorUpdate struct {
	Name        string              `json:"name"`
	Type        string              `json:"type"`
	Enabled     bool                `json:"enabled"`
	DataSources []SourceUpdate      `json:"data_sources"`
	Config      DetectorConfig      `json:"config"`
	Conditions  DetectorGroupUpdate `json:"condition_group"`
}

// SourceUpdate is what a detector counts, as requests have it.
type SourceUpdate struct {
	Aggregate   string   `json:"aggregate"`
	Dataset     string   `json:"dataset"`
	Environment string   `json:"environment"`
	EventTypes  []string `json:"eventTypes"`
	Query       string   `json:"query"`
	QueryType   int      `json:"queryType"`
	// TimeWindow is seconds.
	TimeWindow int `json:"timeWindow"`
}

// DetectorGroupUpdate are its thresholds.
type DetectorGroupUpdate struct {
	LogicType  string              `json:"logic_type"`
	Conditions []DetectorCondition `json:"conditions"`
}

// Detectors lists the detectors of a project.
func (c *Client) Detectors(ctx context.Context, project string) ([]Detector, error) {
	address, err := c.organization("detectors")
	if err != nil {
		return nil, err
	}
	return list[Detector](ctx, c, "list detectors", address, url.Values{"project": {project}})
}

// CreateDetector makes a detector. Names are not unique: look before.
func (c *Client) CreateDetector(ctx context.Context, project string, wanted DetectorUpdate) error {
	address, err := c.organization("projects", project, "detectors")
	if err != nil {
		return err
	}
	_, err = c.do(ctx, call{
		name: "create metric monitor", method: http.MethodPost, address: address, in: wanted, success: []int{http.StatusCreated},
	})
	return err
}

// UpdateDetector writes a detector.
func (c *Client) UpdateDetector(ctx context.Context, id string, wanted DetectorUpdate) error {
	address, err := c.organization("detectors", id)
	if err != nil {
		return err
	}
	_, err = c.do(ctx, call{
		name: "update metric monitor", method: http.MethodPut, address: address, in: wanted, success: []int{http.StatusOK},
	})
	return err
}
