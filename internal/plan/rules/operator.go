package rules

import (
	"errors"
	"fmt"
	"maps"
	"sync"

	monitoringv1 "github.com/prometheus-operator/prometheus-operator/pkg/apis/monitoring/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/util/intstr"

	"github.com/tux-io/tux-monitoring-operator/internal/plan/env"
)

// concernOperator is the file of the catalogue about the operator itself. It is none of concerns: nothing
// of it is rendered for a TuxMonitoring.
const concernOperator = "operator"

// OperatorOptions say where the operator runs and how its series are labelled.
type OperatorOptions struct {
	// Name of the PrometheusRule.
	Name string
	// Namespace the operator runs in, and its series have as label.
	Namespace string
	// Job is the label job of its series.
	Job string
	// Labels of the PrometheusRule, such as those by which a Prometheus selects it.
	Labels map[string]string
}

// operatorConcern is parsed once, as the catalogue is.
var operatorConcern = sync.OnceValue(func() concern {
	c, err := loadConcern(concernOperator)
	if err != nil {
		panic(err)
	}
	return c
})

// Operator renders the rules of the operator itself: they ship with it and watch every TuxMonitoring. Their
// alerts have the labels namespace, job and severity, and what the expression keeps.
func Operator(o OperatorOptions) (*monitoringv1.PrometheusRule, error) {
	if o.Name == "" || o.Namespace == "" || o.Job == "" {
		return nil, errors.New("cannot render the rules of the operator: name, namespace and job are required")
	}
	c := operatorConcern()
	s := &operatorScope{newScope(
		&env.Environment{Namespace: o.Namespace, Title: o.Namespace},
		&env.Backend{Deployment: o.Job},
	)}
	all, err := s.render(&c)
	if err != nil {
		return nil, fmt.Errorf("cannot render the rules of the operator: %w", err)
	}
	rule := newRule(metav1.ObjectMeta{Name: o.Name, Namespace: o.Namespace, Labels: maps.Clone(o.Labels)})
	rule.addGroup(o.Namespace+"/"+o.Job, all)
	return rule.PrometheusRule, nil
}

// OperatorAlerts describes the alerts about the operator, in the order of the catalogue.
func OperatorAlerts() []AlertInfo {
	c := operatorConcern()
	out := make([]AlertInfo, 0, len(c.Alerts))
	for i := range c.Alerts {
		out = append(out, c.Alerts[i].info(c.Name))
	}
	return out
}

// operatorScope is what an entry about the operator can use beside what every entry can.
type operatorScope struct{ *scope }

func (s *operatorScope) render(c *concern) ([]monitoringv1.Rule, error) {
	var out []monitoringv1.Rule
	for _, r := range c.Records {
		expr, err := s.expand(r.Expr)
		if err != nil {
			return nil, fmt.Errorf("record %q: %w", r.Record, err)
		}
		out = append(out, monitoringv1.Rule{Record: r.Record, Expr: intstr.FromString(expr)})
	}
	for i := range c.Alerts {
		a := &c.Alerts[i]
		one := &operatorScope{s.with(a)}
		rule, err := alertRule(one, one.scope, a)
		if err != nil {
			return nil, fmt.Errorf("alert %q: %w", a.Name, err)
		}
		// It is about no environment and no backend, whatever the scope calls them.
		delete(rule.Labels, env.AlertEnvironment)
		delete(rule.Labels, env.AlertBackend)
		rule.Labels[labelJob] = s.Backend
		out = append(out, rule)
	}
	return out, nil
}

// WindowSteps is the window as the range of a subquery that meets every scrape.
func (s *operatorScope) WindowSteps() string { return "[" + s.Window + ":30s]" }

// ThresholdOf returns the threshold of another alert about the operator, which names the cause.
func (s *operatorScope) ThresholdOf(name string) (string, error) {
	c := operatorConcern()
	for i := range c.Alerts {
		if c.Alerts[i].Name == name && c.Alerts[i].Threshold != nil {
			return c.Alerts[i].Threshold.Value, nil
		}
	}
	return "", fmt.Errorf("no alert %q with a threshold is about the operator", name)
}

// expand fills in the [[ ]] of a text about the operator.
func (s *operatorScope) expand(text string) (string, error) { return expand(text, s) }
