package controllers

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"time"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/equality"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/apimachinery/pkg/types"
	"sigs.k8s.io/controller-runtime/pkg/client"

	tuxv1alpha1 "github.com/tux-io/tux-monitoring-operator/api/v1alpha1"
	"github.com/tux-io/tux-monitoring-operator/internal/external"
	"github.com/tux-io/tux-monitoring-operator/internal/external/sentry"
	"github.com/tux-io/tux-monitoring-operator/internal/fault"
	"github.com/tux-io/tux-monitoring-operator/internal/plan"
	"github.com/tux-io/tux-monitoring-operator/internal/plan/env"
	settings "github.com/tux-io/tux-monitoring-operator/internal/plan/sentry"
	"github.com/tux-io/tux-monitoring-operator/internal/status"
)

// The systems of the runner.
const (
	systemSentry         = "sentry"
	systemSentryDeletion = "sentry deletion"
)

// requestAnnotation asks for another look; Flux and others set it.
const requestAnnotation = "reconcile.fluxcd.io/requestedAt"

// tokenDelay is how long to wait for a Secret that is missing, if its watch does not tell earlier.
const tokenDelay = 5 * time.Minute

func syncKey(key types.NamespacedName) external.Key {
	return external.Key{System: systemSentry, Namespace: key.Namespace, Name: key.Name}
}

func deletionKey(key types.NamespacedName) external.Key {
	return external.Key{System: systemSentryDeletion, Namespace: key.Namespace, Name: key.Name}
}

// job is what one run needs to know.
type job struct {
	key          types.NamespacedName
	uid          types.UID
	want         *env.Sentry
	tokenVersion string
	// wanted is the digest of want, fingerprint that of everything a result depends on.
	wanted, fingerprint string
}

// newJob reads the version of the Secret with the token from the cache: it is part of the fingerprint, so that
// a new token makes the task due.
func (r *Reconciler) newJob(ctx context.Context, tux *tuxv1alpha1.TuxMonitoring, want *env.Sentry) (job, error) {
	secret := secretMetadata()
	err := r.client.Get(ctx, client.ObjectKey{Namespace: tux.Namespace, Name: want.Token.Name}, secret)
	if err != nil && !apierrors.IsNotFound(err) {
		return job{}, fmt.Errorf("cannot look for Secret %q: %w", want.Token.Name, err)
	}
	j := job{key: client.ObjectKeyFromObject(tux), uid: tux.UID, want: want, tokenVersion: secret.ResourceVersion}
	j.wanted = digest(want)
	j.fingerprint = digest(j.wanted, tux.UID, j.tokenVersion, tux.Annotations[requestAnnotation])
	return j, nil
}

// sync hands in what Sentry shall be like, and takes the last result.
func (r *Reconciler) sync(ctx context.Context, p *pass) {
	key := client.ObjectKeyFromObject(p.tux)
	want := p.plan.Environment.Sentry
	if want == nil {
		r.keeper.pause(key)
		return
	}
	p.sentry = &status.Sentry{Project: want.Slug, Grace: r.keeper.options.Grace}
	if wantsProof(p.tux, want) {
		p.sentry.Proof = &status.Proof{Err: errNotInStep}
	}
	if p.tux.Spec.Mode == tuxv1alpha1.ModePlan || p.plan.Refused(tuxv1alpha1.ConditionSentrySynced) {
		r.keeper.pause(key)
		return
	}
	if p.noSecrets != nil {
		p.sentry.Ran, p.sentry.Err = true, p.noSecrets
		return
	}
	j, err := r.newJob(ctx, p.tux, want)
	if err != nil {
		p.err = err
		return
	}
	k := r.keeper
	k.mu.Lock()
	found := k.learn(p.tux)
	found.wanted = j.wanted
	k.mu.Unlock()
	result := k.runner.Tell(external.Task{
		Key: syncKey(key), Fingerprint: j.fingerprint, Settled: settled(p.tux),
		Sync: func(ctx context.Context, last external.Outcome) (external.Outcome, error) { return k.run(ctx, j, last) },
	})
	k.fill(p.sentry, key, result)
	r.prove(p, j, result)
}

// settled: this generation was in step when it was looked at last.
func settled(tux *tuxv1alpha1.TuxMonitoring) bool {
	return isTrueOf(tux, tuxv1alpha1.ConditionSentrySynced)
}

// fill takes a result over into what the status is computed from.
func (k *keeper) fill(s *status.Sentry, key types.NamespacedName, result external.Result) {
	s.Ran, s.Err = result.Ran, result.Err
	for _, path := range result.Outcome.Ignored {
		s.Ignored = append(s.Ignored, status.Ignored{
			Path: path, Cause: settings.LikelyCause(path), Private: strings.HasPrefix(path, "privacy."),
		})
	}
	k.mu.Lock()
	defer k.mu.Unlock()
	if found := k.known[key]; found != nil && found.privacy != nil {
		s.Privacy, s.Waiting = privacyStatus(found.privacy), found.waiting
	}
}

func privacyStatus(p *settings.EffectivePrivacy) *tuxv1alpha1.SentryPrivacyStatus {
	state := func(on bool) tuxv1alpha1.State {
		if on {
			return tuxv1alpha1.StateEnabled
		}
		return tuxv1alpha1.StateDisabled
	}
	s := &tuxv1alpha1.SentryPrivacyStatus{
		Scrubber: state(p.Scrubber), Defaults: state(p.Defaults), IPAddresses: tuxv1alpha1.IPAddressesKeep,
		Overridden: p.Overridden, Exposed: p.Exposed, Digest: p.Digest(),
	}
	if p.IPAddresses {
		s.IPAddresses = tuxv1alpha1.IPAddressesRemove
	}
	return s
}

// run is one run of one task. Who was told that his token is no good asks again only with another one.
func (k *keeper) run(ctx context.Context, j job, last external.Outcome) (external.Outcome, error) {
	if refusal := k.refusalOf(j); refusal != nil {
		return last, refusal
	}
	config, err := k.config(ctx, j)
	if err != nil {
		return last, err
	}
	want, err := k.wanted(ctx, j)
	if err != nil {
		return last, err
	}
	report, err := sentry.Sync(ctx, config, want, last, k.record(j))
	if k.learnRun(j, report, err) {
		// What the organization decides, and that an environment came, is no news to the runner.
		k.wake(j.key)
	}
	return report.Outcome, err
}

// learnRun takes over what a run found, and says whether that is something else than before.
func (k *keeper) learnRun(j job, report sentry.Report, err error) (changed bool) {
	k.mu.Lock()
	defer k.mu.Unlock()
	found := k.of(j.key, j.uid)
	if found == nil {
		return false
	}
	if isRefusal(err) {
		found.refusal, found.refusedAs = err, j.fingerprint
	}
	if err == nil {
		changed = found.privacy != nil && found.privacy.Digest() != report.Privacy.Digest() || !slices.Equal(found.waiting, report.Waiting)
		found.privacy, found.waiting = &report.Privacy, report.Waiting
	}
	return changed
}

func (k *keeper) refusalOf(j job) error {
	k.mu.Lock()
	defer k.mu.Unlock()
	if found := k.of(j.key, j.uid); found != nil && found.refusedAs == j.fingerprint {
		return found.refusal
	}
	return nil
}

// isRefusal: 401 and 403.
func isRefusal(err error) bool {
	for _, one := range fault.Leaves(err) {
		if t, ok := fault.AsTerminal(one); ok && (t.Reason == external.ReasonUnauthorized || t.Reason == external.ReasonDenied) {
			return true
		}
	}
	return false
}

// config reads the token, once for each version of its Secret.
func (k *keeper) config(ctx context.Context, j job) (sentry.Config, error) {
	config := sentry.Config{URL: j.want.URL, Organization: j.want.Organization, UserAgent: k.options.UserAgent, Transport: k.hosts}
	k.mu.Lock()
	found := k.of(j.key, j.uid)
	version := j.want.Token.Name + "/" + j.want.Token.Key + "/" + j.tokenVersion
	if found != nil && found.tokenVersion == version {
		config.Token = found.token
		k.mu.Unlock()
		return config, nil
	}
	k.mu.Unlock()
	secret := &corev1.Secret{}
	err := k.live.Get(ctx, client.ObjectKey{Namespace: j.key.Namespace, Name: j.want.Token.Name}, secret)
	if apierrors.IsNotFound(err) {
		err := fmt.Errorf("cannot find Secret %q with the token", j.want.Token.Name)
		return config, fault.Waiting(tokenDelay, tuxv1alpha1.ReasonTokenMissing, err)
	}
	if err != nil {
		return config, fmt.Errorf("cannot read Secret %q: %w", j.want.Token.Name, err)
	}
	content, ok := secret.Data[j.want.Token.Key]
	if !ok {
		err := fmt.Errorf("the Secret %q has no key %q", j.want.Token.Name, j.want.Token.Key)
		return config, fault.Waiting(tokenDelay, tuxv1alpha1.ReasonTokenMissing, err)
	}
	if config.Token, err = sentry.NewToken(string(content)); err != nil {
		return config, err
	}
	k.mu.Lock()
	defer k.mu.Unlock()
	// A Secret newer than the task is used now, and read again when the task of its version comes.
	if found != nil && secret.ResourceVersion == j.tokenVersion {
		found.token, found.tokenVersion = config.Token, version
	}
	return config, nil
}

// wanted adds to the plan what is written down. Before a project is made the resource is read past the cache:
// one that lags behind would let us make a second one.
func (k *keeper) wanted(ctx context.Context, j job) (sentry.Wanted, error) {
	k.mu.Lock()
	found := k.of(j.key, j.uid)
	if found == nil {
		k.mu.Unlock()
		return sentry.Wanted{}, context.Canceled
	}
	project, deploy, dsn := found.project, found.deploy, found.dsn
	k.mu.Unlock()
	if project == nil {
		live, err := k.read(ctx, j)
		if err != nil {
			return sentry.Wanted{}, err
		}
		k.mu.Lock()
		learned := k.learn(live)
		project, deploy = learned.project, learned.deploy
		k.mu.Unlock()
	}
	want := wantedOf(j, project, dsn)
	want.Told, want.Memory = toldOf(deploy), k.memory(j)
	return want, nil
}

// memory is that of the task; another one begins with an empty one.
func (k *keeper) memory(j job) *sentry.Memory {
	k.mu.Lock()
	defer k.mu.Unlock()
	found := k.of(j.key, j.uid)
	if found == nil {
		return nil
	}
	if found.memoryOf != j.fingerprint {
		found.memory, found.memoryOf = &sentry.Memory{}, j.fingerprint
	}
	return found.memory
}

func toldOf(deploy *tuxv1alpha1.SentryDeployStatus) settings.Told {
	if deploy == nil {
		return settings.Told{}
	}
	return settings.Told{
		ID: deploy.ID, ProjectID: deploy.Project, Deploy: settings.Deploy{Release: deploy.Release, Environment: deploy.Environment},
	}
}

func wantedOf(j job, project *tuxv1alpha1.SentryProjectStatus, dsn string) sentry.Wanted {
	s := j.want
	want := sentry.Wanted{
		Slug: s.Slug, Name: s.Name, Platform: s.Platform, Team: s.Team, Member: s.Member, Settings: s.Settings,
		KeyName: s.KeyName, RecordedKeyID: keyOf(dsn), Deploy: s.Deploy,
		Rotation: s.Rotation, Now: time.Now(),
		Claim: settings.Claim{UID: string(j.uid), Adoption: s.Adoption},
	}
	// Of another server or organization the number means nothing, and a share is no claim.
	ours := project != nil && project.Organization == s.Organization && project.URL == plan.SentryServer(s.URL) &&
		project.Origin != tuxv1alpha1.ProjectShared
	if ours && !s.Member {
		want.Claim.RecordedID, want.Claim.RecordedMade = project.ID, project.Origin == tuxv1alpha1.ProjectCreated
	}
	return want
}

// publicKey is the part of a DSN that is the number of its client key.
var publicKey = regexp.MustCompile(`^https?://([0-9a-f]{32})@`)

func keyOf(dsn string) string {
	if match := publicKey.FindStringSubmatch(dsn); match != nil {
		return match[1]
	}
	return ""
}

// record writes down which project it is, and learns the DSN, before anything builds on them.
func (k *keeper) record(j job) sentry.Record {
	return func(ctx context.Context, found sentry.Identity) error {
		project := tuxv1alpha1.SentryProjectStatus{
			ID: found.ProjectID, Slug: found.Slug, Organization: j.want.Organization, URL: plan.SentryServer(j.want.URL),
			Origin: tuxv1alpha1.ProjectAdopted,
		}
		switch {
		case found.Verdict == settings.Shared:
			project.Origin = tuxv1alpha1.ProjectShared
		case found.Made:
			project.Origin = tuxv1alpha1.ProjectCreated
		}
		var deploy *tuxv1alpha1.SentryDeployStatus
		if told := found.Told; told.ID != "" {
			deploy = &tuxv1alpha1.SentryDeployStatus{
				ID: told.ID, Release: told.Release, Environment: told.Environment, Project: told.ProjectID,
			}
		}
		if err := k.writeDown(ctx, j, &tuxv1alpha1.SentryStatus{Project: &project, Deploy: deploy}); err != nil {
			return err
		}
		k.learnDSN(j, found)
		return nil
	}
}

// writeDown patches the status, and nothing if it has it already. The UID keeps it from a resource that was
// deleted and created again meanwhile.
func (k *keeper) writeDown(ctx context.Context, j job, learned *tuxv1alpha1.SentryStatus) error {
	k.mu.Lock()
	found := k.of(j.key, j.uid)
	k.mu.Unlock()
	if found == nil {
		return errors.New("the resource is gone")
	}
	k.mu.Lock()
	same := equality.Semantic.DeepEqual(found.project, learned.Project) &&
		(learned.Deploy == nil || equality.Semantic.DeepEqual(found.deploy, learned.Deploy))
	k.mu.Unlock()
	if same {
		return nil
	}
	if err := k.patchSentry(ctx, j, learned); err != nil {
		return err
	}
	k.mu.Lock()
	defer k.mu.Unlock()
	found.project = learned.Project
	if learned.Deploy != nil {
		found.deploy = learned.Deploy
	}
	return nil
}

// patchSentry merges a part into status.sentry of the very resource the job is of.
func (k *keeper) patchSentry(ctx context.Context, j job, part any) error {
	patch, err := json.Marshal(map[string]any{
		"metadata": map[string]any{"uid": j.uid}, "status": map[string]any{"sentry": part},
	})
	if err != nil {
		return err
	}
	tux := &tuxv1alpha1.TuxMonitoring{}
	tux.Namespace, tux.Name = j.key.Namespace, j.key.Name
	if err := k.status.Status().Patch(ctx, tux, client.RawPatch(types.MergePatchType, patch)); err != nil {
		return err
	}
	k.writes.remember(tux)
	return nil
}

// read returns the very resource the job is of, past the cache.
func (k *keeper) read(ctx context.Context, j job) (*tuxv1alpha1.TuxMonitoring, error) {
	live := &tuxv1alpha1.TuxMonitoring{}
	if err := k.live.Get(ctx, j.key, live); err != nil {
		return nil, fmt.Errorf("cannot read the resource: %w", err)
	}
	if live.UID != j.uid {
		return nil, context.Canceled
	}
	return live, nil
}

// learnDSN takes a DSN over and lets the pass write it.
func (k *keeper) learnDSN(j job, identity sentry.Identity) {
	dsn := identity.DSN
	k.mu.Lock()
	found := k.of(j.key, j.uid)
	if found == nil || dsn == "" || found.dsn == dsn {
		k.mu.Unlock()
		return
	}
	changed, tux := found.dsn != "", found.tux
	found.dsn, found.dsnRead = dsn, true
	k.mu.Unlock()
	if changed {
		text := "The DSN changed, pods that run have the old one until they start again"
		if !identity.Replaced.IsZero() {
			text += ", and it takes events until " + identity.Replaced.Format(time.RFC3339)
		}
		k.events.Eventf(tux, nil, corev1.EventTypeNormal, tuxv1alpha1.ReasonSynced, "ChangeDSN", "%s", text)
	}
	k.wake(j.key)
}
