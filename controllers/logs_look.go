package controllers

import (
	"context"
	"time"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/types"
	"sigs.k8s.io/controller-runtime/pkg/client"

	tuxv1alpha1 "github.com/tux-io/tux-monitoring-operator/api/v1alpha1"
	"github.com/tux-io/tux-monitoring-operator/internal/external"
	"github.com/tux-io/tux-monitoring-operator/internal/external/loki"
	"github.com/tux-io/tux-monitoring-operator/internal/plan/env"
	"github.com/tux-io/tux-monitoring-operator/internal/plan/retention"
	settings "github.com/tux-io/tux-monitoring-operator/internal/plan/retention/loki"
)

// logLook is what one look at Loki needs to know.
type logLook struct {
	key         types.NamespacedName
	uid         types.UID
	want        *env.Logs
	fingerprint string
	// holds is what was written; nil while Loki must first tell what holds.
	holds *retention.Commitment
	since time.Time
	// held are decreases that wait for somebody to accept them by this acknowledgement; none if it is empty.
	held            []retention.Decrease
	acknowledgement string
}

func newLook(tux *tuxv1alpha1.TuxMonitoring, want *env.Logs, written *writtenLogs) logLook {
	l := logLook{key: client.ObjectKeyFromObject(tux), uid: tux.UID, want: want, holds: written.result.Holds, since: written.since}
	l.held, l.acknowledgement = written.result.Held, written.result.Acknowledgement
	l.fingerprint = digest(want.URL, want.Policy.Tenant, tux.UID, l.holds, l.acknowledgement, tux.Annotations[requestAnnotation])
	return l
}

// address is what the memory of an answer is for.
func address(want *env.Logs) string {
	return want.URL + " " + want.Policy.Tenant + " " + want.Document.String()
}

// look asks Loki: before anything is written what holds, and afterwards whether it does what was written.
func (k *logKeeper) look(ctx context.Context, l logLook) (external.Outcome, error) {
	c, err := loki.New(loki.Config{URL: l.want.URL, UserAgent: k.options.UserAgent, Transport: k.hosts})
	if err != nil {
		return external.Outcome{}, err
	}
	now := external.SystemClock().Now()
	if l.holds == nil {
		before, err := c.Before(ctx, l.want.Policy.Tenant, now)
		if err == nil {
			k.learnBefore(l, before)
		}
		return external.Outcome{}, err
	}
	facts, err := c.Observe(ctx, l.want.Policy.Tenant, *l.holds, now)
	if err != nil {
		return external.Outcome{}, err
	}
	k.estimate(ctx, c, l, now)
	verdict := settings.Judge(*l.holds, facts)
	if age := now.Sub(l.since); !verdict.Off && !verdict.ReloadFailed {
		// What is on its way is no fault of anybody.
		if len(verdict.Differences) > 0 && age < k.options.Propagation {
			return external.Outcome{}, k.onItsWay("Loki does not have it yet")
		}
		if len(verdict.Overdue) > 0 && age < k.options.Deletion {
			return external.Outcome{}, k.onItsWay("Loki has it, and has not deleted everything yet")
		}
	}
	k.mu.Lock()
	defer k.mu.Unlock()
	found := k.of(l.key, l.uid)
	found.verdict, found.verdictOf = verdict, l.fingerprint
	return external.Outcome{Ignored: reads(verdict)}, nil
}

// reads is how a verdict reads, so that another one is news.
func reads(v settings.Verdict) []string {
	var all []string
	if v.Off {
		all = append(all, "off")
	}
	if v.ReloadFailed {
		all = append(all, "reload failed")
	}
	for _, difference := range v.Differences {
		all = append(all, "has "+difference)
	}
	for _, class := range v.Overdue {
		all = append(all, "overdue "+class)
	}
	return all
}

// learnBefore keeps what Loki said that holds, and lets the document be made.
func (k *logKeeper) learnBefore(l logLook, before *retention.Commitment) {
	k.mu.Lock()
	found := k.of(l.key, l.uid)
	found.asked, found.askedAt, found.before = address(l.want), external.SystemClock().Now(), before
	k.mu.Unlock()
	document := &corev1.ConfigMap{}
	document.Namespace, document.Name = l.want.Document.Namespace, l.want.Document.Name
	k.send(k.wanted, document)
}

// estimate asks how much would go if somebody accepted the decreases, once for each acknowledgement. Without an answer
// nothing is told, and the next look asks again: nothing else depends on it.
func (k *logKeeper) estimate(ctx context.Context, c *loki.Client, l logLook, now time.Time) {
	k.mu.Lock()
	known := k.of(l.key, l.uid).goingOf == l.acknowledgement
	k.mu.Unlock()
	if known || l.acknowledgement == "" {
		return
	}
	going := map[string]string{}
	for _, decrease := range l.held {
		question, err := settings.Going(*l.holds, decrease)
		if err != nil || decrease.Protected {
			continue
		}
		volume, err := c.Volume(ctx, l.want.Policy.Tenant, question, now)
		if err != nil {
			return
		}
		going[decrease.Class] = volume.String()
	}
	k.learnGoing(l.key, l.uid, l.acknowledgement, going)
}

// learnGoing keeps what would go, and lets it be told.
func (k *logKeeper) learnGoing(key types.NamespacedName, uid types.UID, acknowledgement string, going map[string]string) {
	k.mu.Lock()
	found := k.of(key, uid)
	found.going, found.goingOf = going, acknowledgement
	k.mu.Unlock()
	k.wake(key)
}
