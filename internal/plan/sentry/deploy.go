package sentry

import (
	"crypto/sha256"
	"encoding/hex"
	"strings"
)

// Deploy is what Sentry is told about the release the backends run.
type Deploy struct {
	// Release is the version the backends report; "" while there is none that is right for all of them, and
	// then nothing is told.
	Release     string
	Environment string
}

// Told is the deploy that was told last.
type Told struct {
	// ID is the number of the deploy.
	ID string
	// ProjectID is the number of the project it was told of.
	ProjectID string
	Deploy
}

// Is says whether the deploy is what was told last.
func (t Told) Is(d Deploy, projectID string) bool { return t.Deploy == d && t.ProjectID == projectID }

// Name is what the deploy that follows the one told last is called. It is the same however often that is
// tried, so that one whose answer was lost is found again, and another one for each change: to go back to a
// release is a deploy of its own.
func (t Told) Name(next Deploy, uid, projectID string) string {
	sum := sha256.Sum256([]byte(strings.Join([]string{uid, projectID, t.ID, next.Release, next.Environment}, "\n")))
	return "tuxmonitoring " + hex.EncodeToString(sum[:])[:12]
}
