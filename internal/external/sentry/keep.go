package sentry

import (
	"context"
	"errors"
	"fmt"
	"time"

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
	// Replaced is how long the key that this one came for takes events; zero if it came for none in this run.
	Replaced time.Time
	// Told is the deploy that Sentry was told of; empty before it was.
	Told plan.Told
}

// Record writes an identity down where the next run finds it.
type Record func(context.Context, Identity) error

// Keep brings project, key and settings in step, and tells of the release. It calls record as soon as it
// knows the project, and again when it knows the key, before anything builds on them: the numbers have to be
// written down before the name that marks the project as ours is changed. If record fails, it stops.
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
	key, change, err := c.keepKey(ctx, want, &identity, record)
	if err != nil {
		return last, nothing, err
	}
	settings := want.Settings
	if settings.Name == nil && !want.Member && want.Claim.Marked(project.Name) {
		settings.Name = &want.Name
	}
	syncer := &Project{client: c, id: project.ID, key: key.ID, want: settings, freshKey: &key, memory: want.Memory}
	if verdict != plan.Made {
		// The answer to a creation has not all settings; what was just read is not read again.
		syncer.fresh = &project
	}
	outcome, err := external.Run(ctx, syncer, settings, ignored)
	if change != (KeyChange{}) {
		outcome.Corrected = append(outcome.Corrected, plan.PathRotation)
	}
	if slug := syncer.observed.Slug; slug != nil && *slug != identity.Slug {
		identity.Slug = *slug
		err = errors.Join(err, record(ctx, identity))
	}
	if onlyRejected(err) {
		err = errors.Join(err, c.tellAndRecord(ctx, want, identity, &outcome, record))
	}
	return outcome, syncer.observed, err
}

func (c *Client) keepKey(ctx context.Context, want Wanted, identity *Identity, record Record) (Key, KeyChange, error) {
	key, change, err := c.EnsureKey(ctx, identity.ProjectID, want)
	if err != nil {
		return key, change, err
	}
	identity.KeyID, identity.DSN, identity.Replaced = key.ID, key.DSN.Public, change.Until
	if err := record(ctx, *identity); err != nil {
		return key, change, fmt.Errorf("cannot write down the key of project %q: %w", identity.Slug, err)
	}
	return key, change, nil
}

// tellAndRecord tells of the release after the settings: what it fails for holds up none of them.
func (c *Client) tellAndRecord(ctx context.Context, want Wanted, identity Identity, outcome *external.Outcome, record Record) error {
	told, err := c.tell(ctx, want, identity.ProjectID, identity.Slug)
	if err != nil || told == want.Told {
		return err
	}
	identity.Told = told
	if err := record(ctx, identity); err != nil {
		return fmt.Errorf("cannot write down the deploy of %q: %w", told.Release, err)
	}
	outcome.Corrected = append(outcome.Corrected, plan.PathDeploys)
	return nil
}
