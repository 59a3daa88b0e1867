package sentry

import (
	"context"
	"fmt"

	"github.com/tux-io/tux-monitoring-operator/internal/external"
	plan "github.com/tux-io/tux-monitoring-operator/internal/plan/sentry"
)

// Project is the external.Syncer of the settings of a project and of one of its keys.
type Project struct {
	client  *Client
	id, key string
	// want says what is read: what nobody wants to set costs no request.
	want plan.Settings
	// observed is from the last Observe that succeeded.
	observed plan.Settings
	// fresh and freshKey were read just now, and spare the first Observe a request each.
	fresh    *ProjectInfo
	freshKey *Key
	// teams are the numbers of the teams by slug, workflows the alerts that are ours by name; nil before they
	// were read.
	teams     map[string]string
	workflows map[string]Workflow
	// detectors are the numbers of the metric monitors that are ours by name; nil before they were read.
	detectors map[string]string
	// memory may be nil.
	memory *Memory
}

var _ external.Syncer[plan.Settings] = (*Project)(nil)

// Names of the inbound filters.
const (
	filterBrowserExtensions = "browser-extensions"
	filterHealthChecks      = "filtered-transaction"
	filterLegacyBrowsers    = "legacy-browsers"
	filterLocalhost         = "localhost"
	filterWebCrawlers       = "web-crawlers"
)

// Observe reads the project, and of its other parts those that are wanted, as far as it is their turn: at most
// six requests, with one more for each further hundred keys.
func (p *Project) Observe(ctx context.Context) (plan.Settings, error) {
	info, err := p.readProject(ctx)
	if err != nil {
		return plan.Settings{}, err
	}
	p.learnTeams(info)
	observed := settingsOf(info)
	if p.want.Key != (plan.Key{}) {
		if err := p.readKey(ctx, &observed); err != nil {
			return plan.Settings{}, err
		}
	}
	if err := p.readParts(ctx, &observed); err != nil {
		return plan.Settings{}, err
	}
	p.observed = observed
	return observed, nil
}

func (p *Project) readProject(ctx context.Context) (ProjectInfo, error) {
	if fresh := p.fresh; fresh != nil {
		p.fresh = nil
		return *fresh, nil
	}
	return p.client.GetProject(ctx, p.id)
}

func settingsOf(info ProjectInfo) plan.Settings {
	teams := make([]string, 0, len(info.Teams))
	for _, team := range info.Teams {
		teams = append(teams, team.Slug)
	}
	return plan.Settings{
		Slug: &info.Slug, Name: &info.Name, Platform: &info.Platform, DefaultEnvironment: &info.DefaultEnvironment, Teams: teams,
		Privacy: plan.Privacy{
			Scrubber: &info.DataScrubber, Defaults: &info.DataScrubberDefaults, IPAddresses: &info.ScrubIPAddresses,
			SensitiveFields: info.SensitiveFields, SafeFields: info.SafeFields, Rules: &info.RelayPIIConfig,
		},
	}
}

func (p *Project) readKey(ctx context.Context, observed *plan.Settings) error {
	key, err := p.currentKey(ctx)
	if err != nil {
		return err
	}
	observed.Key.Name, observed.Key.Active = &key.Name, &key.Active
	if limit := key.RateLimit; limit != nil && limit.Count != nil && limit.Window != nil {
		observed.Key.RateLimit = &plan.RateLimit{Count: *limit.Count, Window: *limit.Window}
	}
	return nil
}

func (p *Project) currentKey(ctx context.Context) (Key, error) {
	if fresh := p.freshKey; fresh != nil {
		p.freshKey = nil
		return *fresh, nil
	}
	keys, err := p.client.Keys(ctx, p.id)
	if err != nil {
		return Key{}, err
	}
	for _, key := range keys {
		if key.ID == p.key {
			return key, nil
		}
	}
	return Key{}, fmt.Errorf("the client key %q was deleted by somebody", p.key)
}

func (p *Project) readFilters(ctx context.Context, observed *plan.Settings) error {
	filters, err := p.client.Filters(ctx, p.id)
	if err != nil {
		return err
	}
	for _, filter := range filters {
		if to := filterOf(&observed.Filters, filter.ID); to != nil {
			on := filter.Active.On
			*to = &on
		}
	}
	return nil
}

// filterOf is the setting of a filter; nil for one that we do not know.
func filterOf(filters *plan.Filters, id string) **bool {
	switch id {
	case filterBrowserExtensions:
		return &filters.BrowserExtensions
	case filterHealthChecks:
		return &filters.HealthChecks
	case filterLegacyBrowsers:
		return &filters.LegacyBrowsers
	case filterLocalhost:
		return &filters.Localhost
	case filterWebCrawlers:
		return &filters.WebCrawlers
	}
	return nil
}

func (p *Project) readEnvironments(ctx context.Context, observed *plan.Settings) error {
	environments, err := p.client.Environments(ctx, p.id)
	if err != nil {
		return err
	}
	observed.Environments = map[string]bool{}
	for _, one := range environments {
		observed.Environments[one.Name] = one.Hidden
	}
	return nil
}

func (p *Project) readOwnership(ctx context.Context, observed *plan.Settings) error {
	found, err := p.client.Ownership(ctx, p.id)
	observed.Ownership = plan.Ownership{Rules: &found.Raw, AutoAssignment: &found.AutoAssignment}
	return err
}
