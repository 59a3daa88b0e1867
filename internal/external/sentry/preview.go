package sentry

import (
	"context"
	"net/http"

	plan "github.com/tux-io/tux-monitoring-operator/internal/plan/sentry"
)

// Preview is what Sync would do.
type Preview struct {
	// NewProject and NewKey say that it would be made.
	NewProject, NewKey bool
	// ProjectID is the number of the project; empty for a new one.
	ProjectID string
	// Drift are the paths of settings that would be written.
	Drift []string
	// Observed is what there is now.
	Observed plan.Settings
	Privacy  plan.EffectivePrivacy
}

// Look finds out what Sync would do. It only reads.
func Look(ctx context.Context, config Config, want Wanted) (Preview, error) {
	client, organization, err := Connect(ctx, config)
	if err != nil {
		return Preview{}, err
	}
	p, err := client.look(ctx, want)
	p.Drift = want.Settings.Drift(p.Observed)
	p.Privacy = plan.Effective(want.Settings.Privacy, p.Observed.Privacy, organization.Policy())
	return p, err
}

func (c *Client) look(ctx context.Context, want Wanted) (Preview, error) {
	project, err := c.whichProject(ctx, want)
	if statusOf(err) == http.StatusNotFound && !want.Member {
		return Preview{NewProject: true, NewKey: true}, nil
	}
	if err != nil {
		return Preview{}, err
	}
	keys, err := c.Keys(ctx, project.ID)
	if err != nil {
		return Preview{}, err
	}
	found := make([]plan.KeyFound, 0, len(keys))
	for _, key := range keys {
		found = append(found, plan.KeyFound{ID: key.ID, Name: key.Name, Created: key.Created})
	}
	chosen, ok := plan.ChooseKey(found, want.RecordedKeyID, want.KeyName)
	syncer := &Project{client: c, id: project.ID, key: chosen.ID, want: want.Settings, fresh: &project}
	if !ok {
		syncer.freshKey = &Key{}
	}
	observed, err := syncer.Observe(ctx)
	return Preview{ProjectID: project.ID, NewKey: !ok, Observed: observed}, err
}

func (c *Client) whichProject(ctx context.Context, want Wanted) (ProjectInfo, error) {
	if recorded := want.Claim.RecordedID; recorded != "" {
		found, err := c.GetProject(ctx, recorded)
		if statusOf(err) != http.StatusNotFound {
			return found, err
		}
	}
	found, _, err := c.findProject(ctx, want)
	return found, err
}
