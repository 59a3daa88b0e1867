package sentry

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"slices"

	"github.com/tux-io/tux-monitoring-operator/internal/external"
	"github.com/tux-io/tux-monitoring-operator/internal/fault"
	plan "github.com/tux-io/tux-monitoring-operator/internal/plan/sentry"
)

// step writes the settings of the named paths by one call, or a few that belong together.
type step struct {
	paths []string
	write func(ctx context.Context, p *Project, want plan.Settings, paths []string) error
}

// steps are done in this order: privacy before everything else, so that an event that comes meanwhile
// is scrubbed. What Sentry checks the content of goes alone: it refuses all settings of a request for
// one that is wrong.
var steps = []step{
	{[]string{plan.PathScrubber, plan.PathScrubberDefaults, plan.PathIPAddresses, plan.PathSensitiveFields}, updateProject},
	{[]string{plan.PathRules}, updateProject},
	{[]string{plan.PathSafeFields}, updateProject},
	{[]string{plan.PathSlug}, updateProject},
	{[]string{plan.PathName, plan.PathDefaultEnvironment}, updateProject},
	{[]string{plan.PathPlatform}, updateProject},
	{[]string{plan.PathTeams}, updateTeams},
	{[]string{plan.PathKeyName, plan.PathKeyActive, plan.PathRateLimit}, updateKey},
	{[]string{plan.PathBrowserExtensions}, updateFilter(filterBrowserExtensions)},
	{[]string{plan.PathHealthChecks}, updateFilter(filterHealthChecks)},
	{[]string{plan.PathLegacyBrowsers}, updateFilter(filterLegacyBrowsers)},
	{[]string{plan.PathLocalhost}, updateFilter(filterLocalhost)},
	{[]string{plan.PathWebCrawlers}, updateFilter(filterWebCrawlers)},
	{[]string{plan.PathOwnershipRules, plan.PathAutoAssignment}, updateOwnership},
}

// Update writes the named settings. A value that Sentry refuses does not hold up the others; any other
// failure ends it, for it would be the same for all.
func (p *Project) Update(ctx context.Context, want plan.Settings, paths []string) error {
	p.memory.forget()
	var refusals []error
	for _, step := range p.stepsFor(paths) {
		err := step.write(ctx, p, want, step.paths)
		if err == nil {
			continue
		}
		err = fmt.Errorf("%s: %w", step.paths[0], err)
		if terminal, ok := fault.AsTerminal(err); !ok || terminal.Reason != external.ReasonRejected {
			return errors.Join(append(refusals, err)...)
		}
		refusals = append(refusals, err)
	}
	return errors.Join(refusals...)
}

// stepsFor returns the steps that have something to do, with only the paths that are named.
func (p *Project) stepsFor(paths []string) []step {
	var needed []step
	for _, one := range steps {
		one.paths = slices.DeleteFunc(slices.Clone(one.paths), func(path string) bool { return !slices.Contains(paths, path) })
		if len(one.paths) > 0 {
			needed = append(needed, one)
		}
	}
	for _, path := range paths {
		if _, ok := plan.EnvironmentOf(path); ok {
			needed = append(needed, step{[]string{path}, updateEnvironment})
		}
		if _, ok := plan.CronMonitorOf(path); ok {
			needed = append(needed, step{[]string{path}, updateMonitor})
		}
		if _, ok := plan.AlertOf(path); ok {
			needed = append(needed, step{[]string{path}, updateAlert})
		}
		if _, ok := plan.MetricMonitorOf(path); ok {
			needed = append(needed, step{[]string{path}, updateMetric})
		}
	}
	return needed
}

func updateProject(ctx context.Context, p *Project, want plan.Settings, paths []string) error {
	var update ProjectUpdate
	for _, path := range paths {
		switch path {
		case plan.PathScrubber:
			update.DataScrubber = want.Privacy.Scrubber
		case plan.PathScrubberDefaults:
			update.DataScrubberDefaults = want.Privacy.Defaults
		case plan.PathIPAddresses:
			update.ScrubIPAddresses = want.Privacy.IPAddresses
		case plan.PathSensitiveFields:
			update.SensitiveFields = &want.Privacy.SensitiveFields
		case plan.PathRules:
			update.RelayPIIConfig = want.Privacy.Rules
		case plan.PathSafeFields:
			update.SafeFields = &want.Privacy.SafeFields
		case plan.PathSlug:
			update.Slug = want.Slug
		case plan.PathName:
			update.Name = want.Name
		case plan.PathDefaultEnvironment:
			update.DefaultEnvironment = want.DefaultEnvironment
		case plan.PathPlatform:
			update.Platform = want.Platform
		}
	}
	return p.client.UpdateProject(ctx, p.id, update)
}

// updateTeams adds before it removes: a project without a team is seen by nobody.
func updateTeams(ctx context.Context, p *Project, want plan.Settings, _ []string) error {
	for _, team := range want.Teams {
		if slices.Contains(p.observed.Teams, team) {
			continue
		}
		if err := p.client.AddTeam(ctx, p.id, team); err != nil {
			return fmt.Errorf("team %q: %w", team, err)
		}
	}
	if len(want.Teams) == 0 {
		return nil
	}
	for _, team := range p.observed.Teams {
		if slices.Contains(want.Teams, team) {
			continue
		}
		if err := p.client.RemoveTeam(ctx, p.id, team); err != nil {
			return fmt.Errorf("team %q: %w", team, err)
		}
	}
	return nil
}

func updateKey(ctx context.Context, p *Project, want plan.Settings, paths []string) error {
	var update KeyUpdate
	if slices.Contains(paths, plan.PathKeyName) {
		update.Name = want.Key.Name
	}
	if slices.Contains(paths, plan.PathKeyActive) {
		update.Active = want.Key.Active
	}
	if slices.Contains(paths, plan.PathRateLimit) {
		update.RateLimit = &RateLimit{}
		if limit := *want.Key.RateLimit; limit.Count > 0 && limit.Window > 0 {
			update.RateLimit = &RateLimit{Count: &limit.Count, Window: &limit.Window}
		}
	}
	return p.client.UpdateKey(ctx, p.id, p.key, update)
}

func updateFilter(id string) func(context.Context, *Project, plan.Settings, []string) error {
	return func(ctx context.Context, p *Project, want plan.Settings, _ []string) error {
		return p.client.SetFilter(ctx, p.id, id, **filterOf(&want.Filters, id))
	}
}

func updateOwnership(ctx context.Context, p *Project, want plan.Settings, paths []string) error {
	var update OwnershipUpdate
	if slices.Contains(paths, plan.PathOwnershipRules) {
		update.Raw = want.Ownership.Rules
	}
	if slices.Contains(paths, plan.PathAutoAssignment) {
		update.AutoAssignment = want.Ownership.AutoAssignment
	}
	return p.client.SetOwnership(ctx, p.id, update)
}

// updateEnvironment hides an environment or shows it. One that has gone meanwhile needs neither.
func updateEnvironment(ctx context.Context, p *Project, want plan.Settings, paths []string) error {
	name, _ := plan.EnvironmentOf(paths[0])
	err := p.client.HideEnvironment(ctx, p.id, name, want.Environments[name])
	if statusOf(err) == http.StatusNotFound {
		return nil
	}
	return err
}
