package rules

import (
	"fmt"
	"slices"
	"sync"

	"sigs.k8s.io/yaml"

	"github.com/tux-io/tux-monitoring-operator/internal/plan/env"
)

// everyAlert stands in the catalogue for all alerts of a backend.
const everyAlert = "*"

// Inhibition says that nobody is told of the targets while the source fires.
type Inhibition struct {
	// Source and Targets are names of alerts; the targets are sorted.
	Source  string
	Targets []string
	// Equal are the labels that must have the same values in source and target.
	Equal []string
}

// inhibition is one entry of catalogue/inhibitions.yaml.
type inhibition struct {
	Source  string   `json:"source"`
	Targets []string `json:"targets"`
	Except  []string `json:"except,omitempty"`
	Equal   []string `json:"equal"`
}

// Inhibitions are those of the catalogue, in its order.
var Inhibitions = sync.OnceValue(mustLoadInhibitions)

func mustLoadInhibitions() []Inhibition {
	loaded, err := loadInhibitions()
	if err != nil {
		panic(err)
	}
	return loaded
}

func loadInhibitions() ([]Inhibition, error) {
	content, err := catalogueFiles.ReadFile("catalogue/inhibitions.yaml")
	if err != nil {
		return nil, err
	}
	var file struct {
		Inhibitions []inhibition `json:"inhibitions"`
	}
	if err := yaml.UnmarshalStrict(content, &file); err != nil {
		return nil, fmt.Errorf("cannot load inhibitions.yaml: %w", err)
	}
	out := make([]Inhibition, 0, len(file.Inhibitions))
	for _, entry := range file.Inhibitions {
		i, err := entry.resolve()
		if err != nil {
			return nil, fmt.Errorf("inhibition by %q: %w", entry.Source, err)
		}
		out = append(out, i)
	}
	return out, nil
}

// resolve writes the targets out.
func (i *inhibition) resolve() (Inhibition, error) {
	for _, name := range slices.Concat([]string{i.Source}, i.Targets, i.Except) {
		if name != everyAlert && len(variants(name)) == 0 {
			return Inhibition{}, fmt.Errorf("unknown alert %q", name)
		}
	}
	out := Inhibition{
		Source:  i.Source,
		Targets: slices.Sorted(slices.Values(i.Targets)),
		Equal:   append([]string{env.AlertNamespace, env.AlertEnvironment}, i.Equal...),
	}
	if slices.Contains(i.Targets, everyAlert) {
		out.Targets = alertsOfBackends()
	}
	out.Targets = slices.DeleteFunc(out.Targets, func(name string) bool { return name == i.Source || slices.Contains(i.Except, name) })
	return out, nil
}

// alertsOfBackends are the names of the alerts that are about one backend, sorted.
func alertsOfBackends() []string {
	var names []string
	for _, c := range catalogue() {
		if c.Per == perEnvironment {
			continue
		}
		for i := range c.Alerts {
			names = append(names, c.Alerts[i].Name)
		}
	}
	slices.Sort(names)
	return slices.Compact(names)
}
