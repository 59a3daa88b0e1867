package main

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"

	"github.com/prometheus/prometheus/model/rulefmt"

	"github.com/tux-io/tux-monitoring-operator/internal/plan/rules"
	"github.com/tux-io/tux-monitoring-operator/internal/ruletest"
)

// stage is what the noises of a suite are made of.
type stage struct {
	cases []rules.Case
	// recorded are what the rules record in the first test of the case; all are those of its environment, too.
	recorded, all func() ([]ruletest.Recorded, error)
}

// setStages gives each suite of an environment its stage.
func setStages(suites []*suite, cases []rules.Case) {
	all := sync.OnceValues(func() ([]ruletest.Recorded, error) {
		var all []ruletest.Recorded
		for _, s := range suites {
			some, err := s.stage.recorded()
			if err != nil {
				return nil, err
			}
			all = append(all, some...)
		}
		return all, nil
	})
	for _, s := range suites {
		s.stage = stage{cases: cases, recorded: sync.OnceValues(s.record)}
		s.stage.all = sync.OnceValues(func() ([]ruletest.Recorded, error) {
			own, err := s.stage.recorded()
			if err != nil {
				return nil, err
			}
			others, err := all()
			return ruletest.Merge(slices.Concat(own, others)), err
		})
	}
}

func (s *suite) record() ([]ruletest.Recorded, error) {
	if len(s.tests) == 0 {
		return nil, nil
	}
	run := ruletest.Suite{Groups: s.groups, Evaluation: s.owner.Step}
	// The context of whoever asks first must not end what all need.
	return run.Recorded(context.Background(), &s.tests[0])
}

// noise is random data of what a rule reads, and what the rule says to it.
type noise struct {
	*ruletest.Data
	said string
	of   string
}

// noise makes that of a seed. The cases that involve the rule take turns.
func (s *subject) noise(ctx context.Context, seed int) (*noise, error) {
	suite := s.suites[seed%len(s.suites)]
	recorded, err := suite.stage.all()
	if err != nil {
		return nil, err
	}
	data, err := ruletest.NewNoise(suite.owner, suite.stage.cases, &s.Rule, recorded, uint64(seed)) //nolint:gosec // it counts from 0
	if err != nil {
		return nil, fmt.Errorf("%s: %w", s.name, err)
	}
	said, err := data.Says(ctx, &s.Rule)
	return &noise{data, said, ruletest.Title(suite.owner)}, err
}

// shows says whether a rule says something else with a mistake.
func (n *noise) shows(ctx context.Context, changed *rulefmt.Rule) (bool, error) {
	said, err := n.Says(ctx, changed)
	return said != n.said, err
}

// inNoise lets every mistake that no case noticed meet noises of its rule, until one shows it, and returns those that
// showed one.
func (t *tally) inNoise(ctx context.Context, seeds func(*subject) []int) (corpus, error) {
	left := map[*subject][]*verdict{}
	var order []*subject
	for i := range t.verdicts {
		v := &t.verdicts[i]
		if v.Killer != "" {
			continue
		}
		if left[v.of] == nil {
			order = append(order, v.of)
		}
		left[v.of] = append(left[v.of], v)
	}
	found, errs := make([]map[int]string, len(order)), make([]error, len(order))
	inParallel(len(order), func(i int) {
		found[i], errs[i] = order[i].meet(ctx, left[order[i]], seeds(order[i]))
	})
	out := corpus{}
	for i, s := range order {
		if len(found[i]) > 0 {
			out[s.name] = found[i]
		}
	}
	return out, errors.Join(errs...)
}

// meet returns the seeds of the noises that show a mistake, and what the rule says there without any.
func (s *subject) meet(ctx context.Context, left []*verdict, seeds []int) (map[int]string, error) {
	found := map[int]string{}
	for _, seed := range seeds {
		if len(left) == 0 {
			break
		}
		n, err := s.noise(ctx, seed)
		if err != nil {
			return nil, err
		}
		var still []*verdict
		for _, v := range left {
			v.tests++
			shows, err := n.shows(ctx, &v.Changed)
			switch {
			case err != nil:
				return nil, err
			case shows:
				v.Killer, v.inNoise = fmt.Sprintf("noise %d of %s", seed, n.of), true
				found[seed] = n.said
			default:
				still = append(still, v)
			}
		}
		left = still
	}
	return found, nil
}
