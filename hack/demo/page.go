package main

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/tux-io/tux-monitoring-operator/hack/e2e/live"
)

// pageWidth is that of the text of a page.
const pageWidth = 96

// showPage shows the page as whoever is on call gets it, and checks what people route by.
func (f *full) showPage() error {
	pages := firing(f.env.Receiver.Since(pager, f.broken), databaseAlert)
	if len(pages) == 0 {
		return fmt.Errorf("the pager has lost %s", databaseAlert)
	}
	page := &pages[0]
	want := map[string]string{"namespace": resourceNamespace, "environment": resourceName, "backend": backendName, "severity": "critical"}
	for _, label := range slices.Sorted(maps.Keys(want)) {
		if page.Labels[label] != want[label] {
			return fmt.Errorf("%s arrived with %s=%q, want %q", databaseAlert, label, page.Labels[label], want[label])
		}
	}
	for _, annotation := range []string{"summary", "description", "runbook_url"} {
		if page.Annotations[annotation] == "" {
			return fmt.Errorf("%s arrived without %s", databaseAlert, annotation)
		}
	}
	f.printer.line("What the pager says:")
	for _, line := range describePage(page) {
		f.printer.line("  | %s", line)
	}
	return nil
}

// firing returns the notifications of an alert that say that it fires.
func firing(all []live.Notification, alert string) []live.Notification {
	return slices.DeleteFunc(all, func(n live.Notification) bool { return n.Labels["alertname"] != alert || n.Status != live.Firing })
}

// describePage is a notification as a person reads it.
func describePage(n *live.Notification) []string {
	lines := []string{
		fmt.Sprintf("%s %s (%s)", strings.ToUpper(n.Status), n.Labels["alertname"], n.Labels["severity"]),
		n.Annotations["summary"],
		"",
	}
	lines = append(lines, fold(n.Annotations["description"], pageWidth)...)
	lines = append(lines, "", n.Annotations["runbook_url"])
	var labels []string
	for _, name := range slices.Sorted(maps.Keys(n.Labels)) {
		if name != "alertname" && name != "severity" {
			labels = append(labels, name+"="+n.Labels[name])
		}
	}
	return append(lines, fold(strings.Join(labels, " "), pageWidth)...)
}
