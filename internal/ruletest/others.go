package ruletest

import (
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/prometheus/common/model"
	"github.com/prometheus/prometheus/model/labels"
	"github.com/prometheus/prometheus/model/rulefmt"

	"github.com/tux-io/tux-monitoring-operator/internal/plan/rules"
)

// othersWell are other environments and backends in which all is well.
func othersWell(c *rules.Case, w world) world {
	out := w.copied(elsewhere(0)).well()
	if c.Backend != "" {
		out = out.and(w.copied(neighbour(c.Backend, 0)).well())
	}
	return out
}

// many series are copied once.
const many = 100

// othersFaults are other environments and backends, each in one of the situations of the case: those that
// fire, or else those that do not.
func othersFaults(c *rules.Case, worlds []world, firing bool) world {
	out, number := world{}, 0
	for i := range c.Situations {
		if c.Situations[i].Fires != firing {
			continue
		}
		if number > 0 && len(worlds[i]) > many {
			continue
		}
		if firing {
			out = out.and(worlds[i].copied(elsewhere(number)))
		}
		if c.Backend != "" {
			out = out.and(worlds[i].copied(neighbour(c.Backend, number)))
		}
		number++
	}
	return out
}

// somebodyElses is the test that nothing fires here when every fault happens to somebody else. There is none
// where every series belongs to everybody.
func somebodyElses(c *rules.Case, worlds []world, needed []rulefmt.RuleGroup) (Generated, bool) {
	others := othersFaults(c, worlds, true)
	if len(others) == 0 {
		return Generated{}, false
	}
	all := c.Situations[0]
	for i := range c.Situations {
		if s := &c.Situations[i]; s.Fires {
			all.After, all.Lasts, all.Forgotten = max(all.After, s.After), max(all.Lasts, s.Lasts), max(all.Forgotten, s.Forgotten)
		}
	}
	g := generator{c, &all, newTimeline(c, &all)}
	here := worlds[0].well().and(others)
	return g.generated(SomebodyElse, here.and(recordsOfOthers(c, needed)), g.silent()), true
}

// recordsOfOthers are what the rules of other environments and backends record, in the same Prometheus: a rule
// that reads it would record what is there already, which is an error.
func recordsOfOthers(c *rules.Case, needed []rulefmt.RuleGroup) world {
	out := world{}
	one := &rules.Behaviour{Phases: []rules.Phase{{Value: 1}}}
	give := func(name, namespace, job string) {
		ls := labels.FromStrings(model.MetricNameLabel, name, "namespace", namespace, "job", job)
		out[notation(ls)] = &member{labels: ls, healthy: one}
	}
	for _, g := range needed {
		for i := range g.Rules {
			if name := g.Rules[i].Record; name != "" && c.Backend != "" {
				give(name, elsewhere(0)("namespace", c.Labels["namespace"]), c.Backend)
				give(name, c.Labels["namespace"], neighbour(c.Backend, 0)("job", c.Backend))
			}
		}
	}
	return out
}

// recorded are names of series that rules record.
const recorded = ".+:.+"

// nobodyElse: the rules record nothing of another namespace or backend. What is given as an input is not asked.
func (g generator) nobodyElse(when time.Duration, w world) []ExprTest {
	names := fmt.Sprintf("__name__=~%q", recorded)
	given := map[string]bool{}
	for _, m := range w {
		if name, _, _ := strings.Cut(notation(m.labels), "{"); strings.Contains(name, ":") {
			given[name] = true
		}
	}
	if len(given) > 0 {
		names += fmt.Sprintf(",__name__!~%q", strings.Join(slices.Sorted(maps.Keys(given)), "|"))
	}
	namespace := g.c.Labels["namespace"]
	out := []ExprTest{at(when, fmt.Sprintf("{%s,namespace!=%q}", names, namespace))}
	if g.c.Backend == "" {
		return out
	}
	var jobs []string
	for number := range g.c.Situations {
		jobs = append(jobs, regexp.QuoteMeta(neighbour(g.c.Backend, number)("job", g.c.Backend)))
	}
	pattern := strconv.Quote("(" + strings.Join(jobs, "|") + ")(-.+)?")
	return append(out, at(when, fmt.Sprintf("{%s,job=~%s}", names, pattern)))
}
