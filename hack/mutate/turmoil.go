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
	test    ruletest.Test
	history ruletest.History
}

// turmoils returns functions that make the turmoils of a case, each when it is asked for first. The context of one
// mutant must not end what all mutants need.
func turmoils(c *rules.Case, all []rules.Case, groups []rulefmt.RuleGroup) []func() (*turmoil, error) {
	if c.Always {
		return nil
	}
	suite := &ruletest.Suite{Groups: groups, Evaluation: c.Step}
	recorded := sync.OnceValues(func() ([]ruletest.Recorded, error) {
		const wild = 1
		test, err := ruletest.Turmoil(c, all, groups, nil, wild)
		if err != nil {
			return nil, err
		}
		return suite.Recorded(context.Background(), &test)
	})
	out := make([]func() (*turmoil, error), 0, seeds)
	for seed := range uint64(seeds) {
		out = append(out, sync.OnceValues(func() (*turmoil, error) {
			others, err := recorded()
			if err != nil {
				return nil, err
			}
			t := &turmoil{}
			if t.test, err = ruletest.Turmoil(c, all, groups, others, seed); err != nil {
				return nil, err
			}
			t.history, err = suite.History(context.Background(), &t.test, c.Alert, nil)
			return t, err
		}))
	}
	return out
}

// notices says whether rules with a mistake say anything else.
func (t *turmoil) notices(ctx context.Context, c *rules.Case, changed []rulefmt.RuleGroup) (bool, error) {
	suite := ruletest.Suite{Groups: changed, Evaluation: c.Step}
	got, err := suite.History(ctx, &t.test, c.Alert, &t.history)
	return got.Digest() != t.history.Digest(), err
}
