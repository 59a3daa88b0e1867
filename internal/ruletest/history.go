package ruletest

import (
	"context"
	"fmt"
	"hash"
	"hash/fnv"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/prometheus/prometheus/model/labels"
	"github.com/prometheus/prometheus/model/value"
	promrules "github.com/prometheus/prometheus/rules"
)

// History is what the rules of a suite say on a timeline.
type History struct {
	// Steps are digests of all that every rule says at each evaluation: alerts with their labels, states and
	// values, recorded series with theirs, and which rules fail.
	Steps []uint64
	// Alert is when alerts of one name are pending and firing, for people: "4m pending 1, 9m firing 1, 15m none".
	Alert string
}

// Digest of the whole history.
func (h *History) Digest() string {
	sum := fnv.New64a()
	for _, step := range h.Steps {
		_, _ = fmt.Fprintf(sum, "%x ", step)
	}
	return strconv.FormatUint(sum.Sum64(), 16)
}

// History plays a test and returns what the rules say; what the test expects is not looked at. With a reference
// it ends at the first evaluation that differs from it.
func (s *Suite) History(ctx context.Context, t *Test, alert string, reference *History) (History, error) {
	var out History
	var states []string
	previous := ""
	_, err := s.follow(ctx, t, func(r *run, at time.Duration) bool {
		out.Steps = append(out.Steps, r.digest(r.start.Add(at)))
		if state := r.stateOf(alert); previous != state {
			previous = state
			states = append(states, Duration(at).String()+" "+state)
		}
		i := len(out.Steps) - 1
		return reference == nil || (i < len(reference.Steps) && reference.Steps[i] == out.Steps[i])
	})
	out.Alert = strings.Join(states, ", ")
	return out, err
}

// Recorded is a series that rules have recorded, and its first value.
type Recorded struct {
	Labels labels.Labels
	Value  float64
}

// Recorded plays a test and returns the series the rules record, sorted.
func (s *Suite) Recorded(ctx context.Context, t *Test) ([]Recorded, error) {
	r, err := s.follow(ctx, t, func(*run, time.Duration) bool { return true })
	if err != nil {
		return nil, err
	}
	var out []Recorded
	for _, g := range s.Groups {
		for i := range g.Rules {
			for _, one := range r.memory.byName[g.Rules[i].Record] {
				first := slices.IndexFunc(one.samples, func(s sample) bool { return !value.IsStaleNaN(s.value) })
				if first >= 0 {
					out = append(out, Recorded{one.labels, one.samples[first].value})
				}
			}
		}
	}
	slices.SortFunc(out, func(a, b Recorded) int { return labels.Compare(a.Labels, b.Labels) })
	return out, nil
}

// follow plays a test to the end of its samples, or until evaluated says so.
func (s *Suite) follow(ctx context.Context, t *Test, evaluated func(r *run, at time.Duration) bool) (*run, error) {
	r, err := s.prepare(ctx, t)
	if err != nil {
		return nil, err
	}
	defer func() { _ = r.engine.Close() }()
	for at := time.Duration(0); r.pending(); at += r.evaluation() {
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		now := r.start.Add(at)
		if err := r.feed(now); err != nil {
			return nil, err
		}
		for _, g := range r.groups {
			g.Eval(ctx, now)
		}
		if !evaluated(r, at) {
			break
		}
	}
	return r, nil
}

// pending says that there are samples left.
func (r *run) pending() bool {
	return slices.ContainsFunc(r.inputs, func(in *input) bool { return len(in.samples) > 0 })
}

func (r *run) stateOf(alert string) string {
	waiting, firing := 0, 0
	for _, g := range r.groups {
		for _, rule := range g.AlertingRules() {
			for _, active := range rule.ActiveAlerts() {
				switch {
				case rule.Name() != alert:
				case active.State == promrules.StateFiring:
					firing++
				case active.State == promrules.StatePending:
					waiting++
				}
			}
		}
	}
	switch {
	case firing > 0:
		return fmt.Sprintf("firing %d", firing)
	case waiting > 0:
		return fmt.Sprintf("pending %d", waiting)
	}
	return "none"
}

// digest of what the rules have said at an evaluation.
func (r *run) digest(now time.Time) uint64 {
	sum := fnv.New64a()
	for _, g := range r.groups {
		for i, rule := range g.Rules() {
			// That it fails, not how: texts belong to Prometheus.
			_, _ = fmt.Fprintf(sum, "%s %d %t\n", g.Name(), i, rule.LastError() != nil)
			switch rule := rule.(type) {
			case *promrules.AlertingRule:
				digestAlerts(sum, rule)
			case *promrules.RecordingRule:
				r.digestRecord(sum, rule, now)
			}
		}
	}
	return sum.Sum64()
}

func digestAlerts(sum hash.Hash, rule *promrules.AlertingRule) {
	var lines []string
	for _, active := range rule.ActiveAlerts() {
		lines = append(lines, fmt.Sprintf("%s %s %s", active.Labels, active.State, rounded(active.Value)))
	}
	slices.Sort(lines)
	_, _ = fmt.Fprintln(sum, rule.Labels(), lines)
}

func (r *run) digestRecord(sum hash.Hash, rule *promrules.RecordingRule, now time.Time) {
	var lines []string
	for _, one := range r.memory.byName[rule.Name()] {
		if n := len(one.samples); n > 0 && one.samples[n-1].at == now.UnixMilli() && carries(one.labels, rule.Labels()) {
			lines = append(lines, one.labels.String()+" "+rounded(one.samples[n-1].value))
		}
	}
	slices.Sort(lines)
	_, _ = fmt.Fprintln(sum, lines)
}

func carries(series, some labels.Labels) bool {
	carried := true
	some.Range(func(l labels.Label) { carried = carried && series.Get(l.Name) == l.Value })
	return carried
}

// rounded leaves out the digits in which processors differ.
func rounded(value float64) string { return strconv.FormatFloat(value, 'g', 6, 64) }
