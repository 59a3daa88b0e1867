package routing

import (
	"flag"
	"fmt"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/tux-io/tux-monitoring-operator/internal/plan/env"
	"github.com/tux-io/tux-monitoring-operator/internal/plan/rules"
)

var update = flag.Bool("update", false, "write the table of docs/routing.md")

func TestThePageListsEveryInhibition(t *testing.T) {
	const path, head = "../../../docs/routing.md", "| while this fires | nobody is told of | labels |\n|---|---|---|\n"
	page, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	before, rest, found := strings.Cut(string(page), head)
	if !found {
		t.Fatalf("docs/routing.md has no table that begins with\n%s", head)
	}
	_, after, _ := strings.Cut(rest, "\n\n")
	want := before + head + inhibitionRows() + "\n" + after
	if *update {
		if err := os.WriteFile(path, []byte(want), 0o600); err != nil {
			t.Fatal(err)
		}
	} else if diff := cmp.Diff(string(page), want); diff != "" {
		t.Errorf("docs/routing.md is not what the catalogue says, run go test ./internal/plan/routing -update (-page +catalogue):\n%s", diff)
	}
}

func inhibitionRows() string {
	always := []string{env.AlertNamespace, env.AlertEnvironment}
	var rows strings.Builder
	for _, i := range rules.Inhibitions() {
		labels := slices.DeleteFunc(slices.Clone(i.Equal), func(label string) bool { return slices.Contains(always, label) })
		fmt.Fprintf(&rows, "| %s | %s | %s |\n", i.Source, strings.Join(i.Targets, ", "), strings.Join(labels, ", "))
	}
	return rows.String()
}
