package routing

import (
	"encoding/json"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	monitoringv1alpha1 "github.com/prometheus-operator/prometheus-operator/pkg/apis/monitoring/v1alpha1"

	tuxv1alpha1 "github.com/tux-io/tux-monitoring-operator/api/v1alpha1"
	"github.com/tux-io/tux-monitoring-operator/internal/plan/env"
)

// production has a receiver for each set of severities, named after it.
func production(edit ...func(*env.Routing)) *env.Environment {
	r := &env.Routing{GroupWait: "30s", GroupInterval: "5m", RepeatInterval: "4h", Heartbeat: &env.Heartbeat{URL: "http://switch", Interval: "1m"}}
	for name, severities := range map[string][]string{
		"all": {"critical", "warning", "info"}, "critical": {"critical"}, "warning": {"warning"}, "info": {"info"},
		"day": {"critical", "warning"}, "not-warning": {"critical", "info"},
	} {
		spec := &tuxv1alpha1.Receiver{Name: name, Webhook: &tuxv1alpha1.WebhookReceiver{URL: "http://feed"}}
		r.Receivers = append(r.Receivers, env.Receiver{Name: name, Severities: severities, Spec: spec})
	}
	slices.SortFunc(r.Receivers, func(a, b env.Receiver) int { return len(a.Name) - len(b.Name) })
	for _, f := range edit {
		f(r)
	}
	return &env.Environment{Name: "tux", Namespace: "tux-production", Title: "production", Routing: r}
}

func without(r *env.Routing) { r.Heartbeat = nil }

func config(t *testing.T, e *env.Environment) *monitoringv1alpha1.AlertmanagerConfig {
	t.Helper()
	objects, err := Render(e)
	if err != nil || len(objects) != 1 {
		t.Fatalf("%d objects, %v", len(objects), err)
	}
	return objects[0].(*monitoringv1alpha1.AlertmanagerConfig)
}

// receiversOf walks the routes as Alertmanager does and returns the receivers of an alert, sorted.
func receiversOf(t *testing.T, route *monitoringv1alpha1.Route, alert map[string]string) []string {
	t.Helper()
	for _, m := range route.Matchers {
		if !match(m, alert) {
			return nil
		}
	}
	var found []string
	for _, raw := range route.Routes {
		var child monitoringv1alpha1.Route
		if err := json.Unmarshal(raw.Raw, &child); err != nil {
			t.Fatal(err)
		}
		got := receiversOf(t, &child, alert)
		found = append(found, got...)
		if len(got) > 0 && !child.Continue {
			break
		}
	}
	if len(found) == 0 {
		found = []string{route.Receiver}
	}
	slices.Sort(found)
	return found
}

func match(m monitoringv1alpha1.Matcher, alert map[string]string) bool {
	value := alert[m.Name]
	switch m.MatchType {
	case monitoringv1alpha1.MatchEqual:
		return value == m.Value
	case monitoringv1alpha1.MatchRegexp:
		return regexp.MustCompile("^(?:" + m.Value + ")$").MatchString(value)
	case monitoringv1alpha1.MatchNotRegexp:
		return !regexp.MustCompile("^(?:" + m.Value + ")$").MatchString(value)
	}
	return false
}

func TestWhoHearsOfWhat(t *testing.T) {
	for name, tc := range map[string]struct {
		edit  []func(*env.Routing)
		alert map[string]string // beside namespace and environment
		want  []string
	}{
		"critical":              {alert: map[string]string{"severity": "critical"}, want: []string{"all", "critical", "day", "not-warning"}},
		"warning":               {alert: map[string]string{"severity": "warning"}, want: []string{"all", "day", "warning"}},
		"info":                  {alert: map[string]string{"severity": "info"}, want: []string{"all", "info", "not-warning"}},
		"a severity not ours":   {alert: map[string]string{"severity": "page"}, want: []string{"all", "day", "warning"}},
		"no severity":           {want: []string{"all", "day", "warning"}},
		"the heartbeat":         {alert: map[string]string{"alertname": Watchdog, "severity": "none"}, want: []string{deadMansSwitch}},
		"a critical heartbeat":  {alert: map[string]string{"alertname": Watchdog, "severity": "critical"}, want: []string{deadMansSwitch}},
		"a heartbeat left over": {edit: []func(*env.Routing){without}, alert: map[string]string{"alertname": Watchdog, "severity": "none"}, want: []string{nobody}},
		"another environment":   {alert: map[string]string{"environment": "staging", "severity": "critical"}},
		"another namespace":     {alert: map[string]string{"namespace": "tux-staging", "severity": "critical"}},
		"nobody takes it": {
			edit:  []func(*env.Routing){func(r *env.Routing) { r.Receivers = nil }},
			alert: map[string]string{"severity": "critical"}, want: []string{nobody},
		},
	} {
		t.Run(name, func(t *testing.T) {
			alert := map[string]string{"alertname": "TuxX", "namespace": "tux-production", "environment": "production"}
			for label, value := range tc.alert {
				alert[label] = value
			}
			if diff := cmp.Diff(tc.want, receiversOf(t, config(t, production(tc.edit...)).Spec.Route, alert)); diff != "" {
				t.Errorf("-want +got:\n%s", diff)
			}
		})
	}
}

// TestEveryRouteLeadsToAReceiver: Alertmanager refuses its whole configuration otherwise.
func TestEveryRouteLeadsToAReceiver(t *testing.T) {
	for _, e := range []*env.Environment{production(), production(without)} {
		c := config(t, e)
		var names []string
		for i := range c.Spec.Receivers {
			names = append(names, c.Spec.Receivers[i].Name)
		}
		children, err := c.Spec.Route.ChildRoutes()
		if err != nil {
			t.Fatal(err)
		}
		for _, route := range append(children, *c.Spec.Route) {
			if !slices.Contains(names, route.Receiver) {
				t.Errorf("receiver %q is none of %v", route.Receiver, names)
			}
		}
	}
}

// TestTheHeartbeatIsDueAtEveryLook: what is due only after a whole interval is not due yet when Alertmanager
// looks for the next time.
func TestTheHeartbeatIsDueAtEveryLook(t *testing.T) {
	for _, text := range []string{"1s", "1m", "90s", "1h30m", "1ms"} {
		route := heartbeat(&env.Heartbeat{URL: "http://switch", Interval: text})
		repeat, look := env.Duration(string(*route.RepeatInterval)), env.Duration(string(*route.GroupInterval))
		if repeat <= 0 || (repeat >= look && text != "1ms") {
			t.Errorf("%s: looked at every %s, due after %s", text, look, repeat)
		}
	}
}

func TestWithoutReceiversNothingIsInhibited(t *testing.T) {
	if got := len(config(t, production()).Spec.InhibitRules); got < 4 {
		t.Errorf("%d inhibitions", got)
	}
	alone := production(func(r *env.Routing) { r.Receivers = nil })
	if got := config(t, alone).Spec.InhibitRules; len(got) > 0 {
		t.Errorf("the routes of others are silenced by %v", got)
	}
}

func TestWithoutRoutingNothingIsMade(t *testing.T) {
	if objects, err := Render(&env.Environment{}); err != nil || len(objects) > 0 {
		t.Errorf("%v, %v", objects, err)
	}
}

func TestSummarySaysWhoHearsOfWhat(t *testing.T) {
	receivers := func(r *env.Routing) {
		r.Receivers = []env.Receiver{{Name: "pager", Severities: []string{"critical"}}, {Name: "team", Severities: []string{"critical", "warning"}}}
	}
	for want, e := range map[string]*env.Environment{
		"critical: pager, team; warning: team; info: nobody; heartbeat every 1m": production(receivers),
		"critical: pager, team; warning: team; info: nobody":                     production(receivers, without),
		"heartbeat every 1m": production(func(r *env.Routing) { r.Receivers = nil }),
	} {
		if got := strings.Join(Summary(e.Routing), "; "); got != want {
			t.Errorf("got  %s\nwant %s", got, want)
		}
	}
}
