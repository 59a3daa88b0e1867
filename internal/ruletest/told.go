package ruletest

import (
	"time"

	"github.com/tux-io/tux-monitoring-operator/internal/plan/rules"
)

// ToldByOthers is the situation the generator adds where alerts name the cause of the fault of a case.
const ToldByOthers = "another alert tells it, and no longer"

// toldByOthers is the test that the alert is silent while another one tells of the fault and as long as it
// remembers that, and that it fires then. One teller comes after the other. What fires elsewhere, or only waits
// to fire, keeps nothing silent.
func toldByOthers(c *rules.Case, w world) Generated {
	s := c.Situations[0]
	g := generator{c, &s, newTimeline(c, &s)}
	up := func(d time.Duration) time.Duration { return (d + c.Step - 1) / c.Step * c.Step }
	var checks []ExprTest
	ends := make([]time.Duration, 0, len(c.Tellers))
	begin, end := g.t.begins, g.t.holds
	begins := make([]time.Duration, 0, len(c.Tellers))
	for i := range c.Tellers {
		keeps := c.Tellers[i].Keeps
		begins, ends = append(begins, begin), append(ends, end)
		// The step more is for Prometheus 2, to which the sample at the border belongs.
		fires := end + up(keeps) + c.Step + up(c.For)
		checks = append(checks, at(end+up(keeps)-c.Step, g.alerts("")), at(fires, g.alerts(""), g.firing()...))
		begin, end = fires+c.Step, fires+c.Step
	}
	g.t.ends, g.t.over = end, end
	test := g.generated(ToldByOthers, w, checks)
	for i := range c.Tellers {
		test.Test.InputSeries = append(test.Test.InputSeries, g.t.alert(c.Tellers[i].Labels, begins[i], ends[i]))
	}
	given := map[string]bool{}
	for i := range c.Tellers {
		for _, labels := range c.Tellers[i].Others {
			if series := g.t.alert(labels, 0, g.t.over); !given[series.Series] {
				given[series.Series] = true
				test.Test.InputSeries = append(test.Test.InputSeries, series)
			}
		}
	}
	return test
}

// alert is a series of ALERTS from one moment to another.
func (t timeline) alert(labels map[string]string, begins, ends time.Duration) Series {
	var w writer
	for at := time.Duration(0); at <= t.over; at += t.step {
		switch {
		case at < begins || at > ends+t.step:
			w.word("_")
		case at > ends:
			w.word("stale")
		default:
			w.number(1)
		}
	}
	return Series{"ALERTS" + braces(labels), w.String()}
}
