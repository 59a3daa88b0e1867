package live

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/prometheus/client_golang/api"
	promv1 "github.com/prometheus/client_golang/api/prometheus/v1"
	"github.com/prometheus/common/model"
)

// Step is the evaluation interval of the Prometheus: two samples of ALERTS are that far apart.
const Step = 5 * time.Second

// Prometheus is what a Prometheus knows.
type Prometheus struct {
	// URL is where a person can open it.
	URL string
	api promv1.API
}

// NewPrometheus asks the Prometheus at url.
func NewPrometheus(url string) (*Prometheus, error) {
	c, err := api.NewClient(api.Config{Address: url})
	if err != nil {
		return nil, err
	}
	return &Prometheus{URL: url, api: promv1.NewAPI(c)}, nil
}

// Query returns the value of an expression now.
func (p *Prometheus) Query(ctx context.Context, expr string) (model.Vector, error) {
	value, _, _, err := p.api.Query(ctx, expr, time.Now())
	if err != nil {
		return nil, fmt.Errorf("cannot query %q: %w", expr, err)
	}
	switch v := value.(type) {
	case model.Vector:
		return v, nil
	case *model.Scalar:
		return model.Vector{{Value: v.Value, Timestamp: v.Timestamp}}, nil
	default:
		return nil, fmt.Errorf("query %q gives a %s, not a vector", expr, value.Type())
	}
}

// Target is a scrape target of one namespace.
type Target struct {
	Job, Pod, Component, URL string
	Up                       bool
	LastError                string
}

// Targets returns the targets whose series carry the namespace.
func (p *Prometheus) Targets(ctx context.Context, namespace string) ([]Target, error) {
	all, err := p.api.Targets(ctx)
	if err != nil {
		return nil, fmt.Errorf("cannot list targets: %w", err)
	}
	var targets []Target
	for i := range all.Active {
		t := &all.Active[i]
		if string(t.Labels["namespace"]) != namespace {
			continue
		}
		targets = append(targets, Target{
			Job: string(t.Labels["job"]), Pod: string(t.Labels["pod"]), Component: string(t.Labels["component"]),
			URL: t.ScrapeURL, Up: t.Health == promv1.HealthGood, LastError: t.LastError,
		})
	}
	slices.SortFunc(targets, func(a, b Target) int { return strings.Compare(a.Job+a.Pod+a.URL, b.Job+b.Pod+b.URL) })
	return targets, nil
}

// Rule is a rule that is loaded.
type Rule struct {
	Group, Name, Health, LastError string
	Alert                          bool
}

// Rules returns the rules of groups whose name begins with prefix.
func (p *Prometheus) Rules(ctx context.Context, prefix string) ([]Rule, error) {
	all, err := p.api.Rules(ctx, nil)
	if err != nil {
		return nil, fmt.Errorf("cannot list rules: %w", err)
	}
	var rules []Rule
	for _, group := range all.Groups {
		if !strings.HasPrefix(group.Name, prefix) {
			continue
		}
		for _, rule := range group.Rules {
			switch r := rule.(type) {
			case promv1.AlertingRule:
				rules = append(rules, Rule{Group: group.Name, Name: r.Name, Health: string(r.Health), LastError: r.LastError, Alert: true})
			case promv1.RecordingRule:
				rules = append(rules, Rule{Group: group.Name, Name: r.Name, Health: string(r.Health), LastError: r.LastError})
			}
		}
	}
	return rules, nil
}

// State of an alert, as Prometheus calls it.
const (
	Pending = "pending"
	Firing  = "firing"
)

// Episode is a time an alert was in a state.
type Episode struct {
	Alert, State string
	Labels       model.Metric
	First, Last  time.Time
}

// Alerts returns the alerts of a namespace in the state between two times, to the evaluation.
func (p *Prometheus) Alerts(ctx context.Context, namespace, state string, from, to time.Time) ([]Episode, error) {
	expr := fmt.Sprintf("ALERTS{namespace=%q,alertstate=%q}", namespace, state)
	value, _, _, err := p.api.QueryRange(ctx, expr, promv1.Range{Start: from, End: to, Step: Step})
	if err != nil {
		return nil, fmt.Errorf("cannot query alerts of %q: %w", namespace, err)
	}
	matrix, ok := value.(model.Matrix)
	if !ok {
		return nil, fmt.Errorf("query %q gives a %s, not a matrix", expr, value.Type())
	}
	var episodes []Episode
	for _, stream := range matrix {
		episodes = append(episodes, Episode{
			Alert: string(stream.Metric[model.AlertNameLabel]), State: state, Labels: stream.Metric,
			First: stream.Values[0].Timestamp.Time(), Last: stream.Values[len(stream.Values)-1].Timestamp.Time(),
		})
	}
	return episodes, nil
}

// Now returns the names of the alerts of a namespace that are in the state now.
func (p *Prometheus) Now(ctx context.Context, namespace, state string) ([]string, error) {
	vector, err := p.Query(ctx, fmt.Sprintf("ALERTS{namespace=%q,alertstate=%q}", namespace, state))
	if err != nil {
		return nil, err
	}
	var names []string
	for _, sample := range vector {
		names = append(names, string(sample.Metric[model.AlertNameLabel]))
	}
	slices.Sort(names)
	return slices.Compact(names), nil
}
