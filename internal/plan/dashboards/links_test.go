package dashboards

import (
	"encoding/json"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/tux-io/tux-monitoring-operator/internal/plan/env"
)

var showsThreshold = regexp.MustCompile(`(Tux\w+) begins at`)

// TestPanelsLeadToTheRunbooksOfWhatTheyShow: who sees the line of an alert crossed wants to know what to do.
func TestPanelsLeadToTheRunbooksOfWhatTheyShow(t *testing.T) {
	looked := 0
	for shape, e := range environments {
		for dashboard, b := range boards(t, e) {
			for _, p := range b.pictures() {
				for _, m := range showsThreshold.FindAllStringSubmatch(p.Description, -1) {
					looked++
					if !slices.ContainsFunc(p.Links, func(l link) bool { return l.URL == env.RunbookURL(m[1]) }) {
						t.Errorf("%s: %s: %s shows %s and does not lead to its runbook", shape, dashboard, p.Title, m[1])
					}
				}
			}
		}
	}
	if looked < 100 {
		t.Errorf("looked at %d alerts", looked)
	}
}

// TestWhoGoesOnKeepsTimeAndVariables: links of Grafana itself have switches for it, those of values are written
// out.
func TestWhoGoesOnKeepsTimeAndVariables(t *testing.T) {
	for shape, e := range environments {
		for dashboard, b := range boards(t, e) {
			links, ofValues := slices.Clone(b.Links), []link{}
			for _, p := range b.pictures() {
				links = append(links, p.Links...)
				ofValues = append(append(ofValues, p.FieldConfig.Defaults.Links...), ofColumns(t, p)...)
			}
			for _, l := range links {
				if inside(l) && (!l.KeepTime || !l.IncludeVars) {
					t.Errorf("%s: %s: %q forgets what was chosen", shape, dashboard, l.Title)
				}
			}
			for _, l := range ofValues {
				for _, kept := range []string{"${__url_time_range}", "${datasource:queryparam}", "${backend:queryparam}"} {
					if inside(l) && !strings.Contains(l.URL, kept) {
						t.Errorf("%s: %s: %q forgets %s: %s", shape, dashboard, l.Title, kept, l.URL)
					}
				}
			}
		}
	}
}

func inside(l link) bool { return strings.HasPrefix(l.URL, "/d/") }

// ofColumns are the links of the columns of a table.
func ofColumns(t *testing.T, p *panel) []link {
	t.Helper()
	var out []link
	for _, o := range p.FieldConfig.Overrides {
		for _, property := range o.Properties {
			var links []link
			if property.ID != "links" {
				continue
			}
			if err := json.Unmarshal(property.Value, &links); err != nil {
				t.Fatal(err)
			}
			out = append(out, links...)
		}
	}
	return out
}
