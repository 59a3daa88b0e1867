package ruletest

import (
	"fmt"
	"hash/fnv"
	"maps"
	"math"
	"math/rand/v2"
	"slices"
	"sort"
	"time"

	"github.com/prometheus/common/model"
	"github.com/prometheus/prometheus/model/labels"
	"github.com/prometheus/prometheus/model/rulefmt"
	"github.com/prometheus/prometheus/model/value"

	"github.com/tux-io/tux-monitoring-operator/internal/plan/rules"
)

// noiseStart leaves room for everything a rule looks back to.
var noiseStart = epoch.AddDate(2, 0, 0)

// chance of something, of 1.
const (
	calm        = 0.2  // of a time in which all is well
	above       = 0.4  // of one in which the fault of the first situation happens
	restarted   = 0.15 // of a counter that begins anew with a time
	fashionable = 0.6  // of a guest that does what most do
	seldom      = 0.1  // of what takes part in the fault that lasts all the time, and deviates
	imitated    = 0.6  // of a series of which there is another that differs by one label
)

// manner of a noise: how far things go together.
type manner struct {
	// stubborn is the chance of a series to do something else than the others for a time, absent not to be there,
	// drained that of a pod to be gone.
	stubborn, absent, drained float64
	// wild is the chance of any number instead of one a case knows.
	wild float64
	// steady: the fault of the first situation lasts all the time; only guests do what they like.
	steady bool
}

var manners = []manner{
	{steady: true, stubborn: 0.7, absent: 0.15},
	{stubborn: 0.4, absent: 0.15, drained: 0.15, wild: 0.2},
	{stubborn: 0.15, absent: 0.05, drained: 0.05},
	{steady: true, stubborn: 0.3, wild: 0.3},
	{stubborn: 0.8, absent: 0.1, wild: 0.6},
}

// longestStep is between two evaluations: cases of days go in longer ones, which would pass over what is short.
const longestStep = time.Minute

// factors by which a stubborn series differs.
var factors = []float64{0, 0.1, 0.5, 0.9, 1, 1, 1.2, 2, 10}

// NewNoise makes random data of what one rule reads: the series of a case and what rules record of them, those of other
// cases, and next to each others that differ by one label. They do what the situations do, in any order, or something
// else; pods come and go, counters begin anew. The same seed is the same noise. Nobody says what must come out of it:
// it is for comparing two rules, see Data.Says.
func NewNoise(c *rules.Case, all []rules.Case, r *rulefmt.Rule, recorded []Recorded, seed uint64) (*Data, error) {
	expr, err := expressions.ParseExpr(r.Expr)
	if err != nil {
		return nil, err
	}
	n := &noise{seed: seed, manner: manners[seed%uint64(len(manners))], step: min(c.Step, longestStep), asks: asksOf(expr), cast: cast{}}
	if err := n.invite(c, all, recorded); err != nil {
		return nil, err
	}
	n.plan(len(c.Situations))
	return n.data()
}

type noise struct {
	manner
	seed uint64
	step time.Duration
	asks *asks
	cast cast
	// moments of each metric.
	moments map[string][]int64
	// cuts are when something else begins, modes what: 0 nothing, n the n-th situation.
	cuts  []int64
	modes []int
}

// random numbers of a thing; they do not depend on what else there is.
func (n *noise) random(thing string) *rand.Rand {
	h := fnv.New64a()
	_, _ = h.Write([]byte(thing))
	return rand.New(rand.NewPCG(n.seed, h.Sum64())) //nolint:gosec // the same seed must give the same numbers
}

func (n *noise) invite(c *rules.Case, all []rules.Case, recorded []Recorded) error {
	if err := n.cast.invite(c, n.asks.reaches); err != nil {
		return err
	}
	n.cast.inviteRecorded(recorded, n.asks.reaches)
	if err := n.cast.inviteOthers(c, all, n.asks.reaches); err != nil {
		return err
	}
	whole := cast{}
	if err := whole.invite(c, nil); err != nil {
		return err
	}
	n.cast.inviteAsked(n.asks, whole.values())
	n.imitate()
	return nil
}

// everybody are labels by which whole worlds differ.
var everybody = []string{"pod", "namespace", "job", "container", "component", "view", "status"}

func (n *noise) imitate() {
	random := n.random("imitate")
	for range random.IntN(3) {
		n.cast.imitateAll(everybody[random.IntN(len(everybody))], random.IntN(2) == 0)
	}
	values := n.cast.values()
	for _, key := range slices.Sorted(maps.Keys(n.cast)) {
		if random := n.random("imitate " + key); random.Float64() < imitated {
			n.cast.imitateOne(n.cast[key], random, values)
		}
	}
}

// maxCuts is how often something else begins.
const maxCuts = 12

// plan decides when what happens.
func (n *noise) plan(situations int) {
	random := n.random("plan")
	n.moments = map[string][]int64{}
	var all []int64
	for _, name := range slices.Sorted(maps.Keys(n.asks.reaches)) {
		n.moments[name] = moments(n.asks.reaches[name], noiseStart, n.step)
		all = append(all, n.moments[name]...)
	}
	slices.Sort(all)
	all = slices.Compact(all)
	n.cuts = []int64{math.MinInt64}
	if len(all) > 0 {
		// Half of them while the rule is evaluated.
		now := sort.Search(len(all), func(i int) bool { return all[i] >= noiseStart.UnixMilli() })
		for range 1 + random.IntN(maxCuts) {
			from := now * random.IntN(2)
			if from >= len(all) {
				from = 0
			}
			n.cuts = append(n.cuts, all[from+random.IntN(len(all)-from)])
		}
	}
	slices.Sort(n.cuts)
	for range n.cuts {
		n.modes = append(n.modes, n.mode(random, situations))
	}
}

// mode draws what happens for a time.
func (n *noise) mode(random *rand.Rand, situations int) int {
	what, which := random.Float64(), 1+random.IntN(max(situations, 1))
	switch {
	case n.steady || (what >= calm && what < calm+above):
		return 1
	case what < calm:
		return 0
	}
	return which
}

// data plays everything.
func (n *noise) data() (*Data, error) {
	d := newData(noiseStart, n.step)
	for _, key := range slices.Sorted(maps.Keys(n.cast)) {
		a := n.cast[key]
		if n.silent(a, key) {
			continue
		}
		for _, s := range n.play(a) {
			if err := d.memory.add(a.labels, s); err != nil {
				return nil, fmt.Errorf("%s: %w", key, err)
			}
		}
	}
	return d, nil
}

// silences are the chances of guests of one metric not to be there at all.
var silences = []float64{0, 0, 0.5, 0.9}

func (n *noise) silent(a *actor, key string) bool {
	random := n.random("silent " + a.labels.Get(model.MetricNameLabel) + a.labels.Get(labels.AlertName))
	return a.guest && n.random("silent "+key).Float64() < silences[random.IntN(len(silences))]
}

// fashion is what most guests of one metric do, of so many things.
func (n *noise) fashion(a *actor) int {
	return n.random("fashion " + a.labels.Get(model.MetricNameLabel) + a.labels.Get("job")).IntN(len(a.can))
}

// anyNumber is one of the order of the numbers of the expression, or of any order.
func (n *noise) anyNumber(random *rand.Rand) float64 {
	kind, one, other, factor := random.IntN(4), random.Uint64(), random.Uint64(), math.Pow(10, random.Float64()*3-2)
	numbers := n.asks.numbers
	switch {
	case kind == 0 || len(numbers) == 0:
		return math.Pow(10, random.Float64()*6-3)
	case kind == 1:
		return factor * numbers[one%uint64(len(numbers))] / numbers[other%uint64(len(numbers))]
	}
	return factor * numbers[one%uint64(len(numbers))]
}

// role is what a series does for a time.
type role struct {
	phase rules.Phase
	// whole is a behaviour of which all phases come, instead of one.
	whole  *rules.Behaviour
	factor float64
	// anew lets a counter begin anew.
	anew bool
}

var gone = rules.Phase{Kind: rules.Gone}

// play returns the samples of a series.
func (n *noise) play(a *actor) []sample {
	roles := n.roles(a)
	p := player{}
	now := -1
	for _, at := range n.moments[a.labels.Get(model.MetricNameLabel)] {
		begun := sort.Search(len(n.cuts), func(i int) bool { return n.cuts[i] > at }) - 1
		if begun != now {
			now = begun
			if roles[now].anew {
				p.value = 0
			}
		}
		r := roles[now]
		if r.whole != nil {
			r.phase = a.resolved(r.whole.At(n.since(at, now)))
		}
		p.do(at, &r)
	}
	return p.out
}

// roles of a series, from cut to cut.
func (n *noise) roles(a *actor) []role {
	// Buckets of a histogram do the same.
	random := n.random(notation(labels.NewBuilder(a.labels).Del(labels.BucketLabel).Labels()))
	away := n.away(a.labels.Get("pod"))
	out := make([]role, len(n.cuts))
	for i, mode := range n.modes {
		out[i] = n.role(a, n.draw(a, random), mode)
		if away[i] {
			out[i] = role{phase: gone, anew: out[i].anew}
		}
	}
	return out
}

// player writes what a series does.
type player struct {
	out   []sample
	value float64
	last  int64
	there bool
}

// longestGap bounds how far a counter goes between two samples.
const longestGap = time.Hour

func (p *player) do(at int64, r *role) {
	switch {
	case r.phase.Kind == rules.Gone && p.there:
		p.out = append(p.out, sample{at: at, value: math.Float64frombits(value.StaleNaN)})
		p.there = false
		return
	case r.phase.Kind == rules.Gone:
		return
	case r.phase.Kind == rules.Counter && p.there:
		passed := min(time.Duration(at-p.last)*time.Millisecond, longestGap)
		p.value += r.phase.Rate * r.factor * passed.Seconds()
	case r.phase.Kind == rules.Counter:
		p.value = max(p.value, r.phase.Value)
	default:
		p.value = r.phase.Value * r.factor
	}
	p.there, p.last = true, at
	p.out = append(p.out, sample{at: at, value: p.value})
}

// draw is what chance says of a series for a time.
type draw struct {
	// other is what it does if it deviates, factor how much, number which one if it is a wild one.
	other                         int
	factor, number                float64
	anew, missing, deviates, wild bool
	when                          uint64
}

func (n *noise) draw(a *actor, random *rand.Rand) draw {
	var d draw
	d.other, d.factor = random.IntN(len(a.can)), factors[random.IntN(len(factors))]
	d.anew = random.Float64() < restarted
	d.missing, d.deviates, d.wild = random.Float64() < n.absent, random.Float64() < n.stubborn, random.Float64() < n.wild
	d.number, d.when = n.anyNumber(random), random.Uint64()
	if a.guest && random.Float64() < fashionable {
		d.other = n.fashion(a)
	}
	if n.steady && !a.guest {
		d.missing, d.deviates = false, random.Float64() < seldom
	}
	return d
}

// role is what a series does in a mode.
func (n *noise) role(a *actor, d draw, mode int) role {
	if d.missing {
		return role{phase: gone, factor: 1, anew: d.anew}
	}
	r := role{factor: 1, anew: d.anew && d.deviates}
	which := mode
	switch {
	case d.deviates:
		which, r.factor = d.other, d.factor
	case mode >= len(a.can):
		which = 0
	}
	if b := a.can[which]; b != nil && (b.Repeat || len(b.Phases) > 1 && d.when%4 > 0) {
		r.whole = b
		return r
	}
	r.phase = a.phase(a.can[which], d.when)
	if d.deviates && d.wild {
		r.become(d.number)
	}
	return r
}

// become makes it do something with a number.
func (r *role) become(number float64) {
	switch r.phase.Kind {
	case rules.Gone:
		return
	case rules.Counter:
		r.phase.Rate = number
	default:
		r.phase.Value = number
	}
	r.factor = 1
}

// phase draws one phase of a behaviour.
func (a *actor) phase(b *rules.Behaviour, when uint64) rules.Phase {
	if b == nil || len(b.Phases) == 0 {
		return gone
	}
	return a.resolved(b.Phases[when%uint64(len(b.Phases))])
}

// resolved is what a phase leaves to the healthy world.
func (a *actor) resolved(p rules.Phase) rules.Phase {
	if p.Kind == rules.Healthy && a.can[0] != nil && len(a.can[0].Phases) > 0 {
		p = a.can[0].Phases[0]
	}
	if p.Kind == rules.Healthy {
		return gone
	}
	return p
}

// recently is when what happens from the first cut on began.
const recently = 15 * time.Minute

// since is how long something goes on.
func (n *noise) since(at int64, cut int) time.Duration {
	begin := max(n.cuts[cut], noiseStart.Add(-recently).UnixMilli())
	return max(time.Duration(at-begin)*time.Millisecond, 0)
}

// away says when a pod is gone.
func (n *noise) away(pod string) []bool {
	out := make([]bool, len(n.cuts))
	if pod == "" {
		return out
	}
	random := n.random("pod " + pod)
	for i := range out {
		out[i] = random.Float64() < n.drained
	}
	return out
}
