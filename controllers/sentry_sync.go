package controllers

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"regexp"
	"strings"
	"time"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/equality"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/apimachinery/pkg/api/meta"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
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
	fingerprint  string
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
	content, err := json.Marshal([]any{want, tux.UID, j.tokenVersion, tux.Annotations[requestAnnotation]})
	if err != nil {
		return job{}, err
	}
	sum := sha256.Sum256(content)
	j.fingerprint = hex.EncodeToString(sum[:])
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
	found.fingerprint = j.fingerprint
	k.mu.Unlock()
	result := k.runner.Tell(external.Task{
		Key: syncKey(key), Fingerprint: j.fingerprint, Settled: settled(p.tux),
		Sync: func(ctx context.Context, last external.Outcome) (external.Outcome, error) { return k.run(ctx, j, last) },
	})
	k.fill(p.sentry, key, result)
}

// settled: this generation was in step when it was looked at last.
func settled(tux *tuxv1alpha1.TuxMonitoring) bool {
	c := meta.FindStatusCondition(tux.Status.Conditions, tuxv1alpha1.ConditionSentrySynced)
	return c != nil && c.Status == metav1.ConditionTrue && c.ObservedGeneration == tux.Generation
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
		s.Privacy = privacyStatus(found.privacy)
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
		Overridden: p.Overridden, Exposed: p.Exposed,
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
	k.mu.Lock()
	defer k.mu.Unlock()
	if found := k.of(j.key, j.uid); found != nil {
		if isRefusal(err) {
			found.refusal, found.refusedAs = err, j.fingerprint
		}
		if err == nil {
			found.privacy = &report.Privacy
		}
	}
	return report.Outcome, err
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
	project, dsn := found.project, found.dsn
	k.mu.Unlock()
	if project == nil {
		live := &tuxv1alpha1.TuxMonitoring{}
		if err := k.live.Get(ctx, j.key, live); err != nil {
			return sentry.Wanted{}, fmt.Errorf("cannot read the resource: %w", err)
		}
		if live.UID != j.uid {
			return sentry.Wanted{}, context.Canceled
		}
		k.mu.Lock()
		project = k.learn(live).project
		k.mu.Unlock()
	}
	return wantedOf(j, project, dsn), nil
}

func wantedOf(j job, project *tuxv1alpha1.SentryProjectStatus, dsn string) sentry.Wanted {
	s := j.want
	want := sentry.Wanted{
		Slug: s.Slug, Name: s.Name, Platform: s.Platform, Team: s.Team, Member: s.Member, Settings: s.Settings,
		KeyName: s.KeyName, RecordedKeyID: keyOf(dsn),
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
		if err := k.writeDown(ctx, j, project); err != nil {
			return err
		}
		k.learnDSN(j, found.DSN)
		return nil
	}
}

// writeDown patches the status, and nothing if it has it already. The UID keeps it from a resource that was
// deleted and created again meanwhile.
func (k *keeper) writeDown(ctx context.Context, j job, project tuxv1alpha1.SentryProjectStatus) error {
	k.mu.Lock()
	found := k.of(j.key, j.uid)
	k.mu.Unlock()
	if found == nil {
		return errors.New("the resource is gone")
	}
	if equality.Semantic.DeepEqual(found.project, &project) {
		return nil
	}
	patch, err := json.Marshal(map[string]any{
		"metadata": map[string]any{"uid": j.uid}, "status": map[string]any{"sentry": map[string]any{"project": project}},
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
	k.mu.Lock()
	defer k.mu.Unlock()
	found.project = &project
	return nil
}

// learnDSN takes a DSN over and lets the pass write it.
func (k *keeper) learnDSN(j job, dsn string) {
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
		k.events.Eventf(tux, nil, corev1.EventTypeNormal, tuxv1alpha1.ReasonSynced, "ChangeDSN",
			"The DSN changed, pods that run have the old one until they start again")
	}
	k.wake(j.key)
}
