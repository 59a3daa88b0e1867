package sentrytest

import (
	"encoding/json"
	"net/http"
	"slices"
	"strings"
	"time"
)

type monitorBody struct {
	Project string `json:"project"`
	Name    string `json:"name"`
	Slug    string `json:"slug"`
	Status  string `json:"status"`
	Config  *struct {
		ScheduleType string          `json:"schedule_type"`
		Schedule     json.RawMessage `json:"schedule"`
		Timezone     string          `json:"timezone"`
		Margin       *int            `json:"checkin_margin"`
		MaxRuntime   *int            `json:"max_runtime"`
		Failures     *int            `json:"failure_issue_threshold"`
		Recoveries   *int            `json:"recovery_threshold"`
	} `json:"config"`
}

func listMonitors(e *exchange) {
	project := e.r.URL.Query().Get("project")
	if project == "" {
		e.server.problem("a list of the cron monitors of all projects")
	}
	all := []any{}
	for _, m := range e.state.Monitors {
		if p, _ := e.state.project(project); project == "" || p != nil && p.ID == m.ProjectID {
			all = append(all, monitorAnswer(e.state, m))
		}
	}
	respondPage(e, e.r, all, 25)
}

func createMonitor(e *exchange) {
	var body monitorBody
	if !e.decode(&body) {
		return
	}
	if slices.ContainsFunc(e.state.Monitors, func(m *Monitor) bool { return m.Slug == body.Slug }) {
		invalid(e, "slug", "The slug \""+body.Slug+"\" is already in use.")
		return
	}
	if body.Slug == "" {
		e.server.problem("a cron monitor without a slug, for which the server makes one")
	}
	m := &Monitor{ID: e.state.id(), Slug: body.Slug, Created: time.Now()}
	if e.fill(m, body) {
		e.state.Monitors = append(e.state.Monitors, m)
		respond(e, http.StatusCreated, monitorAnswer(e.state, m))
	}
}

func updateMonitor(e *exchange) {
	var body monitorBody
	if !e.decode(&body) {
		return
	}
	for _, m := range e.state.Monitors {
		if m.Slug != e.r.PathValue("monitor") {
			continue
		}
		if e.fill(m, body) {
			respond(e, http.StatusOK, monitorAnswer(e.state, m))
		}
		return
	}
	notFound(e)
}

// fill takes a body over, the configuration as a whole: what it does not have is not kept.
func (e *exchange) fill(m *Monitor, body monitorBody) bool {
	p, _ := e.state.project(body.Project)
	c := body.Config
	switch {
	case p == nil:
		invalid(e, "project", "Invalid project")
	case body.Name == "" || len(body.Name) > 128:
		invalid(e, "name", "This field is required.")
	case refusedSlug(body.Slug) != "" || len(body.Slug) > 50:
		invalid(e, "slug", refusedSlug(body.Slug))
	case c == nil || c.ScheduleType == "crontab" && !isCrontab(c.Schedule):
		invalid(e, "config", "Schedule was not parseable")
	default:
		m.ProjectID, m.Name = p.ID, body.Name
		if c.Timezone == "" {
			c.Timezone = "UTC"
		}
		m.Config = map[string]any{
			"schedule_type": c.ScheduleType, "schedule": c.Schedule, "timezone": c.Timezone, "checkin_margin": c.Margin,
			"max_runtime": c.MaxRuntime, "failure_issue_threshold": c.Failures, "recovery_threshold": c.Recoveries, "alert_rule_id": nil,
		}
		m.Status = "active"
		// Without a free seat it is switched off, which is no refusal.
		if body.Status == "disabled" || e.state.NoSeats {
			m.Status = "disabled"
		}
		return true
	}
	return false
}

func isCrontab(content json.RawMessage) bool {
	var schedule string
	return json.Unmarshal(content, &schedule) == nil && len(strings.Fields(schedule)) == 5
}

// monitorAnswer has an owner and an environment because the document says so; the real one has null and a list.
func monitorAnswer(s *State, m *Monitor) map[string]any {
	p, _ := s.project(m.ProjectID)
	created := m.Created.Format(time.RFC3339)
	project := map[string]any{}
	if p != nil {
		project = projectBody(s, p)
		for _, secret := range []string{"securityToken", "options"} {
			delete(project, secret)
		}
	}
	return map[string]any{
		"id": m.ID, "slug": m.Slug, "name": m.Name, "status": m.Status, "isMuted": false, "isUpserting": false, "config": m.Config,
		"dateCreated": created, "project": project, "owner": map[string]any{"type": "team", "id": "7", "name": "backend"},
		"environments": map[string]any{
			"name": "production", "status": m.Status, "isMuted": false, "dateCreated": created, "lastCheckIn": created, "nextCheckIn": created,
			"nextCheckInLatest": created, "activeIncident": nil,
		},
	}
}
