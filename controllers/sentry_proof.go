package controllers

import (
	"context"
	"crypto/rand"
	"encoding/hex"
	"errors"

	"k8s.io/apimachinery/pkg/api/equality"
	"k8s.io/apimachinery/pkg/types"
	"sigs.k8s.io/controller-runtime/pkg/client"

	tuxv1alpha1 "github.com/tux-io/tux-monitoring-operator/api/v1alpha1"
	"github.com/tux-io/tux-monitoring-operator/internal/external"
	"github.com/tux-io/tux-monitoring-operator/internal/external/sentry"
	"github.com/tux-io/tux-monitoring-operator/internal/plan/env"
	settings "github.com/tux-io/tux-monitoring-operator/internal/plan/sentry"
	"github.com/tux-io/tux-monitoring-operator/internal/status"
)

// systemSentryProof proves, by an event, what Sentry removes from events.
const systemSentryProof = "sentry proof"

// proofAnnotation asks for a proof each time it gets another value.
const proofAnnotation = "monitoring.tux.io/prove-privacy"

func proofKey(key types.NamespacedName) external.Key {
	return external.Key{System: systemSentryProof, Namespace: key.Namespace, Name: key.Name}
}

// proofJob is what one step of a proof needs to know.
type proofJob struct {
	job
	project, dsn string
	// of tells what is proven.
	of string
}

// wantsProof: there is something to prove, and somebody asked for it.
func wantsProof(tux *tuxv1alpha1.TuxMonitoring, want *env.Sentry) bool {
	return !want.Member && want.Settings.Privacy.Declared() && (want.ProofOnChange || tux.Annotations[proofAnnotation] != "")
}

// prove hands in what shall be proven, once the settings are in step, and takes what is known. A proof that is
// written down for just this is not made again, by whichever process.
func (r *Reconciler) prove(p *pass, j job, synced external.Result) {
	k, key := r.keeper, client.ObjectKeyFromObject(p.tux)
	if !wantsProof(p.tux, j.want) {
		k.runner.Forget(proofKey(key))
		return
	}
	p.sentry.Proof = &status.Proof{}
	k.mu.Lock()
	found := k.learn(p.tux)
	project, dsn := found.project, found.dsn
	k.mu.Unlock()
	if project == nil || keyOf(dsn) == "" {
		p.sentry.Proof.Err = errNotInStep
		return
	}
	one := proofJob{job: j, project: project.ID, dsn: dsn, of: proofOf(p, j.want, project, dsn)}
	if p.sentry.Proof.Final = finalProof(p.tux, one.of, settings.Proof.Final); finalProof(p.tux, one.of, isDone) {
		// Also while Sentry is away: what was proven of these settings stays proven.
		k.runner.Forget(proofKey(key))
		return
	}
	if !synced.Ran || synced.Err != nil {
		p.sentry.Proof.Err = errNotInStep
		return
	}
	result := k.runner.Tell(external.Task{
		// A new token may read what the old one could not.
		Key: proofKey(key), Fingerprint: one.of + " " + j.tokenVersion,
		Sync: func(ctx context.Context, _ external.Outcome) (external.Outcome, error) {
			return external.Outcome{}, k.proveStep(ctx, one)
		},
	})
	p.sentry.Proof.Err = result.Err
}

// errNotInStep: a proof of settings that are not there yet would prove nothing.
var errNotInStep = errors.New("the proof waits for the settings to be in step")

func isDone(proof settings.Proof) bool { return proof.Next() == settings.ProofDone }

// finalProof: the proof that is written down is of this, and is so.
func finalProof(tux *tuxv1alpha1.TuxMonitoring, of string, so func(settings.Proof) bool) bool {
	s := tux.Status.Sentry
	return s != nil && s.Proof != nil && so(proofFrom(s.Proof, of))
}

// proofOf names what a proof is of. The annotation is part of it, so that another value is another proof, and so is what
// holds in Sentry by the last check, of which the organization decides a part.
func proofOf(p *pass, want *env.Sentry, project *tuxv1alpha1.SentryProjectStatus, dsn string) string {
	effective := p.sentry.Privacy
	if effective == nil && p.tux.Status.Sentry != nil {
		effective = p.tux.Status.Sentry.Privacy
	}
	return digest(
		project.URL, project.Organization, project.ID, keyOf(dsn), want.Settings.Privacy, effective, p.tux.Annotations[proofAnnotation],
	)[:16]
}

// proveStep does the next step. What is written down decides where it goes on; how often an event was looked
// for is only in memory.
func (k *keeper) proveStep(ctx context.Context, j proofJob) error {
	proof, err := k.proofSoFar(ctx, j)
	if err != nil || isDone(proof) {
		return err
	}
	if refusal := k.refusalOf(j.job); refusal != nil {
		return refusal
	}
	config, err := k.config(ctx, j.job)
	if err != nil {
		return err
	}
	connected, _, err := sentry.Connect(ctx, config)
	if err != nil {
		return err
	}
	proving := sentry.Proving{
		Client: connected, Project: j.project, DSN: j.dsn, Environment: j.want.Environment, Privacy: j.want.Settings.Privacy,
		Ingest: k.ingest, NewID: newEventID,
		ReadDelay: k.options.ProofReadDelay, AgainDelay: k.options.ProofAgainDelay,
		Record: func(ctx context.Context, proof settings.Proof) error { return k.writeProof(ctx, j, proof) },
	}
	proof, err = proving.Step(ctx, proof)
	k.mu.Lock()
	defer k.mu.Unlock()
	if found := k.of(j.key, j.uid); found != nil {
		found.proof = &proof
	}
	return err
}

// proofSoFar is the proof in memory, or after a restart the one that is written down. It is read past the
// cache: one that lags behind would let us send an event too many.
func (k *keeper) proofSoFar(ctx context.Context, j proofJob) (settings.Proof, error) {
	k.mu.Lock()
	found := k.of(j.key, j.uid)
	if found != nil && found.proof != nil && found.proof.Of == j.of {
		defer k.mu.Unlock()
		return *found.proof, nil
	}
	k.mu.Unlock()
	if found == nil {
		return settings.Proof{}, context.Canceled
	}
	live, err := k.read(ctx, j.job)
	if err != nil {
		return settings.Proof{}, err
	}
	if live.Status.Sentry == nil {
		return settings.Proof{Of: j.of}, nil
	}
	return proofFrom(live.Status.Sentry.Proof, j.of), nil
}

// proofFrom is the proof of a status; one of something else is none.
func proofFrom(s *tuxv1alpha1.SentryProofStatus, of string) settings.Proof {
	if s == nil || s.Of != of {
		return settings.Proof{Of: of}
	}
	proof := settings.Proof{Of: of, EventID: s.Event, Events: int(s.Events), Verdict: settings.ProofVerdict(s.Verdict)}
	for _, one := range s.Plants {
		proof.Findings = append(proof.Findings, settings.Finding{
			Plant: settings.Plant(one.Plant), Result: settings.PlantResult(one.Result), AskedBy: one.AskedBy, At: one.At,
		})
	}
	return proof
}

func proofStatus(proof settings.Proof) *tuxv1alpha1.SentryProofStatus {
	s := &tuxv1alpha1.SentryProofStatus{
		Of: proof.Of, Event: proof.EventID, Verdict: tuxv1alpha1.ProofVerdict(proof.Verdict),
		Events: int32(proof.Events), //nolint:gosec // at most MaxProofEvents
	}
	for _, one := range proof.Findings {
		s.Plants = append(s.Plants, tuxv1alpha1.SentryPlantStatus{
			Plant: string(one.Plant), Result: tuxv1alpha1.PlantResult(one.Result), AskedBy: one.AskedBy, At: one.At,
		})
	}
	return s
}

// writeProof patches the status, as writeDown does: nobody else writes this part of it.
func (k *keeper) writeProof(ctx context.Context, j proofJob, proof settings.Proof) error {
	k.mu.Lock()
	found := k.of(j.key, j.uid)
	k.mu.Unlock()
	if found == nil {
		return errors.New("the resource is gone")
	}
	written := proofStatus(proof)
	if equality.Semantic.DeepEqual(found.proofWritten, written) {
		return nil
	}
	err := k.patchSentry(ctx, j.job, map[string]any{"proof": map[string]any{
		// A merge patch leaves out what is empty only if it is told so.
		"of": written.Of, "event": null(written.Event), "events": max(written.Events, 0), "verdict": null(string(written.Verdict)),
		"plants": written.Plants,
	}})
	if err != nil {
		return err
	}
	k.mu.Lock()
	found.proofWritten = written
	k.mu.Unlock()
	if proof.Verdict != "" {
		// A late event ends a proof that was given up, which is no news to the runner.
		k.wake(j.key)
	}
	return nil
}

func null(text string) any {
	if text == "" {
		return nil
	}
	return text
}

// newEventID is the number of an event, as Sentry wants it.
func newEventID() string {
	var number [16]byte
	_, _ = rand.Read(number[:]) // never fails
	return hex.EncodeToString(number[:])
}
