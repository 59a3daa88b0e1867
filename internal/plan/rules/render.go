package rules

import (
	"fmt"
	"maps"
	"strconv"

	monitoringv1 "github.com/prometheus-operator/prometheus-operator/pkg/apis/monitoring/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/util/intstr"

	"github.com/tux-io/tux-monitoring-operator/internal/plan/env"
)

// The severities, from the quietest to the loudest.
const (
	severityInfo     = "info"
	severityWarning  = "warning"
	severityCritical = "critical"
)

// Render returns one PrometheusRule per backend and concern, one per concern of the environment as a
// whole, and one per additional group. A concern of which nothing can work has no object.
func Render(e *env.Environment) ([]env.Object, error) {
	var out []env.Object
	for _, c := range catalogue() {
		for _, b := range c.backends(e) {
			object, err := renderConcern(e, b, &c)
			if err != nil {
				return nil, fmt.Errorf("cannot render %s rules of %q: %w", c.Name, b.Deployment, err)
			}
			if object != nil {
				out = append(out, object)
			}
		}
	}
	out = append(out, additional(e)...)
	return out, checkNames(out)
}

// ShippedObjects are the names the PrometheusRules of the catalogue have, rendered or not; those of the user
// have others.
func ShippedObjects(e *env.Environment) []string {
	var names []string
	for _, c := range catalogue() {
		for _, b := range c.backends(e) {
			meta, _ := c.meta(e, b)
			names = append(names, meta.Name)
		}
	}
	return names
}

// backends are those the concern is rendered for. A concern of the environment is rendered once, for a
// backend without a name.
func (c *concern) backends(e *env.Environment) []*env.Backend {
	if c.Per == perEnvironment {
		return []*env.Backend{{}}
	}
	all := make([]*env.Backend, 0, len(e.Backends))
	for i := range e.Backends {
		all = append(all, &e.Backends[i])
	}
	return all
}

// meta returns the metadata of the object of a concern and the name of its group.
func (c *concern) meta(e *env.Environment, b *env.Backend) (metav1.ObjectMeta, string) {
	prefix := e.Namespace + "/" + e.Name + "/"
	if c.Per == perEnvironment {
		return e.Meta(env.OutputRules, c.Name, e.Select.Rules), prefix + c.Name
	}
	return e.BackendMeta(env.OutputRules, b, c.Name, e.Select.Rules), prefix + b.Deployment + "/" + c.Name
}

// checkNames refuses two objects of one name, of which only the last would exist. It takes a Deployment
// called additional and a group called like a concern.
func checkNames(objects []env.Object) error {
	seen := map[string]bool{}
	for _, o := range objects {
		if seen[o.GetName()] {
			return fmt.Errorf("cannot name two PrometheusRules %q: rename the additional group", o.GetName())
		}
		seen[o.GetName()] = true
	}
	return nil
}

func renderConcern(e *env.Environment, b *env.Backend, c *concern) (env.Object, error) {
	if c.Name == concernObjectives {
		return renderObjectives(e, b, c)
	}
	records, err := renderRecords(e, b, c)
	if err != nil {
		return nil, err
	}
	alerts, err := renderAlerts(e, b, c)
	if err != nil || len(records)+len(alerts) == 0 {
		return nil, err
	}
	meta, group := c.meta(e, b)
	rule := newRule(meta)
	// One group, so that an alert reads what was recorded at the same moment and not one evaluation ago.
	rule.addGroup(group, append(records, alerts...))
	if err := c.bound(&rule.Spec.Groups[0], newScope(e, b)); err != nil {
		return nil, err
	}
	return rule.PrometheusRule, nil
}

// bound sets how often a group is evaluated and how much its rules may return, where the concern says so.
func (c *concern) bound(g *monitoringv1.RuleGroup, s *scope) error {
	if c.Interval != "" {
		interval := monitoringv1.Duration(c.Interval)
		g.Interval = &interval
	}
	if c.Fuse == "" {
		return nil
	}
	text, err := s.expand(c.Fuse)
	if err != nil {
		return fmt.Errorf("fuse: %w", err)
	}
	limit, err := strconv.Atoi(text)
	if err != nil {
		return fmt.Errorf("fuse: %w", err)
	}
	g.Limit = &limit
	return nil
}

func renderRecords(e *env.Environment, b *env.Backend, c *concern) ([]monitoringv1.Rule, error) {
	var out []monitoringv1.Rule
	for _, r := range c.Records {
		if missing(r.When, e, b) != "" {
			continue
		}
		expr, err := newScope(e, b).expand(r.Expr)
		if err != nil {
			return nil, fmt.Errorf("record %q: %w", r.Record, err)
		}
		out = append(out, monitoringv1.Rule{Record: r.Record, Expr: intstr.FromString(expr)})
	}
	return out, nil
}

func renderAlerts(e *env.Environment, b *env.Backend, c *concern) ([]monitoringv1.Rule, error) {
	var out []monitoringv1.Rule
	for i := range c.Alerts {
		a := adjusted(&c.Alerts[i], e)
		if e.Alerts.Disabled[a.Name] || a.missing(e, b) != "" {
			continue
		}
		r, err := renderAlert(e, b, &a)
		if err != nil {
			return nil, fmt.Errorf("alert %q: %w", a.Name, err)
		}
		out = append(out, r)
	}
	return out, nil
}

func renderAlert(e *env.Environment, b *env.Backend, a *alert) (monitoringv1.Rule, error) {
	// Plan leaves refused overrides out; one that comes through anyway must not become a rule that
	// never fires.
	if err := checkOverride(a.Name, e); err != nil {
		return monitoringv1.Rule{}, err
	}
	s := newScope(e, b).with(a)
	return alertRule(s, s, a)
}

// expander fills in the [[ ]] of the texts of an entry.
type expander interface {
	expand(text string) (string, error)
}

func alertRule(texts expander, s *scope, a *alert) (monitoringv1.Rule, error) {
	expr, err := texts.expand(a.Expr)
	if err != nil {
		return monitoringv1.Rule{}, err
	}
	description, err := texts.expand(a.Description)
	if err != nil {
		return monitoringv1.Rule{}, err
	}
	labels, err := staticLabels(texts, s, a)
	if err != nil {
		return monitoringv1.Rule{}, err
	}
	return monitoringv1.Rule{
		Alert:  a.Name,
		Expr:   intstr.FromString(expr),
		For:    duration(a.For),
		Labels: labels,
		Annotations: map[string]string{
			"summary":     a.Summary + ": " + s.subject(),
			"description": description,
			"runbook_url": env.RunbookURL(a.Name),
		},
	}, nil
}

func staticLabels(texts expander, s *scope, a *alert) (map[string]string, error) {
	labels := map[string]string{}
	for name, value := range a.Labels {
		expanded, err := texts.expand(value)
		if err != nil {
			return nil, err
		}
		labels[name] = expanded
	}
	maps.Copy(labels, map[string]string{
		env.AlertNamespace:   s.Namespace,
		env.AlertEnvironment: s.Environment,
		env.AlertSeverity:    a.Severity,
	})
	if s.Backend != "" {
		labels[env.AlertBackend] = s.Backend
	}
	return labels, nil
}

// ruleObject adds groups to a PrometheusRule.
type ruleObject struct{ *monitoringv1.PrometheusRule }

func newRule(meta metav1.ObjectMeta) ruleObject {
	return ruleObject{&monitoringv1.PrometheusRule{
		TypeMeta:   env.MonitoringType(monitoringv1.PrometheusRuleKind),
		ObjectMeta: meta,
	}}
}

func (r ruleObject) addGroup(name string, rules []monitoringv1.Rule) {
	if len(rules) > 0 {
		r.Spec.Groups = append(r.Spec.Groups, monitoringv1.RuleGroup{Name: name, Rules: rules})
	}
}

func duration(text string) *monitoringv1.Duration {
	if text == "" {
		return nil
	}
	d := monitoringv1.Duration(text)
	return &d
}
