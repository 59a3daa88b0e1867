package main

import (
	"encoding/json"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/tux-io/tux-monitoring-operator/internal/preview"
)

// TestTheOverviewTellsTheStatesApart: what is colored says what is wrong, and nothing else is colored. An hour is
// played instead of a month, and the budgets, which are of the month, are not looked at.
func TestTheOverviewTellsTheStatesApart(t *testing.T) {
	s, err := loadSample()
	if err != nil {
		t.Fatal(err)
	}
	database := []string{"database", "full", "ready", "string_propagation", "workspace_isolation"}
	for which, want := range map[state]told{
		healthy:        {},
		databaseDown:   {Colored: []string{"5xx, worst backend", "Alerts now: critical", "Alerts now: warning", "Health answers"}, Ill: database},
		slowResponses:  {Colored: []string{"Alerts now: warning", "p95, slowest backend"}},
		noisyWorkspace: {Colored: []string{"Alerts now: warning"}, Busy: []string{noisyTenant}},
	} {
		t.Run(string(which), func(t *testing.T) {
			t.Parallel()
			if diff := cmp.Diff(want, look(t, s, which)); diff != "" {
				t.Error(diff)
			}
		})
	}
}

// told is what somebody reads in the first screen of the overview.
type told struct {
	// Colored are the numbers that are not green, Ill the components that are red now, Busy the workspaces that do
	// more than all others together.
	Colored, Ill, Busy []string
}

// look plays a state and looks at its overview.
func look(t *testing.T, s *sample, which state) told {
	t.Helper()
	h, err := newHistory(time.Hour)
	if err != nil {
		t.Fatal(err)
	}
	defer func() {
		if err := h.close(); err != nil {
			t.Error(err)
		}
	}()
	if err := h.live(t.Context(), func(at time.Time) moment { return momentOf(which, at) }, s.series(), s.rules); err != nil {
		t.Fatal(err)
	}
	at := slices.IndexFunc(s.dashboards, func(d named) bool { return d.name == overview })
	page, err := preview.Build(t.Context(), []*preview.Dashboard{s.dashboards[at].Dashboard}, h, preview.Options{Now: now})
	if err != nil {
		t.Fatal(err)
	}
	var out told
	for _, p := range page.Dashboards[0].Panels {
		switch {
		case p.Type == "stat" && p.Title != "Least error budget left":
			for _, line := range p.Lines {
				if colorOf(t, p, line.Config, lastOf(line)) != "green" {
					out.Colored = append(out.Colored, nameOf(p, line))
				}
			}
		case p.Type == "state-timeline":
			for _, line := range p.Lines {
				if lastOf(line) == 0 {
					out.Ill = append(out.Ill, line.Name)
				}
			}
		case p.Title == "Busiest workspaces":
			for _, row := range p.Table.Rows {
				if share := float64(row[1].(preview.Number)); colorOf(t, p, nil, share) != "green" {
					out.Busy = append(out.Busy, row[0].(string))
				}
			}
		}
	}
	slices.Sort(out.Colored)
	slices.Sort(out.Ill)
	return out
}

func lastOf(line preview.Line) float64 { return line.Values[len(line.Values)-1] }

func nameOf(p preview.Panel, line preview.Line) string {
	if len(p.Lines) == 1 {
		return p.Title
	}
	return p.Title + ": " + line.Name
}

// colorOf is the color of a value by the thresholds of its series or, if it has none, of its panel.
func colorOf(t *testing.T, p preview.Panel, own map[string]any, value float64) string {
	t.Helper()
	if own == nil {
		own = p.Config
	}
	text, err := json.Marshal(own)
	if err != nil {
		t.Fatal(err)
	}
	var config struct {
		Thresholds struct {
			Steps []struct {
				Color string
				Value *float64
			}
		}
	}
	if err := json.Unmarshal(text, &config); err != nil {
		t.Fatal(err)
	}
	color := ""
	for _, step := range config.Thresholds.Steps {
		if step.Value == nil || value >= *step.Value {
			color = step.Color
		}
	}
	return color
}
