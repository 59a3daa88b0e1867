package loki

import (
	"fmt"
	"slices"
)

// LoadedGroup is a group of rules as the ruler of Loki tells it.
type LoadedGroup struct {
	Name string
	// Alerts are the names of its alerts.
	Alerts []string
}

// NotLoaded are the alerts, each with its group, that the ruler does not have; sorted. Names are compared and not
// expressions, which the ruler writes in its own way.
func (a Alerts) NotLoaded(loaded []LoadedGroup) ([]string, error) {
	have := map[string][]string{}
	for _, g := range loaded {
		have[g.Name] = append(have[g.Name], g.Alerts...)
	}
	var missing []string
	for _, one := range a.Backends {
		g, err := a.group(one)
		if err != nil {
			return nil, err
		}
		for _, r := range g.Rules {
			if !slices.Contains(have[g.Name], r.Alert) {
				missing = append(missing, fmt.Sprintf("%s of %s", r.Alert, one.Service))
			}
		}
	}
	slices.Sort(missing)
	return missing, nil
}
