package controllers

import (
	"context"
	"errors"
	"fmt"
	"time"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/apimachinery/pkg/types"

	tuxv1alpha1 "github.com/tux-io/tux-monitoring-operator/api/v1alpha1"
	"github.com/tux-io/tux-monitoring-operator/internal/external/logstore"
	"github.com/tux-io/tux-monitoring-operator/internal/external/logstores"
	"github.com/tux-io/tux-monitoring-operator/internal/external/loki"
	"github.com/tux-io/tux-monitoring-operator/internal/fault"
	"github.com/tux-io/tux-monitoring-operator/internal/plan"
	"github.com/tux-io/tux-monitoring-operator/internal/plan/env"
	judge "github.com/tux-io/tux-monitoring-operator/internal/plan/erasure"
	"github.com/tux-io/tux-monitoring-operator/internal/plan/retention"
	"github.com/tux-io/tux-monitoring-operator/internal/plan/retention/erasure"
)

// logEraser is a log store that lines are erased from. Its errors are sorted as package fault has it, and tell nothing of the
// subject.
type logEraser interface {
	erasureRequests
	// Left looks for the lines of the subject. Without exact one line that may go is enough to know.
	Left(ctx context.Context, r *erasure.Request, now time.Time, exact bool) (erasure.Left, error)
}

// erasureRequests are those to delete lines.
type erasureRequests interface {
	// Find asks for a request: by its id, or, with an empty one, by what it says. nil: the log store has none.
	Find(ctx context.Context, r *erasure.Request, id string) (*erasure.Found, error)
	// Post sends it and returns its id; empty if the log store did not tell.
	Post(ctx context.Context, r *erasure.Request) (string, error)
	// Cancel takes it back, if it is not too late.
	Cancel(ctx context.Context, r *erasure.Request, id string) error
}

// erasureTarget is the log store of a TuxMonitoring.
type erasureTarget struct {
	key  types.NamespacedName
	uid  types.UID
	tux  *tuxv1alpha1.TuxMonitoring
	want *env.Logs
}

func (t *erasureTarget) spared(holds *retention.Commitment) []string {
	return plan.SparedClasses(t.tux, holds)
}

// place is by what the log store is known again.
func (t *erasureTarget) place() string { return plan.ErasedPlace(t.tux, t.want.URL) }

// eraserOf is the client of the log store. Another kind of log store needs a case here, and the three methods.
func (k *logKeeper) eraserOf(ctx context.Context, t *erasureTarget) (logEraser, error) {
	backend := t.want.Policy.Backend
	if backend == retention.Loki {
		c, err := loki.New(loki.Config{URL: t.want.URL, UserAgent: k.options.UserAgent, Transport: k.hosts})
		return loki.Eraser{Client: c}, err
	}
	kind, ok := logstores.Of(backend)
	if !ok {
		return nil, fault.Terminal(tuxv1alpha1.ReasonBackendUnsupported,
			fmt.Errorf("lines in a log store of kind %s cannot be erased by the operator", backend))
	}
	credentials, err := k.credentials(ctx, storeJob{kind: kind, key: t.key, want: t.want})
	if apierrors.IsForbidden(err) {
		return nil, fault.Terminal(tuxv1alpha1.ReasonForbidden,
			errors.New("the operator may not read the Secret with the credentials; see config/logs"))
	}
	if err != nil {
		return nil, err
	}
	return kind.Eraser(logstore.Config{
		URL: t.want.URL, Credentials: credentials, UserAgent: k.options.UserAgent, Transport: k.stores[backend],
	})
}

// aim finds the log store. It must be known that the tenant is that of the TuxMonitoring: whoever names another's must not
// erase its lines.
func (r *eraser) aim(ctx context.Context, p *erasurePass) *judge.Verdict {
	key := types.NamespacedName{Namespace: p.e.Namespace, Name: p.e.Spec.MonitoringRef.Name}
	tux := &tuxv1alpha1.TuxMonitoring{}
	err := r.cached.Get(ctx, key, tux)
	switch {
	case apierrors.IsNotFound(err):
		return r.refused(tuxv1alpha1.ReasonMonitoringNotFound, "There is no TuxMonitoring %q in this namespace", key.Name)
	case err != nil:
		return r.waits(tuxv1alpha1.ReasonPending, "The TuxMonitoring could not be read", r.times.Poll)
	}
	want := plan.LogsOf(tux)
	switch {
	case tux.Spec.Logs == nil:
		return r.refused(tuxv1alpha1.ReasonMonitoringNotFound, "TuxMonitoring %q has no spec.logs", key.Name)
	case want == nil:
		return r.refused(tuxv1alpha1.ReasonBackendUnsupported, "Lines in this kind of log store cannot be erased by the operator")
	case tux.Spec.Mode == tuxv1alpha1.ModePlan:
		return r.waits(tuxv1alpha1.ReasonPlanned, "The mode of the TuxMonitoring is Plan, nothing is sent", r.times.Recheck)
	case tux.Spec.Mode == tuxv1alpha1.ModeSuspended:
		return r.waits(tuxv1alpha1.ReasonSuspended, "The mode of the TuxMonitoring is Suspended, nothing is sent", r.times.Recheck)
	}
	p.target = &erasureTarget{key: key, uid: tux.UID, tux: tux, want: want}
	return r.owns(p)
}

// owns says why a tenant cannot be touched; nil if it is ours, and the same as when the erasure began.
func (r *eraser) owns(p *erasurePass) *judge.Verdict {
	st, logs, policy := &p.e.Status, p.target.tux.Status.Logs, &p.target.want.Policy
	if judge.Changed(st, policy.Backend, p.target.place(), policy.Tenant) {
		return r.refused(tuxv1alpha1.ReasonMonitoringChanged,
			"The erasure began in tenant %q of a %s that spec.logs does not name any more", st.Tenant, st.Backend)
	}
	switch {
	case logs == nil || logs.Tenant != policy.Tenant:
		return r.waits(tuxv1alpha1.ReasonPending, "Whose the tenant is is not known yet", r.times.Poll)
	case logs.Written == tuxv1alpha1.LogsConflict:
		return r.refused(tuxv1alpha1.ReasonTenantCollision, "Tenant %q belongs to another TuxMonitoring", policy.Tenant)
	case logs.Written != tuxv1alpha1.LogsIncluded && logs.Written != tuxv1alpha1.LogsHeld:
		return r.waits(tuxv1alpha1.ReasonPending, "The retention of the tenant is not written yet", r.times.Poll)
	}
	return nil
}

// refused is a verdict that only a person can change.
func (r *eraser) refused(reason, format string, args ...any) *judge.Verdict {
	return new(judge.Refused(reason, fmt.Sprintf(format, args...), r.times.Recheck))
}

// waits is one of nothing that is wrong.
func (r *eraser) waits(reason, message string, after time.Duration) *judge.Verdict {
	return new(judge.Waits(reason, message, after))
}
