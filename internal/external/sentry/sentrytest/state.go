package sentrytest

import (
	"fmt"
	"slices"
	"time"
)

// State is what the server holds. Tests look at it and change it inside of Server.Edit.
type State struct {
	Organization Organization
	Teams        []string
	Projects     []*Project
	// Releases are by their version.
	Releases  map[string]*Release
	Monitors  []*Monitor
	Workflows []*Workflow
	Detectors []*Detector
	// Sending are environments that send their first event to a project as soon as it is there.
	Sending []string
	// NoWorkflows: the server is too old for alerts. Unconnected: it is too old to connect them by the number of
	// detectors, and says nothing.
	NoWorkflows, Unconnected bool
	// NoSeats: the plan has none left for cron monitors.
	NoSeats bool
	// Tokens has the scopes of each valid token.
	Tokens map[string][]string
	// Features are those the plan has, such as "projects:rate-limits".
	Features map[string]bool
	// Deaf are the project settings that are dropped without a word, whoever sends them.
	Deaf map[string]bool
	// SelfHosted servers send no rate limit headers and have no limits.
	SelfHosted bool
	// Old servers answer some writes with the statuses of 2024.
	Old bool
	// Ingest is how events are taken.
	Ingest Ingest
	// PerSecond and Concurrent are the limits of each token, method and endpoint.
	PerSecond, Concurrent int

	nextID uint64
	// asked is the host of the request that is answered.
	asked string
}

// Organization is the one organization.
type Organization struct {
	Slug, RegionURL string
	// Settings has the policies, by their name in JSON.
	Settings map[string]any
	// MembersCreateProjects is the switch "Let members create projects".
	MembersCreateProjects bool
}

// Project is one project.
type Project struct {
	ID, Slug string
	// OldSlugs lead to the project with a redirect.
	OldSlugs []string
	Teams    []string
	// Settings are by their name in JSON, as the server keeps them.
	Settings     map[string]any
	Keys         []*Key
	Filters      map[string]any
	Environments []*Environment
	Ownership    Ownership
	Events       []*Event
	Created      time.Time
	// Deleted projects are not found, and their slug is free.
	Deleted bool
}

// Key is a client key; ID is the public half.
type Key struct {
	ID, Secret, Name string
	Active           bool
	Count, Window    int
	Created          time.Time
}

// Environment is one that has sent an event.
type Environment struct {
	ID     string
	Name   string
	Hidden bool
}

// Release is one version of the code, of any number of projects.
type Release struct {
	ID, Version string
	// Projects are slugs.
	Projects []string
	Deploys  []*Deploy
	Created  time.Time
}

// Workflow is an alert.
type Workflow struct {
	ID, Name, Environment string
	Enabled               bool
	Frequency             int
	DetectorIDs           []string
	Triggers              *Group
	Filters               []*Group
	Created               time.Time
}

// Group is some conditions, and what is done if they hold. They are by the names in JSON.
type Group struct {
	ID, Logic           string
	Conditions, Actions []map[string]any
}

// Detector finds issues. Each project has one for errors and one for all its issues; others watch a number.
type Detector struct {
	ID, Name, Type, ProjectID string
	Enabled                   bool
	// Source, Config and Conditions are those of one that watches a number, by the names in requests.
	Source, Config map[string]any
	Conditions     []map[string]any
	Created        time.Time
}

// Monitor expects check-ins of a job. Config is by the names in JSON.
type Monitor struct {
	ID, Slug, Name, Status, ProjectID string
	Config                            map[string]any
	Created                           time.Time
}

// Deploy is a note that a release runs in an environment.
type Deploy struct {
	ID, Name, Environment string
	Finished              time.Time
}

// Ownership is empty until it is written.
type Ownership struct {
	Raw            string
	Fallthrough    bool
	AutoAssignment string
}

// Every token of an internal integration that is set up as documented has these.
var fullScopes = []string{
	"org:read", "project:read", "project:write", "project:admin",
	"team:read", "alerts:read", "alerts:write", "project:releases",
}

func newState(token string) State {
	return State{
		Organization: Organization{
			Slug: "shop", RegionURL: "https://us.sentry.io", MembersCreateProjects: true,
			Settings: map[string]any{
				"dataScrubber": false, "dataScrubberDefaults": false, "scrubIPAddresses": false,
				"sensitiveFields": []string{}, "safeFields": []string{},
			},
		},
		Teams:     []string{"backend", "ops"},
		Releases:  map[string]*Release{},
		Tokens:    map[string][]string{token: fullScopes},
		Features:  map[string]bool{"projects:rate-limits": true},
		Deaf:      map[string]bool{},
		PerSecond: 40, Concurrent: 25,
		nextID: 4505278496,
	}
}

func (s *State) id() string {
	s.nextID++
	return fmt.Sprint(s.nextID)
}

// hex makes the 32 digits of a key; they only have to differ.
func (s *State) hex() string {
	s.nextID++
	return fmt.Sprintf("%032x", s.nextID*0x9e3779b97f4a7c15)
}

// project finds a project by number or slug; moved is true if the slug is an old one.
func (s *State) project(idOrSlug string) (p *Project, moved bool) {
	for _, p := range s.Projects {
		if !p.Deleted && (p.ID == idOrSlug || p.Slug == idOrSlug) {
			return p, false
		}
	}
	for _, p := range s.Projects {
		if !p.Deleted && slices.Contains(p.OldSlugs, idOrSlug) {
			return p, true
		}
	}
	return nil, false
}

// AddProject makes a project as somebody else would, with a team and what a new project has.
func (s *State) AddProject(slug, team string) *Project {
	p := &Project{
		ID: s.id(), Slug: slug, Teams: []string{team}, Settings: newSettings(slug), Filters: newFilters(), Created: time.Now(),
	}
	p.Keys = []*Key{s.newKey("Default")}
	s.Projects = append(s.Projects, p)
	for _, name := range s.Sending {
		p.Environments = append(p.Environments, &Environment{ID: s.id(), Name: name})
	}
	for _, kind := range []string{"error", "issue_stream"} {
		s.Detectors = append(s.Detectors, &Detector{ID: s.id(), Name: kind, Type: kind, ProjectID: p.ID, Enabled: true, Created: p.Created})
	}
	return p
}

func (s *State) newKey(name string) *Key {
	return &Key{ID: s.hex(), Secret: s.hex(), Name: name, Active: true, Created: time.Now()}
}

func newFilters() map[string]any {
	return map[string]any{
		"browser-extensions": false, "localhost": false, "filtered-transaction": true, "legacy-browsers": false, "web-crawlers": false,
	}
}

func newSettings(name string) map[string]any {
	return map[string]any{
		"name": name, "platform": nil, "subjectPrefix": "", "subjectTemplate": "$shortID - $title", "resolveAge": 0,
		"dataScrubber": true, "dataScrubberDefaults": true, "scrubIPAddresses": false,
		"sensitiveFields": []string{}, "safeFields": []string{}, "relayPiiConfig": nil,
		"defaultEnvironment": nil, "digestsMinDelay": 300, "digestsMaxDelay": 1800,
		"allowedDomains": []string{"*"}, "verifySSL": false, "scrapeJavaScript": true,
		"enableAutoReleaseCreation": true, "scmSourceContextEnabled": true,
		"highlightTags": []string{}, "highlightContext": map[string]any{},
	}
}
