package ruletest

import (
	"fmt"
	"maps"
	"math"
	"math/rand/v2"
	"slices"
	"strings"
	"time"

	"github.com/prometheus/common/model"
	"github.com/prometheus/prometheus/model/labels"
	"github.com/prometheus/prometheus/promql/parser"

	"github.com/tux-io/tux-monitoring-operator/internal/plan/rules"
)

// maxGuests is how many series of other cases take part.
const maxGuests = 60

// maxAlike is how many series of one metric a case may give.
const maxAlike = 40

// cast are the series that take part in a noise, by their notation.
type cast map[string]*actor

// actor is a series and what it can do: can[0] when all is well, can[n] in the n-th situation; nil: it is not there.
type actor struct {
	labels labels.Labels
	can    []*rules.Behaviour
	// guest says that it is of another case, or resembles one.
	guest bool
}

// invite adds the series a case has of the metrics; nil: of all.
func (c cast) invite(of *rules.Case, metrics map[string][]reach) error {
	v := inviter{c, of, metrics, newParser(), map[string]int{}}
	for _, series := range slices.Sorted(maps.Keys(of.Healthy)) {
		if err := v.add(series, 0, of.Healthy[series]); err != nil {
			return err
		}
	}
	for i := range of.Situations {
		s := &of.Situations[i]
		for _, series := range slices.Sorted(maps.Keys(s.Series)) {
			if err := v.add(series, i+1, s.Series[series]); err != nil {
				return err
			}
		}
	}
	return nil
}

// inviter adds the series of a case.
type inviter struct {
	cast    cast
	of      *rules.Case
	metrics map[string][]reach
	parser  parser.Parser
	// alike counts the series of each metric.
	alike map[string]int
}

// add adds what a series does in a mode.
func (v *inviter) add(series string, mode int, b rules.Behaviour) error {
	name, _, _ := strings.Cut(series, "{")
	if v.metrics != nil && v.metrics[name] == nil {
		return nil
	}
	ls, err := v.parser.ParseMetric(series)
	if err != nil {
		return fmt.Errorf("series %s: %w", series, err)
	}
	key := notation(ls)
	a := v.cast[key]
	if a == nil {
		if v.alike[name]++; v.alike[name] > maxAlike {
			return nil
		}
		a = &actor{labels: ls, can: make([]*rules.Behaviour, 1, len(v.of.Situations)+1)}
		if healthy, ok := v.of.Healthy[series]; ok {
			a.can[0] = &healthy
		}
		v.cast[key] = a
	}
	for len(a.can) <= mode {
		a.can = append(a.can, a.can[0])
	}
	a.can[mode] = &b
	return nil
}

// inviteOthers adds series of other cases of the backend that this case has not.
func (c cast) inviteOthers(of *rules.Case, all []rules.Case, metrics map[string][]reach) error {
	guests := cast{}
	for i := range all {
		if other := &all[i]; other.Backend == of.Backend && other.Alert != of.Alert && other.Skipped == "" {
			if err := guests.invite(other, metrics); err != nil {
				return err
			}
		}
	}
	invited := 0
	for _, key := range slices.Sorted(maps.Keys(guests)) {
		if c[key] == nil && invited < maxGuests {
			guests[key].guest = true
			c[key] = guests[key]
			invited++
		}
	}
	return nil
}

// inviteRecorded adds what rules have recorded.
func (c cast) inviteRecorded(recorded []Recorded, metrics map[string][]reach) {
	alike := map[string]int{}
	for _, one := range recorded {
		name := one.Labels.Get(model.MetricNameLabel)
		if alike[name]++; metrics[name] == nil || alike[name] > maxAlike {
			continue
		}
		if c[notation(one.Labels)] != nil {
			continue
		}
		a := &actor{labels: one.Labels}
		for _, value := range one.Values {
			if math.IsNaN(value) {
				a.can = append(a.can, nil)
				continue
			}
			a.can = append(a.can, constant(value))
		}
		c[notation(one.Labels)] = a
	}
}

// inviteAsked adds series for each selector that would find none: with the labels it asks for, and those by which the
// expression compares them with others, of which values are known.
func (c cast) inviteAsked(a *asks, values map[string][]string) {
	for _, matchers := range a.selectors {
		if slices.ContainsFunc(slices.Collect(maps.Values(c)), func(a *actor) bool { return matching(matchers, a.labels) }) {
			continue
		}
		b := labels.NewBuilder(labels.EmptyLabels())
		for _, m := range matchers {
			if value, ok := valueFor(m, values[m.Name]); ok {
				b.Set(m.Name, value)
			}
		}
		asked := b.Labels()
		if asked.Get(model.MetricNameLabel) == alertsSeries {
			c[notation(asked)] = &actor{labels: asked, can: []*rules.Behaviour{nil, constant(1), nil}, guest: true}
			continue
		}
		for i := range twins {
			b := labels.NewBuilder(asked)
			for _, name := range a.compared {
				if all := values[name]; !asked.Has(name) && len(all) > 0 && name != labels.BucketLabel {
					b.Set(name, all[i%len(all)])
				}
			}
			c[notation(b.Labels())] = &actor{labels: b.Labels(), can: anything, guest: true}
		}
	}
}

// twins are how many series are made up for a selector.
const twins = 3

// anything a series can do of which no case says anything: most of them are 0 or 1.
var anything = []*rules.Behaviour{constant(1), constant(0), constant(1), constant(0), flapping(3 * time.Minute), constant(5), counting(0.5)}

func counting(rate float64) *rules.Behaviour {
	return &rules.Behaviour{Phases: []rules.Phase{{Kind: rules.Counter, Rate: rate}}}
}

func flapping(every time.Duration) *rules.Behaviour {
	return &rules.Behaviour{Phases: []rules.Phase{{Value: 1, For: every / 2}, {Value: 0, For: every / 2}}, Repeat: true}
}

func constant(value float64) *rules.Behaviour {
	return &rules.Behaviour{Phases: []rules.Phase{{Value: value}}}
}

// valueFor finds a value a matcher accepts: its own, one of those it lists, or one that is known.
func valueFor(m *labels.Matcher, known []string) (string, bool) {
	switch m.Type {
	case labels.MatchEqual:
		return m.Value, true
	case labels.MatchRegexp:
		if set := m.SetMatches(); len(set) > 0 {
			return set[0], true
		}
		if i := slices.IndexFunc(known, m.Matches); i >= 0 {
			return known[i], true
		}
	}
	return "", false
}

// values of each label, sorted.
func (c cast) values() map[string][]string {
	out := map[string][]string{}
	for _, a := range c {
		a.labels.Range(func(l labels.Label) { out[l.Name] = append(out[l.Name], l.Value) })
	}
	for name := range out {
		slices.Sort(out[name])
		out[name] = slices.Compact(out[name])
	}
	return out
}

// imitateAll adds all series that have a label once more with another value, in front of which or behind which
// something stands: as another pod, namespace or container would have them.
func (c cast) imitateAll(name string, inFront bool) {
	for _, key := range slices.Sorted(maps.Keys(c)) {
		original := c[key]
		value := original.labels.Get(name)
		switch {
		case value == "":
		case inFront:
			c.add(original, name, "x-"+value, "10.8.8.1:8000")
		default:
			c.add(original, name, value+"-x", "10.8.8.2:8000")
		}
	}
}

// imitateOne adds a series that differs by one label, whose value is new, that of another series, or none.
func (c cast) imitateOne(original *actor, random *rand.Rand, values map[string][]string) {
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
	other, address := values[name][random.IntN(len(values[name]))], fmt.Sprintf("10.9.9.%d:8000", random.IntN(3))
	if kind := random.IntN(6); kind == 0 && name != labels.BucketLabel {
		other = ""
	} else if (kind < 4 || other == original.labels.Get(name)) && name != labels.BucketLabel {
		other = [...]string{"x-" + original.labels.Get(name), original.labels.Get(name) + "-x"}[random.IntN(2)]
	}
	c.add(original, name, other, address)
}

// add adds a series that can do what another one can. Another pod has another address.
func (c cast) add(original *actor, name, value, address string) {
	changed := labels.NewBuilder(original.labels).Set(name, value)
	if name == "pod" && original.labels.Has("instance") {
		changed.Set("instance", address)
	}
	imitation := changed.Labels()
	if key := notation(imitation); c[key] == nil {
		c[key] = &actor{imitation, original.can, true}
	}
}
