package ruletest

import (
	"errors"
	"fmt"

	monitoringv1 "github.com/prometheus-operator/prometheus-operator/pkg/apis/monitoring/v1"
	"github.com/prometheus/common/model"
	"github.com/prometheus/common/promslog"
	"github.com/prometheus/prometheus/model/rulefmt"
	"github.com/prometheus/prometheus/promql/parser"
	"sigs.k8s.io/yaml"
)

// RuleFile is a file of rules as Prometheus loads it.
type RuleFile struct {
	// Name without a directory.
	Name    string
	Content []byte
	Groups  []rulefmt.RuleGroup
}

// NewRuleFile returns the file prometheus-operator would write for a PrometheusRule, or what Prometheus
// would refuse in it.
func NewRuleFile(rule *monitoringv1.PrometheusRule) (RuleFile, error) {
	content, err := yaml.Marshal(monitoringv1.PrometheusRuleSpec{Groups: rule.Spec.Groups})
	if err != nil {
		return RuleFile{}, fmt.Errorf("cannot write PrometheusRule %q: %w", rule.Name, err)
	}
	return ParseRuleFile(rule.Name+".yaml", content)
}

// ParseRuleFile checks the content as Prometheus does.
func ParseRuleFile(name string, content []byte) (RuleFile, error) {
	groups, errs := rulefmt.Parse(content, false, model.UTF8Validation, newParser(), promslog.NewNopLogger())
	if len(errs) > 0 {
		return RuleFile{}, fmt.Errorf("cannot load rules %s: %w", name, errors.Join(errs...))
	}
	return RuleFile{name, content, groups.Groups}, nil
}

func newParser() parser.Parser { return parser.NewParser(parser.Options{}) }
