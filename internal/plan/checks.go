package plan

import (
	"cmp"
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strings"

	tuxv1alpha1 "github.com/tux-io/tux-monitoring-operator/api/v1alpha1"
	"github.com/tux-io/tux-monitoring-operator/internal/fault"
	"github.com/tux-io/tux-monitoring-operator/internal/plan/env"
	"github.com/tux-io/tux-monitoring-operator/internal/plan/routing"
	"github.com/tux-io/tux-monitoring-operator/internal/plan/rules"
	"github.com/tux-io/tux-monitoring-operator/internal/promql"
)

// check finds what the API server could not: each bad part is reported and left out, and what it
// would have changed stays at its default.
func (p *Plan) check(spec *tuxv1alpha1.TuxMonitoringSpec) {
	p.checkViews(spec)
	p.checkTimeout(spec.Probes)
	p.checkRouting()
	p.checkSentry(spec.Sentry)
	p.checkLogs()
	p.checkObjectives(spec.Objectives)
	p.checkAlerts(cmp.Or(spec.Alerts, &tuxv1alpha1.Alerts{}))
}

func (p *Plan) refuse(reason, path, message string) {
	p.Findings = append(p.Findings, fault.Finding{
		Area: tuxv1alpha1.ConditionSpecAccepted, Reason: reason, Path: path, Message: message,
	})
}

// checkViews compiles excludedViews, which Prometheus would otherwise refuse in every rule.
func (p *Plan) checkViews(spec *tuxv1alpha1.TuxMonitoringSpec) {
	for i := range spec.Backends {
		entry := &spec.Backends[i]
		if entry.Metrics == nil {
			continue
		}
		_, err := regexp.Compile(entry.Metrics.ExcludedViews)
		if err == nil {
			continue
		}
		p.refuse(tuxv1alpha1.ReasonInvalidExpression, "spec.backends["+entry.Name+"].metrics.excludedViews",
			fmt.Sprintf("is no RE2 expression, the default is used: %v", err))
		for j := range p.Environment.Backends {
			if b := &p.Environment.Backends[j]; b.Entry == entry.Name {
				b.Metrics.ExcludedViews = defaultExcludedViews
			}
		}
	}
}

func (p *Plan) checkTimeout(spec *tuxv1alpha1.Probes) {
	probes := &p.Environment.Probes
	if spec == nil || env.Duration(probes.Timeout) <= env.Duration(probes.Interval) {
		return
	}
	p.refuse(tuxv1alpha1.ReasonInvalidDuration, "spec.probes.timeout",
		fmt.Sprintf("%s is longer than the interval %s, the interval is used", probes.Timeout, probes.Interval))
	probes.Timeout = probes.Interval
}

func (p *Plan) checkAlerts(spec *tuxv1alpha1.Alerts) {
	alerts := env.Alerts{Disabled: map[string]bool{}, Overrides: map[string]env.Override{}}
	catalogue := catalogueNames()
	for _, name := range spec.Disabled {
		if !slices.Contains(catalogue, string(name)) {
			p.refuse(tuxv1alpha1.ReasonUnknownAlert, "spec.alerts.disabled["+string(name)+"]", unknownAlert(string(name), catalogue))
			continue
		}
		if p.Environment.HasHeartbeat() && name == routing.Watchdog {
			p.refuse(tuxv1alpha1.ReasonInvalidOverride, "spec.alerts.disabled["+string(name)+"]",
				"is the heartbeat, which would raise the alarm, leave out spec.routing.heartbeat instead")
			continue
		}
		alerts.Disabled[string(name)] = true
	}
	for i := range spec.Overrides {
		p.checkOverride(&spec.Overrides[i], catalogue, &alerts)
	}
	for i := range spec.AdditionalGroups {
		p.checkGroup(&spec.AdditionalGroups[i], &alerts)
	}
	slices.SortFunc(alerts.Groups, func(a, b tuxv1alpha1.RuleGroup) int { return cmp.Compare(a.Name, b.Name) })
	p.Environment.Alerts = alerts
}

func (p *Plan) checkOverride(spec *tuxv1alpha1.AlertOverride, catalogue []string, alerts *env.Alerts) {
	name := string(spec.Name)
	path := "spec.alerts.overrides[" + name + "]"
	if !slices.Contains(catalogue, name) {
		p.refuse(tuxv1alpha1.ReasonUnknownAlert, path, unknownAlert(name, catalogue))
		return
	}
	override := env.Override{Threshold: spec.Threshold, For: string(spec.For), Window: string(spec.Window), Severity: string(spec.Severity)}
	if err := rules.CheckThreshold(name, override); err != nil {
		p.refuse(tuxv1alpha1.ReasonInvalidOverride, path+".threshold", err.Error())
		override.Threshold = ""
	}
	if err := rules.CheckWindow(name, override, p.Environment); err != nil {
		p.refuse(tuxv1alpha1.ReasonInvalidOverride, path+".window", err.Error())
		override.Window = ""
	}
	alerts.Overrides[name] = override
}

func (p *Plan) checkGroup(group *tuxv1alpha1.RuleGroup, alerts *env.Alerts) {
	problems := rules.CheckAdditional(*group)
	for _, err := range problems {
		path, message := "spec.alerts.additionalGroups["+group.Name+"]", err.Error()
		var at *promql.FieldError
		if errors.As(err, &at) {
			path, message = path+"."+at.Path(), at.Err.Error()
		}
		p.refuse(tuxv1alpha1.ReasonInvalidRule, path, message)
	}
	if len(problems) == 0 {
		alerts.Groups = append(alerts.Groups, *group)
	}
}

func catalogueNames() []string {
	var names []string
	for _, alert := range rules.Catalogue() {
		names = append(names, alert.Name)
	}
	return slices.Compact(names)
}

func unknownAlert(name string, catalogue []string) string {
	return "no such alert in the catalogue; the nearest are " + strings.Join(nearest(name, catalogue, 3), ", ")
}
