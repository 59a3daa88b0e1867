package sentrytest

import (
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"
)

// refusedVersion: Sentry keeps some words and characters for itself.
func refusedVersion(version string) bool {
	return version == "" || version == "." || version == ".." || strings.EqualFold(version, "latest") ||
		strings.ContainsAny(version, "\r\n\f\t/\\") || len(version) > 200
}

// createRelease: one that is there gets the projects as well, and that is told by another status.
func createRelease(e *exchange) {
	var body struct {
		Version  string   `json:"version"`
		Projects []string `json:"projects"`
	}
	if !e.decode(&body) {
		return
	}
	switch {
	case refusedVersion(body.Version):
		invalid(e, "version", "Release with that name cannot be created")
		return
	case len(body.Projects) == 0:
		invalid(e, "projects", "This field is required.")
		return
	}
	if !e.known(body.Projects) {
		invalid(e, "projects", "Invalid project ids or slugs")
		return
	}
	status, release := http.StatusAlreadyReported, e.state.Releases[body.Version]
	if release == nil {
		status, release = http.StatusCreated, &Release{ID: e.state.id(), Version: body.Version, Created: time.Now()}
		e.state.Releases[body.Version] = release
	}
	for _, slug := range body.Projects {
		if !slices.Contains(release.Projects, slug) {
			release.Projects = append(release.Projects, slug)
		}
	}
	respond(e, status, releaseBody(e.state, release))
}

// known says whether there is a project of each slug.
func (e *exchange) known(slugs []string) bool {
	for _, slug := range slugs {
		if p, moved := e.state.project(slug); p == nil || moved {
			return false
		}
	}
	return true
}

func listDeploys(e *exchange) {
	release := e.state.Releases[e.r.PathValue("version")]
	if release == nil {
		notFound(e)
		return
	}
	all := []any{}
	for _, deploy := range slices.Backward(release.Deploys) {
		all = append(all, deployBody(deploy))
	}
	respondPage(e, e.r, all, 100)
}

// createDeploy makes another one each time it is asked.
func createDeploy(e *exchange) {
	var body struct {
		Environment string   `json:"environment"`
		Name        string   `json:"name"`
		Projects    []string `json:"projects"`
	}
	if !e.decode(&body) {
		return
	}
	release := e.state.Releases[e.r.PathValue("version")]
	switch {
	case release == nil:
		notFound(e)
		return
	case body.Environment == "" || len(body.Environment) > 64:
		invalid(e, "environment", "Ensure this field has no more than 64 characters.")
		return
	case len(body.Name) > 64:
		invalid(e, "name", "Ensure this field has no more than 64 characters.")
		return
	case !e.known(body.Projects):
		invalid(e, "projects", "Invalid projects")
		return
	}
	if len(body.Projects) == 0 {
		e.server.problem("a deploy of all projects of a release")
	}
	for _, other := range release.Deploys {
		if other.Name == body.Name && other.Environment == body.Environment {
			e.server.problem("the same deploy twice: " + body.Name)
		}
	}
	deploy := &Deploy{ID: e.state.id(), Name: body.Name, Environment: body.Environment, Finished: time.Now()}
	release.Deploys = append(release.Deploys, deploy)
	respond(e, http.StatusCreated, deployBody(deploy))
}

func deployBody(d *Deploy) map[string]any {
	return map[string]any{
		"id": d.ID, "name": d.Name, "environment": d.Environment, "url": nil, "dateStarted": nil,
		"dateFinished": d.Finished.Format(time.RFC3339),
	}
}

func releaseBody(s *State, r *Release) map[string]any {
	projects := []any{}
	for _, slug := range r.Projects {
		p, _ := s.project(slug)
		if p == nil {
			continue
		}
		projects = append(projects, map[string]any{
			"id": number(p.ID), "slug": p.Slug, "name": p.Settings["name"], "newGroups": 0, "platform": p.Settings["platform"],
			"platforms": []string{}, "hasHealthData": false,
		})
	}
	return map[string]any{
		"id": number(r.ID), "version": r.Version, "shortVersion": r.Version, "status": "open", "versionInfo": nil, "ref": nil, "url": nil,
		"dateReleased": nil, "dateCreated": r.Created.Format(time.RFC3339), "data": map[string]any{}, "newGroups": 0, "owner": nil,
		"commitCount": 0, "lastCommit": nil, "deployCount": len(r.Deploys), "lastDeploy": nil, "authors": []any{}, "projects": projects,
		"firstEvent": nil, "lastEvent": nil, "currentProjectMeta": map[string]any{}, "userAgent": nil,
	}
}

// number is an id of ours, where Sentry has one as a number.
func number(id string) int {
	value, err := strconv.Atoi(id)
	if err != nil {
		panic(err) // made by State.id
	}
	return value
}
