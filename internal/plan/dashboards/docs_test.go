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
	page := readFile(t, docs)
	before, rest, begins := strings.Cut(page, tableBegin)
	old, after, ends := strings.Cut(rest, tableEnd)
	if !begins || !ends {
		t.Fatalf("%s has no place for the table of panels", docs)
	}
	got := table(decode(t, text(t, production())))
	if *update {
		writeFile(t, docs, before+tableBegin+got+tableEnd+after)
		return
	}
	if diff := cmp.Diff(old, got); diff != "" {
		t.Errorf("run go test with -update if this is meant:\n%s", diff)
	}
}

func table(b *board) string {
	var out strings.Builder
	for i := range b.Panels {
		p := &b.Panels[i]
		if p.Type == "row" {
			fmt.Fprintf(&out, "\n### %s\n\n| panel | view, unit | what it tells |\n|---|---|---|\n", p.Title)
			continue
		}
		fmt.Fprintf(&out, "| %s | %s, %s | %s |\n", p.Title, p.Type, p.FieldConfig.Defaults.Unit, p.Description)
	}
	out.WriteString("\n")
	return out.String()
}
