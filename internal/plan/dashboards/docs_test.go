package dashboards

import (
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

const (
	docs       = "../../../docs/dashboards.md"
	tableBegin = "<!-- panels: begin, written by go test ./internal/plan/dashboards -update -->\n"
	tableEnd   = "<!-- panels: end -->\n"
)

func TestDocsListThePanels(t *testing.T) {
	text := readFile(t, docs)
	before, rest, begins := strings.Cut(text, tableBegin)
	old, after, ends := strings.Cut(rest, tableEnd)
	if !begins || !ends {
		t.Fatalf("%s has no place for the table of panels", docs)
	}
	got := tables(boards(t, production()))
	if *update {
		writeFile(t, docs, before+tableBegin+got+tableEnd+after)
		return
	}
	if diff := cmp.Diff(old, got); diff != "" {
		t.Errorf("run go test with -update if this is meant:\n%s", diff)
	}
}

// tables are the dashboards, and the panels of each.
func tables(all map[string]*board) string {
	var out strings.Builder
	out.WriteString("\n| dashboard | include | panels | refresh, range | what it is for |\n|---|---|---|---|---|\n")
	for _, p := range pages {
		fmt.Fprintf(&out, "| [%s](#%s) | `%s` | %d | %s, %s | %s |\n", p.title, anchor(p.title), p.choice,
			len(all[p.name].pictures()), p.refresh, strings.TrimPrefix(p.from, "now-"), p.about)
	}
	waits := waiting()
	for _, p := range pages {
		fmt.Fprintf(&out, "\n### %s\n\n![%s](pictures/%s.png)\n\n| row | panel | view, unit | what it tells |\n|---|---|---|---|\n", p.title, p.title, p.name)
		row := ""
		for i := range all[p.name].Panels {
			q := &all[p.name].Panels[i]
			if q.Type == "row" {
				row = q.Title
				continue
			}
			fmt.Fprintf(&out, "| %s | %s | %s, %s | %s%s |\n", row, q.Title, q.Type, q.FieldConfig.Defaults.Unit, q.Description, waits[p.name+q.Title])
			row = ""
		}
	}
	out.WriteString("\n")
	return out.String()
}

func anchor(title string) string { return strings.ReplaceAll(strings.ToLower(title), " ", "-") }

// waiting are panels that are empty at first, and until when.
func waiting() map[string]string {
	out := map[string]string{}
	for _, q := range Queries(production()) {
		text := fmt.Sprintf(" *%s is empty until %s.*", strings.TrimSpace(q.Legend), q.EmptyUntil)
		if key := q.Dashboard + q.Panel; q.EmptyUntil != "" && !strings.Contains(out[key], q.EmptyUntil) {
			out[key] += text
		}
	}
	return out
}

// TestPanelsThatMayBeEmptySayWhy: where every query waits for something, "No data" would be no answer.
func TestPanelsThatMayBeEmptySayWhy(t *testing.T) {
	for shape, e := range environments {
		for dashboard, p := range panels(e) {
			waits := true
			for i := range p.Targets {
				waits = waits && p.Targets[i].EmptyUntil != ""
			}
			if waits && p.Field.NoValue == "" {
				t.Errorf("%s: %s: %s says nothing while it is empty", shape, dashboard, p.Title)
			}
		}
	}
}
