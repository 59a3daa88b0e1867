package main

import (
	"cmp"
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"
)

// score counts mutants.
type score struct{ made, killed int }

func (s score) percent() float64 {
	if s.made == 0 {
		return 100
	}
	return 100 * float64(s.killed) / float64(s.made)
}

// String writes killed of made, and the share.
func (s score) String() string {
	return fmt.Sprintf("%d of %d (%.1f %%)", s.killed, s.made, s.percent())
}

func (t *tally) total() score { return t.by(func(*verdict) string { return "" })[""] }

// byCases counts only what tests of cases killed.
func (t *tally) byCases() score {
	out := t.total()
	for i := range t.verdicts {
		if t.verdicts[i].inNoise {
			out.killed--
		}
	}
	return out
}

func (t *tally) by(name func(*verdict) string) map[string]score {
	out := map[string]score{}
	for i := range t.verdicts {
		v := &t.verdicts[i]
		s := out[name(v)]
		s.made++
		if v.Killer != "" {
			s.killed++
		}
		out[name(v)] = s
	}
	return out
}

func ruleOf(v *verdict) string     { return v.Rule }
func operatorOf(v *verdict) string { return v.Operator }

// survivors are sorted by rule, operator and place.
func (t *tally) survivors() []verdict {
	var out []verdict
	for i := range t.verdicts {
		if t.verdicts[i].Killer == "" {
			out = append(out, t.verdicts[i])
		}
	}
	slices.SortFunc(out, func(a, b verdict) int { return strings.Compare(a.Key(), b.Key()) })
	return out
}

// table writes scores, the lowest first.
func table(out io.Writer, head string, scores map[string]score) {
	fmt.Fprintf(out, "| %s | killed | of | share |\n|---|---|---|---|\n", head)
	names := slices.SortedFunc(maps.Keys(scores), func(a, b string) int {
		return cmp.Or(cmp.Compare(scores[a].percent(), scores[b].percent()), cmp.Compare(a, b))
	})
	for _, name := range names {
		s := scores[name]
		fmt.Fprintf(out, "| %s | %d | %d | %.0f %% |\n", name, s.killed, s.made, s.percent())
	}
}
