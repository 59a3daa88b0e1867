// Command lokicheck asks Loki's own code what it makes of an overrides document and of LogQL. It reads a
// Question as JSON from standard input and writes an Answer.
//
// Loki is AGPL-3.0-only. That is why this is a module of its own and a separate program that only tests
// start: nothing of Loki is linked into tuxmon, and nothing here is shipped.
package main

import (
	"encoding/json"
	"flag"
	"fmt"
	"io"
	"os"
	"strings"

	"github.com/grafana/loki/v3/pkg/compactor/retention"
	"github.com/grafana/loki/v3/pkg/loghttp/push"
	"github.com/grafana/loki/v3/pkg/logql/syntax"
	"github.com/grafana/loki/v3/pkg/validation"
	"github.com/prometheus/prometheus/model/labels"
	"gopkg.in/yaml.v2"
)

// Question is what to check; what is empty is not checked.
type Question struct {
	Overrides   string   `json:"overrides"`
	Streams     []Stream `json:"streams"`
	Expressions []string `json:"expressions"`
}

// Stream is asked for its retention and for the attributes that would become its index labels.
type Stream struct {
	Tenant     string            `json:"tenant"`
	Labels     map[string]string `json:"labels"`
	Attributes []string          `json:"attributes"`
}

// Answer has one entry for each of the question.
type Answer struct {
	// Refused is why Loki does not load the overrides; "" if it does.
	Refused     string       `json:"refused"`
	Streams     []Retention  `json:"streams"`
	Expressions []Expression `json:"expressions"`
}

// Retention is what Loki's compactor and distributor decide.
type Retention struct {
	Hours  float64  `json:"hours"`
	Labels []string `json:"labels"`
	// DeletionMode is whether the tenant's logs can be deleted by request.
	DeletionMode string `json:"deletionMode"`
}

// Expression is what Loki's parser says.
type Expression struct {
	Refused string `json:"refused"`
	// Metric is true for an expression that gives samples, false for one that gives lines.
	Metric bool `json:"metric"`
	// Filters is what Loki's deletion asks: without filters it deletes whole streams.
	Filters bool `json:"filters"`
	// Matchers are those of the stream selector, as parsed.
	Matchers []Matcher `json:"matchers"`
}

// Matcher is one label matcher.
type Matcher struct{ Name, Op, Value string }

func main() {
	if err := run(os.Stdin, os.Stdout); err != nil {
		fmt.Fprintln(os.Stderr, "lokicheck:", err)
		os.Exit(1)
	}
}

func run(in io.Reader, out io.Writer) error {
	var question Question
	if err := json.NewDecoder(in).Decode(&question); err != nil {
		return err
	}
	answer := Answer{}
	if question.Overrides != "" {
		if err := answer.load(question); err != nil {
			answer.Refused = err.Error()
		}
	}
	for _, text := range question.Expressions {
		answer.Expressions = append(answer.Expressions, parse(text))
	}
	return json.NewEncoder(out).Encode(answer)
}

// tenants is the part of Loki's runtime configuration that holds limits, and all of it that we write.
type tenants struct {
	Limits map[string]*validation.Limits `yaml:"overrides"`
}

func (t tenants) TenantLimits(id string) *validation.Limits  { return t.Limits[id] }
func (t tenants) AllByUserID() map[string]*validation.Limits { return t.Limits }

// load does what loadRuntimeConfig in Loki's package loki does, which is not exported: decode strictly
// over the defaults, then validate each tenant. A tenant without a body, which crashes the compactor of
// 3.7.8, is refused here.
func (a *Answer) load(question Question) error {
	defaults := validation.Limits{}
	flags := flag.NewFlagSet("", flag.ContinueOnError)
	defaults.RegisterFlags(flags)
	validation.SetDefaultLimitsForYAMLUnmarshalling(defaults)
	loaded := tenants{}
	decoder := yaml.NewDecoder(strings.NewReader(question.Overrides))
	decoder.SetStrict(true)
	if err := decoder.Decode(&loaded); err != nil {
		return err
	}
	for id, limits := range loaded.Limits {
		if limits == nil {
			return fmt.Errorf("tenant %s has no body", id)
		}
		if err := limits.Validate(); err != nil {
			return fmt.Errorf("invalid override for tenant %s: %w", id, err)
		}
	}
	overrides, err := validation.NewOverrides(defaults, loaded)
	if err != nil {
		return err
	}
	periods := retention.NewTenantsRetention(overrides)
	for _, stream := range question.Streams {
		a.Streams = append(a.Streams, Retention{
			Hours:        periods.RetentionPeriodFor(stream.Tenant, labels.FromMap(stream.Labels)).Hours(),
			Labels:       indexLabels(overrides.OTLPConfig(stream.Tenant), stream.Attributes),
			DeletionMode: overrides.DeletionMode(stream.Tenant),
		})
	}
	return nil
}

func indexLabels(config push.OTLPConfig, attributes []string) []string {
	var names []string
	for _, attribute := range attributes {
		if config.ActionForResourceAttribute(attribute) == push.IndexLabel {
			names = append(names, attribute)
		}
	}
	return names
}

func parse(text string) Expression {
	parsed, err := syntax.ParseExpr(text)
	if err != nil {
		return Expression{Refused: err.Error()}
	}
	result := Expression{}
	_, result.Metric = parsed.(syntax.SampleExpr)
	if lines, ok := parsed.(syntax.LogSelectorExpr); ok {
		result.Filters = lines.HasFilter()
		for _, m := range lines.Matchers() {
			result.Matchers = append(result.Matchers, Matcher{m.Name, m.Type.String(), m.Value})
		}
	}
	return result
}
