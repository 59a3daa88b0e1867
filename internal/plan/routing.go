package plan

import (
	"cmp"
	"fmt"
	"slices"

	tuxv1alpha1 "github.com/tux-io/tux-monitoring-operator/api/v1alpha1"
	"github.com/tux-io/tux-monitoring-operator/internal/plan/env"
	"github.com/tux-io/tux-monitoring-operator/internal/plan/routing"
)

// The defaults of spec.routing. The first three are those of Alertmanager, said aloud: the route above
// ours could have others.
const (
	defaultGroupWait      = "30s"
	defaultGroupInterval  = "5m"
	defaultRepeatInterval = "4h"

	defaultHeartbeat = "1m"
)

// defaultGroupBy makes one notification of an alert that fires for each pod.
var defaultGroupBy = []string{"alertname", env.AlertBackend}

func completeRouting(spec *tuxv1alpha1.Routing) *env.Routing {
	if spec == nil {
		return nil
	}
	r := &env.Routing{
		GroupBy:        slices.Clone(defaultGroupBy),
		GroupWait:      cmp.Or(string(spec.GroupWait), defaultGroupWait),
		GroupInterval:  cmp.Or(string(spec.GroupInterval), defaultGroupInterval),
		RepeatInterval: cmp.Or(string(spec.RepeatInterval), defaultRepeatInterval),
		Heartbeat:      completeHeartbeat(spec.Heartbeat),
	}
	if len(spec.GroupBy) > 0 {
		r.GroupBy = nil
		for _, label := range spec.GroupBy {
			r.GroupBy = append(r.GroupBy, string(label))
		}
	}
	for i := range spec.Receivers {
		r.Receivers = append(r.Receivers, completeReceiver(&spec.Receivers[i]))
	}
	slices.SortFunc(r.Receivers, func(a, b env.Receiver) int { return cmp.Compare(a.Name, b.Name) })
	return r
}

func completeReceiver(spec *tuxv1alpha1.Receiver) env.Receiver {
	wanted := spec.Severities
	if len(wanted) == 0 {
		wanted = []tuxv1alpha1.Severity{tuxv1alpha1.SeverityCritical, tuxv1alpha1.SeverityWarning}
		if spec.PagerDuty != nil {
			wanted = wanted[:1]
		}
	}
	r := env.Receiver{Name: spec.Name, SendResolved: spec.SendResolved != tuxv1alpha1.StateDisabled, Spec: spec}
	for _, severity := range routing.Severities() {
		if slices.Contains(wanted, tuxv1alpha1.Severity(severity)) {
			r.Severities = append(r.Severities, severity)
		}
	}
	return r
}

func completeHeartbeat(spec *tuxv1alpha1.Heartbeat) *env.Heartbeat {
	if spec == nil {
		return nil
	}
	return &env.Heartbeat{
		URL: string(spec.URL), Secret: spec.URLSecretRef, Interval: cmp.Or(string(spec.Interval), defaultHeartbeat),
	}
}

// checkRouting: Alertmanager looks at a group once per group interval, so it cannot repeat more often.
func (p *Plan) checkRouting() {
	r := p.Environment.Routing
	if r == nil || env.Duration(r.RepeatInterval) >= env.Duration(r.GroupInterval) {
		return
	}
	p.refuse(tuxv1alpha1.ReasonInvalidDuration, "spec.routing.repeatInterval",
		fmt.Sprintf("%s is shorter than groupInterval %s, groupInterval is used", r.RepeatInterval, r.GroupInterval))
	r.RepeatInterval = r.GroupInterval
}
