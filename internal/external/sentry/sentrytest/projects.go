package sentrytest

import (
	"net/http"
	"regexp"
	"slices"
	"strings"
)

var (
	slugForm = regexp.MustCompile(`^[a-z0-9_-]+$`)
	digits   = regexp.MustCompile(`^[0-9]+$`)
	// reserved slugs are parts of Sentry's own addresses; these are some of them.
	reserved = []string{"settings", "new", "projects", "teams"}
)

func getOrganization(e *exchange) { respond(e, http.StatusOK, organizationBody(e.state)) }

func getProject(e *exchange) { respond(e, http.StatusOK, projectBody(e.state, e.project)) }

func createProject(e *exchange) {
	var body struct {
		Name         string  `json:"name"`
		Slug         string  `json:"slug"`
		Platform     *string `json:"platform"`
		DefaultRules *bool   `json:"default_rules"`
	}
	team := e.r.PathValue("team")
	if !e.decode(&body) {
		return
	}
	if body.DefaultRules == nil || *body.DefaultRules {
		e.server.problem("a project with the default alert, which mails people")
	}
	taken, _ := e.state.project(body.Slug)
	switch {
	case !slices.Contains(e.state.Teams, team):
		notFound(e)
	case !e.state.Organization.MembersCreateProjects && !e.has("org:write"):
		refuse(e, http.StatusForbidden, "Your organization has disabled this feature for members.")
	case body.Name == "" || len(body.Name) > 50:
		invalid(e, "name", "Ensure this field has no more than 50 characters.")
	case body.Slug != "" && refusedSlug(body.Slug) != "":
		invalid(e, "slug", refusedSlug(body.Slug))
	case taken != nil:
		refuse(e, http.StatusConflict, "A project with this slug already exists.")
	default:
		e.create(team, body.Name, body.Slug, body.Platform)
	}
}

func (e *exchange) create(team, name, slug string, platform *string) {
	if slug == "" {
		e.server.problem("a project without a slug, for which the server invents one each time")
		slug = strings.ReplaceAll(strings.ToLower(name), " ", "-") + "-" + e.state.id()[6:]
	}
	p := e.state.AddProject(slug, team)
	p.Settings["name"] = name
	if platform != nil {
		p.Settings["platform"] = *platform
	}
	// A new project takes the slug from a redirect.
	for _, other := range e.state.Projects {
		other.OldSlugs = slices.DeleteFunc(other.OldSlugs, func(old string) bool { return old == slug })
	}
	// The answer to a creation has none of the settings, and parts that no other one has.
	body := projectBody(e.state, p)
	for name := range p.Settings {
		if name != "name" && name != "platform" {
			delete(body, name)
		}
	}
	body["environments"], body["hasUserReports"] = []string{}, false
	body["team"] = map[string]any{"id": "7", "name": team, "slug": team}
	respond(e, http.StatusCreated, body)
}

// refusedSlug says why a slug cannot be one; "" if it can.
func refusedSlug(slug string) string {
	switch {
	case len(slug) > 100 || !slugForm.MatchString(slug) || digits.MatchString(slug):
		return "Enter a valid slug consisting of lowercase letters, numbers, underscores or hyphens. It cannot be entirely numeric."
	case slices.Contains(reserved, slug):
		return "The slug \"" + slug + "\" is reserved and not allowed."
	}
	return ""
}

// deleteProject is soft: the project is gone for who asks, and its slug is free.
func deleteProject(e *exchange) {
	e.project.Deleted = true
	e.project.Slug = e.state.hex()
	e.WriteHeader(http.StatusNoContent)
}

func addTeam(e *exchange) {
	team := e.r.PathValue("team")
	if !slices.Contains(e.state.Teams, team) {
		notFound(e)
		return
	}
	if !slices.Contains(e.project.Teams, team) {
		e.project.Teams = append(e.project.Teams, team)
	}
	respond(e, http.StatusCreated, projectBody(e.state, e.project))
}

func removeTeam(e *exchange) {
	team := e.r.PathValue("team")
	if !slices.Contains(e.state.Teams, team) {
		notFound(e)
		return
	}
	e.project.Teams = slices.DeleteFunc(e.project.Teams, func(one string) bool { return one == team })
	if len(e.project.Teams) == 0 {
		e.server.problem("a project without a team, which no member sees")
	}
	respond(e, http.StatusOK, projectBody(e.state, e.project))
}
