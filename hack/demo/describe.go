package main

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strings"

	tuxv1alpha1 "github.com/tux-io/tux-monitoring-operator/api/v1alpha1"
)

// describe says in lines what the operator discovered.
func describe(status *tuxv1alpha1.TuxMonitoringStatus) []string {
	var lines []string
	for i := range status.Backends {
		lines = append(lines, describeBackend(&status.Backends[i])...)
	}
	for _, p := range status.Prometheuses {
		lines = append(lines, fmt.Sprintf("Prometheus %s/%s selects objects that carry", p.Namespace, p.Name))
		for _, kind := range slices.Sorted(maps.Keys(p.Labels)) {
			lines = append(lines, fmt.Sprintf("  %-16s %s", kind, p.Labels[kind]))
		}
	}
	for _, o := range status.Omitted {
		lines = append(lines, fmt.Sprintf("alert %s left out: %s", o.Alert, o.Reason))
	}
	return lines
}

func describeBackend(b *tuxv1alpha1.BackendStatus) []string {
	entries := cmp.Or(strings.Join(b.Entries, ", "), prefixed("Service ", b.Service), "nothing that was found")
	lines := []string{
		"Deployment " + b.Deployment,
		"  port             " + b.Port,
		"  process model    " + string(b.ProcessModel),
		"  scraped through  " + cmp.Or(prefixed("Service ", b.Service), "its pods, there is no Service"),
		"  users come by    " + entries,
	}
	for _, note := range b.Notes {
		lines = append(lines, "  note             "+note)
	}
	return lines
}

// prefixed returns "" for an empty text.
func prefixed(prefix, text string) string {
	if text == "" {
		return ""
	}
	return prefix + text
}
