package sentry

import (
	"context"
	"fmt"
	"time"

	plan "github.com/tux-io/tux-monitoring-operator/internal/plan/sentry"
)

// KeyChange is what became of the client keys of an environment besides the one in use.
type KeyChange struct {
	// Until is how long the replaced key takes events; zero if none was replaced.
	Until time.Time
	// Expired is how many replaced keys were switched off.
	Expired int
}

// EnsureKey finds the client key of the environment, or creates it, and replaces it where that is due. The new key is made
// before anything becomes of the old one, which then gets the end of its time into its name and takes events until then.
func (c *Client) EnsureKey(ctx context.Context, project string, want Wanted) (Key, KeyChange, error) {
	key, todo, err := c.planKeys(ctx, project, want)
	if err != nil {
		return key, KeyChange{}, err
	}
	if todo.Create {
		if key, err = c.CreateKey(ctx, project, want.KeyName); err != nil {
			return key, KeyChange{}, err
		}
	}
	var change KeyChange
	if old := todo.Replaced; old.ID != "" {
		if err := c.UpdateKey(ctx, project, old.ID, KeyUpdate{Name: &todo.ReplacedName}); err != nil {
			return key, change, fmt.Errorf("%s: %w", plan.PathRotation, err)
		}
		change.Until = todo.Until
	}
	off := false
	for _, old := range todo.Expired {
		if err := c.UpdateKey(ctx, project, old.ID, KeyUpdate{Active: &off}); err != nil {
			return key, change, fmt.Errorf("%s: %w", plan.PathRotation, err)
		}
		change.Expired++
	}
	return key, change, nil
}

// planKeys reads the keys. The key is that in use, unless there is none.
func (c *Client) planKeys(ctx context.Context, project string, want Wanted) (Key, plan.Keys, error) {
	keys, err := c.Keys(ctx, project)
	if err != nil {
		return Key{}, plan.Keys{}, err
	}
	found := make([]plan.KeyFound, 0, len(keys))
	for _, key := range keys {
		found = append(found, plan.KeyFound{ID: key.ID, Name: key.Name, Created: key.Created, Active: key.Active})
	}
	todo := plan.PlanKeys(found, want.RecordedKeyID, want.KeyName, want.Rotation, want.Now)
	for _, key := range keys {
		if !todo.Create && key.ID == todo.Use.ID {
			return key, todo, nil
		}
	}
	return Key{}, todo, nil
}
