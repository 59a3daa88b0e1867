package controllers

import (
	"cmp"
	"context"
	"crypto/ed25519"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/apimachinery/pkg/types"
	"sigs.k8s.io/controller-runtime/pkg/client"

	tuxv1alpha1 "github.com/tux-io/tux-monitoring-operator/api/v1alpha1"
	"github.com/tux-io/tux-monitoring-operator/internal/external"
	"github.com/tux-io/tux-monitoring-operator/internal/external/loki"
	"github.com/tux-io/tux-monitoring-operator/internal/fault"
	"github.com/tux-io/tux-monitoring-operator/internal/plan/env"
	"github.com/tux-io/tux-monitoring-operator/internal/plan/retention"
	"github.com/tux-io/tux-monitoring-operator/internal/plan/retention/logql"
	settings "github.com/tux-io/tux-monitoring-operator/internal/plan/retention/loki"
	"github.com/tux-io/tux-monitoring-operator/internal/plan/retention/seal"
	"github.com/tux-io/tux-monitoring-operator/internal/status"
)

const (
	systemLogSeals = "log-seals"
	// hoursPerRun is how many hours one run seals at most: what was missed follows, and Loki answers others meanwhile.
	hoursPerRun = 24
	sealWorkers = 2
	// publicSuffix ends the names of the keys of a Secret that have public keys of older seals.
	publicSuffix = ".pub"
)

// newSealer returns a runner that is like another, and lets a run take as long as reading an hour may.
func newSealer(config external.RunnerConfig) (*external.Runner, error) {
	config.Timeout, config.Workers = seal.Reading, sealWorkers
	sealer, err := newBeside(config)
	return sealer.runner, err
}

// Start runs looks and seals until ctx ends.
func (k *logKeeper) Start(ctx context.Context) error {
	ended := make(chan error, 1)
	go func() { ended <- k.sealer.Start(ctx) }()
	return errors.Join(k.beside.Start(ctx), <-ended)
}

func logSealsKey(key types.NamespacedName) external.Key {
	return external.Key{System: systemLogSeals, Namespace: key.Namespace, Name: key.Name}
}

// sealJob is what one run needs to know.
type sealJob struct {
	key         types.NamespacedName
	uid         types.UID
	want        *env.Logs
	classes     []retention.Class
	fingerprint string
	// heads are the last seals by the status, which was written after them.
	heads map[string]seal.Head
}

// sealReport is what runs under a fingerprint have found.
type sealReport struct {
	last     map[string]seal.Head
	problems []string
}

// syncLogSeals hands in which classes shall be sealed, and takes the last result. It is a task of its own: reading every line
// of an hour takes longer than a look.
func (r *Reconciler) syncLogSeals(ctx context.Context, p *pass) {
	k, key, want := r.logs, client.ObjectKeyFromObject(p.tux), p.plan.Environment.Logs
	if want == nil || want.Seals == nil {
		k.sealer.Forget(logSealsKey(key))
		return
	}
	p.logSeals = &status.LogSeals{}
	for _, class := range protected(want) {
		p.logSeals.Classes = append(p.logSeals.Classes, class.Name)
	}
	if !enforces(p.tux) || !k.hasTenant(p.tux, want) {
		k.sealer.Forget(logSealsKey(key))
		return
	}
	j, err := r.newSealJob(ctx, p.tux, want)
	if err != nil {
		k.sealer.Forget(logSealsKey(key))
		p.logSeals.Asked, p.logSeals.Err = true, err
		return
	}
	result := k.sealer.Tell(external.Task{
		Key: logSealsKey(key), Fingerprint: j.fingerprint, Settled: isTrueOf(p.tux, tuxv1alpha1.ConditionLogsSealed),
		Sync: func(ctx context.Context, _ external.Outcome) (external.Outcome, error) { return k.seal(ctx, j) },
	})
	k.fillSeals(p.logSeals, j, result)
}

// protected are the classes that are sealed, sorted by name.
func protected(want *env.Logs) []retention.Class {
	var all []retention.Class
	for _, class := range want.Policy.Classes {
		if class.Protected {
			all = append(all, class)
		}
	}
	slices.SortFunc(all, func(a, b retention.Class) int { return strings.Compare(a.Name, b.Name) })
	return all
}

// hasTenant says whether the tenant is that of this resource, by the document: of two that want it only one may speak for
// its lines.
func (k *logKeeper) hasTenant(tux *tuxv1alpha1.TuxMonitoring, want *env.Logs) bool {
	k.mu.Lock()
	defer k.mu.Unlock()
	written := k.of(client.ObjectKeyFromObject(tux), tux.UID).written
	return written != nil && written.document == want.Document && written.result.Holds != nil
}

// newSealJob reads the version of the Secret from the cache: it is part of the fingerprint, so that a new key makes the task
// due.
func (r *Reconciler) newSealJob(ctx context.Context, tux *tuxv1alpha1.TuxMonitoring, want *env.Logs) (sealJob, error) {
	j := sealJob{key: client.ObjectKeyFromObject(tux), uid: tux.UID, want: want, classes: protected(want), heads: map[string]seal.Head{}}
	if err := r.secrets.ensure(ctx, tux.Namespace); apierrors.IsForbidden(err) {
		return j, apierrors.NewForbidden(schema.GroupResource{Resource: "secrets"}, want.Seals.Secret,
			errors.New("spec.logs.seals needs to read Secrets: name its namespace in --secret-namespaces, "+
				"and there kubectl apply -k config/logs"))
	} else if err != nil {
		return j, err
	}
	secret := secretMetadata()
	err := r.client.Get(ctx, client.ObjectKey{Namespace: tux.Namespace, Name: want.Seals.Secret}, secret)
	if client.IgnoreNotFound(err) != nil {
		return j, fmt.Errorf("cannot look for Secret %q: %w", want.Seals.Secret, err)
	}
	if tux.Status.Logs != nil {
		for _, last := range tux.Status.Logs.Seals {
			if hour, err := time.Parse(time.RFC3339, last.LastHour); err == nil {
				j.heads[last.Class] = seal.Head{Hour: hour, Hash: last.Head}
			}
		}
	}
	j.fingerprint = digest(want.URL, want.Policy.Tenant, want.Seals, j.classes, j.uid, secret.ResourceVersion,
		tux.Annotations[requestAnnotation])
	return j, nil
}

// sealRun is one run of one task.
type sealRun struct {
	*logKeeper
	sealJob

	client *loki.Client
	key    ed25519.PrivateKey
	keys   seal.Keys
	now    time.Time
	// bounds are asked for when there is something to read.
	bounds *settings.Bounds
	// left is how many hours the run may still seal.
	left int
	// sealed are those it has, for people.
	sealed []string
}

// seal seals every hour that is over, of each class: one that cannot be sealed holds up no other.
func (k *logKeeper) seal(ctx context.Context, j sealJob) (external.Outcome, error) {
	run := &sealRun{logKeeper: k, sealJob: j, now: k.options.Now(), left: hoursPerRun}
	var err error
	if run.key, run.keys, err = k.sealKeys(ctx, j); err != nil {
		return external.Outcome{}, err
	}
	run.client, err = loki.New(loki.Config{URL: j.want.URL, UserAgent: k.options.UserAgent, Transport: k.hosts})
	if err != nil {
		return external.Outcome{}, err
	}
	report := sealReport{last: map[string]seal.Head{}}
	var worst error
	for i := range j.classes {
		class := &j.classes[i]
		known, err := run.stored(ctx, class)
		if err == nil {
			err = run.hours(ctx, class, known)
			report.last[class.Name] = known.last
			for _, problem := range known.problems {
				report.problems = append(report.problems, class.Name+", "+problem.String())
			}
		}
		worst = worse(worst, err)
	}
	k.mu.Lock()
	found := k.of(j.key, j.uid)
	found.sealed, found.sealedOf = report, j.fingerprint
	k.mu.Unlock()
	return external.Outcome{Corrected: run.sealed, Ignored: report.problems}, worst
}

// worse is what two classes come to. An error that a person must do something about is not asked about for an hour, which
// is no reason to let another class wait for one that passes: that one decides, and tells of the other.
func worse(a, b error) error {
	if a == nil || b == nil {
		return cmp.Or(a, b)
	}
	if _, terminal := fault.AsTerminal(a); !terminal {
		return a
	}
	if _, terminal := fault.AsTerminal(b); !terminal {
		return fmt.Errorf("%w; and %s", b, a.Error())
	}
	return a
}

// sealKeys reads the Secret, each time: nothing of it is kept.
func (k *logKeeper) sealKeys(ctx context.Context, j sealJob) (ed25519.PrivateKey, seal.Keys, error) {
	name := j.want.Seals.Secret
	secret := &corev1.Secret{}
	err := k.live.Get(ctx, client.ObjectKey{Namespace: j.key.Namespace, Name: name}, secret)
	if apierrors.IsNotFound(err) {
		return nil, nil, fault.Waiting(tokenDelay, tuxv1alpha1.ReasonSealKeyInvalid,
			fmt.Errorf("cannot find Secret %q with the key of the seals", name))
	}
	if err != nil {
		return nil, nil, fmt.Errorf("cannot read Secret %q: %w", name, err)
	}
	key, err := seal.PrivateKey(secret.Data[seal.SecretKey])
	if err != nil {
		return nil, nil, fault.Terminal(tuxv1alpha1.ReasonSealKeyInvalid, fmt.Errorf("cannot use %s of Secret %q: %w", seal.SecretKey, name, err))
	}
	public := key.Public().(ed25519.PublicKey)
	keys := seal.Keys{seal.KeyID(public): public}
	for _, of := range slices.Sorted(maps.Keys(secret.Data)) {
		if !strings.HasSuffix(of, publicSuffix) {
			continue
		}
		if err := keys.AddPEM(secret.Data[of]); err != nil {
			return nil, nil, fault.Terminal(tuxv1alpha1.ReasonSealKeyInvalid, fmt.Errorf("cannot use %s of Secret %q: %w", of, name, err))
		}
	}
	return key, keys, nil
}

// hours seals those of a class that are over, one after the other. Each is stored before the next is read, so that a run
// may end at any time.
func (run *sealRun) hours(ctx context.Context, class *retention.Class, known *knownSeals) error {
	times := seal.Times{Grace: run.want.Seals.Grace, Days: class.Days}
	for {
		times.Now = run.options.Now() // reading an hour takes its time
		if _, due := times.Next(known.last.Hour); !due {
			return nil
		}
		if run.bounds == nil {
			bounds, err := run.client.Bounds(ctx, run.want.Policy.Tenant)
			if err != nil {
				return err
			}
			run.bounds = &bounds
		}
		if times.Lookback = run.bounds.Lookback; times.Blind() {
			return fault.Terminal(tuxv1alpha1.ReasonSealRefused, fmt.Errorf(
				"cannot read an hour that is over: max_query_lookback of tenant %q is %s", run.want.Policy.Tenant, times.Lookback))
		}
		hour, due := times.Next(known.last.Hour)
		if !due {
			return nil
		}
		if run.left == 0 {
			return fault.Waiting(run.options.MinBackoff, tuxv1alpha1.ReasonPending,
				fmt.Errorf("class %q is sealed up to %s, the hours since then follow", class.Name, known.last.Hour.Format(time.RFC3339)))
		}
		run.left--
		made, err := run.hour(ctx, class, hour, known.last.Hash)
		if err == nil {
			err = run.store(ctx, class, hour, known, made)
		}
		if err != nil {
			return err
		}
		if problem, left := made.Left(); left {
			known.problems = append(known.problems, problem)
		}
		run.sealed = append(run.sealed, class.Name+" "+made.Hour)
	}
}

// hour reads one and makes its seal. One that cannot be read wholly, as whoever can send lines may bring about, holds up no
// other: its seal says so.
func (run *sealRun) hour(ctx context.Context, class *retention.Class, hour time.Time, previous string) (seal.Seal, error) {
	streams, err := logql.Selector{logql.Is(retention.ClassLabel, class.Name)}.LogQL()
	if err != nil {
		return seal.Seal{}, err
	}
	maker := seal.NewMaker(seal.Of{Tenant: run.want.Policy.Tenant, Class: class.Name}, hour)
	err = run.client.Lines(ctx, run.want.Policy.Tenant, streams, *run.bounds, hour, hour.Add(time.Hour), maker.Add)
	if err == nil && !run.bounds.Reaches(hour, run.options.Now()) {
		err = fault.Terminal(loki.ReasonUnreadable, errors.New("its first lines may not have been found any more, by max_query_lookback"))
	}
	if err == nil {
		var made seal.Seal
		made, err = maker.Seal(previous, class.Days, run.key)
		if err == nil && made.Lines == 0 {
			err = run.labelled(ctx, hour)
		}
		if err == nil {
			return made, nil
		}
	}
	if refused, terminal := fault.AsTerminal(err); errors.Is(err, seal.ErrTooMany) || terminal && refused.Reason == loki.ReasonUnreadable {
		return maker.Unreadable(err.Error(), previous, class.Days, run.key)
	}
	return seal.Seal{}, fmt.Errorf("cannot seal %s of class %q: %w", hour.Format(time.RFC3339), class.Name, err)
}

// labelled refuses an hour whose lines are there and have no class, for the label is none of the index: by their class none is
// found, and they would be sealed as no lines at all.
func (run *sealRun) labelled(ctx context.Context, hour time.Time) error {
	labels, err := run.client.Labels(ctx, run.want.Policy.Tenant, hour, hour.Add(time.Hour))
	if err == nil && len(labels) > 0 && !slices.Contains(labels, retention.ClassLabel) {
		err = fault.Terminal(loki.ReasonUnreadable, errors.New("its lines have no index label "+retention.ClassLabel))
	}
	return err
}

// fillSeals takes over what the runs under this fingerprint have found.
func (k *logKeeper) fillSeals(l *status.LogSeals, j sealJob, result external.Result) {
	if !result.Ran {
		return
	}
	k.mu.Lock()
	defer k.mu.Unlock()
	l.Asked, l.Err = true, result.Err
	found := k.known[j.key]
	if found == nil || found.sealedOf != j.fingerprint {
		return
	}
	l.Problems = found.sealed.problems
	for _, class := range l.Classes {
		if last := found.sealed.last[class]; last.Hash != "" {
			l.Last = append(l.Last, tuxv1alpha1.LogSealStatus{Class: class, LastHour: last.Hour.Format(time.RFC3339), Head: last.Hash})
		}
	}
}
