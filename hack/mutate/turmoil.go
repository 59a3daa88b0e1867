package main

import (
	"context"
	"sync"

	"github.com/prometheus/prometheus/model/rulefmt"

	"github.com/tux-io/tux-monitoring-operator/internal/plan/rules"
	"github.com/tux-io/tux-monitoring-operator/internal/ruletest"
)

// seeds is how many turmoils there are of a case.
const seeds = 24

// turmoil is a timeline on which anything may happen, and what the rules say on it without any mistake.
type turmoil struct {
	test    *ruletest.Test
	owner   *rules.Case
	history func() (ruletest.History, error)
}

func turmoils(c *rules.Case, all []rules.Case, groups []rulefmt.RuleGroup) ([]turmoil, error) {
	if c.Always {
		return nil, nil
	}
	out := make([]turmoil, 0, seeds)
	for seed := range uint64(seeds) {
		test, err := ruletest.Turmoil(c, all, groups, seed)
		if err != nil {
			return nil, err
		}
		t := turmoil{test: &test, owner: c}
		// The context of a mutant must not end what all mutants need.
		t.history = sync.OnceValues(func() (ruletest.History, error) {
			return t.play(context.Background(), groups, nil)
		})
		out = append(out, t)
	}
	return out, nil
}

func (t *turmoil) play(ctx context.Context, groups []rulefmt.RuleGroup, reference *ruletest.History) (ruletest.History, error) {
	suite := ruletest.Suite{Groups: groups, Evaluation: t.owner.Step}
	return suite.History(ctx, t.test, t.owner.Alert, reference)
}

// notices says whether the rules with a mistake say anything else.
func (t *turmoil) notices(ctx context.Context, changed []rulefmt.RuleGroup) (bool, error) {
	reference, err := t.history()
	if err != nil {
		return false, err
	}
	got, err := t.play(ctx, changed, &reference)
	return got.Digest() != reference.Digest(), err
}
