package rules

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	monitoringv1 "github.com/prometheus-operator/prometheus-operator/pkg/apis/monitoring/v1"
	"k8s.io/apimachinery/pkg/util/intstr"

	"github.com/tux-io/tux-monitoring-operator/internal/plan/burnrate"
	"github.com/tux-io/tux-monitoring-operator/internal/plan/env"
)

const (
	concernObjectives = "objectives"
	labelObjective    = "objective"
	labelJob          = "job"
	// alertBurn is rendered once for each pair of windows.
	alertBurn = "TuxErrorBudgetBurn"
	// daysInterval of rules that look back over days: twice the usual one, since they change slowly.
	daysInterval = "1m"
)

// objectivesOf are the objectives of one backend.
func objectivesOf(e *env.Environment, b *env.Backend) []env.Objective {
	var out []env.Objective
	for i := range e.Objectives {
		if e.Objectives[i].For(b) {
			out = append(out, e.Objectives[i])
		}
	}
	return out
}

// rulesOfObjectives are what is evaluated at the interval of the Prometheus, and what looks back over days.
type rulesOfObjectives struct{ now, days []monitoringv1.Rule }

func (r *rulesOfObjectives) add(days bool, rule monitoringv1.Rule) {
	if days {
		r.days = append(r.days, rule)
		return
	}
	r.now = append(r.now, rule)
}

// renderObjectives returns the PrometheusRule of all objectives of b; nil if it has none.
func renderObjectives(e *env.Environment, b *env.Backend, c *concern) (env.Object, error) {
	var records, alerts rulesOfObjectives
	for _, o := range objectivesOf(e, b) {
		if err := recordObjective(e, b, c, &o, &records); err != nil {
			return nil, fmt.Errorf("objective %q: %w", o.Name, err)
		}
		if err := watchObjective(e, b, c, &o, &alerts); err != nil {
			return nil, fmt.Errorf("objective %q: %w", o.Name, err)
		}
	}
	if len(records.now) == 0 {
		return nil, nil
	}
	rule := newRule(e.BackendMeta(env.OutputRules, b, c.Name, e.Select.Rules))
	group := e.Namespace + "/" + e.Name + "/" + b.Deployment + "/" + c.Name
	rule.addGroup(group, append(records.now, alerts.now...))
	rule.addGroup(group+"-days", append(records.days, alerts.days...))
	interval := monitoringv1.Duration(daysInterval)
	rule.Spec.Groups[len(rule.Spec.Groups)-1].Interval = &interval
	return rule.PrometheusRule, nil
}

func recordObjective(e *env.Environment, b *env.Backend, c *concern, o *env.Objective, out *rulesOfObjectives) error {
	s, err := newObjectiveScope(e, b, c, o)
	if err != nil {
		return err
	}
	for _, r := range c.Records {
		expr, err := s.expand(r.Expr)
		if err != nil {
			return fmt.Errorf("record %q: %w", r.Record, err)
		}
		labels := map[string]string{labelJob: b.Deployment, labelObjective: o.Name}
		maps.Copy(labels, r.Labels)
		out.add(r.Days, monitoringv1.Rule{Record: r.Record, Expr: intstr.FromString(expr), Labels: labels})
	}
	return nil
}

func watchObjective(e *env.Environment, b *env.Backend, c *concern, o *env.Objective, out *rulesOfObjectives) error {
	s, err := newObjectiveScope(e, b, c, o)
	if err != nil {
		return err
	}
	for i := range c.Alerts {
		a := &c.Alerts[i]
		if e.Alerts.Disabled[a.Name] || a.missing(e, b) != "" {
			continue
		}
		if a.Name != alertBurn {
			changed := adjusted(a, e)
			rule, err := s.alert(&changed)
			if err != nil {
				return err
			}
			out.add(false, rule)
			continue
		}
		if err := s.burns(a, out); err != nil {
			return err
		}
	}
	return nil
}

// burns renders an alert for each pair of windows that is wanted.
func (s *objectiveScope) burns(a *alert, out *rulesOfObjectives) error {
	var faster []string
	for _, p := range burnrate.Pairs(env.Duration(s.Objective.Window)) {
		if !s.wants(p) {
			continue
		}
		one, wait := s.ofPair(a, p, faster)
		changed := *a
		changed.For, changed.Severity = short(wait), s.severity(p)
		rule, err := one.alert(&changed)
		if err != nil {
			return err
		}
		out.add(!p.Page, rule)
		faster = append(faster, short(p.Long))
	}
	return nil
}

// wants says whether there is an alert for a pair of windows.
func (s *objectiveScope) wants(p burnrate.Pair) bool {
	return (p.Page && s.Objective.Pages) || (!p.Page && s.Objective.Tickets)
}

// severity of a pair; an override holds for all of them.
func (s *objectiveScope) severity(p burnrate.Pair) string {
	if o := s.environment.Alerts.Overrides[alertBurn]; o.Severity != "" {
		return o.Severity
	}
	if p.Page {
		return severityCritical
	}
	return severityWarning
}

// ofPair returns the scope for one pair, and how long it waits: longer than every alert that explains the
// same errors, so that the one that names the cause comes first.
func (s *objectiveScope) ofPair(a *alert, p burnrate.Pair, faster []string) (*objectiveScope, time.Duration) {
	wait := p.Wait
	if o := s.environment.Alerts.Overrides[a.Name]; o.For != "" {
		wait = env.Duration(o.For)
	}
	allowed := burnrate.Allowed(s.Objective.Target)
	out := *s
	out.Pair = &pairScope{
		Long: short(p.Long), Short: short(p.Short), LongText: words(short(p.Long)),
		Factor: burnrate.Decimal(p.Factor), Page: p.Page, Faster: strings.Join(faster, "|"),
		ShortRange: "[" + short(p.Short) + "]", EventsRange: "[" + short(p.Long) + ":5m]",
	}
	if s.Indicator.Input != inputProbes {
		out.Pair.MinEvents = p.MinEvents(allowed, s.Objective.MinRequests)
	}
	var causes []string
	for _, name := range s.Indicator.Causes {
		cause, explains := s.explains(name, s.severity(p))
		if !explains {
			continue
		}
		causes = append(causes, name)
		wait = max(wait, env.Duration(cause.For)+settling)
	}
	out.Pair.Causes = strings.Join(causes, "|")
	return &out, wait
}

// explains says whether another alert is there and calls at least as loud: a page must not wait for a
// warning nobody reads at night.
func (s *objectiveScope) explains(name, severity string) (*alert, bool) {
	if !ships(name, s.environment, s.backend) {
		return nil, false
	}
	cause := adjusted(variants(name)[0], s.environment)
	order := []string{severityInfo, severityWarning, severityCritical}
	return &cause, slices.Index(order, cause.Severity) >= slices.Index(order, severity)
}
