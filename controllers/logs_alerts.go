package controllers

import (
	"context"
	"time"

	"k8s.io/apimachinery/pkg/types"
	"sigs.k8s.io/controller-runtime/pkg/client"

	tuxv1alpha1 "github.com/tux-io/tux-monitoring-operator/api/v1alpha1"
	"github.com/tux-io/tux-monitoring-operator/internal/external"
	"github.com/tux-io/tux-monitoring-operator/internal/external/loki"
	"github.com/tux-io/tux-monitoring-operator/internal/plan/env"
	"github.com/tux-io/tux-monitoring-operator/internal/plan/logalerts"
	"github.com/tux-io/tux-monitoring-operator/internal/plan/retention"
	settings "github.com/tux-io/tux-monitoring-operator/internal/plan/retention/loki"
	"github.com/tux-io/tux-monitoring-operator/internal/plan/retention/lokistack"
	"github.com/tux-io/tux-monitoring-operator/internal/status"
)

const systemLogAlerts = "log-alerts"

func logAlertsKey(key types.NamespacedName) external.Key {
	return external.Key{System: systemLogAlerts, Namespace: key.Namespace, Name: key.Name}
}

// syncLogAlerts looks whether the ruler has the alerts that were written. It is a task of its own: whether lines live as
// long as they shall does not depend on it.
func (r *Reconciler) syncLogAlerts(p *pass) {
	k, key, want := r.logs, client.ObjectKeyFromObject(p.tux), p.plan.Environment.Logs
	if want == nil || want.Alerts == nil {
		k.runner.Forget(logAlertsKey(key))
		return
	}
	p.logAlerts = &status.LogAlerts{ConfigMap: want.Alerts.ConfigMapName, FolderAnnotation: want.Alerts.FolderAnnotation}
	if want.Policy.Backend == retention.LokiStack && r.stackIgnores(p, want) {
		k.runner.Forget(logAlertsKey(key))
		return
	}
	if !enforces(p.tux) || !isApplied(p, env.OutputLogAlerts) {
		k.runner.Forget(logAlertsKey(key))
		return
	}
	alerts := logalerts.Alerts(p.plan.Environment)
	fingerprint := digest(want.URL, want.Policy.Tenant, p.tux.UID, alerts.Backends, alerts.Labels, p.tux.Annotations[requestAnnotation])
	since := k.alertsSince(key, p.tux.UID, fingerprint)
	result := k.runner.Tell(external.Task{
		Key: logAlertsKey(key), Fingerprint: fingerprint, Settled: isTrueOf(p.tux, tuxv1alpha1.ConditionLogAlertsLoaded),
		Sync: func(ctx context.Context, _ external.Outcome) (external.Outcome, error) {
			return k.lookAtAlerts(ctx, want, &alerts, since)
		},
	})
	p.logAlerts.Asked, p.logAlerts.Err, p.logAlerts.Missing = result.Ran, result.Err, result.Outcome.Ignored
}

// stackIgnores fills in whether the LokiStack selects the AlertingRule, and says whether its ruler need not be asked.
func (r *Reconciler) stackIgnores(p *pass, want *env.Logs) bool {
	p.logAlerts.Stack, p.logAlerts.Silent = want.Stack.String(), want.URL == ""
	rules := r.logs.rulesOf(client.ObjectKeyFromObject(p.tux))
	if rules != nil {
		p.logAlerts.Ignored = rules.Ignores(want.Alerts.Labels, p.cluster.NamespaceLabels, want.Stack.Namespace == p.tux.Namespace)
	}
	return p.logAlerts.Ignored != "" || p.logAlerts.Silent
}

// rulesOf are those of the LokiStack of a resource, as the last run has seen them; nil before there was one.
func (k *logKeeper) rulesOf(key types.NamespacedName) *lokistack.Rules {
	k.mu.Lock()
	defer k.mu.Unlock()
	if found := k.known[key]; found != nil {
		return found.stack.rules
	}
	return nil
}

// isApplied: all objects of an output are in the cluster as they shall be.
func isApplied(p *pass, output string) bool {
	for i := range p.outputs {
		if p.outputs[i].Name == output {
			return p.outputs[i].Err == nil && !p.outputs[i].Held
		}
	}
	return false
}

// alertsSince is when these alerts were first seen by this process.
func (k *logKeeper) alertsSince(key types.NamespacedName, uid types.UID, fingerprint string) time.Time {
	k.mu.Lock()
	defer k.mu.Unlock()
	found := k.of(key, uid)
	if found.alerts != fingerprint {
		found.alerts, found.alertsSince = fingerprint, external.SystemClock().Now()
	}
	return found.alertsSince
}

// lookAtAlerts asks the ruler; what it lacks is what it ignored.
func (k *logKeeper) lookAtAlerts(ctx context.Context, want *env.Logs, alerts *settings.Alerts, since time.Time) (external.Outcome, error) {
	c, err := loki.New(loki.Config{URL: want.URL, UserAgent: k.options.UserAgent, Transport: k.hosts})
	if err != nil {
		return external.Outcome{}, err
	}
	groups, err := c.RuleGroups(ctx, want.Policy.Tenant)
	if err != nil {
		return external.Outcome{}, err
	}
	missing, err := alerts.NotLoaded(groups)
	if err != nil {
		return external.Outcome{}, err
	}
	if len(missing) > 0 && external.SystemClock().Now().Sub(since) < k.options.Propagation {
		return external.Outcome{}, k.onItsWay("the ruler of Loki does not have it yet")
	}
	return external.Outcome{Ignored: missing}, nil
}
