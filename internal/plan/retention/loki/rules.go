package loki

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"sigs.k8s.io/yaml"

	"github.com/tux-io/tux-monitoring-operator/internal/plan/retention/logql"
)

// Alerts is what the alerts of an environment depend on. They are only for what metrics lack: which logger an error is
// from, which workspace waits, and that lines do not arrive at all.
type Alerts struct {
	// Backends are whose lines are watched, each by alerts of its own.
	Backends []Watched
	// Labels are on every alert.
	Labels map[string]string
	// Namespace of the pods; empty: lines are told apart by their service alone. A tenant of a LokiStack may have the
	// lines of many namespaces, and its webhook can want each expression to say whose.
	Namespace string
	// RunbookURL of an alert.
	RunbookURL func(alert string) string
}

// Watched is a backend.
type Watched struct {
	// Service is the value of service_name on its lines.
	Service string
	// Labels are on every alert of the backend.
	Labels map[string]string
	// Asleep is true while it has no pods that could say anything.
	Asleep bool
}

// The alerts, each with a page.
const (
	AlertErrorBurst   = "TuxLogErrorBurst"
	AlertSlowRequests = "TuxLogSlowRequests"
	AlertLogsMissing  = "TuxLogsMissing"
)

// AlertNames are those of all alerts.
func AlertNames() []string { return []string{AlertErrorBurst, AlertSlowRequests, AlertLogsMissing} }

// What is too much. A backend that starts has said something within a quarter of an hour.
const (
	errorsInFive    = 50
	slowInTen       = 20
	slowMillis      = 2500
	burst           = logql.Window("5m")
	slowness        = logql.Window("10m")
	silence         = logql.Window("15m")
	serviceLabel    = "service_name"
	namespaceLabel  = "k8s_namespace_name"
	loggerLabel     = "logger"
	levelLabel      = "level"
	workspaceLabel  = "workspace_id"
	durationLabel   = "duration_ms"
	performanceLogs = "tux.performance"
)

// rules is a file of Loki's ruler, in the form of Prometheus.
type rules struct {
	Groups []group `json:"groups"`
}

type group struct {
	Name     string `json:"name"`
	Interval string `json:"interval"`
	Rules    []rule `json:"rules"`
}

type rule struct {
	Alert       string            `json:"alert"`
	Expr        string            `json:"expr"`
	For         string            `json:"for,omitempty"`
	Labels      map[string]string `json:"labels"`
	Annotations map[string]string `json:"annotations"`
}

// Rules is the file for Loki's ruler. One expression that Loki refuses would keep it from reading any file, which is why
// all are written from typed parts.
func (a Alerts) Rules() (string, error) {
	file := rules{Groups: []group{}}
	for _, one := range slices.SortedFunc(slices.Values(a.Backends), func(x, y Watched) int { return strings.Compare(x.Service, y.Service) }) {
		g, err := a.group(one)
		if err != nil {
			return "", err
		}
		file.Groups = append(file.Groups, g)
	}
	out, err := yaml.Marshal(file)
	if err != nil {
		return "", fmt.Errorf("cannot write the rules: %w", err)
	}
	return string(out), nil
}

func (a Alerts) group(one Watched) (group, error) {
	name := "tux-logs-" + one.Service
	if a.Namespace != "" {
		name = "tux-logs-" + a.Namespace + "-" + one.Service
	}
	g := group{Name: name, Interval: "1m"}
	makers := []func(Watched) (rule, error){a.errorBurst, a.slowRequests}
	if !one.Asleep {
		makers = append(makers, a.missing)
	}
	for _, maker := range makers {
		r, err := maker(one)
		if err != nil {
			return group{}, fmt.Errorf("alert %s of %q: %w", r.Alert, one.Service, err)
		}
		g.Rules = append(g.Rules, r)
	}
	return g, nil
}

// streams are those of a backend.
func (a Alerts) streams(one Watched, more ...logql.Matcher) logql.Selector {
	of := logql.Selector{logql.Is(serviceLabel, one.Service)}
	if a.Namespace != "" {
		of = append(of, logql.Is(namespaceLabel, a.Namespace))
	}
	return append(of, more...)
}

func (a Alerts) errorBurst(one Watched) (rule, error) {
	expr, err := logql.Count{
		Of:     logql.Lines{Streams: a.streams(one, logql.OneOf(levelLabel, "ERROR", "CRITICAL"))},
		Window: burst, By: []string{serviceLabel, loggerLabel}, Above: errorsInFive,
	}.LogQL()
	return a.rule(one, AlertErrorBurst, expr, "",
		`{{ $labels.service_name }}: logger {{ $labels.logger }} has written {{ $value }} errors in 5 minutes`), err
}

func (a Alerts) slowRequests(one Watched) (rule, error) {
	expr, err := logql.Count{
		Of:      logql.Lines{Streams: a.streams(one, logql.Is(loggerLabel, performanceLogs))},
		Numbers: []logql.Number{{Name: durationLabel, Above: slowMillis}},
		Window:  slowness, By: []string{serviceLabel, workspaceLabel}, Above: slowInTen,
	}.LogQL()
	return a.rule(one, AlertSlowRequests, expr, "",
		`{{ $labels.service_name }}: workspace {{ $labels.workspace_id }} had {{ $value }} slow requests in 10 minutes`), err
}

func (a Alerts) missing(one Watched) (rule, error) {
	expr, err := logql.Absent{Of: a.streams(one), Window: silence}.LogQL()
	return a.rule(one, AlertLogsMissing, expr, "5m", `{{ $labels.service_name }}: no line has arrived for 15 minutes`), err
}

func (a Alerts) rule(of Watched, name, expr, lasting, summary string) rule {
	labels := map[string]string{"severity": "warning"}
	maps.Copy(labels, a.Labels)
	maps.Copy(labels, of.Labels)
	return rule{Alert: name, Expr: expr, For: lasting, Labels: labels, Annotations: map[string]string{
		"summary": summary, "runbook_url": a.RunbookURL(name),
	}}
}
