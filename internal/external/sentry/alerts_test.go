package sentry_test

import (
	"fmt"
	"slices"
	"testing"

	"github.com/tux-io/tux-monitoring-operator/internal/external"
	"github.com/tux-io/tux-monitoring-operator/internal/external/sentry"
	"github.com/tux-io/tux-monitoring-operator/internal/external/sentry/sentrytest"
	"github.com/tux-io/tux-monitoring-operator/internal/fault"
	plan "github.com/tux-io/tux-monitoring-operator/internal/plan/sentry"
)

func alerts() map[string]plan.Alert {
	return map[string]plan.Alert{
		"new":  {Environment: "production", On: true, Minutes: 30, Trigger: plan.TriggerNewIssue},
		"back": {Environment: "production", On: true, Minutes: 60, Trigger: plan.TriggerRegression, Team: "ops"},
		"many": {Environment: "production", On: true, Minutes: 30, Events: 100, Window: "1h", Team: "backend"},
	}
}

var alertPaths = []string{"alerts[back]", "alerts[many]", "alerts[new]"}

// withAlerts is a resource whose environment has sent an event and which wants alerts; it ran once.
func withAlerts(t *testing.T) (*sentrytest.Server, *resource) {
	t.Helper()
	server, r := fake(t)
	r.want.Settings.Alerts = alerts()
	if _, err := r.pass(t.Context()); err != nil {
		t.Fatal(err)
	}
	return server, r
}

func sendEvent(server *sentrytest.Server) {
	server.Edit(func(s *sentrytest.State) {
		s.Projects[0].Environments = append(s.Projects[0].Environments, &sentrytest.Environment{ID: "1", Name: "production"})
	})
}

func workflows(server *sentrytest.Server) map[string][]*sentrytest.Workflow {
	all := map[string][]*sentrytest.Workflow{}
	server.Edit(func(s *sentrytest.State) {
		for _, one := range s.Workflows {
			copied := *one
			all[one.Name] = append(all[one.Name], &copied)
		}
	})
	return all
}

// TestAlertsComeWithTheEnvironment: Sentry refuses an alert of one that has sent no event.
func TestAlertsComeWithTheEnvironment(t *testing.T) {
	server, r := withAlerts(t)
	if got := workflows(server); len(got) != 0 {
		t.Errorf("before an event: %v", got)
	}
	sendEvent(server)
	outcome, err := r.pass(t.Context())
	if err != nil || !slices.Equal(outcome.Corrected, alertPaths) {
		t.Errorf("%+v %v", outcome, err)
	}
	made := workflows(server)
	var detectors []string
	server.Edit(func(s *sentrytest.State) {
		for _, one := range s.Detectors {
			detectors = append(detectors, one.ID)
		}
	})
	for name := range alerts() {
		if len(made[name]) != 1 || !slices.Equal(made[name][0].DetectorIDs, detectors) || made[name][0].Environment != "production" {
			t.Errorf("%s: %+v", name, made[name])
		}
	}
	r.want.Memory = &sentry.Memory{}
	if _, err := r.pass(t.Context()); err != nil {
		t.Fatal(err)
	}
	r.inStep(server)
	one(t, server)
}

// TestAlertsAreRepaired, and keep the numbers of their parts, which their history hangs on.
func TestAlertsAreRepaired(t *testing.T) {
	server, r := withAlerts(t)
	sendEvent(server)
	if _, err := r.pass(t.Context()); err != nil {
		t.Fatal(err)
	}
	for what, change := range map[string]func(*sentrytest.Workflow){
		"switched off":    func(w *sentrytest.Workflow) { w.Enabled = false },
		"more often":      func(w *sentrytest.Workflow) { w.Frequency = 5 },
		"another trigger": func(w *sentrytest.Workflow) { w.Triggers.Conditions[0]["type"] = "reappeared_event" },
		"unconnected":     func(w *sentrytest.Workflow) { w.DetectorIDs = w.DetectorIDs[:1] },
		"a filter": func(w *sentrytest.Workflow) {
			w.Filters[0].Conditions = []map[string]any{{"id": "9", "type": "latest_release", "comparison": true, "conditionResult": true}}
		},
		"two filters":    func(w *sentrytest.Workflow) { w.Filters = append(w.Filters, &sentrytest.Group{ID: "8", Logic: "all"}) },
		"nobody is told": func(w *sentrytest.Workflow) { w.Filters[0].Actions = []map[string]any{} },
		"other people": func(w *sentrytest.Workflow) {
			w.Filters[0].Actions[0]["config"] = map[string]any{"targetType": "team", "targetIdentifier": "7", "targetDisplay": nil}
		},
	} {
		before := workflows(server)["new"][0]
		server.Edit(func(s *sentrytest.State) {
			for _, w := range s.Workflows {
				if w.Name == "new" {
					change(w)
				}
			}
		})
		outcome, err := r.pass(t.Context())
		if err != nil || !slices.Equal(outcome.Corrected, []string{"alerts[new]"}) {
			t.Errorf("%s: %+v %v", what, outcome, err)
		}
		after := workflows(server)["new"]
		if len(after) != 1 || after[0].ID != before.ID || after[0].Triggers.ID != before.Triggers.ID || after[0].Filters[0].ID != before.Filters[0].ID {
			t.Errorf("%s: the parts have other numbers", what)
		}
	}
	r.want.Memory = &sentry.Memory{}
	_, _ = r.pass(t.Context())
	r.inStep(server)
	one(t, server)
}

// TestAlertsOfOthersAreLeftAlone: of another environment, another name, another project.
func TestAlertsOfOthersAreLeftAlone(t *testing.T) {
	server, r := withAlerts(t)
	sendEvent(server)
	server.Edit(func(s *sentrytest.State) {
		other := s.AddProject("other", "ops")
		detector := s.Detectors[len(s.Detectors)-1]
		s.Workflows = append(s.Workflows,
			&sentrytest.Workflow{ID: "5", Name: "new", Environment: "staging", DetectorIDs: []string{s.Detectors[0].ID}},
			&sentrytest.Workflow{ID: "6", Name: "new", Environment: "production", DetectorIDs: []string{detector.ID}},
			&sentrytest.Workflow{ID: "7", Name: "newer", Environment: "production"},
		)
		other.Deleted = false
	})
	_, err := r.pass(t.Context())
	got := workflows(server)
	if err != nil || len(got["new"]) != 3 || got["new"][0].Frequency+got["new"][1].Frequency+got["newer"][0].Frequency != 0 {
		t.Errorf("%v %v", got, err)
	}
}

// TestAnAlertIsMadeOnce: each write fails in each way, and the next run finds what there is; also on a server that
// connects nothing, where a list of the project does not have it.
func TestAnAlertIsMadeOnce(t *testing.T) {
	for _, unconnected := range []bool{false, true} {
		for _, kind := range []sentrytest.Kind{
			sentrytest.Broken, sentrytest.BrokenAfterCommit, sentrytest.LostAnswer, sentrytest.Truncated, sentrytest.Unavailable,
		} {
			t.Run(fmt.Sprintf("fault %d, unconnected %t", kind, unconnected), func(t *testing.T) {
				server, r := withAlerts(t)
				sendEvent(server)
				server.Edit(func(s *sentrytest.State) { s.Unconnected = unconnected })
				server.Break(sentrytest.Fault{Kind: kind, Path: "/workflows/", Writes: true, Times: 2})
				for range 4 {
					_, _ = r.pass(t.Context())
				}
				for name, all := range workflows(server) {
					if len(all) != 1 {
						t.Errorf("%d alerts are called %q", len(all), name)
					}
				}
				if problems := server.Problems(); len(problems) > 0 {
					t.Error(problems)
				}
			})
		}
	}
}

// TestAnAlertThatIsNotConnectedIsNamed: it never fires, and Sentry answers with success.
func TestAnAlertThatIsNotConnectedIsNamed(t *testing.T) {
	server, r := withAlerts(t)
	sendEvent(server)
	server.Edit(func(s *sentrytest.State) { s.Unconnected = true })
	outcome, err := r.pass(t.Context())
	if err != nil || !slices.Equal(outcome.Ignored, alertPaths) {
		t.Errorf("%+v %v", outcome, err)
	}
}

// TestAServerWithoutAlerts: the organization is there, and the address is not.
func TestAServerWithoutAlerts(t *testing.T) {
	server, r := fake(t)
	server.Edit(func(s *sentrytest.State) { s.NoWorkflows = true })
	r.want.Settings.Alerts = alerts()
	_, err := r.pass(t.Context())
	if terminal, ok := fault.AsTerminal(err); !ok || terminal.Reason != external.ReasonUnsupported {
		t.Error(err)
	}
}

// TestATeamWithoutAccess is told of, and the other alerts are made.
func TestATeamWithoutAccess(t *testing.T) {
	server, r := withAlerts(t)
	sendEvent(server)
	wanted := alerts()["new"]
	wanted.Team = "strangers"
	r.want.Settings.Alerts["new"] = wanted
	_, err := r.pass(t.Context())
	if terminal, ok := fault.AsTerminal(err); !ok || terminal.Reason != external.ReasonRejected {
		t.Error(err)
	}
	if got := workflows(server); len(got) != 2 {
		t.Errorf("%v", got)
	}
}

func TestAlertsForPeople(t *testing.T) {
	for text, alert := range map[string]plan.Alert{
		"new issue, every 30m at most, owners of the issue":                    alerts()["new"],
		"regression, every 60m at most, team ops":                              alerts()["back"],
		"more than 100 events in 1h, every 30m at most, team backend":          alerts()["many"],
		"odd, every 0m at most, owners of the issue, disabled, tells by slack": {Trigger: "odd", Other: "tells by slack"},
	} {
		if got := (plan.Settings{Alerts: map[string]plan.Alert{"a": alert}}).Text("alerts[a]"); got != text {
			t.Errorf("%q, want %q", got, text)
		}
	}
}
