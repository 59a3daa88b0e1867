package e2e

import (
	"flag"
	"fmt"
	"maps"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/tux-io/tux-monitoring-operator/internal/plan/rules"
	"github.com/tux-io/tux-monitoring-operator/internal/promql"
)

var update = flag.Bool("update", false, "write the last section of docs/alerts.md")

const (
	page = "../../docs/alerts.md"
	// heading begins the part of the page that is ours; internal/plan/rules writes what is above it.
	heading = "## How each alert is proven\n"
	intro   = heading + `
Every alert of a fault fires, reaches a receiver behind Alertmanager and resolves in ` + "`make e2e`" + `: on a real Prometheus, against a
real Django backend that really has the fault. Waits, windows and thresholds are shortened by ` + "`spec.alerts.overrides`" + `;
expressions are those that are shipped. Whatever fires beside what is expected or allowed fails the run. That each fires
just above its threshold and is silent just below is tested in ` + "`internal/plan/rules`" + ` on Prometheus' own engine.

| fault | must fire | may fire |
|---|---|---|
`
	outro = `
Nothing may fire, or be pending, in a healthy environment with traffic; nothing may fire during a rolling change, while a
backend is scaled to zero and comes back, and when another backend is added.
`
)

func proof() string {
	var out strings.Builder
	out.WriteString(intro)
	for _, fault := range Faults {
		allowed := "–"
		if len(fault.Allowed) > 0 {
			allowed = strings.Join(fault.Allowed, ", ") + ": " + fault.Why
		}
		fmt.Fprintf(&out, "| %s | %s | %s |\n", fault.Name, strings.Join(fault.Expected, ", "), allowed)
	}
	out.WriteString("\nProven otherwise:\n\n")
	for _, name := range slices.Sorted(maps.Keys(ProvenOtherwise)) {
		fmt.Fprintf(&out, "- %s: %s.\n", name, ProvenOtherwise[name])
	}
	out.WriteString(outro)
	return out.String()
}

func TestPageSaysHowAlertsAreProven(t *testing.T) {
	content, err := os.ReadFile(page)
	if err != nil {
		t.Fatal(err)
	}
	above, ours, _ := strings.Cut(string(content), heading)
	if heading+ours == proof() {
		return
	}
	if !*update {
		t.Fatal("docs/alerts.md is not what faults.go says: run go test ./hack/e2e -update")
	}
	if err := os.WriteFile(page, []byte(strings.TrimRight(above, "\n")+"\n\n"+proof()), 0o600); err != nil {
		t.Fatal(err)
	}
}

func TestEveryAlertHasAFault(t *testing.T) {
	var names []string
	for _, alert := range rules.Catalogue() {
		names = append(names, alert.Name)
		faulty := slices.ContainsFunc(Faults, func(f Fault) bool { return slices.Contains(f.Expected, alert.Name) })
		if _, otherwise := ProvenOtherwise[alert.Name]; faulty == otherwise {
			t.Errorf("%s: a fault makes it fire: %v, proven otherwise: %v", alert.Name, faulty, otherwise)
		}
	}
	for name := range ProvenOtherwise {
		if !slices.Contains(names, name) {
			t.Errorf("%s is proven and no alert", name)
		}
	}
	for _, fault := range Faults {
		for _, name := range slices.Concat(fault.Expected, fault.Allowed) {
			if !slices.Contains(names, name) {
				t.Errorf("%q names %s, which is no alert", fault.Name, name)
			}
		}
		if (len(fault.Allowed) > 0) != (fault.Why != "") {
			t.Errorf("%q must say why something is allowed, and only then", fault.Name)
		}
		for _, condition := range fault.Holds {
			if _, err := promql.ParseExpr(condition); err != nil {
				t.Errorf("%q: %v", fault.Name, err)
			}
		}
	}
}
