package sentrytest

import (
	"maps"
	"net/http"
	"slices"
	"strings"
)

func listFilters(e *exchange) {
	all := []any{}
	for _, id := range slices.Sorted(maps.Keys(e.project.Filters)) {
		all = append(all, map[string]any{"id": id, "active": e.project.Filters[id]})
	}
	respond(e, http.StatusOK, all)
}

// updateFilter: an empty body means off; if both are sent, active wins.
func updateFilter(e *exchange) {
	var body struct {
		Active     *bool    `json:"active"`
		Subfilters []string `json:"subfilters"`
	}
	id := e.r.PathValue("filter")
	if _, known := e.project.Filters[id]; !known {
		notFound(e)
		return
	}
	if !e.decode(&body) {
		return
	}
	switch {
	case body.Active != nil:
		e.project.Filters[id] = *body.Active
	case id == "legacy-browsers" && len(body.Subfilters) > 0:
		slices.Sort(body.Subfilters)
		e.project.Filters[id] = body.Subfilters
	default:
		e.server.problem("an empty filter, which turns it off")
		e.project.Filters[id] = false
	}
	if e.state.Old {
		e.WriteHeader(http.StatusCreated)
		return
	}
	e.WriteHeader(http.StatusNoContent)
}

func listEnvironments(e *exchange) {
	all := []any{}
	for _, one := range e.project.Environments {
		if one.Hidden && e.r.URL.Query().Get("visibility") != "all" {
			continue
		}
		all = append(all, environmentAnswer(one))
	}
	respond(e, http.StatusOK, all)
}

func updateEnvironment(e *exchange) {
	var body struct {
		Hidden *bool `json:"isHidden"`
	}
	if !e.decode(&body) {
		return
	}
	if body.Hidden == nil {
		invalid(e, "isHidden", "This field is required.")
		return
	}
	for _, one := range e.project.Environments {
		if one.Name == e.r.PathValue("environment") {
			one.Hidden = *body.Hidden
			respond(e, http.StatusOK, environmentAnswer(one))
			return
		}
	}
	notFound(e)
}

func environmentAnswer(one *Environment) map[string]any {
	return map[string]any{"id": one.ID, "name": one.Name, "isHidden": one.Hidden}
}

func getOwnership(e *exchange) { respond(e, http.StatusOK, ownershipBody(e.project)) }

var autoAssignments = []string{"Auto Assign to Issue Owner", "Auto Assign to Suspect Commits", "Turn off Auto-Assignment"}

func updateOwnership(e *exchange) {
	var body struct {
		Raw            *string `json:"raw"`
		Fallthrough    *bool   `json:"fallthrough"`
		AutoAssignment *string `json:"autoAssignment"`
	}
	if !e.decode(&body) {
		return
	}
	if text := refusedRules(body.Raw); text != "" {
		invalid(e, "raw", text)
		return
	}
	if body.AutoAssignment != nil && !slices.Contains(autoAssignments, *body.AutoAssignment) {
		invalid(e, "autoAssignment", "Invalid selection.")
		return
	}
	owned := &e.project.Ownership
	if body.Raw != nil {
		owned.Raw = *body.Raw
	}
	if body.Fallthrough != nil {
		owned.Fallthrough = *body.Fallthrough
	}
	if body.AutoAssignment != nil {
		owned.AutoAssignment = *body.AutoAssignment
	}
	status := http.StatusAccepted
	if e.state.Old {
		status = http.StatusOK
	}
	respond(e, status, ownershipBody(e.project))
}

func refusedRules(raw *string) string {
	switch {
	case raw == nil:
		return ""
	case len(*raw) > 100_000:
		return "Raw needs to be <= 100000 characters in length"
	case strings.Contains(*raw, "codeowners:"):
		return "Codeowner type paths can only be added by importing CODEOWNER files"
	}
	for _, line := range strings.Split(*raw, "\n") {
		line = strings.TrimSpace(line)
		if kind, _, found := strings.Cut(line, ":"); line != "" && !strings.HasPrefix(line, "#") && (!found || strings.Contains(kind, " ")) {
			return "Parse error: 'ownership' (line 1, column 1)"
		}
	}
	return ""
}
