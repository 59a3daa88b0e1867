package ruletest

import (
	"fmt"
	"hash/fnv"
	"maps"
	"math/rand/v2"
	"slices"
	"time"

	"github.com/prometheus/common/model"
	"github.com/prometheus/prometheus/model/labels"
	"github.com/prometheus/prometheus/model/rulefmt"
	"github.com/prometheus/prometheus/promql/parser"

	"github.com/tux-io/tux-monitoring-operator/internal/plan/rules"
)

// maxGuests is how many series of other cases take part.
const maxGuests = 120

// chance of something, of 1.
const (
	calm      = 0.2  // of a segment in which all is well
	above     = 0.4  // of one in which the fault of the first situation happens
	restarted = 0.15 // of a counter that begins anew with a segment
	imitated  = 0.6  // of a series of which there is another that differs by one label
)

// manner of a turmoil: how far things go together. It depends on the seed.
type manner struct {
	// segments is how often everything changes.
	segments int
	// stubborn is the chance of a series to do something else than the others in a segment, absent not to be there,
	// drained that of a pod to be gone.
	stubborn, absent, drained float64
	// steady: the fault of the first situation lasts all the time; only guests do what they like.
	steady bool
}

func mannerOf(seed uint64) manner {
	m := manner{segments: 2 + int(seed%7)}
	switch seed % 3 {
	case 0:
		m.steady = true
	case 1:
		m.stubborn, m.absent, m.drained = 0.4, 0.15, 0.15
	case 2:
		m.stubborn, m.absent, m.drained = 0.15, 0.05, 0.05
	}
	return m
}

// factors by which a stubborn series differs.
var factors = []float64{0, 0.1, 0.5, 0.9, 1, 1, 1.2, 2, 10}

// Turmoil is a timeline on which everything a case knows happens in any order: its situations and those of other
// cases of the environment that need the same metrics, pods that come and go, counters that begin anew, alerts
// that name the cause, and next to each series others that differ from it by one label. The same seed is the
// same timeline. Nobody says what must hold on it: what the rules say is recorded, see Suite.History.
//
// What the rules of other backends record cannot come out of the rules of one: recorded are the series the rules
// record on any timeline of the case, nil if that is not known yet.
func Turmoil(c *rules.Case, all []rules.Case, needed []rulefmt.RuleGroup, recorded []Recorded, seed uint64) (Test, error) {
	t := &turmoil{seed: seed, manner: mannerOf(seed), step: c.Step, cast: map[string]*actor{}}
	situations := make([]*rules.Situation, 0, len(c.Situations))
	for i := range c.Situations {
		situations = append(situations, &c.Situations[i])
	}
	if err := t.invite(c, situations); err != nil {
		return Test{}, err
	}
	if err := t.inviteOthers(c, all, needed); err != nil {
		return Test{}, err
	}
	t.imitate()
	t.inviteRecords(recorded)
	t.plan(c)
	test := Test{Name: fmt.Sprintf("%s: turmoil %d", Title(c), seed), Interval: Duration(c.Step)}
	for _, notation := range slices.Sorted(maps.Keys(t.cast)) {
		test.InputSeries = append(test.InputSeries, Series{notation, t.play(t.cast[notation])})
	}
	var err error
	test.parsed, err = readInputs(&test, epoch, c.Step)
	return test, err
}

type turmoil struct {
	manner
	seed uint64
	step time.Duration
	cast map[string]*actor
	// cuts are the steps at which segments begin, and the end of the last one.
	cuts []int
	// modes are what happens in each segment: 0 nothing, n the n-th situation.
	modes []int
}

// actor is a series and what it can do: can[0] when all is well, can[n] in the n-th situation; nil: it is not there.
type actor struct {
	labels labels.Labels
	can    []*rules.Behaviour
	// guest says that it is of another case, or resembles one.
	guest bool
}

// random numbers of a thing; they do not depend on what else there is.
func (t *turmoil) random(thing string) *rand.Rand {
	h := fnv.New64a()
	_, _ = h.Write([]byte(thing))
	return rand.New(rand.NewPCG(t.seed, h.Sum64())) //nolint:gosec // the same seed must give the same numbers
}

// invite adds the series of a case that are not there yet.
func (t *turmoil) invite(c *rules.Case, situations []*rules.Situation) error {
	p := newParser()
	add := func(series string, mode int, b rules.Behaviour) error {
		ls, err := p.ParseMetric(series)
		if err != nil {
			return fmt.Errorf("series %s: %w", series, err)
		}
		key := notation(ls)
		if t.cast[key] == nil {
			t.cast[key] = &actor{labels: ls, can: make([]*rules.Behaviour, 1, len(situations)+1)}
			if healthy, ok := c.Healthy[series]; ok {
				t.cast[key].can[0] = &healthy
			}
		}
		a := t.cast[key]
		for len(a.can) <= mode {
			a.can = append(a.can, a.can[0])
		}
		a.can[mode] = &b
		return nil
	}
	for series, b := range c.Healthy {
		if err := add(series, 0, b); err != nil {
			return err
		}
	}
	for i, s := range situations {
		for series, b := range s.Series {
			if err := add(series, i+1, b); err != nil {
				return err
			}
		}
	}
	for i := range c.Tellers {
		t.inviteAlerts(&c.Tellers[i])
	}
	return nil
}

// inviteAlerts adds alerts that tell of the cause, and those that resemble them.
func (t *turmoil) inviteAlerts(teller *rules.Teller) {
	now := rules.Behaviour{Phases: []rules.Phase{{Value: 1}}}
	for _, set := range append([]map[string]string{teller.Labels}, teller.Others...) {
		all := labels.NewBuilder(labels.FromMap(set)).Set(model.MetricNameLabel, alertsSeries).Labels()
		t.cast[notation(all)] = &actor{all, []*rules.Behaviour{nil, &now, nil, nil}, true}
	}
}

// inviteOthers adds series of other cases of the backend that a rule asks for and this case has not.
func (t *turmoil) inviteOthers(c *rules.Case, all []rules.Case, needed []rulefmt.RuleGroup) error {
	asked, err := askedFor(needed)
	if err != nil {
		return err
	}
	guests := &turmoil{cast: map[string]*actor{}}
	for i := range all {
		if other := &all[i]; other.Backend == c.Backend && other.Alert != c.Alert && other.Skipped == "" {
			var situations []*rules.Situation
			for j := range other.Situations {
				situations = append(situations, &other.Situations[j])
			}
			if err := guests.invite(&rules.Case{Healthy: other.Healthy}, situations); err != nil {
				return err
			}
		}
	}
	invited := 0
	for _, key := range slices.Sorted(maps.Keys(guests.cast)) {
		a := guests.cast[key]
		if asked[a.labels.Get(model.MetricNameLabel)] && t.cast[key] == nil && invited < maxGuests {
			a.guest = true
			t.cast[key] = a
			invited++
		}
	}
	return nil
}

// askedFor are the metrics rules select and do not record themselves.
func askedFor(needed []rulefmt.RuleGroup) (map[string]bool, error) {
	p, out := newParser(), map[string]bool{}
	for _, g := range needed {
		for i := range g.Rules {
			expr, err := p.ParseExpr(g.Rules[i].Expr)
			if err != nil {
				return nil, fmt.Errorf("rule %s: %w", g.Rules[i].Record+g.Rules[i].Alert, err)
			}
			parser.Inspect(expr, func(node parser.Node, _ []parser.Node) error {
				if vector, ok := node.(*parser.VectorSelector); ok && vector.Name != alertsSeries {
					out[vector.Name] = true
				}
				return nil
			})
		}
	}
	for _, g := range needed {
		for i := range g.Rules {
			delete(out, g.Rules[i].Record)
		}
	}
	return out, nil
}

// inviteRecords adds, for each recorded series, others that differ by one label: what the rules of others record.
func (t *turmoil) inviteRecords(recorded []Recorded) {
	for _, one := range recorded {
		once := rules.Behaviour{Phases: []rules.Phase{{Value: one.Value}}}
		twice := rules.Behaviour{Phases: []rules.Phase{{Value: 2*one.Value + 1}}}
		can := []*rules.Behaviour{&once, &twice, nil}
		one.Labels.Range(func(l labels.Label) {
			if l.Name != model.MetricNameLabel && l.Name != "pod" {
				other := labels.NewBuilder(one.Labels).Set(l.Name, l.Value+"-other").Labels()
				t.cast[notation(other)] = &actor{other, can, true}
			}
		})
	}
}

// imitate adds series that differ from those that are there by one label: some alone, and some all together, as
// another pod, namespace or container would have them.
func (t *turmoil) imitate() {
	random := t.random("imitate")
	names := []string{"pod", "namespace", "job", "container", "component", "view", "status"}
	for range 2 {
		i := random.IntN(len(names))
		t.imitateAll(names[i], random.IntN(2) == 0)
	}
	values := map[string][]string{}
	keys := slices.Sorted(maps.Keys(t.cast))
	for _, key := range keys {
		t.cast[key].labels.Range(func(l labels.Label) { values[l.Name] = append(values[l.Name], l.Value) })
	}
	for _, key := range keys {
		if random := t.random("imitate " + key); random.Float64() < imitated {
			t.imitateOne(t.cast[key], random, values)
		}
	}
}

// imitateAll adds all series that have a label once more with another value, in front of which or behind which
// something stands.
func (t *turmoil) imitateAll(name string, inFront bool) {
	for _, key := range slices.Sorted(maps.Keys(t.cast)) {
		original := t.cast[key]
		value := original.labels.Get(name)
		switch {
		case value == "":
		case inFront:
			t.add(original, name, "x-"+value, "10.8.8.1:8000")
		default:
			t.add(original, name, value+"-x", "10.8.8.2:8000")
		}
	}
}

// imitateOne adds a series that differs by one label, whose value is new or that of another series.
func (t *turmoil) imitateOne(original *actor, random *rand.Rand, values map[string][]string) {
	var names []string
	original.labels.Range(func(l labels.Label) {
		if l.Name != model.MetricNameLabel && l.Name != "instance" {
			names = append(names, l.Name)
		}
	})
	if len(names) == 0 {
		return
	}
	name := names[random.IntN(len(names))]
	other := values[name][random.IntN(len(values[name]))]
	if random.IntN(2) == 0 || other == original.labels.Get(name) {
		other = original.labels.Get(name) + "x"
	}
	t.add(original, name, other, fmt.Sprintf("10.9.9.%d:8000", random.IntN(3)))
}

// add adds a series that can do what another one can. Another pod has another address.
func (t *turmoil) add(original *actor, name, value, address string) {
	changed := labels.NewBuilder(original.labels).Set(name, value)
	if name == "pod" && original.labels.Has("instance") {
		changed.Set("instance", address)
	}
	imitation := changed.Labels()
	if key := notation(imitation); t.cast[key] == nil {
		t.cast[key] = &actor{imitation, original.can, true}
	}
}

// plan decides when what happens: after the healthy time of the case, in segments of any length.
func (t *turmoil) plan(c *rules.Case) {
	random := t.random("plan")
	line := newTimeline(c, &c.Situations[0])
	begin, fault := int(line.begins/t.step), int((line.over-line.begins)/t.step)+1
	t.cuts, t.modes = []int{0}, []int{0}
	for range t.segments {
		begin = max(begin, 1)
		t.cuts = append(t.cuts, begin)
		begin += 1 + random.IntN(2*fault)*2/t.segments
		t.modes = append(t.modes, t.mode(random, len(c.Situations)))
	}
	t.cuts = append(t.cuts, begin)
}

// mode draws what happens in a segment.
func (t *turmoil) mode(random *rand.Rand, situations int) int {
	what, which := random.Float64(), 1+random.IntN(situations)
	switch {
	case t.steady || (what >= calm && what < calm+above):
		return 1
	case what < calm:
		return 0
	}
	return which
}

// role is what a series does in a segment.
type role struct {
	behaviour *rules.Behaviour
	factor    float64
	anew      bool
}

func (t *turmoil) play(a *actor) string {
	// Buckets of a histogram do the same.
	random := t.random(notation(labels.NewBuilder(a.labels).Del(labels.BucketLabel).Labels()))
	gone := t.gone(a.labels.Get("pod"))
	var w writer
	value, there := 0.0, false
	for i, mode := range t.modes {
		r := t.role(a, random, mode)
		if gone[i] {
			r.behaviour = nil
		}
		if r.anew {
			value = 0
		}
		for step := t.cuts[i]; step < t.cuts[i+1]; step++ {
			p := a.phase(r.behaviour, time.Duration(step-t.cuts[i])*t.step)
			switch {
			case p.Kind == rules.Gone && there:
				w.word("stale")
				there = false
				continue
			case p.Kind == rules.Gone:
				w.word("_")
				continue
			case p.Kind == rules.Counter && there:
				value += p.Rate * r.factor * t.step.Seconds()
			case p.Kind == rules.Counter:
				value = p.Value
			default:
				value = p.Value * r.factor
			}
			there = true
			w.number(value)
		}
	}
	return w.String()
}

// role draws what a series does in a segment. It always draws the same number of random numbers.
func (t *turmoil) role(a *actor, random *rand.Rand, mode int) role {
	r := role{factor: 1}
	other, factor := random.IntN(len(a.can)), factors[random.IntN(len(factors))]
	stubborn, absent, anew := t.stubborn, t.absent, random.Float64() < restarted
	if t.steady && a.guest {
		stubborn, absent = 0.7, 0.15
	}
	missing, deviates := random.Float64() < absent, random.Float64() < stubborn
	switch {
	case missing:
	case deviates:
		r.behaviour, r.factor, r.anew = a.can[other], factor, anew
	case mode < len(a.can):
		r.behaviour = a.can[mode]
	default:
		r.behaviour = a.can[0]
	}
	return r
}

// phase resolves what a behaviour leaves to the healthy world.
func (a *actor) phase(b *rules.Behaviour, elapsed time.Duration) rules.Phase {
	gone := rules.Phase{Kind: rules.Gone}
	if b == nil {
		return gone
	}
	p := b.At(elapsed)
	if p.Kind == rules.Healthy {
		if a.can[0] == nil || a.can[0] == b {
			return gone
		}
		p = a.can[0].At(elapsed)
	}
	if p.Kind == rules.Healthy {
		return gone
	}
	return p
}

// gone says in which segments a pod is gone.
func (t *turmoil) gone(pod string) []bool {
	out := make([]bool, len(t.modes))
	if pod == "" {
		return out
	}
	random := t.random("pod " + pod)
	for i := range out {
		out[i] = random.Float64() < t.drained
	}
	return out
}
