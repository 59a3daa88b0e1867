package main

import (
	_ "embed"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"

	"sigs.k8s.io/yaml"

	"github.com/tux-io/tux-monitoring-operator/hack/binaries"
)

// corpus are the noises that are tests: of each rule the seeds, and a digest of what the rule says there. Each
// shows a mistake no case notices. A change of the meaning of a rule changes what it says.
type corpus map[string]map[int]string

//go:embed corpus.yaml
var corpusFile []byte

const corpusHead = "# Noises that show mistakes, by rule: the seed, and a digest of what the rule says there.\n" +
	"# Written by: go run ./hack/mutate -search 240, with -rules for some.\n"

func loadCorpus() (corpus, error) {
	out := corpus{}
	if err := yaml.UnmarshalStrict(corpusFile, &out); err != nil {
		return nil, fmt.Errorf("cannot read corpus.yaml: %w", err)
	}
	return out, nil
}

// seeds of a rule, sorted.
func (c corpus) seeds(s *subject) []int { return slices.Sorted(maps.Keys(c[s.name])) }

func (c corpus) size() int {
	count := 0
	for _, seeds := range c {
		count += len(seeds)
	}
	return count
}

// with returns the corpus with what was found for the rules that were changed, instead of what it has for them.
func (c corpus) with(changed []candidate, found corpus) corpus {
	out := maps.Clone(c)
	for i := range changed {
		delete(out, changed[i].of.name)
	}
	maps.Copy(out, found)
	return out
}

func (c corpus) write() error {
	root, err := binaries.Root()
	if err != nil {
		return err
	}
	content, err := yaml.Marshal(c)
	if err != nil {
		return err
	}
	path := filepath.Join(root, "hack/mutate/corpus.yaml")
	return os.WriteFile(path, append([]byte(corpusHead), content...), 0o644) //nolint:gosec // a file of the repository
}

// firstSeeds are as many as a search tries.
func firstSeeds(count int) func(*subject) []int {
	all := make([]int, count)
	for i := range all {
		all[i] = i
	}
	return func(*subject) []int { return all }
}
