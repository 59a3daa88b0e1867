package sentry

import (
	"context"
	"fmt"
	"net/http"

	"github.com/tux-io/tux-monitoring-operator/internal/external"
	"github.com/tux-io/tux-monitoring-operator/internal/fault"
	plan "github.com/tux-io/tux-monitoring-operator/internal/plan/sentry"
)

// tell tells of the release the backends run, unless that was told last; then it costs no request. However
// often it is repeated, and wherever it was cut short before, there is one deploy for each change.
func (c *Client) tell(ctx context.Context, want Wanted, projectID, slug string) (plan.Told, error) {
	if want.Deploy.Release == "" || want.Told.Is(want.Deploy, projectID) {
		return want.Told, nil
	}
	told := plan.Told{ProjectID: projectID, Deploy: want.Deploy}
	err := c.CreateRelease(ctx, want.Deploy.Release, slug)
	if err == nil {
		told.ID, err = c.deploy(ctx, want, projectID, slug)
	}
	if err != nil {
		return want.Told, fmt.Errorf("%s: release %q: %w", plan.PathDeploys, want.Deploy.Release, err)
	}
	return told, nil
}

// deploy finds the deploy that follows the one told last, or makes it, and returns its number.
func (c *Client) deploy(ctx context.Context, want Wanted, projectID, slug string) (string, error) {
	id, err := c.findDeploy(ctx, want, projectID)
	if id != "" || err != nil {
		return id, err
	}
	made, err := c.CreateDeploy(ctx, want.Deploy.Release, NewDeploy{
		Name: want.Told.Name(want.Deploy, want.Claim.UID, projectID), Environment: want.Deploy.Environment, Projects: []string{slug},
	})
	return made.ID, err
}

// findDeploy is the number of the deploy that follows the one told last; "" before it is told.
func (c *Client) findDeploy(ctx context.Context, want Wanted, projectID string) (string, error) {
	found, err := c.Deploys(ctx, want.Deploy.Release)
	if statusOf(err) == http.StatusNotFound {
		return "", nil // the release is not there yet
	}
	if err != nil {
		return "", err
	}
	name := want.Told.Name(want.Deploy, want.Claim.UID, projectID)
	for _, one := range found {
		if one.Name == name && one.Environment == want.Deploy.Environment {
			return one.ID, nil
		}
	}
	return "", nil
}

// onlyRejected: Sentry refused values, and listens to other calls all the same.
func onlyRejected(err error) bool {
	for _, one := range fault.Leaves(err) {
		if terminal, ok := fault.AsTerminal(one); !ok || terminal.Reason != external.ReasonRejected {
			return false
		}
	}
	return true
}
