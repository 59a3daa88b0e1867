package main

import (
	_ "embed"
	"fmt"
	"slices"

	"sigs.k8s.io/yaml"
)

//go:embed explanations.yaml
var explanationsFile []byte

// explanation says why mistakes survive.
type explanation struct {
	Rule     string   `json:"rule"`
	Operator string   `json:"operator"`
	Places   []string `json:"places"`
	Why      string   `json:"why"`
}

func (e *explanation) keys() []string {
	keys := make([]string, 0, len(e.Places))
	for _, place := range e.Places {
		m := Mutant{Rule: e.Rule, Operator: e.Operator, Place: place}
		keys = append(keys, m.Key())
	}
	return keys
}

func loadExplanations() ([]explanation, error) {
	var file struct {
		Explanations []explanation `json:"explanations"`
	}
	if err := yaml.UnmarshalStrict(explanationsFile, &file); err != nil {
		return nil, fmt.Errorf("cannot read explanations.yaml: %w", err)
	}
	seen := map[string]bool{}
	for i, e := range file.Explanations {
		if e.Why == "" || len(e.Places) == 0 {
			return nil, fmt.Errorf("explanation %d, of %q, explains nothing", i+1, e.Rule)
		}
		for _, key := range e.keys() {
			if seen[key] {
				return nil, fmt.Errorf("%q is explained twice", key)
			}
			seen[key] = true
		}
	}
	return file.Explanations, nil
}

// whys returns the explanations by the key of the mutant.
func whys(all []explanation) map[string]string {
	out := map[string]string{}
	for i := range all {
		one := &all[i]
		for _, key := range one.keys() {
			out[key] = one.Why
		}
	}
	return out
}

// disagreements are survivors without an explanation and explanations without a survivor.
func disagreements(survivors []verdict, explained map[string]string) []string {
	var out []string
	survived := map[string]bool{}
	for i := range survivors {
		key := survivors[i].Key()
		survived[key] = true
		if explained[key] == "" {
			out = append(out, "survives without an explanation: "+key)
		}
	}
	for key := range explained {
		if !survived[key] {
			out = append(out, "is explained and does not survive: "+key)
		}
	}
	slices.Sort(out)
	return out
}
