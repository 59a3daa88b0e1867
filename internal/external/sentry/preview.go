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
	// ReplacedKey says that the new key, or one that was made already, comes for another one; ExpiredKeys is how many
	// replaced ones would be switched off.
	ReplacedKey bool
	ExpiredKeys int
	// NewDeploy says that Sentry would be told of the release.
	NewDeploy bool
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
		return Preview{NewProject: true, NewKey: true, NewDeploy: want.Deploy.Release != ""}, nil
	}
	if err != nil {
		return Preview{}, err
	}
	key, todo, err := c.planKeys(ctx, project.ID, want)
	if err != nil {
		return Preview{}, err
	}
	// What was just read is not read again; a key that is not there yet differs in everything.
	syncer := &Project{client: c, id: project.ID, key: key.ID, want: want.Settings, fresh: &project, freshKey: &key}
	observed, err := syncer.Observe(ctx)
	if err != nil {
		return Preview{}, err
	}
	newDeploy, err := c.wouldTell(ctx, want, project.ID)
	return Preview{
		ProjectID: project.ID, NewKey: todo.Create, ReplacedKey: todo.Replaced.ID != "", ExpiredKeys: len(todo.Expired),
		NewDeploy: newDeploy, Observed: observed,
	}, err
}

func (c *Client) wouldTell(ctx context.Context, want Wanted, projectID string) (bool, error) {
	if want.Deploy.Release == "" || want.Told.Is(want.Deploy, projectID) {
		return false, nil
	}
	id, err := c.findDeploy(ctx, want, projectID)
	return id == "", err
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
