package sentry

import (
	"context"
	"fmt"
	"net/http"
	"slices"

	plan "github.com/tux-io/tux-monitoring-operator/internal/plan/sentry"
)

// Withdraw is Release for who may have been stopped between the creation of a project and writing down its
// number: without a number it looks for the slug, and takes the project for ours only by its mark.
//
// Alerts belong to the organization and would outlive the project, connected with nothing: the declared ones go before it.
func (c *Client) Withdraw(ctx context.Context, want Wanted) error {
	identity := Identity{ProjectID: want.Claim.RecordedID, Made: want.Claim.RecordedMade}
	if identity.ProjectID == "" {
		found, err := c.GetProject(ctx, want.Slug)
		if status := statusOf(err); status == http.StatusNotFound || status >= 300 && status < 400 {
			return nil
		}
		if err != nil || !want.Claim.Marked(found.Name) {
			return err
		}
		identity = Identity{ProjectID: found.ID, Made: true}
	}
	if identity.Made {
		if err := c.deleteAlerts(ctx, identity.ProjectID, want.Settings.Alerts); err != nil {
			return err
		}
	}
	return c.Release(ctx, identity)
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

// deleteAlerts deletes those of a project that are declared, unless they are connected with another project as well.
func (c *Client) deleteAlerts(ctx context.Context, project string, wanted map[string]plan.Alert) error {
	if len(wanted) == 0 {
		return nil
	}
	detectors, err := c.Detectors(ctx, project)
	if statusOf(err) == http.StatusNotFound {
		return nil // the project is gone, or the server has no alerts
	}
	if err != nil {
		return err
	}
	workflows, err := c.Workflows(ctx, project)
	if err != nil {
		return err
	}
	for i := range workflows {
		one := &workflows[i]
		alert, declared := wanted[one.Name]
		if !declared || one.Environment != alert.Environment || !onlyOf(project, detectors, one.DetectorIDs) {
			continue
		}
		if err := c.DeleteWorkflow(ctx, one.ID); err != nil && statusOf(err) != http.StatusNotFound {
			return fmt.Errorf("%s: %w", plan.AlertPath(one.Name), err)
		}
	}
	return nil
}

// onlyOf says whether all detectors of these numbers are the project's.
func onlyOf(project string, detectors []Detector, ids []string) bool {
	return !slices.ContainsFunc(ids, func(id string) bool {
		return !slices.ContainsFunc(detectors, func(d Detector) bool { return d.ID == id && d.ProjectID == project })
	})
}
