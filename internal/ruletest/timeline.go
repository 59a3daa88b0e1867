package ruletest

import (
	"math"
	"strconv"
	"strings"
	"time"

	"github.com/prometheus/prometheus/model/labels"

	"github.com/tux-io/tux-monitoring-operator/internal/plan/rules"
)

// timeline is when the fault of a situation begins and ends; all are multiples of step.
type timeline struct {
	step time.Duration
	// begins is the first sample of the fault, true the latest moment the expression holds, fires the
	// latest moment the alert fires, ends the first sample after the fault, over the end of everything.
	begins, holds, fires, ends, over time.Duration
}

func newTimeline(c *rules.Case, s *rules.Situation) timeline {
	up := func(d time.Duration) time.Duration { return (d + c.Step - 1) / c.Step * c.Step }
	t := timeline{step: c.Step, begins: up(c.Before)}
	t.holds = t.begins + up(s.After)
	t.fires = t.holds + up(c.For)
	t.ends = t.fires + max(up(s.Lasts), c.Step)
	t.over = t.ends + up(s.Forgotten)
	return t
}

// member is one series of a world: how it behaves when all is well and during the fault; nil: it is not
// there, or the fault changes nothing.
type member struct {
	labels         labels.Labels
	healthy, fault *rules.Behaviour
}

// values are the samples of the series in the notation of promtool.
func (t timeline) values(m *member) string {
	var w writer
	value, there := 0.0, false
	for at := time.Duration(0); at <= t.over; at += t.step {
		p := t.phase(m, at, there)
		switch {
		case p.Kind == rules.Gone && there:
			w.word("stale")
			there = false
			continue
		case p.Kind == rules.Gone:
			w.word("_")
			continue
		case p.Kind == rules.Counter && there:
			value += p.Rate * t.step.Seconds()
		default:
			value = p.Value
		}
		there = true
		w.number(value)
	}
	return w.String()
}

// phase of a series at a moment.
func (t timeline) phase(m *member, at time.Duration, there bool) rules.Phase {
	p := rules.Phase{Kind: rules.Healthy}
	if m.fault != nil && at >= t.begins && at < t.ends {
		p = m.fault.At(at - t.begins)
	}
	switch {
	case p.Kind != rules.Healthy:
		return p
	case m.healthy != nil:
		p = m.healthy.At(at)
	case there && m.counts():
		// What a fault has counted stays after it.
		return rules.Phase{Kind: rules.Counter}
	}
	if p.Kind == rules.Healthy {
		p.Kind = rules.Gone
	}
	return p
}

// counts says whether the fault brings a counter.
func (m *member) counts() bool {
	for _, p := range m.fault.Phases {
		if p.Kind == rules.Counter {
			return true
		}
	}
	return false
}

// writer writes samples, equal steps as one: 1+0x10. The parser of promtool adds the step again and
// again; so does number, because a counter that comes out lower by a bit would look like a restart.
type writer struct {
	out strings.Builder
	// run is what was not written yet: a word or a first number, and how often more.
	token       string
	first, step float64
	more        int
	last        float64
	open        bool
}

func (w *writer) word(text string) {
	if w.open && w.token == text && text == "_" {
		w.more++
		return
	}
	w.flush()
	w.token, w.open = text, true
}

func (w *writer) number(value float64) {
	switch {
	case w.open && w.token == "" && w.more == 0:
		w.step = value - w.first
		if w.first+w.step == value {
			w.more, w.last = 1, value
			return
		}
	case w.open && w.token == "" && w.last+w.step == value:
		w.more, w.last = w.more+1, value
		return
	}
	w.flush()
	w.first, w.last, w.open = value, value, true
}

// flush writes the run.
func (w *writer) flush() {
	if w.open {
		if w.out.Len() > 0 {
			w.out.WriteByte(' ')
		}
		w.out.WriteString(w.text())
	}
	w.token, w.first, w.step, w.more, w.open = "", 0, 0, 0, false
}

func (w *writer) text() string {
	switch {
	case w.token != "" && w.more > 0:
		return w.token + "x" + strconv.Itoa(w.more+1)
	case w.token != "":
		return w.token
	case w.more == 0:
		return decimal(w.first)
	}
	sign := "+"
	if math.Signbit(w.step) {
		sign = "-"
	}
	return decimal(w.first) + sign + decimal(math.Abs(w.step)) + "x" + strconv.Itoa(w.more)
}

// String ends the series.
func (w *writer) String() string {
	w.flush()
	return w.out.String()
}

func decimal(value float64) string { return strconv.FormatFloat(value, 'f', -1, 64) }
