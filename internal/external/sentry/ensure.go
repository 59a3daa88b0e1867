package sentry

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"time"

	"github.com/tux-io/tux-monitoring-operator/internal/external"
	"github.com/tux-io/tux-monitoring-operator/internal/fault"
	plan "github.com/tux-io/tux-monitoring-operator/internal/plan/sentry"
)

const (
	// ReasonProjectTaken means the slug belongs to a project that is not ours; choose another slug, or allow adoption.
	ReasonProjectTaken = "ProjectTaken"
	// ReasonProjectMissing means the project to be shared is not there yet; its owner makes it.
	ReasonProjectMissing = "ProjectMissing"
	// ReasonProjectMoved means the project of this slug was renamed; write its new slug.
	ReasonProjectMoved = "ProjectMoved"
)

// missingDelay is how long a member waits for the project of its owner before it looks again.
const missingDelay = time.Minute

// Wanted is the project and the client key of an environment.
type Wanted struct {
	Slug, Name, Platform string
	// Team is the one the project is created in; it must exist.
	Team  string
	Claim plan.Claim
	// Member is true for who has only a key in the project of another: it makes no project, and sets
	// nothing but the key.
	Member bool
	// KeyName names the client key; RecordedKeyID is its number once it is known.
	KeyName, RecordedKeyID string
	Settings               plan.Settings
	// Deploy is what Sentry is told about the release; Told is what it was told last.
	Deploy plan.Deploy
	Told   plan.Told
	// Rotation says when the key is replaced; Now is the time of the run, which it is measured by.
	Rotation plan.Rotation
	Now      time.Time
	// Memory spares requests; nil reads everything.
	Memory *Memory
}

// EnsureProject finds the project, or creates it. However often it is repeated, and wherever it was
// cut short before, there is never a second one.
func (c *Client) EnsureProject(ctx context.Context, want Wanted) (ProjectInfo, plan.Verdict, error) {
	if recorded := want.Claim.RecordedID; recorded != "" {
		found, err := c.GetProject(ctx, recorded)
		if statusOf(err) != http.StatusNotFound {
			return found, plan.Known, err
		}
		// Deleted by somebody: what is declared is made again, or found under its slug.
	}
	found, verdict, err := c.findProject(ctx, want)
	if statusOf(err) != http.StatusNotFound {
		return found, verdict, err
	}
	if want.Member {
		err := fmt.Errorf("the project %q is not there, or the token may not see it; its owner makes it: %w", want.Slug, err)
		return ProjectInfo{}, plan.Foreign, fault.Waiting(missingDelay, ReasonProjectMissing, err)
	}
	made, err := c.CreateProject(ctx, want.Team, NewProject{
		Name: want.Claim.FirstName(want.Name), Slug: want.Slug, Platform: want.Platform,
	})
	switch {
	case statusOf(err) == http.StatusConflict:
		// Either somebody was faster, or Sentry found no free number: who has the slug now tells.
		if found, verdict, second := c.findProject(ctx, want); statusOf(second) != http.StatusNotFound {
			return found, verdict, second
		}
		return ProjectInfo{}, plan.Foreign, err
	case statusOf(err) == http.StatusNotFound:
		return ProjectInfo{}, plan.Foreign, fmt.Errorf("team %q or the organization is not there: %w", want.Team, err)
	}
	return made, plan.Made, err
}

// findProject looks for the slug, and judges what it finds.
func (c *Client) findProject(ctx context.Context, want Wanted) (ProjectInfo, plan.Verdict, error) {
	found, err := c.GetProject(ctx, want.Slug)
	if status := statusOf(err); status >= 300 && status < 400 {
		err := fmt.Errorf("the slug %q leads to a project that was renamed; write its slug of today: %w", want.Slug, err)
		return found, plan.Foreign, fault.Terminal(ReasonProjectMoved, err)
	}
	if err != nil {
		return found, plan.Foreign, err
	}
	if want.Member {
		return found, plan.Shared, nil
	}
	verdict := want.Claim.Judge(found.ID, found.Name)
	if verdict == plan.Foreign {
		err := fmt.Errorf("the project %q belongs to somebody else; choose another slug, or allow its adoption", want.Slug)
		return ProjectInfo{}, verdict, fault.Terminal(ReasonProjectTaken, err)
	}
	return found, verdict, nil
}

// statusOf is the status of an answer that is no success; 0 if the error is none.
func statusOf(err error) int {
	if answer := (*external.Answer)(nil); errors.As(err, &answer) {
		return answer.Status
	}
	return 0
}
