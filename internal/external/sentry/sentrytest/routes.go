package sentrytest

import (
	"encoding/json"
	"io"
	"net/http"
	"slices"
	"strings"
)

// exchange is one request that may be answered: its token is valid, and has one of the scopes.
type exchange struct {
	http.ResponseWriter
	r       *http.Request
	state   *State
	server  *Server
	scopes  []string
	project *Project
	body    []byte
}

// decode reads the body into v; what cannot be read is answered.
func (e *exchange) decode(v any) bool {
	if err := json.Unmarshal(e.body, v); err != nil {
		refuse(e, http.StatusBadRequest, "JSON parse error")
		return false
	}
	return true
}

func (e *exchange) has(scopes ...string) bool {
	return slices.ContainsFunc(scopes, func(scope string) bool { return slices.Contains(e.scopes, scope) })
}

const (
	organizationPath = "/api/0/organizations/{organization}/"
	projectPath      = "/api/0/projects/{organization}/{project}/"
	teamPath         = "/api/0/teams/{organization}/{team}/"
)

var (
	readProject  = []string{"project:read", "project:write", "project:admin"}
	writeProject = []string{"project:write", "project:admin"}
	adminProject = []string{"project:admin"}
	readAlerts   = []string{"alerts:read", "alerts:write", "org:read", "org:write", "org:admin"}
	// The document lets who reads an organization write alerts, too; its sources do not.
	writeAlerts   = []string{"alerts:write", "org:write", "org:admin"}
	writeMonitors = []string{"alerts:write", "project:write", "project:admin"}
	releases      = []string{"project:releases", "project:write", "project:admin", "org:ci"}
)

// register adds every call, with the scopes of which one is needed.
func (s *Server) register() {
	s.route("GET "+organizationPath, []string{"org:read", "org:write", "org:admin"}, getOrganization)
	s.route("POST "+teamPath+"projects/", writeProject, createProject)
	s.route("GET "+projectPath, readProject, getProject)
	s.route("PUT "+projectPath, readProject, updateProject)
	s.route("DELETE "+projectPath, adminProject, deleteProject)
	s.route("POST "+projectPath+"teams/{team}/", writeProject, addTeam)
	s.route("DELETE "+projectPath+"teams/{team}/", writeProject, removeTeam)
	s.route("GET "+projectPath+"keys/", readProject, listKeys)
	s.route("POST "+projectPath+"keys/", writeProject, createKey)
	s.route("PUT "+projectPath+"keys/{key}/", writeProject, updateKey)
	s.route("GET "+projectPath+"filters/", readProject, listFilters)
	s.route("PUT "+projectPath+"filters/{filter}/", writeProject, updateFilter)
	s.route("GET "+projectPath+"environments/", readProject, listEnvironments)
	s.route("PUT "+projectPath+"environments/{environment}/", writeProject, updateEnvironment)
	s.route("GET "+projectPath+"ownership/", readProject, getOwnership)
	s.route("PUT "+projectPath+"ownership/", readProject, updateOwnership)
	s.route("GET "+projectPath+"events/{event}/", readProject, getEvent)
	s.mux.HandleFunc("POST /api/{project}/envelope/{$}", s.ingest(eventOf))
	s.mux.HandleFunc("POST /api/{project}/store/{$}", s.ingest(storedOf))
	s.route("POST "+organizationPath+"releases/", releases, createRelease)
	s.route("GET "+organizationPath+"releases/{version}/deploys/", releases, listDeploys)
	s.route("POST "+organizationPath+"releases/{version}/deploys/", releases, createDeploy)
	s.route("GET "+organizationPath+"monitors/", readAlerts, listMonitors)
	s.route("POST "+organizationPath+"monitors/", writeAlerts, createMonitor)
	s.route("PUT "+organizationPath+"monitors/{monitor}/", writeMonitors, updateMonitor)
	s.route("GET "+organizationPath+"workflows/", readAlerts, listWorkflows)
	s.route("POST "+organizationPath+"workflows/", writeAlerts, createWorkflow)
	s.route("PUT "+organizationPath+"workflows/{workflow}/", writeAlerts, updateWorkflow)
	s.route("DELETE "+organizationPath+"workflows/{workflow}/", writeAlerts, deleteWorkflow)
	s.route("GET "+organizationPath+"detectors/", readAlerts, listDetectors)
	s.route("POST "+organizationPath+"projects/{project}/detectors/", writeMonitors, createDetector)
	s.route("PUT "+organizationPath+"detectors/{detector}/", writeAlerts, updateDetector)
	// Everything else is the page for browsers.
	s.mux.HandleFunc("/", func(w http.ResponseWriter, _ *http.Request) {
		page(w, http.StatusNotFound, "<html><title>Page Not Found | Sentry</title>")
	})
}

// route adds one call. The slash at the end belongs to the path.
func (s *Server) route(pattern string, scopes []string, answer func(*exchange)) {
	s.mux.HandleFunc(pattern+"{$}", func(w http.ResponseWriter, r *http.Request) {
		body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, 1<<20))
		if err != nil {
			refuse(w, http.StatusBadRequest, "Malformed request.")
			return
		}
		token, _ := strings.CutPrefix(r.Header.Get("Authorization"), "Bearer ")
		leave, ok := s.enter(w, r, token)
		if !ok {
			return
		}
		defer leave()
		s.mu.Lock()
		defer s.mu.Unlock()
		s.state.asked = r.Host
		e := &exchange{ResponseWriter: w, r: r, state: &s.state, server: s, scopes: s.state.Tokens[token], body: body}
		if s.admit(e, token, scopes) {
			answer(e)
		}
	})
}

// admit checks token, organization, project and scopes, and answers if one of them is not right.
func (s *Server) admit(e *exchange, token string, scopes []string) bool {
	if strings.Contains(e.r.URL.RawQuery, "token") || token != "" && strings.Contains(e.r.RequestURI, token) {
		s.problem("a token in the URL")
	}
	switch {
	case token == "":
		refuse(e, http.StatusUnauthorized, "Authentication credentials were not provided.")
	case e.scopes == nil:
		refuse(e, http.StatusUnauthorized, "Invalid token")
	case e.r.PathValue("organization") != s.state.Organization.Slug:
		notFound(e)
	case !s.find(e):
	case !e.has(scopes...):
		refuse(e, http.StatusForbidden, "You do not have permission to perform this action.")
	default:
		return true
	}
	return false
}

// find looks up the project of the path, if there is one in it.
func (s *Server) find(e *exchange) bool {
	slug := e.r.PathValue("project")
	if slug == "" {
		return true
	}
	p, moved := s.state.project(slug)
	if p == nil {
		notFound(e)
		return false
	}
	if moved {
		path := strings.Replace(e.r.URL.Path, "/"+slug+"/", "/"+p.Slug+"/", 1)
		e.Header().Set("Location", path)
		respond(e, http.StatusFound, map[string]any{"slug": p.Slug, "detail": map[string]any{
			"code": "resource-moved", "message": "Resource has been moved", "extra": map[string]any{"url": path, "slug": p.Slug},
		}})
		return false
	}
	e.project = p
	return true
}

func notFound(w http.ResponseWriter) {
	refuse(w, http.StatusNotFound, "The requested resource does not exist")
}
