package ruletest

import (
	"fmt"
	"strconv"
	"time"

	"github.com/prometheus/common/model"
	"go.yaml.in/yaml/v3"
)

// File is a unit-test file of promtool. See
// https://prometheus.io/docs/prometheus/latest/configuration/unit_testing_rules/.
type File struct {
	// RuleFiles are paths relative to the test file.
	RuleFiles []string `yaml:"rule_files,omitempty"`
	// EvaluationInterval of all groups; unset: 1m.
	EvaluationInterval Duration `yaml:"evaluation_interval,omitempty"`
	// GroupEvalOrder are names of groups; what is not listed has the place of the first.
	GroupEvalOrder []string `yaml:"group_eval_order,omitempty"`
	// FuzzyCompare lets values differ in their last bit. promtool knows it from 3.0 on.
	FuzzyCompare bool   `yaml:"fuzzy_compare,omitempty"`
	Tests        []Test `yaml:"tests"`
}

// Test is one timeline and what must hold on it.
type Test struct {
	Name string `yaml:"name,omitempty"`
	// Interval between two samples; unset: that of the evaluation.
	Interval    Duration    `yaml:"interval,omitempty"`
	InputSeries []Series    `yaml:"input_series,omitempty"`
	AlertTests  []AlertTest `yaml:"alert_rule_test,omitempty"`
	ExprTests   []ExprTest  `yaml:"promql_expr_test,omitempty"`
	// ExternalLabels and ExternalURL are seen by templates.
	ExternalLabels map[string]string `yaml:"external_labels,omitempty"`
	ExternalURL    string            `yaml:"external_url,omitempty"`
	// Start is the time of the first sample; unset: the epoch. promtool knows it from 3.8 on.
	Start Timestamp `yaml:"start_timestamp,omitempty"`
}

// Series is a series and its samples in the notation of promtool: "0+1x10 _ stale".
type Series struct {
	Series string `yaml:"series"`
	Values string `yaml:"values"`
}

// AlertTest says exactly which alerts of a name fire at a time.
type AlertTest struct {
	EvalTime  Duration        `yaml:"eval_time"`
	Alertname string          `yaml:"alertname"`
	ExpAlerts []ExpectedAlert `yaml:"exp_alerts,omitempty"`
}

// ExpectedAlert is one alert; the name is not among its labels.
type ExpectedAlert struct {
	Labels      map[string]string `yaml:"exp_labels,omitempty"`
	Annotations map[string]string `yaml:"exp_annotations,omitempty"`
}

// ExprTest says exactly what an expression returns at a time.
type ExprTest struct {
	Expr       string           `yaml:"expr"`
	EvalTime   Duration         `yaml:"eval_time"`
	ExpSamples []ExpectedSample `yaml:"exp_samples,omitempty"`
}

// ExpectedSample is one sample, Histogram instead of Value for a native histogram.
type ExpectedSample struct {
	Labels    string  `yaml:"labels"`
	Value     float64 `yaml:"value"`
	Histogram string  `yaml:"histogram,omitempty"`
}

// Duration is written as Prometheus does: 1m30s.
type Duration time.Duration

// String writes the duration.
func (d Duration) String() string { return model.Duration(d).String() }

// IsZero lets an unset duration be left out.
func (d Duration) IsZero() bool { return d == 0 }

// MarshalYAML writes the duration.
func (d Duration) MarshalYAML() (any, error) { return d.String(), nil }

// UnmarshalYAML reads the duration.
func (d *Duration) UnmarshalYAML(node *yaml.Node) error {
	parsed, err := model.ParseDuration(node.Value)
	if err != nil {
		return fmt.Errorf("line %d: %w", node.Line, err)
	}
	*d = Duration(parsed)
	return nil
}

// Timestamp is a time in RFC 3339, or in seconds since the epoch.
type Timestamp struct{ time.Time }

// MarshalYAML writes the time.
func (t Timestamp) MarshalYAML() (any, error) { return t.Format(time.RFC3339Nano), nil }

// UnmarshalYAML reads the time.
func (t *Timestamp) UnmarshalYAML(node *yaml.Node) error {
	if seconds, err := strconv.ParseFloat(node.Value, 64); err == nil {
		t.Time = time.UnixMilli(int64(seconds * 1000)).UTC()
		return nil
	}
	parsed, err := time.Parse(time.RFC3339Nano, node.Value)
	if err != nil {
		return fmt.Errorf("line %d: %q is neither a time as 2026-01-31T12:00:00Z nor seconds", node.Line, node.Value)
	}
	t.Time = parsed.UTC()
	return nil
}
