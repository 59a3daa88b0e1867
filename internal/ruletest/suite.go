package ruletest

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/prometheus/common/model"
	"github.com/prometheus/common/promslog"
	"github.com/prometheus/prometheus/model/labels"
	"github.com/prometheus/prometheus/model/rulefmt"
	"github.com/prometheus/prometheus/promql"
	"github.com/prometheus/prometheus/promql/parser"
	promrules "github.com/prometheus/prometheus/rules"

	tuxpromql "github.com/tux-io/tux-monitoring-operator/internal/promql"
)

// epoch is when a test begins that does not say so.
var epoch = time.Unix(0, 0).UTC()

// maxSamples of one query is the limit of promtool, so that what passes here passes there.
const maxSamples = 10000

// Suite are the rules that tests run against.
type Suite struct {
	Groups []rulefmt.RuleGroup
	// Evaluation is the interval of all groups, 0: a minute. Their own intervals are not regarded, as
	// promtool does not.
	Evaluation time.Duration
	// Order are names of groups, see File.GroupEvalOrder. Groups of the same place keep their order.
	Order []string
	// Fuzzy lets values differ in their last bit.
	Fuzzy bool
	// FailFast ends a test at its first failure, which is not always the first in the order of the file.
	FailFast bool
}

// Outcome of one test.
type Outcome struct {
	// Failures are what was expected and what came instead; none: the test passed.
	Failures []string
	// Evaluations of groups.
	Evaluations int
}

// Run runs one test. A test that cannot be run has a failure that says why.
func (s *Suite) Run(ctx context.Context, t *Test) Outcome {
	r, err := s.prepare(ctx, t)
	if err != nil {
		return Outcome{Failures: []string{err.Error()}}
	}
	defer func() { _ = r.engine.Close() }()
	r.play()
	if !r.broken && !s.FailFast {
		r.checkExpressions(0, t.end())
	}
	return r.outcome
}

// run is a test that is running.
type run struct {
	*Suite
	test    *Test
	ctx     context.Context //nolint:containedctx // it lives as long as one call of Run
	engine  *promql.Engine
	memory  *memory
	inputs  []*input
	groups  []*promrules.Group
	start   time.Time
	outcome Outcome
	// broken is set when a rule could not be evaluated.
	broken bool
}

func (s *Suite) prepare(ctx context.Context, t *Test) (*run, error) {
	r := &run{Suite: s, test: t, ctx: ctx, memory: newMemory(), start: epoch}
	if !t.Start.IsZero() {
		r.start = t.Start.Time
	}
	var err error
	if r.inputs, err = readInputs(t, r.start, r.interval()); err != nil {
		return nil, err
	}
	r.engine = s.newEngine(maxSamples)
	r.groups, err = r.load()
	return r, err
}

// newEngine returns one whose queries may hold so many samples.
func (s *Suite) newEngine(samples int) *promql.Engine {
	return promql.NewEngine(promql.EngineOpts{
		MaxSamples: samples, Timeout: time.Minute, EnableAtModifier: true, EnableNegativeOffset: true,
		Parser:                   expressions,
		NoStepSubqueryIntervalFn: func(int64) int64 { return s.evaluation().Milliseconds() },
	})
}

func (s *Suite) evaluation() time.Duration {
	if s.Evaluation == 0 {
		return time.Minute
	}
	return s.Evaluation
}

func (r *run) interval() time.Duration {
	if r.test.Interval == 0 {
		return r.evaluation()
	}
	return time.Duration(r.test.Interval)
}

// given hands groups that are in memory to the rule manager.
type given struct {
	groups []rulefmt.RuleGroup
	parser parser.Parser
}

// expressions are those of all rules of all tests: the same ones come again and again.
var expressions = tuxpromql.NewMemo()

// Load implements promrules.GroupLoader.
func (g given) Load(string, bool, model.ValidationScheme) (*rulefmt.RuleGroups, []error) {
	return &rulefmt.RuleGroups{Groups: g.groups}, nil
}

// Parse implements promrules.GroupLoader.
func (g given) Parse(query string) (parser.Expr, error) { return g.parser.ParseExpr(query) }

// load makes the groups and puts them in order.
func (r *run) load() ([]*promrules.Group, error) {
	manager := promrules.NewManager(&promrules.ManagerOptions{
		NameValidationScheme: model.UTF8Validation,
		QueryFunc:            promrules.EngineQueryFunc(r.engine, r.memory),
		NotifyFunc:           func(context.Context, string, ...*promrules.Alert) {},
		Context:              r.ctx,
		AppendableV2:         r.memory,
		Logger:               promslog.NewNopLogger(),
		GroupLoader:          given{r.Groups, expressions},
	})
	loaded, errs := manager.LoadGroups(r.interval(), labels.FromMap(r.test.ExternalLabels), r.test.ExternalURL, nil, false, "rules")
	if len(errs) > 0 {
		return nil, errors.Join(errs...)
	}
	place, position := map[string]int{}, map[string]int{}
	for i, name := range r.Order {
		place[name] = i
	}
	for i := range r.Groups {
		position[r.Groups[i].Name] = i
	}
	groups := slices.SortedFunc(maps.Values(loaded), func(a, b *promrules.Group) int {
		if d := place[a.Name()] - place[b.Name()]; d != 0 {
			return d
		}
		return position[a.Name()] - position[b.Name()]
	})
	for _, g := range groups {
		for _, rule := range g.AlertingRules() {
			// Without it there would be no series ALERTS.
			rule.SetRestored(true)
		}
	}
	return groups, nil
}

// play evaluates everything up to the last moment anybody asks about.
func (r *run) play() {
	alertTests := slices.SortedStableFunc(slices.Values(r.test.AlertTests), func(a, b AlertTest) int { return int(a.EvalTime - b.EvalTime) })
	last := r.test.end()
	for at := time.Duration(0); at <= last; at += r.evaluation() {
		if err := r.ctx.Err(); err != nil {
			r.breakOff("the test was stopped: %v", err)
			return
		}
		now := r.start.Add(at)
		if err := r.feed(now); err != nil {
			r.breakOff("%v", err)
			return
		}
		for _, g := range r.groups {
			r.outcome.Evaluations++
			g.Eval(r.ctx, now)
			r.checkErrors(g, at)
		}
		if r.broken {
			return
		}
		for len(alertTests) > 0 && time.Duration(alertTests[0].EvalTime) < at+r.evaluation() {
			r.checkAlerts(&alertTests[0])
			alertTests = alertTests[1:]
		}
		if r.FailFast {
			r.checkExpressions(at, at+r.evaluation()-1)
			if len(r.outcome.Failures) > 0 {
				return
			}
		}
	}
}

// end is the last moment anybody asks about.
func (t *Test) end() time.Duration {
	var last Duration
	for i := range t.AlertTests {
		last = max(last, t.AlertTests[i].EvalTime)
	}
	for i := range t.ExprTests {
		last = max(last, t.ExprTests[i].EvalTime)
	}
	return time.Duration(last)
}

func (r *run) fail(format string, args ...any) {
	r.outcome.Failures = append(r.outcome.Failures, fmt.Sprintf(format, args...))
}

func (r *run) breakOff(format string, args ...any) {
	r.broken = true
	r.fail(format, args...)
}

// checkErrors: an evaluation that fails, and an annotation or label whose template fails, fail the test.
func (r *run) checkErrors(g *promrules.Group, at time.Duration) {
	for _, rule := range g.Rules() {
		if err := rule.LastError(); err != nil {
			r.breakOff("rule %q of group %q cannot be evaluated at %s: %v", rule.Name(), g.Name(), Duration(at), err)
		}
	}
	for _, rule := range g.AlertingRules() {
		for _, active := range rule.ActiveAlerts() {
			active.Annotations.Range(func(l labels.Label) {
				if strings.HasPrefix(l.Value, "<error expanding template") {
					r.breakOff("annotation %q of alert %q cannot be written at %s: %s", l.Name, rule.Name(), Duration(at), l.Value)
				}
			})
		}
	}
}
