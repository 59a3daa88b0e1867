package sentry

import (
	"context"
	"fmt"
	"strings"

	plan "github.com/tux-io/tux-monitoring-operator/internal/plan/sentry"
)

const (
	metricIssue   = "metric_issue"
	static        = "static"
	above         = "gt"
	notAbove      = "lte"
	priorityHigh  = 75
	resolved      = 0
	logicOfMetric = "any"
)

// learnMetric takes a detector over if it is of a wanted name; of several of one name and environment the oldest.
func (p *Project) learnMetric(d Detector, observed *plan.Settings) {
	wanted, ok := p.want.MetricMonitors[d.Name]
	got := metricOf(d)
	known, exists := p.detectors[d.Name]
	if !ok || d.Type != metricIssue || got.Environment != wanted.Environment || exists && number(known) < number(d.ID) {
		return
	}
	p.detectors[d.Name], observed.MetricMonitors[d.Name] = d.ID, got
}

// metricOf puts a detector into the form of what can be wanted; what does not fit is in Other.
func metricOf(d Detector) plan.MetricMonitor {
	m := plan.MetricMonitor{On: d.Enabled}
	var other []string
	if len(d.DataSources) != 1 {
		other = append(other, fmt.Sprintf("%d sources", len(d.DataSources)))
	} else {
		query := d.DataSources[0].QueryObj.SnubaQuery
		m.Aggregate, m.Dataset, m.Query, m.Window = query.Aggregate, query.Dataset, strings.TrimSpace(query.Query), query.TimeWindow
		if query.Environment != nil {
			m.Environment = *query.Environment
		}
	}
	if d.Config.DetectionType != static {
		other = append(other, d.Config.DetectionType)
	}
	high, low := threshold(d, above, priorityHigh), threshold(d, notAbove, resolved)
	m.Above = int(high)
	if d.ConditionGroup == nil || len(d.ConditionGroup.Conditions) != 2 || high != low || high != float64(m.Above) {
		other = append(other, "other thresholds")
	}
	m.Other = strings.Join(other, ", ")
	return m
}

// threshold is that of a condition; below zero, which cannot be wanted, if there is none.
func threshold(d Detector, kind string, result int) float64 {
	if d.ConditionGroup != nil {
		for _, one := range d.ConditionGroup.Conditions {
			if value, ok := one.Comparison.(float64); ok && one.Type == kind && one.Result == result {
				return value
			}
		}
	}
	return -1
}

// updateMetric makes or changes the metric monitor of a path.
func updateMetric(ctx context.Context, p *Project, want plan.Settings, paths []string) error {
	name, _ := plan.MetricMonitorOf(paths[0])
	if p.detectors == nil {
		var observed plan.Settings
		if err := p.readDetectors(ctx, &observed); err != nil {
			return err
		}
	}
	update := metricUpdate(name, want.MetricMonitors[name])
	if id, ok := p.detectors[name]; ok {
		return p.client.UpdateDetector(ctx, id, update)
	}
	return p.client.CreateDetector(ctx, p.id, update)
}

func metricUpdate(name string, m plan.MetricMonitor) DetectorUpdate {
	source := SourceUpdate{
		Aggregate: m.Aggregate, Dataset: m.Dataset, Environment: m.Environment, EventTypes: []string{"default", "error"}, Query: m.Query,
		TimeWindow: m.Window,
	}
	if m.OfSpans() {
		source.EventTypes, source.QueryType = []string{"trace_item_span"}, 1
	}
	return DetectorUpdate{
		Name: name, Type: metricIssue, Enabled: m.On, DataSources: []SourceUpdate{source}, Config: DetectorConfig{DetectionType: static},
		Conditions: DetectorGroupUpdate{LogicType: logicOfMetric, Conditions: []DetectorCondition{
			{Type: above, Comparison: m.Above, Result: priorityHigh}, {Type: notAbove, Comparison: m.Above, Result: resolved},
		}},
	}
}
