package sentrytest

import (
	"fmt"
	"net/http"
	"slices"
	"time"
)

type detectorBody struct {
	Name        string           `json:"name"`
	Type        string           `json:"type"`
	Enabled     *bool            `json:"enabled"`
	DataSources []map[string]any `json:"data_sources"`
	Config      map[string]any   `json:"config"`
	Group       *struct {
		LogicType  string           `json:"logic_type"`
		Conditions []map[string]any `json:"conditions"`
	} `json:"condition_group"`
}

func listDetectors(e *exchange) {
	project := e.r.URL.Query().Get("project")
	if e.state.NoWorkflows {
		notFound(e)
		return
	}
	if project == "" {
		e.server.problem("a list of the detectors of all projects")
	}
	p, _ := e.state.project(project)
	all := []any{}
	for _, d := range e.state.Detectors {
		if project == "" || p != nil && p.ID == d.ProjectID {
			all = append(all, detectorAnswer(e.state, d))
		}
	}
	respondPage(e, e.r, all, 100)
}

func createDetector(e *exchange) {
	d := &Detector{ID: e.state.id(), ProjectID: e.project.ID, Enabled: true, Created: time.Now()}
	if !e.fillDetector(d) {
		return
	}
	for _, other := range e.state.Detectors {
		if other.Name == d.Name && other.ProjectID == d.ProjectID && other.Source["environment"] == d.Source["environment"] {
			e.server.problem("the same metric monitor twice: " + d.Name)
		}
	}
	e.state.Detectors = append(e.state.Detectors, d)
	respond(e, http.StatusCreated, detectorAnswer(e.state, d))
}

func updateDetector(e *exchange) {
	for _, d := range e.state.Detectors {
		if d.ID != e.r.PathValue("detector") {
			continue
		}
		if d.Type != "metric_issue" {
			refuse(e, http.StatusForbidden, "You do not have permission to perform this action.")
			return
		}
		if e.fillDetector(d) {
			respond(e, http.StatusOK, detectorAnswer(e.state, d))
		}
		return
	}
	notFound(e)
}

func (e *exchange) fillDetector(d *Detector) bool {
	var body detectorBody
	if !e.decode(&body) {
		return false
	}
	if text := e.refusedDetector(body); text != "" {
		invalid(e, "detector", text)
		return false
	}
	d.Name, d.Type, d.Source, d.Config = body.Name, body.Type, body.DataSources[0], body.Config
	d.Conditions = body.Group.Conditions
	if body.Enabled != nil {
		d.Enabled = *body.Enabled
	}
	return true
}

// refusedDetector: something has to resolve, and nobody may have more than three thresholds.
func (e *exchange) refusedDetector(body detectorBody) string {
	resolves := func(c map[string]any) bool { return c["conditionResult"] == float64(0) }
	if body.Name == "" || len(body.Name) > 200 || body.Type != "metric_issue" {
		return "Unknown detector type"
	}
	switch {
	case len(body.DataSources) != 1 || body.Group == nil || len(body.Group.Conditions) > 3 || body.Config["detectionType"] != "static":
		return "Invalid data source, conditions or config"
	case !slices.ContainsFunc(body.Group.Conditions, resolves):
		return "Resolution condition required for metric issue detector."
	}
	return e.refusedSource(body.DataSources[0])
}

// refusedSource: each data set has events of its own types.
func (e *exchange) refusedSource(source map[string]any) string {
	environment, _ := source["environment"].(string)
	window, _ := source["timeWindow"].(float64)
	dataset := map[any]string{"events": "default", "events_analytics_platform": "trace_item_span"}[source["dataset"]]
	types, _ := source["eventTypes"].([]any)
	switch {
	case !e.state.sends(environment):
		return "Environment is not part of this organization"
	case window < 60 || window > 86400:
		return "Invalid Time Window"
	case dataset == "" || len(types) == 0 || types[0] != dataset:
		return "Invalid event types for this dataset"
	}
	return ""
}

func detectorAnswer(s *State, d *Detector) map[string]any {
	created := d.Created.Format(time.RFC3339)
	workflows := []string{}
	for _, w := range s.Workflows {
		if slices.Contains(w.DetectorIDs, d.ID) {
			workflows = append(workflows, w.ID)
		}
	}
	body := map[string]any{
		"id": d.ID, "projectId": d.ProjectID, "name": d.Name, "type": d.Type, "workflowIds": workflows, "owner": nil, "createdBy": nil,
		"dateCreated": created, "dateUpdated": created, "dataSources": nil, "conditionGroup": nil, "config": map[string]any{},
		"enabled": d.Enabled, "latestGroup": nil,
	}
	if d.Source == nil {
		return body
	}
	// An answer has another form than a request.
	query := map[string]any{"id": "1", "extrapolationMode": "unknown"}
	for _, name := range []string{"aggregate", "dataset", "query", "timeWindow", "environment", "eventTypes"} {
		query[name] = d.Source[name]
	}
	body["dataSources"] = []any{map[string]any{
		"id": "1", "organizationId": "2", "type": "snuba_query_subscription", "sourceId": "1",
		"queryObj": map[string]any{"id": "1", "status": 1, "subscription": nil, "snubaQuery": query},
	}}
	conditions := []any{}
	for i, one := range d.Conditions {
		conditions = append(conditions, map[string]any{
			"id": fmt.Sprint(i + 1), "type": one["type"], "comparison": one["comparison"], "conditionResult": one["conditionResult"],
		})
	}
	body["conditionGroup"] = map[string]any{"id": "1", "organizationId": "2", "logicType": "any", "conditions": conditions, "actions": []any{}}
	body["config"] = d.Config
	return body
}
