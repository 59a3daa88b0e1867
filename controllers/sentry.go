package controllers

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"sync"
	"time"

	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/apimachinery/pkg/types"
	"k8s.io/client-go/tools/events"
	ctrl "sigs.k8s.io/controller-runtime"
	"sigs.k8s.io/controller-runtime/pkg/client"

	tuxv1alpha1 "github.com/tux-io/tux-monitoring-operator/api/v1alpha1"
	"github.com/tux-io/tux-monitoring-operator/internal/external"
	"github.com/tux-io/tux-monitoring-operator/internal/external/sentry"
	"github.com/tux-io/tux-monitoring-operator/internal/fault"
	"github.com/tux-io/tux-monitoring-operator/internal/plan"
	"github.com/tux-io/tux-monitoring-operator/internal/plan/env"
	settings "github.com/tux-io/tux-monitoring-operator/internal/plan/sentry"
)

// SentryOptions are times and limits; zero means the default.
type SentryOptions struct {
	// UserAgent is sent to Sentry. Default: tuxmonitoring.
	UserAgent string
	// Interval is the time between checks of a project that is in step. Default: 10 minutes.
	Interval time.Duration
	// Spread is the time over which the first checks after a restart are spread. Default: 5 minutes.
	Spread time.Duration
	// MinBackoff and MaxBackoff bound the time between tries. Default: 5 seconds and 5 minutes.
	MinBackoff, MaxBackoff time.Duration
	// Recheck is when something is looked at again that only a person can mend. Default: 6 hours.
	Recheck time.Duration
	// Grace is how long an outage may last before Ready says so. Default: 15 minutes.
	Grace time.Duration
	// DeletionTimeout is how long the deletion of a resource waits for Sentry. Default: 5 minutes.
	DeletionTimeout time.Duration
	// ProofReadDelay is how long to wait for the event of a proof, times how often it was looked for, and
	// ProofAgainDelay how long before another one. Default: 2 seconds and 2 minutes.
	ProofReadDelay, ProofAgainDelay time.Duration
	// Limits are what one host is asked at most. Default: sentry.Limits.
	Limits external.Limits
}

func (o SentryOptions) withDefaults() SentryOptions {
	o.UserAgent = cmp.Or(o.UserAgent, "tuxmonitoring")
	o.Interval = cmp.Or(o.Interval, 10*time.Minute)
	o.Spread = cmp.Or(o.Spread, 5*time.Minute)
	o.MinBackoff = cmp.Or(o.MinBackoff, 5*time.Second)
	o.MaxBackoff = cmp.Or(o.MaxBackoff, 5*time.Minute)
	o.Recheck = cmp.Or(o.Recheck, 6*time.Hour)
	o.Grace = cmp.Or(o.Grace, 15*time.Minute)
	o.DeletionTimeout = cmp.Or(o.DeletionTimeout, 5*time.Minute)
	o.ProofReadDelay = cmp.Or(o.ProofReadDelay, sentry.ReadDelay)
	o.ProofAgainDelay = cmp.Or(o.ProofAgainDelay, sentry.AgainDelay)
	o.Limits = cmp.Or(o.Limits, sentry.Limits())
	return o
}

const (
	// sentryTimeout is how long one run may take.
	sentryTimeout = 2 * time.Minute
	sentryWorkers = 8
)

// keeper keeps Sentry projects in step beside the passes: a pass hands in what is wanted and reads the last
// result, and never waits for Sentry.
type keeper struct {
	beside

	options SentryOptions
	// hosts are those of the API, ingest those of DSNs.
	hosts, ingest *external.Hosts
	// live reads past the caches: Secrets, whose content is in none, and what was written down meanwhile.
	live   client.Reader
	status client.StatusClient
	writes writes
	events events.EventRecorder
	// terminal hears of defects.
	terminal TerminalReporter

	mu    sync.Mutex
	known map[types.NamespacedName]*known
}

// known is the memory of one resource. Losing it costs reads.
type known struct {
	tux *tuxv1alpha1.TuxMonitoring
	// project is what is written down.
	project *tuxv1alpha1.SentryProjectStatus
	deploy  *tuxv1alpha1.SentryDeployStatus
	// dsn is what the Secret has, once it was read.
	dsn     string
	dsnRead bool
	// token is that of this version of the Secret.
	token        sentry.Token
	tokenVersion string
	// refusal is why Sentry will not listen to the task of this fingerprint.
	refusal   error
	refusedAs string
	// memory is what checks of the task of this fingerprint have read.
	memory   *sentry.Memory
	memoryOf string
	// wanted is the digest of what was handed in last, whoever asked for the look, syncedAs the last one that was in step.
	wanted, syncedAs string
	// privacy and waiting are from the last run without an error.
	privacy *settings.EffectivePrivacy
	waiting []string
	// proof is how far that of these settings has come, proofWritten what the status has of it.
	proof        *settings.Proof
	proofWritten *tuxv1alpha1.SentryProofStatus
}

func newKeeper(mgr ctrl.Manager, options SentryOptions, r *Reconciler) (*keeper, error) {
	k := &keeper{
		options: options.withDefaults(), live: mgr.GetAPIReader(), status: mgr.GetClient(),
		writes: r.writes, events: r.events, terminal: r.terminal,
		known: map[types.NamespacedName]*known{},
	}
	o := k.options
	var err error
	k.hosts, err = newHosts("sentry", external.HostsConfig{Limits: o.Limits, Read: sentry.ReadLimits})
	if err != nil {
		return nil, err
	}
	k.ingest, err = newHosts("sentry-events", external.HostsConfig{Limits: sentry.IngestLimits(), Read: sentry.ReadIngestLimits})
	if err != nil {
		return nil, err
	}
	k.beside, err = newBeside(external.RunnerConfig{
		Interval: o.Interval, Spread: o.Spread, MinBackoff: o.MinBackoff,
		MaxBackoff: o.MaxBackoff, Recheck: o.Recheck, Timeout: sentryTimeout, Workers: sentryWorkers, Done: k.done,
	})
	if err != nil {
		return nil, fmt.Errorf("cannot run the syncs of Sentry: %w", err)
	}
	return k, mgr.Add(k)
}

// of is the memory of a resource, a new one for a new UID. The caller holds the lock.
func (k *keeper) of(key types.NamespacedName, uid types.UID) *known {
	if found := k.known[key]; found != nil && found.tux.UID == uid {
		return found
	}
	return nil
}

// learn takes over what the resource says, and returns its memory. The caller holds the lock.
func (k *keeper) learn(tux *tuxv1alpha1.TuxMonitoring) *known {
	key := client.ObjectKeyFromObject(tux)
	found := k.of(key, tux.UID)
	if found == nil {
		found = &known{}
		k.known[key] = found
	}
	found.tux = tux
	// What is written down is ours alone to change, so the memory is never behind the cache.
	if found.project == nil && tux.Status.Sentry != nil {
		found.project = tux.Status.Sentry.Project.DeepCopy()
	}
	if found.deploy == nil && tux.Status.Sentry != nil {
		found.deploy = tux.Status.Sentry.Deploy.DeepCopy()
	}
	return found
}

// forget drops a resource that is gone.
func (k *keeper) forget(key types.NamespacedName) {
	k.runner.Forget(syncKey(key))
	k.runner.Forget(proofKey(key))
	k.runner.Forget(deletionKey(key))
	k.mu.Lock()
	defer k.mu.Unlock()
	delete(k.known, key)
}

// pause stops what is done for a resource, and reports whether nothing is under way any more.
func (k *keeper) pause(key types.NamespacedName) bool {
	forgetSuccess(key, systemSentry)
	proof := k.runner.Forget(proofKey(key))
	return k.runner.Forget(syncKey(key)) && proof
}

// dsn is the DSN the backends have, or get. After a restart it is read from the Secret once: an outage of
// Sentry must not empty it. A Secret that is not ours is not believed.
func (k *keeper) dsn(ctx context.Context, tux *tuxv1alpha1.TuxMonitoring) (string, error) {
	k.mu.Lock()
	found := k.learn(tux)
	dsn, read := found.dsn, found.dsnRead
	k.mu.Unlock()
	if read {
		return dsn, nil
	}
	name, variable := plan.DSNAt(tux)
	secret := &corev1.Secret{}
	err := k.live.Get(ctx, client.ObjectKey{Namespace: tux.Namespace, Name: name}, secret)
	if err != nil && !apierrors.IsNotFound(err) {
		return "", fmt.Errorf("cannot read Secret %q: %w", name, err)
	}
	if secret.Labels[env.ManagedByLabel] == env.ManagedByValue && secret.Labels[env.OwnerLabel] == tux.Name {
		dsn = string(secret.Data[variable])
	}
	k.mu.Lock()
	defer k.mu.Unlock()
	if found.dsnRead {
		return found.dsn, nil // Sentry answered meanwhile
	}
	found.dsn, found.dsnRead = dsn, true
	return dsn, nil
}

// done hears of every run.
func (k *keeper) done(key external.Key, result external.Result, news bool) {
	resource := types.NamespacedName{Namespace: key.Namespace, Name: key.Name}
	observeSync(key, result)
	if t, ok := fault.AsTerminal(result.Err); ok && t.Reason == external.ReasonPanicked && news {
		k.terminal.Terminal(context.Background(), resource, t.Reason, t) //nolint:forbidigo // nobody waits for a run
	}
	if key.System == systemSentry {
		k.announce(resource, result)
	}
	if news {
		k.wake(resource)
	}
}

// announce tells of drift that was repaired, once for each repair; the first settings of a project are no
// drift.
func (k *keeper) announce(resource types.NamespacedName, result external.Result) {
	k.mu.Lock()
	defer k.mu.Unlock()
	found := k.known[resource]
	if found == nil || result.Err != nil {
		return
	}
	// Of what was in step before this process began only the status tells.
	drift := found.syncedAs == found.wanted || found.syncedAs == "" && settled(found.tux)
	found.syncedAs = found.wanted
	// That a key was replaced or switched off is no drift.
	corrected := slices.DeleteFunc(slices.Clone(result.Outcome.Corrected), func(path string) bool { return path == settings.PathRotation })
	if len(corrected) < len(result.Outcome.Corrected) {
		k.events.Eventf(found.tux, nil, corev1.EventTypeNormal, tuxv1alpha1.ReasonSynced, "RotateKey", "Rotated client keys in Sentry")
	}
	if len(corrected) == 0 {
		return
	}
	what, paths := "Configured Sentry", joined(corrected)
	if drift {
		what = "Corrected drift in Sentry"
	}
	action := "Sync-" + paths
	action = action[:min(len(action), maxAction)]
	k.events.Eventf(found.tux, nil, corev1.EventTypeNormal, tuxv1alpha1.ReasonSynced, action, "%s: %s", what, paths)
}
