package main

import (
	_ "embed"
	"fmt"
	"regexp"
	"slices"

	"sigs.k8s.io/yaml"
)

//go:embed explanations.yaml
var explanationsFile []byte

// explanation says why mistakes survive.
type explanation struct {
	Why string `json:"why"`
	// Survivors are regular expressions, each for the whole key of one survivor or of several that are alike.
	Survivors []string `json:"survivors"`

	patterns []*regexp.Regexp
}

func loadExplanations() ([]explanation, error) { return readExplanations(explanationsFile) }

func readExplanations(content []byte) ([]explanation, error) {
	var file struct {
		Explanations []explanation `json:"explanations"`
	}
	if err := yaml.UnmarshalStrict(content, &file); err != nil {
		return nil, fmt.Errorf("cannot read explanations.yaml: %w", err)
	}
	for i := range file.Explanations {
		e := &file.Explanations[i]
		if e.Why == "" || len(e.Survivors) == 0 {
			return nil, fmt.Errorf("explanation %d, %q, explains nothing", i+1, e.Why)
		}
		for _, text := range e.Survivors {
			pattern, err := regexp.Compile("^(?:" + text + ")$")
			if err != nil {
				return nil, fmt.Errorf("explanation %d: %w", i+1, err)
			}
			e.patterns = append(e.patterns, pattern)
		}
	}
	return file.Explanations, nil
}

func (e *explanation) explains(key string) bool {
	return slices.ContainsFunc(e.patterns, func(p *regexp.Regexp) bool { return p.MatchString(key) })
}

// explained returns the survivors of each explanation; the first that explains one counts. The last are those without any.
func explained(survivors []verdict, all []explanation) [][]verdict {
	out := make([][]verdict, len(all)+1)
	for _, v := range survivors {
		at := slices.IndexFunc(all, func(e explanation) bool { return e.explains(v.Key()) })
		if at < 0 {
			at = len(all)
		}
		out[at] = append(out[at], v)
	}
	return out
}

// disagreements are survivors without an explanation and explanations without a survivor.
func disagreements(survivors []verdict, all []explanation) []string {
	var out []string
	for _, v := range explained(survivors, all)[len(all)] {
		out = append(out, "survives without an explanation: "+v.Key())
	}
	for _, e := range all {
		for i, p := range e.patterns {
			if !slices.ContainsFunc(survivors, func(v verdict) bool { return p.MatchString(v.Key()) }) {
				out = append(out, "is explained and does not survive: "+e.Survivors[i])
			}
		}
	}
	slices.Sort(out)
	return out
}
