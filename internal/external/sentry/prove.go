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

// ReasonVerificationPending means the proof is not at its end: an event was not read back yet, or another one follows.
const ReasonVerificationPending = "VerificationPending"

const (
	// ReadDelay is how long to wait for an event to appear, times how often it was looked for.
	ReadDelay = 2 * time.Second
	// AgainDelay is how long to wait before another event: new settings take that long to reach the servers
	// that scrub.
	AgainDelay = 2 * time.Minute
)

// Proving is who proves what Sentry removes from the events of one client key.
type Proving struct {
	Client *Client
	// Project is its number, DSN that of the client key.
	Project, DSN string
	// Environment of the event.
	Environment string
	// Privacy is what is declared.
	Privacy plan.Privacy
	// Ingest sends events; API and ingest have limits of their own.
	Ingest http.RoundTripper
	// ReadDelay and AgainDelay are how long to wait for an event, and before another one.
	ReadDelay, AgainDelay time.Duration
	// NewID makes the number of an event: 32 hexadecimal digits, never the same.
	NewID func() string
	// Record writes down how far it has come, before anything is sent.
	Record func(context.Context, plan.Proof) error
}

// Step does the next step of a proof, and returns how far it has come, whatever the error. The error is
// fault.Waiting while there is more to do; nil means that the proof is at its end.
func (p Proving) Step(ctx context.Context, proof plan.Proof) (plan.Proof, error) {
	switch proof.Next() {
	case plan.ProofSend:
		return p.send(ctx, proof)
	case plan.ProofRead:
		return p.read(ctx, proof)
	default:
		return proof, nil
	}
}

func (p Proving) send(ctx context.Context, proof plan.Proof) (plan.Proof, error) {
	id := ""
	if !proof.Unsent {
		id = p.NewID()
	}
	sending := proof.Sending(id)
	if err := p.Record(ctx, sending); err != nil {
		return proof, fmt.Errorf("cannot write down the number of an event: %w", err)
	}
	err := Send(ctx, p.DSN, p.Ingest, plan.NewProofEvent(sending.EventID, p.Environment))
	if answer := (*external.Answer)(nil); errors.As(err, &answer) && answer.Status < 500 {
		return proof, errors.Join(err, p.Record(ctx, proof))
	}
	if err != nil {
		return sending, err
	}
	return sending.Sent(), pending(p.ReadDelay, "event %s was taken and is not read back yet", sending.EventID)
}

func (p Proving) read(ctx context.Context, proof plan.Proof) (plan.Proof, error) {
	stored, err := p.Client.Event(ctx, p.Project, proof.EventID)
	if statusOf(err) == http.StatusNotFound {
		return p.notYet(ctx, proof)
	}
	if err != nil {
		return proof, err
	}
	findings, err := plan.Judge(p.Privacy, proof.EventID, stored)
	if err != nil {
		return proof, err
	}
	judged := proof.Judged(findings)
	if err := p.Record(ctx, judged); err != nil {
		return proof, fmt.Errorf("cannot write down what became of event %s: %w", proof.EventID, err)
	}
	if judged.Final() {
		return judged, nil
	}
	return judged, pending(p.AgainDelay,
		"%s in event %s; new settings take minutes to reach the servers that scrub, so another event follows",
		plan.Leaks(findings)[0], proof.EventID)
}

func (p Proving) notYet(ctx context.Context, proof plan.Proof) (plan.Proof, error) {
	later := proof.NotYet()
	if later.Verdict == "" {
		return later, pending(p.ReadDelay*time.Duration(later.Reads+1), "event %s was taken and is not read back yet", later.EventID)
	}
	if later.Verdict != proof.Verdict {
		if err := p.Record(ctx, later); err != nil {
			return proof, fmt.Errorf("cannot write down that event %s did not appear: %w", proof.EventID, err)
		}
	}
	if later.Final() {
		return later, nil
	}
	return later, pending(p.AgainDelay, "event %s was taken and did not appear; another one follows", later.EventID)
}

func pending(after time.Duration, format string, values ...any) error {
	return fault.Waiting(after, ReasonVerificationPending, fmt.Errorf(format, values...))
}

// Target is the client key that a proof is about, of a project that is there.
type Target struct {
	Client         *Client
	ProjectID, DSN string
}

// Aim finds the project and the client key without changing anything: a proof of what is not there is none.
func Aim(ctx context.Context, config Config, want Wanted) (Target, error) {
	client, _, err := Connect(ctx, config)
	if err != nil {
		return Target{}, err
	}
	project, err := client.whichProject(ctx, want)
	if err != nil {
		return Target{}, err
	}
	want.Rotation = plan.Rotation{} // the proof is of the key that is in use
	key, todo, err := client.planKeys(ctx, project.ID, want)
	if err == nil && todo.Create {
		err = fault.Waiting(missingDelay, ReasonProjectMissing, fmt.Errorf("the project %q has no client key %q yet", want.Slug, want.KeyName))
	}
	return Target{Client: client, ProjectID: project.ID, DSN: key.DSN.Public}, err
}
