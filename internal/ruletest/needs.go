package ruletest

import (
	"fmt"
	"slices"
	"strings"

	"github.com/prometheus/common/model"
	"github.com/prometheus/prometheus/model/labels"
	"github.com/prometheus/prometheus/model/rulefmt"
	"github.com/prometheus/prometheus/promql/parser"

	"github.com/tux-io/tux-monitoring-operator/internal/plan/rules"
)

// Index finds out which rules a test needs.
type Index struct {
	groups []rulefmt.RuleGroup
	all    []indexed
	// reads are the rules each rule reads, parallel to all; nil: not looked at yet.
	reads [][]int
}

type indexed struct {
	group, rule int
	expr        parser.Expr
}

// NewIndex parses the rules of all groups.
func NewIndex(groups []rulefmt.RuleGroup) (*Index, error) {
	x := &Index{groups: groups}
	p := newParser()
	for i := range groups {
		for j := range groups[i].Rules {
			expr, err := p.ParseExpr(groups[i].Rules[j].Expr)
			if err != nil {
				return nil, fmt.Errorf("rule %d of group %q: %w", j+1, groups[i].Name, err)
			}
			x.all = append(x.all, indexed{i, j, expr})
		}
	}
	x.reads = make([][]int, len(x.all))
	for i := range x.all {
		x.reads[i] = x.readBy(x.all[i].expr)
	}
	return x, nil
}

func (x *Index) rule(i int) *rulefmt.Rule { return &x.groups[x.all[i].group].Rules[x.all[i].rule] }

// For returns the groups a case needs: the rule of the alert, and what it reads, and what that reads. Rules
// nobody needs, or that find nothing to read, are left out. A group comes behind those it reads from.
func (x *Index) For(c *rules.Case) ([]rulefmt.RuleGroup, error) {
	order, needed, err := x.needs(c)
	if err != nil {
		return nil, err
	}
	return x.pick(order, x.speaking(c, needed)), nil
}

// needs returns the groups a case needs, in the order of evaluation, and which rules.
func (x *Index) needs(c *rules.Case) ([]int, []bool, error) {
	var order []int
	needed := make([]bool, len(x.all))
	var visit func(i int)
	visit = func(i int) {
		if needed[i] {
			return
		}
		needed[i] = true
		for _, j := range x.reads[i] {
			visit(j)
		}
		order = append(order, x.all[i].group)
	}
	found := false
	for i := range x.all {
		if r := x.rule(i); r.Alert == c.Alert && includes(r.Labels, c.Labels) {
			found = true
			visit(i)
		}
	}
	if !found {
		return nil, nil, fmt.Errorf("%s: no rule of this alert has the labels %v", Title(c), c.Labels)
	}
	return order, needed, nil
}

func (x *Index) pick(order []int, needed []bool) []rulefmt.RuleGroup {
	var out []rulefmt.RuleGroup
	place := map[int]int{}
	holds := map[int]bool{}
	for i, one := range x.all {
		holds[one.group] = holds[one.group] || needed[i]
	}
	order = slices.DeleteFunc(order, func(group int) bool { return !holds[group] })
	for _, group := range order {
		if _, known := place[group]; !known {
			place[group] = len(out)
			picked := x.groups[group]
			picked.Rules = nil
			out = append(out, picked)
		}
	}
	for i, one := range x.all {
		if needed[i] {
			g := &out[place[one.group]]
			g.Rules = append(g.Rules, x.groups[one.group].Rules[one.rule])
		}
	}
	return out
}

func includes(all, some map[string]string) bool {
	for name, value := range some {
		if all[name] != value {
			return false
		}
	}
	return true
}

// readBy returns the rules whose series an expression selects.
func (x *Index) readBy(expr parser.Expr) []int {
	var out []int
	parser.Inspect(expr, func(node parser.Node, _ []parser.Node) error {
		if selector, ok := node.(*parser.VectorSelector); ok {
			for i := range x.all {
				if writes(x.rule(i), selector.LabelMatchers) {
					out = append(out, i)
				}
			}
		}
		return nil
	})
	slices.Sort(out)
	return slices.Compact(out)
}

// writes says whether matchers may select what a rule writes.
func writes(r *rulefmt.Rule, matchers []*labels.Matcher) bool {
	return !slices.ContainsFunc(matchers, func(m *labels.Matcher) bool {
		switch {
		case m.Name == model.MetricNameLabel && r.Alert != "":
			return !m.Matches("ALERTS") && !m.Matches("ALERTS_FOR_STATE")
		case m.Name == model.MetricNameLabel:
			return !m.Matches(r.Record)
		case m.Name == labels.AlertName && r.Alert != "":
			return !m.Matches(r.Alert)
		}
		value, static := r.Labels[m.Name]
		return static && !strings.Contains(value, "{{") && !m.Matches(value)
	})
}
