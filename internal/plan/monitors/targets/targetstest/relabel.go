package targetstest

import (
	"maps"
	"slices"
	"strconv"
	"strings"
	"testing"

	monitoringv1 "github.com/prometheus-operator/prometheus-operator/pkg/apis/monitoring/v1"
	"github.com/prometheus/common/model"
	"github.com/prometheus/prometheus/model/labels"
	"github.com/prometheus/prometheus/model/relabel"
)

// Labels of a series, a target or a discovered object.
type Labels = map[string]string

// Target is what Prometheus scrapes.
type Target struct {
	// URL without parameters.
	URL string
	// Params are the parameters, joined as in a URL but not escaped, sorted.
	Params string
	// Shard is what decides which shard scrapes it.
	Shard string
	// Labels of every series.
	Labels Labels
}

type job struct {
	path   string
	scheme monitoringv1.Scheme
	params map[string][]string
}

// process relabels as Prometheus does when it makes a target of what was discovered.
func process(t *testing.T, j job, discovered Labels, rules []monitoringv1.RelabelConfig) (Target, bool) {
	t.Helper()
	in := maps.Clone(discovered)
	in["__metrics_path__"], in["__scheme__"] = j.path, strings.ToLower(string(j.scheme))
	for name, values := range j.params {
		in["__param_"+name] = values[0]
	}
	out, kept := Relabel(t, in, rules)
	if !kept {
		return Target{}, false
	}
	target := Target{
		URL:    out["__scheme__"] + "://" + out["__address__"] + out["__metrics_path__"],
		Shard:  out["__tmp_hash"],
		Labels: Labels{"instance": out["__address__"]},
	}
	var params []string
	for _, name := range slices.Sorted(maps.Keys(out)) {
		if param, ok := strings.CutPrefix(name, "__param_"); ok {
			params = append(params, param+"="+out[name])
		}
		if !strings.HasPrefix(name, "__") {
			target.Labels[name] = out[name]
		}
	}
	target.Params = strings.Join(params, "&")
	return target, true
}

// Relabel runs rules over labels; false if they are dropped.
func Relabel(t *testing.T, in Labels, rules []monitoringv1.RelabelConfig) (Labels, bool) {
	t.Helper()
	builder := labels.NewBuilder(labels.FromMap(in))
	kept := relabel.ProcessBuilder(builder, parse(t, rules)...)
	return builder.Labels().Map(), kept
}

func parse(t *testing.T, rules []monitoringv1.RelabelConfig) []*relabel.Config {
	t.Helper()
	parsed := make([]*relabel.Config, 0, len(rules))
	for _, rule := range rules {
		config := parseRule(rule)
		if err := config.Validate(model.LegacyValidation); err != nil {
			t.Fatalf("Prometheus refuses relabelling rule %+v: %v", rule, err)
		}
		parsed = append(parsed, &config)
	}
	return parsed
}

// parseRule takes what is missing from the defaults of Prometheus. An empty text is missing too:
// prometheus-operator does not write it.
func parseRule(rule monitoringv1.RelabelConfig) relabel.Config {
	config := relabel.DefaultRelabelConfig
	config.Action = relabel.Action(rule.Action)
	config.TargetLabel = rule.TargetLabel
	for _, source := range rule.SourceLabels {
		config.SourceLabels = append(config.SourceLabels, model.LabelName(source))
	}
	if rule.Regex != "" {
		config.Regex = relabel.MustNewRegexp(rule.Regex)
	}
	if rule.Replacement != nil {
		config.Replacement = *rule.Replacement
	}
	return config
}

func number(n int32) string { return strconv.Itoa(int(n)) }
