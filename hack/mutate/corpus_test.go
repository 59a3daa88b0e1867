package main

import (
	"testing"
)

// TestRulesSayToNoiseWhatTheyDid holds the meaning of every rule that has noises: it is found out anew what the rule
// says there. If the change is wanted, -search writes the corpus anew.
func TestRulesSayToNoiseWhatTheyDid(t *testing.T) {
	environments, err := loadEnvironments()
	if err != nil {
		t.Fatal(err)
	}
	kept, err := loadCorpus()
	if err != nil {
		t.Fatal(err)
	}
	all, _ := subjects(environments)
	known := map[string]bool{}
	for _, s := range all {
		known[s.name] = true
	}
	for name := range kept {
		if !known[name] {
			t.Errorf("there is no rule %q any more: go run ./hack/mutate -search 240", name)
		}
	}
	inParallel(len(all), func(i int) {
		s := all[i]
		for _, seed := range kept.seeds(s) {
			n, err := s.noise(t.Context(), seed)
			if err != nil {
				t.Error(err)
				return
			}
			if n.said != kept[s.name][seed] {
				t.Errorf("%s says something else to noise %d. If its meaning was changed: go run ./hack/mutate -search 240", s.name, seed)
			}
		}
	})
}

func TestACorpusIsReadAsItWasWritten(t *testing.T) {
	kept, err := loadCorpus()
	if err != nil {
		t.Fatal(err)
	}
	if kept.size() == 0 {
		t.Error("the corpus is empty")
	}
	for name, seeds := range kept {
		if got := len(kept.seeds(&subject{name: name})); got != len(seeds) {
			t.Errorf("%s has %d seeds of %d", name, got, len(seeds))
		}
	}
}
