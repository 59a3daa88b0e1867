package ruletest

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/prometheus/prometheus/model/rulefmt"

	"github.com/tux-io/tux-monitoring-operator/internal/plan/rules"
)

// SomebodyElse is the situation the generator adds to every case: the same fault in another namespace and
// of another backend, while all is well here.
const SomebodyElse = "somebody else's fault"

// tolerance of the value of a recorded series, as a share of it.
const tolerance = 1e-3

// slow is what takes so long to show that one test of it is enough.
const slow = 3 * time.Hour

// Generated is a test made from a case.
type Generated struct {
	Case      *rules.Case
	Situation string
	Test      Test
}

// Title names a case for people.
func Title(c *rules.Case) string {
	title := c.Alert
	if c.Backend != "" {
		title += " of " + c.Backend
	}
	if c.About != "" {
		title += ", " + c.About
	}
	return title
}

// Generate makes one test of each situation of a case, one of somebody else's faults, and one of other alerts
// that tell of the fault. The rules the case needs are needed to know what others record.
func Generate(c *rules.Case, needed []rulefmt.RuleGroup) ([]Generated, error) {
	worlds, err := worldsOf(c)
	if err != nil {
		return nil, err
	}
	out := make([]Generated, 0, len(c.Situations)+2)
	for i := range c.Situations {
		s := &c.Situations[i]
		g := generator{c, s, newTimeline(c, s)}
		w := worlds[i].and(othersWell(c, worlds[i]))
		switch {
		case c.Always:
			out = append(out, g.generated(s.Name, w, g.always()))
		case i == 0:
			others := othersFaults(c, worlds, false)
			checks := append(g.fires(), g.nobodyElse(g.t.ends-g.t.step, worlds[i].and(others))...)
			out = append(out, g.generated(s.Name, worlds[i].and(others).and(othersWell(c, worlds[i])), checks))
		case s.Fires:
			out = append(out, g.generated(s.Name, w, g.fires()))
		default:
			out = append(out, g.generated(s.Name, w, g.silent()))
		}
	}
	if c.Always || len(c.Situations) == 0 {
		return out, nil
	}
	if test, ok := somebodyElses(c, worlds, needed); ok {
		out = append(out, test)
	}
	if len(c.Tellers) > 0 && c.Situations[0].After < slow {
		out = append(out, toldByOthers(c, worlds[0].and(othersWell(c, worlds[0]))))
	}
	return out, nil
}

func worldsOf(c *rules.Case) ([]world, error) {
	out := make([]world, 0, len(c.Situations))
	for i := range c.Situations {
		s := &c.Situations[i]
		w, err := newWorld(c.Healthy, s.Series)
		if err != nil {
			return nil, fmt.Errorf("%s: situation %q: %w", Title(c), s.Name, err)
		}
		out = append(out, w)
	}
	return out, nil
}

// generator makes the tests of one situation.
type generator struct {
	c *rules.Case
	s *rules.Situation
	t timeline
}

func (g generator) generated(situation string, w world, checks []ExprTest) Generated {
	return Generated{g.c, situation, Test{
		Name: Title(g.c) + ": " + situation, Interval: Duration(g.c.Step), InputSeries: w.input(g.t), ExprTests: checks,
	}}
}

// silent: not even pending at the end of the fault, and never firing.
func (g generator) silent() []ExprTest {
	return []ExprTest{
		at(g.t.ends-g.t.step, g.alerts("")),
		at(g.t.over, g.seen("firing", g.t.over)),
	}
}

// always: it fires with nothing wrong.
func (g generator) always() []ExprTest {
	return []ExprTest{at(g.t.begins, g.alerts(""), g.firing()...), at(g.t.over, g.alerts(""), g.firing()...)}
}

// fires: silent before the fault, pending as long as the rule waits, firing until the fault is over, and
// silent again when it is forgotten.
func (g generator) fires() []ExprTest {
	var out []ExprTest
	if g.t.begins > 0 {
		out = append(out, at(g.t.begins-g.t.step, g.alerts("")))
	}
	if wait := g.t.fires - g.t.holds; wait > 0 {
		out = append(out,
			at(g.t.begins+wait-g.t.step, g.alerts("firing")),
			at(g.t.fires, g.seen("pending", g.t.fires-g.t.begins), g.pending(float64(wait/g.t.step))...))
	}
	last := g.t.ends - g.t.step
	out = append(out, at(g.t.fires, g.alerts(""), g.firing()...))
	if last > g.t.fires {
		out = append(out, at(last, g.alerts(""), g.firing()...))
	}
	out = append(out, g.records(last)...)
	return append(out, at(g.t.over, g.alerts("")))
}

func at(when time.Duration, expr string, samples ...ExpectedSample) ExprTest {
	return ExprTest{Expr: expr, EvalTime: Duration(when), ExpSamples: samples}
}

// alerts selects the alert in a state, or in any. The severity is left to the comparison of labels.
func (g generator) alerts(state string) string {
	matchers := []string{fmt.Sprintf("alertname=%q", g.c.Alert)}
	for _, name := range slices.Sorted(maps.Keys(g.c.Labels)) {
		if value := g.c.Labels[name]; name != "severity" && !strings.Contains(value, "{{") {
			matchers = append(matchers, fmt.Sprintf("%s=%q", name, value))
		}
	}
	if state != "" {
		matchers = append(matchers, fmt.Sprintf("alertstate=%q", state))
	}
	return "ALERTS{" + strings.Join(matchers, ",") + "}"
}

// seen counts the evaluations of the last span in which the alert was in a state. The second more keeps a
// sample from lying on the border, which belongs to a range in Prometheus 2 and not in Prometheus 3.
func (g generator) seen(state string, span time.Duration) string {
	return fmt.Sprintf("count_over_time(%s[%s])", g.alerts(state), Duration(span+time.Second))
}

func (g generator) firing() []ExpectedSample { return g.samples("ALERTS", "firing", 1) }

func (g generator) pending(value float64) []ExpectedSample { return g.samples("", "pending", value) }

func (g generator) samples(name, state string, value float64) []ExpectedSample {
	out := make([]ExpectedSample, 0, len(g.s.Labels))
	for _, labels := range g.s.Labels {
		all := maps.Clone(labels)
		all["alertstate"] = state
		out = append(out, ExpectedSample{Labels: name + braces(all), Value: value})
	}
	return out
}

// records compare recorded series with a tolerance, since promtool compares every bit.
func (g generator) records(when time.Duration) []ExprTest {
	var out []ExprTest
	for _, series := range slices.Sorted(maps.Keys(g.s.Records)) {
		value := g.s.Records[series]
		_, labels, _ := strings.Cut(series, "{")
		out = append(out, at(when,
			fmt.Sprintf("abs(%s - %s) <= bool %s", series, decimal(value), decimal(max(tolerance*value, tolerance))),
			ExpectedSample{Labels: "{" + labels, Value: 1}))
	}
	return out
}

func braces(labels map[string]string) string {
	matchers := make([]string, 0, len(labels))
	for _, name := range slices.Sorted(maps.Keys(labels)) {
		matchers = append(matchers, fmt.Sprintf("%s=%q", name, labels[name]))
	}
	return "{" + strings.Join(matchers, ",") + "}"
}
