package routing

import (
	"fmt"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/tux-io/tux-monitoring-operator/internal/plan/env"
	"github.com/tux-io/tux-monitoring-operator/internal/plan/rules"
)

func TestThePageListsEveryInhibition(t *testing.T) {
	page, err := os.ReadFile("../../../docs/routing.md")
	if err != nil {
		t.Fatal(err)
	}
	always := []string{env.AlertNamespace, env.AlertEnvironment}
	for _, i := range rules.Inhibitions() {
		labels := slices.DeleteFunc(slices.Clone(i.Equal), func(label string) bool { return slices.Contains(always, label) })
		row := fmt.Sprintf("| %s | %s | %s |\n", i.Source, strings.Join(i.Targets, ", "), strings.Join(labels, ", "))
		if !strings.Contains(string(page), row) {
			t.Errorf("docs/routing.md lacks the row\n%s", row)
		}
	}
	_, table, _ := strings.Cut(string(page), "| while this fires |")
	table, _, _ = strings.Cut(table, "\n\n")
	if got, want := strings.Count(table, "\n")-1, len(rules.Inhibitions()); got != want {
		t.Errorf("docs/routing.md lists %d inhibitions, there are %d", got, want)
	}
}
