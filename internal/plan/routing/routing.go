package routing

import (
	"encoding/json"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"time"

	monitoringv1 "github.com/prometheus-operator/prometheus-operator/pkg/apis/monitoring/v1"
	monitoringv1alpha1 "github.com/prometheus-operator/prometheus-operator/pkg/apis/monitoring/v1alpha1"
	"github.com/prometheus/common/model"
	apiextensionsv1 "k8s.io/apiextensions-apiserver/pkg/apis/apiextensions/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	tuxv1alpha1 "github.com/tux-io/tux-monitoring-operator/api/v1alpha1"
	"github.com/tux-io/tux-monitoring-operator/internal/plan/env"
	"github.com/tux-io/tux-monitoring-operator/internal/plan/rules"
)

// The receivers that are ours. No name in the spec begins with an underscore.
const (
	// nobody gets what no receiver takes.
	nobody = "_nobody"
	// deadMansSwitch gets the heartbeat.
	deadMansSwitch = "_heartbeat"
)

// Watchdog is the alert that always fires.
const Watchdog = "TuxWatchdog"

const alertName = "alertname"

// ofUnknown is the severity whose receivers also get alerts that have none of ours.
const ofUnknown = tuxv1alpha1.SeverityWarning

// Severities are all there are, the worst first.
func Severities() []string {
	return []string{string(tuxv1alpha1.SeverityCritical), string(tuxv1alpha1.SeverityWarning), string(tuxv1alpha1.SeverityInfo)}
}

// Render returns the AlertmanagerConfig, or nothing where routing is none of ours.
func Render(e *env.Environment) ([]env.Object, error) {
	if e.Routing == nil {
		return nil, nil
	}
	route, err := root(e)
	if err != nil {
		return nil, fmt.Errorf("cannot render the routes: %w", err)
	}
	return []env.Object{&monitoringv1alpha1.AlertmanagerConfig{
		TypeMeta: metav1.TypeMeta{
			APIVersion: monitoringv1alpha1.SchemeGroupVersion.String(), Kind: monitoringv1alpha1.AlertmanagerConfigKind,
		},
		ObjectMeta: e.Meta(env.OutputRouting, "routing", e.Select.AlertmanagerConfigs),
		Spec: monitoringv1alpha1.AlertmanagerConfigSpec{
			Route: route, Receivers: receivers(e.Routing), InhibitRules: inhibitRules(e),
		},
	}}, nil
}

// root is the route all alerts of the environment come by. Alertmanager may add the namespace by itself;
// with the strategy None it does not, so it is said here.
func root(e *env.Environment) (*monitoringv1alpha1.Route, error) {
	r := e.Routing
	route := &monitoringv1alpha1.Route{
		Receiver:       nobody,
		GroupBy:        r.GroupBy,
		GroupWait:      interval(r.GroupWait),
		GroupInterval:  interval(r.GroupInterval),
		RepeatInterval: interval(r.RepeatInterval),
		Matchers:       ofEnvironment(e),
	}
	for _, child := range children(r) {
		text, err := json.Marshal(child)
		if err != nil {
			return nil, err
		}
		route.Routes = append(route.Routes, apiextensionsv1.JSON{Raw: text})
	}
	return route, nil
}

// children are the routes below the root. That of the heartbeat is the first and lets nothing through, so
// that no receiver ever gets it.
func children(r *env.Routing) []monitoringv1alpha1.Route {
	out := []monitoringv1alpha1.Route{heartbeat(r.Heartbeat)}
	for i := range r.Receivers {
		out = append(out, monitoringv1alpha1.Route{
			Receiver: r.Receivers[i].Name, Matchers: bySeverity(r.Receivers[i].Severities), Continue: true,
		})
	}
	return out
}

// heartbeat is sent at every look at its group. Alertmanager looks once per group interval and sends what
// was sent longer ago than the repeat interval; were both the same, it would miss every second or third
// heartbeat, because sending takes a moment.
//
// Without a heartbeat the route leads to nobody: the alert outlives its rule by some minutes.
func heartbeat(h *env.Heartbeat) monitoringv1alpha1.Route {
	route := monitoringv1alpha1.Route{Receiver: nobody, Matchers: []monitoringv1alpha1.Matcher{equal(alertName, Watchdog)}}
	if h == nil {
		return route
	}
	route.Receiver = deadMansSwitch
	route.GroupBy = []string{alertName}
	route.GroupWait, route.GroupInterval, route.RepeatInterval = interval("0s"), interval(h.Interval), interval(half(h.Interval))
	return route
}

func half(text string) string {
	return model.Duration(max(env.Duration(text)/2, time.Millisecond)).String()
}

// bySeverity selects the alerts of a receiver. A receiver of warnings also gets what has no severity of
// ours: an alert somebody wrote must not get lost for a word.
func bySeverity(severities []string) []monitoringv1alpha1.Matcher {
	if !slices.Contains(severities, string(ofUnknown)) {
		return []monitoringv1alpha1.Matcher{matches(env.AlertSeverity, severities)}
	}
	var others []string
	for _, severity := range Severities() {
		if !slices.Contains(severities, severity) {
			others = append(others, severity)
		}
	}
	if len(others) == 0 {
		return nil
	}
	m := matches(env.AlertSeverity, others)
	m.MatchType = monitoringv1alpha1.MatchNotRegexp
	return []monitoringv1alpha1.Matcher{m}
}

// inhibitRules are none where nobody is told by us: they would silence the routes of others.
func inhibitRules(e *env.Environment) []monitoringv1alpha1.InhibitRule {
	if len(e.Routing.Receivers) == 0 {
		return nil
	}
	var out []monitoringv1alpha1.InhibitRule
	for _, i := range rules.Inhibitions() {
		out = append(out, monitoringv1alpha1.InhibitRule{
			SourceMatch: append(ofEnvironment(e), equal(alertName, i.Source)),
			TargetMatch: append(ofEnvironment(e), matches(alertName, i.Targets)),
			Equal:       i.Equal,
		})
	}
	return out
}

func ofEnvironment(e *env.Environment) []monitoringv1alpha1.Matcher {
	return []monitoringv1alpha1.Matcher{equal(env.AlertNamespace, e.Namespace), equal(env.AlertEnvironment, e.Title)}
}

func equal(label, value string) monitoringv1alpha1.Matcher {
	return monitoringv1alpha1.Matcher{Name: label, Value: value, MatchType: monitoringv1alpha1.MatchEqual}
}

// matches selects any of the values, each taken literally.
func matches(label string, values []string) monitoringv1alpha1.Matcher {
	if len(values) == 1 {
		return equal(label, values[0])
	}
	quoted := make([]string, 0, len(values))
	for _, value := range values {
		quoted = append(quoted, regexp.QuoteMeta(value))
	}
	return monitoringv1alpha1.Matcher{Name: label, Value: strings.Join(quoted, "|"), MatchType: monitoringv1alpha1.MatchRegexp}
}

func interval(text string) *monitoringv1.NonEmptyDuration {
	return new(monitoringv1.NonEmptyDuration(text))
}
