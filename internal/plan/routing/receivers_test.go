package routing

import (
	"regexp"
	"strings"
	"testing"
	"text/template"
)

// message is what Alertmanager hands to a template, as far as ours use it.
type message struct {
	Status       string
	Alerts       alerts
	CommonLabels map[string]string
}

type alerts []struct{ Status, Labels, Annotations any }

func (a alerts) Firing() alerts { return a }

// expand fills in a template as Alertmanager does.
func expand(t *testing.T, text string, m message) string {
	t.Helper()
	functions := template.FuncMap{"toUpper": strings.ToUpper, "match": regexp.MatchString}
	parsed, err := template.New("").Option("missingkey=zero").Funcs(functions).Parse(text)
	if err != nil {
		t.Fatal(err)
	}
	var out strings.Builder
	if err := parsed.Execute(&out, m); err != nil {
		t.Fatal(err)
	}
	return out.String()
}

var twoPods = message{
	Status:       "firing",
	CommonLabels: map[string]string{"alertname": "TuxNotReady", "environment": "production", "severity": "warning"},
	Alerts: alerts{
		{
			Labels:      map[string]string{"severity": "warning"},
			Annotations: map[string]string{"summary": "A pod is not ready: a", "description": "Migrations.", "runbook_url": "https://runbook"},
		},
		{Labels: map[string]string{}, Annotations: map[string]string{"summary": "Somebody's own"}},
	},
}

func TestSlackSaysWhatToDo(t *testing.T) {
	if got, want := expand(t, slackTitle, twoPods), "[FIRING: 2] TuxNotReady production"; got != want {
		t.Errorf("title %q, want %q", got, want)
	}
	want := "*A pod is not ready: a* (warning)\nMigrations.\n<https://runbook|Runbook>\n*Somebody's own*\n"
	if got := expand(t, slackText, twoPods); got != want {
		t.Errorf("text %q, want %q", got, want)
	}
	over := twoPods
	over.Status = "resolved"
	if got, want := expand(t, slackTitle, over), "[RESOLVED] TuxNotReady production"; got != want {
		t.Errorf("title %q, want %q", got, want)
	}
}

func TestPagerDutyGetsASeverityItKnows(t *testing.T) {
	for severity, want := range map[string]string{"critical": "critical", "warning": "warning", "info": "info", "page": "critical", "": "critical"} {
		got := expand(t, pagerDutySeverity, message{CommonLabels: map[string]string{"severity": severity}})
		if got != want {
			t.Errorf("%q gives %q, want %q", severity, got, want)
		}
	}
}
