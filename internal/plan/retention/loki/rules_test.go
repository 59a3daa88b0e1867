package loki_test

import (
	"slices"
	"testing"

	"sigs.k8s.io/yaml"

	asks "github.com/tux-io/tux-monitoring-operator/hack/loki"
	"github.com/tux-io/tux-monitoring-operator/internal/plan/retention/loki"
)

func alerts(services ...string) loki.Alerts {
	a := loki.Alerts{
		Labels:     map[string]string{"environment": "production"},
		RunbookURL: func(alert string) string { return "https://example.org/" + alert + ".md" },
	}
	for _, service := range services {
		a.Backends = append(a.Backends, loki.Watched{Service: service, Labels: map[string]string{"backend": "of " + service}})
	}
	return a
}

// expressions are those of a file, by alert.
func expressions(t *testing.T, text string) map[string][]string {
	t.Helper()
	var file struct {
		Groups []struct {
			Rules []struct {
				Alert, Expr         string
				Labels, Annotations map[string]string
			}
		}
	}
	if err := yaml.Unmarshal([]byte(text), &file); err != nil {
		t.Fatal(err)
	}
	all := map[string][]string{}
	for _, group := range file.Groups {
		for _, rule := range group.Rules {
			all[rule.Alert] = append(all[rule.Alert], rule.Expr)
			if rule.Labels["environment"] != "production" || rule.Labels["severity"] == "" || rule.Annotations["summary"] == "" ||
				rule.Annotations["runbook_url"] != "https://example.org/"+rule.Alert+".md" {
				t.Errorf("%s: %v %v", rule.Alert, rule.Labels, rule.Annotations)
			}
		}
	}
	return all
}

// TestLokiTakesEveryAlert, whatever the services are called.
func TestLokiTakesEveryAlert(t *testing.T) {
	text, err := alerts("tux-worker", `a"}|x`, "tux.backend").Rules()
	if err != nil {
		t.Fatal(err)
	}
	found := expressions(t, text)
	for _, alert := range []string{loki.AlertErrorBurst, loki.AlertSlowRequests, loki.AlertLogsMissing} {
		if len(found[alert]) != 3 {
			t.Errorf("%s: %v", alert, found[alert])
		}
	}
	of := alerts("tux-backend")
	of.Namespace = "shop"
	if text, err = of.Rules(); err != nil {
		t.Fatal(err)
	}
	for alert, inNamespace := range expressions(t, text) {
		found[alert] = append(found[alert], inNamespace...)
	}
	var texts []string
	for _, of := range found {
		texts = append(texts, of...)
	}
	slices.Sort(texts)
	answer, err := asks.Ask(t.Context(), asks.Question{Expressions: texts}, t.Output())
	if err != nil {
		t.Fatal(err)
	}
	for i, got := range answer.Expressions {
		if got.Refused != "" || !got.Metric {
			t.Errorf("%s: %+v", texts[i], got)
		}
	}
}

func TestAlertsAreTheSameInAnyOrder(t *testing.T) {
	one, err := alerts("a", "b").Rules()
	if err != nil {
		t.Fatal(err)
	}
	if two, err := alerts("b", "a").Rules(); err != nil || one != two {
		t.Errorf("%s\n%s\n%v", one, two, err)
	}
	if text, err := alerts().Rules(); err != nil || text != "groups: []\n" {
		t.Errorf("alerts of nothing: %s, %v", text, err)
	}
}

// TestABackendWithoutPodsIsNotMissed: it says nothing, and nobody shall be called for that.
func TestABackendWithoutPodsIsNotMissed(t *testing.T) {
	a := alerts("tux-backend")
	a.Backends[0].Asleep = true
	text, err := a.Rules()
	if err != nil {
		t.Fatal(err)
	}
	if found := expressions(t, text); len(found[loki.AlertLogsMissing]) != 0 || len(found[loki.AlertErrorBurst]) != 1 {
		t.Errorf("%v", found)
	}
}

func TestNotLoaded(t *testing.T) {
	a := alerts("b", "a")
	a.Backends[0].Asleep = true
	whole := loki.LoadedGroup{Name: "tux-logs-a", Alerts: []string{loki.AlertErrorBurst, loki.AlertSlowRequests, loki.AlertLogsMissing}}
	of := func(group string, names ...string) loki.LoadedGroup {
		return loki.LoadedGroup{Name: group, Alerts: names}
	}
	for name, tc := range map[string]struct {
		loaded []loki.LoadedGroup
		want   []string
	}{
		"nothing": {nil, []string{
			"TuxLogErrorBurst of a", "TuxLogErrorBurst of b", "TuxLogSlowRequests of a", "TuxLogSlowRequests of b", "TuxLogsMissing of a",
		}},
		"one backend":            {[]loki.LoadedGroup{whole}, []string{"TuxLogErrorBurst of b", "TuxLogSlowRequests of b"}},
		"those of somebody else": {[]loki.LoadedGroup{whole, of("other", loki.AlertErrorBurst, loki.AlertSlowRequests)}, []string{"TuxLogErrorBurst of b", "TuxLogSlowRequests of b"}},
		"all":                    {[]loki.LoadedGroup{whole, of("tux-logs-b", loki.AlertSlowRequests, loki.AlertErrorBurst)}, nil},
	} {
		t.Run(name, func(t *testing.T) {
			if got, err := a.NotLoaded(tc.loaded); err != nil || !slices.Equal(got, tc.want) {
				t.Errorf("%v, %v", got, err)
			}
		})
	}
}
