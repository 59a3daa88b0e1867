package sentry

import (
	"context"
	"errors"
	"fmt"
	"net/http"

	"github.com/tux-io/tux-monitoring-operator/internal/external"
	plan "github.com/tux-io/tux-monitoring-operator/internal/plan/sentry"
)

// Identity is what has to be written down about a project and its key, as soon as it is known.
type Identity struct {
	ProjectID, Slug string
	// Made says that we made the project; it stays true in later runs if it is written down.
	Made    bool
	Verdict plan.Verdict
	// KeyID and DSN are empty before there is a key. The DSN is the public one.
	KeyID, DSN string
}

// Record writes an identity down where the next run finds it.
type Record func(context.Context, Identity) error

// Keep brings project, key and settings in step. It calls record as soon as it knows the project, and
// again when it knows the key, before anything builds on them: the numbers have to be written down
// before the name that marks the project as ours is changed. If record fails, it stops.
//
// Beside the outcome it returns what was observed last; nothing is set in it if that did not come about.
func (c *Client) Keep(ctx context.Context, want Wanted, ignored []string, record Record) (external.Outcome, plan.Settings, error) {
	last, nothing := external.Outcome{Ignored: ignored}, plan.Settings{}
	project, verdict, err := c.EnsureProject(ctx, want)
	if err != nil {
		return last, nothing, err
	}
	identity := Identity{ProjectID: project.ID, Slug: project.Slug, Verdict: verdict, Made: want.Claim.Made(verdict)}
	if err := record(ctx, identity); err != nil {
		return last, nothing, fmt.Errorf("cannot write down project %q: %w", project.Slug, err)
	}
	key, err := c.EnsureKey(ctx, project.ID, want)
	if err != nil {
		return last, nothing, err
	}
	identity.KeyID, identity.DSN = key.ID, key.DSN.Public
	if err := record(ctx, identity); err != nil {
		return last, nothing, fmt.Errorf("cannot write down the key of project %q: %w", project.Slug, err)
	}
	settings := want.Settings
	if settings.Name == nil && !want.Member && want.Claim.Marked(project.Name) {
		settings.Name = &want.Name
	}
	syncer := &Project{client: c, id: project.ID, key: key.ID, want: settings, freshKey: &key}
	if verdict != plan.Made {
		// The answer to a creation has not all settings; what was just read is not read again.
		syncer.fresh = &project
	}
	outcome, err := external.Run(ctx, syncer, settings, ignored)
	if slug := syncer.observed.Slug; slug != nil && *slug != identity.Slug {
		identity.Slug = *slug
		err = errors.Join(err, record(ctx, identity))
	}
	return outcome, syncer.observed, err
}

// Withdraw is Release for who may have been stopped between the creation of a project and writing down its
// number: without a number it looks for the slug, and takes the project for ours only by its mark.
func (c *Client) Withdraw(ctx context.Context, want Wanted) error {
	if want.Claim.RecordedID != "" {
		return c.Release(ctx, Identity{ProjectID: want.Claim.RecordedID, Made: want.Claim.RecordedMade})
	}
	found, err := c.GetProject(ctx, want.Slug)
	if status := statusOf(err); status == http.StatusNotFound || status >= 300 && status < 400 {
		return nil
	}
	if err != nil || !want.Claim.Marked(found.Name) {
		return err
	}
	return c.Release(ctx, Identity{ProjectID: found.ID, Made: true})
}

// Release deletes the project if we made it, and leaves one alone that was there before us. One that is
// gone already is no failure. The number decides: a slug may be somebody else's by now.
func (c *Client) Release(ctx context.Context, identity Identity) error {
	if !identity.Made || identity.ProjectID == "" {
		return nil
	}
	err := c.DeleteProject(ctx, identity.ProjectID)
	if statusOf(err) == http.StatusNotFound {
		return nil
	}
	return err
}
