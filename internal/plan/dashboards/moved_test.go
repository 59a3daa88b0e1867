package dashboards

import (
	"encoding/json"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/tux-io/tux-monitoring-operator/internal/plan/env"
	"github.com/tux-io/tux-monitoring-operator/internal/plan/rules"
)

// TestAThresholdIsTheSameInPanelsAndRules moves the threshold of each alert a panel shows: the rule of the alert
// changes, and the panels that say it begins there, in their unit; no panel changes that does not show it.
func TestAThresholdIsTheSameInPanelsAndRules(t *testing.T) {
	before, there := boards(t, production()), alertingRules(t, production())
	shown := 0
	for _, a := range rules.Catalogue() {
		saying := speaking(before, a.Name+" begins at the threshold")
		if len(saying) == 0 {
			continue
		}
		shown++
		t.Run(a.Name, func(t *testing.T) {
			moved, e := elsewhere(t, a)
			rule := alertingRules(t, e)[a.Name]
			if rule == there[a.Name] {
				t.Errorf("the rule is the same as without the override: %s", rule)
			}
			changed := changes(before, boards(t, e))
			for _, panel := range saying {
				if !slices.Contains(changed, panel) {
					t.Errorf("%s says that it shows the threshold and is the same", panel)
				}
			}
			for _, panel := range changed {
				if !slices.Contains(starts(t, boards(t, e), panel), inUnitOfPanels(t, a, moved)) {
					t.Errorf("%s has changed, but nothing in it begins at %s", panel, moved)
				}
			}
		})
	}
	if shown < 10 {
		t.Errorf("only %d alerts are shown", shown)
	}
}

// speaking are the panels whose description contains a text, as "dashboard: title".
func speaking(all map[string]*board, text string) []string {
	var out []string
	for name, b := range all {
		for _, p := range b.pictures() {
			if strings.Contains(p.Description, text) {
				out = append(out, name+": "+p.Title)
			}
		}
	}
	return out
}

// elsewhere overrides the threshold of an alert with one it may have.
func elsewhere(t *testing.T, a rules.AlertInfo) (string, *env.Environment) {
	t.Helper()
	number, err := strconv.ParseFloat(a.Threshold, 64)
	if err != nil {
		t.Fatal(err)
	}
	for _, factor := range []float64{0.8, 2, 0.5, 0.4} {
		moved := strconv.FormatFloat(number*factor, 'f', -1, 64)
		e := production(func(e *env.Environment) { e.Alerts.Overrides[a.Name] = env.Override{Threshold: moved} })
		if _, err := rules.Render(e); err == nil {
			return moved, e
		}
	}
	t.Fatalf("no other threshold than %s is allowed", a.Threshold)
	return "", nil
}

func inUnitOfPanels(t *testing.T, a rules.AlertInfo, number string) float64 {
	t.Helper()
	value, err := strconv.ParseFloat(number, 64)
	if err != nil {
		t.Fatal(err)
	}
	if factor, known := inPanels[a.Unit]; known {
		value *= factor
	}
	return value
}

// changes are the panels that differ, as "dashboard: title".
func changes(before, after map[string]*board) []string {
	var out []string
	for name := range before {
		for i := range before[name].Panels {
			was, is := before[name].Panels[i], after[name].Panels[i]
			if text(was) != text(is) {
				out = append(out, name+": "+was.Title)
			}
		}
	}
	return out
}

func text(p panel) string {
	out, err := json.Marshal(p)
	if err != nil {
		panic(err)
	}
	return string(out)
}

// starts are where the thresholds of a panel begin, those of its columns included.
func starts(t *testing.T, all map[string]*board, title string) []float64 {
	t.Helper()
	name, title, _ := strings.Cut(title, ": ")
	var out []float64
	add := func(t thresholds) {
		for _, step := range t.Steps {
			if step.Value != nil {
				out = append(out, *step.Value)
			}
		}
	}
	for _, p := range all[name].pictures() {
		if p.Title != title {
			continue
		}
		add(p.FieldConfig.Defaults.Thresholds)
		for _, o := range p.FieldConfig.Overrides {
			for _, property := range o.Properties {
				var own thresholds
				if property.ID == "thresholds" {
					if err := json.Unmarshal(property.Value, &own); err != nil {
						t.Fatal(err)
					}
					add(own)
				}
			}
		}
	}
	return out
}
