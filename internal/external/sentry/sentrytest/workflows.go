package sentrytest

import (
	"fmt"
	"maps"
	"net/http"
	"slices"
	"strings"
	"time"
)

// workflowFields are those of a request, in the spelling that servers of all versions take.
var workflowFields = []string{"name", "enabled", "environment", "detectorIds", "config", "triggers", "action_filters"}

type workflowBody struct {
	Name        string  `json:"name"`
	Enabled     *bool   `json:"enabled"`
	Environment *string `json:"environment"`
	DetectorIDs []int   `json:"detectorIds"`
	Config      struct {
		Frequency int `json:"frequency"`
	} `json:"config"`
	Triggers *struct {
		ID         int              `json:"id"`
		LogicType  string           `json:"logic_type"`
		Conditions []map[string]any `json:"conditions"`
	} `json:"triggers"`
	ActionFilters []struct {
		ID         string           `json:"id"`
		LogicType  string           `json:"logicType"`
		Conditions []map[string]any `json:"conditions"`
		Actions    []map[string]any `json:"actions"`
	} `json:"action_filters"`
}

func listWorkflows(e *exchange) {
	if e.state.NoWorkflows {
		notFound(e)
		return
	}
	project, text := e.r.URL.Query().Get("project"), e.r.URL.Query().Get("query")
	if project == "" && text == "" {
		e.server.problem("a list of the alerts of all projects")
	}
	all := []any{}
	for _, w := range e.state.Workflows {
		if (project == "" || e.state.connected(w, project)) && strings.Contains(strings.ToLower(w.Name), strings.ToLower(text)) {
			all = append(all, workflowAnswer(w))
		}
	}
	respondPage(e, e.r, all, 100)
}

// connected: a project shows the alerts that are connected with its detectors, and no others.
func (s *State) connected(w *Workflow, project string) bool {
	p, _ := s.project(project)
	return p != nil && slices.ContainsFunc(s.Detectors, func(d *Detector) bool {
		return d.ProjectID == p.ID && slices.Contains(w.DetectorIDs, d.ID)
	})
}

func createWorkflow(e *exchange) {
	w := &Workflow{ID: e.state.id(), Enabled: true, Created: time.Now()}
	if !e.fillWorkflow(w) {
		return
	}
	for _, other := range e.state.Workflows {
		if other.Name == w.Name && other.Environment == w.Environment {
			e.server.problem("the same alert twice: " + w.Name)
		}
	}
	e.state.Workflows = append(e.state.Workflows, w)
	respond(e, http.StatusCreated, workflowAnswer(w))
}

func updateWorkflow(e *exchange) {
	for _, w := range e.state.Workflows {
		if w.ID == e.r.PathValue("workflow") {
			if e.fillWorkflow(w) {
				respond(e, http.StatusOK, workflowAnswer(w))
			}
			return
		}
	}
	notFound(e)
}

func deleteWorkflow(e *exchange) {
	before := len(e.state.Workflows)
	e.state.Workflows = slices.DeleteFunc(e.state.Workflows, func(w *Workflow) bool { return w.ID == e.r.PathValue("workflow") })
	if len(e.state.Workflows) == before {
		notFound(e)
		return
	}
	e.WriteHeader(http.StatusNoContent)
}

// fillWorkflow takes a body over. Its lists are authoritative: what has no number is made anew, what is not in them
// is gone.
func (e *exchange) fillWorkflow(w *Workflow) bool {
	var body workflowBody
	var raw map[string]any
	if !e.decode(&body) || !e.decode(&raw) {
		return false
	}
	for name := range raw {
		if !slices.Contains(workflowFields, name) {
			e.server.problem("unknown field of an alert: " + name)
		}
	}
	if field, refusal := e.refusedWorkflow(body); refusal != "" {
		invalid(e, field, refusal)
		return false
	}
	if body.Enabled == nil {
		e.server.problem("an alert that is written without enabled, which switches it on")
	}
	e.takeOver(w, body)
	return true
}

// refusedWorkflow says which field is wrong and why; "" if none is.
func (e *exchange) refusedWorkflow(body workflowBody) (field, refusal string) {
	switch {
	case body.Name == "" || len(body.Name) > 256:
		return "name", "This field is required."
	case body.Environment != nil && !e.state.sends(*body.Environment):
		return "environment", "Environment is not part of this organization"
	default:
		return "actions", e.refusedActions(body)
	}
}

func (e *exchange) takeOver(w *Workflow, body workflowBody) {
	w.Name, w.Frequency, w.Environment = body.Name, body.Config.Frequency, ""
	if body.Enabled != nil {
		w.Enabled = *body.Enabled
	}
	if body.Environment != nil {
		w.Environment = *body.Environment
	}
	if body.Triggers != nil {
		w.Triggers = e.group(w.Triggers, idOf(body.Triggers.ID), body.Triggers.LogicType, body.Triggers.Conditions, nil)
	}
	var filters []*Group
	for _, filter := range body.ActionFilters {
		filters = append(filters, e.group(find(w.Filters, filter.ID), filter.ID, filter.LogicType, filter.Conditions, filter.Actions))
	}
	w.Filters = filters
	if !e.state.Unconnected {
		w.DetectorIDs = nil
		for _, id := range body.DetectorIDs {
			w.DetectorIDs = append(w.DetectorIDs, fmt.Sprint(id))
		}
	}
}

// sends: an environment comes into being with its first event.
func (s *State) sends(name string) bool {
	return slices.ContainsFunc(s.Projects, func(p *Project) bool {
		return slices.ContainsFunc(p.Environments, func(one *Environment) bool { return one.Name == name })
	})
}

// refusedActions: a team must be one of the organization. Teams have the length of their name as number.
func (e *exchange) refusedActions(body workflowBody) string {
	for _, filter := range body.ActionFilters {
		for _, action := range filter.Actions {
			config, _ := action["config"].(map[string]any)
			number, _ := config["targetIdentifier"].(string)
			known := slices.ContainsFunc(e.state.Teams, func(team string) bool { return fmt.Sprint(len(team)) == number })
			if action["type"] != "email" || config["targetType"] == "team" && !known {
				return "Invalid action"
			}
		}
	}
	return ""
}

func idOf(number int) string {
	if number == 0 {
		return ""
	}
	return fmt.Sprint(number)
}

func find(groups []*Group, id string) *Group {
	for _, one := range groups {
		if one.ID == id {
			return one
		}
	}
	return nil
}

// group makes a group of conditions, and keeps the numbers of those that are told.
func (e *exchange) group(old *Group, id, logic string, conditions, actions []map[string]any) *Group {
	g := &Group{ID: e.state.id(), Logic: logic}
	if old != nil && old.ID == id {
		g.ID = id
	}
	numbered := func(all []map[string]any) []map[string]any {
		list := []map[string]any{}
		for _, one := range all {
			one = maps.Clone(one)
			if one["id"] == nil {
				one["id"] = e.state.id()
			}
			list = append(list, one)
		}
		return list
	}
	g.Conditions, g.Actions = numbered(conditions), numbered(actions)
	return g
}

func workflowAnswer(w *Workflow) map[string]any {
	created := w.Created.Format(time.RFC3339)
	body := map[string]any{
		"id": w.ID, "name": w.Name, "organizationId": "2", "createdBy": nil, "dateCreated": created, "dateUpdated": created,
		"environment": nil, "config": map[string]any{"frequency": w.Frequency}, "detectorIds": append([]string{}, w.DetectorIDs...),
		"enabled": w.Enabled, "lastTriggered": nil, "owner": nil, "triggers": nil,
	}
	if w.Environment != "" {
		body["environment"] = w.Environment
	}
	if w.Triggers != nil {
		body["triggers"] = groupAnswer(w.Triggers)
	}
	filters := []any{}
	for _, one := range w.Filters {
		filters = append(filters, groupAnswer(one))
	}
	body["actionFilters"] = filters
	return body
}

func groupAnswer(g *Group) map[string]any {
	return map[string]any{
		"id": g.ID, "organizationId": "2", "logicType": g.Logic, "conditions": listed(g.Conditions), "actions": listed(g.Actions),
	}
}

// listed is a list also where there is nothing.
func listed(all []map[string]any) []map[string]any { return append([]map[string]any{}, all...) }
