package store

import (
	"fmt"
	"maps"
	"slices"
	"time"
)

// toldAgain is when an index is told again that does not follow: what it is at may take hours, and one more write helps none.
const toldAgain = time.Hour

// Told is what indices were told, by name. Losing it costs writes.
type Told map[string]Telling

// Telling is that an index shall follow this revision of its policy.
type Telling struct {
	Revision Revision
	At       time.Time
	// Refused is why it cannot; empty if it was taken.
	Refused string
}

// Due are those of the stragglers, which are given by policy, that are told now: who was told of another revision, long ago,
// or never.
func (t Told) Due(stragglers map[string][]string, revisions map[string]Revision, now time.Time) map[string][]string {
	due := map[string][]string{}
	for policy, indices := range stragglers {
		for _, index := range indices {
			if was, told := t[index]; !told || was.Revision != revisions[policy] || now.Sub(was.At) >= toldAgain {
				due[policy] = append(due[policy], index)
			}
		}
	}
	return due
}

// After is what is remembered when some of the stragglers were answered, of each why it cannot follow or nothing. Of who
// follows by now nothing is remembered.
func (t Told) After(stragglers map[string][]string, revisions map[string]Revision, answers map[string]string, now time.Time) Told {
	next := Told{}
	for policy, indices := range stragglers {
		for _, index := range indices {
			if refused, told := answers[index]; told {
				next[index] = Telling{Revision: revisions[policy], At: now, Refused: refused}
			} else if was, told := t[index]; told {
				next[index] = was
			}
		}
	}
	return next
}

// Refusals tell which of the stragglers cannot follow, and why the first of them cannot.
func (t Told) Refusals(stragglers map[string][]string, kind Kind) []string {
	var all []string
	for _, policy := range slices.Sorted(maps.Keys(stragglers)) {
		n, why := 0, ""
		for _, index := range stragglers[policy] {
			if refused := t[index].Refused; refused != "" {
				if n++; n == 1 {
					why = refused
				}
			}
		}
		if n > 0 {
			all = append(all, fmt.Sprintf("%d of %d indices that cannot change to %s %q: %s", n, len(stragglers[policy]), kind, policy, why))
		}
	}
	return all
}

// Moves tell how many indices were answered that they will follow, by policy.
func Moves(due map[string][]string, answers map[string]string, kind Kind) []string {
	var all []string
	for _, policy := range slices.Sorted(maps.Keys(due)) {
		n := 0
		for _, index := range due[policy] {
			if refused, told := answers[index]; told && refused == "" {
				n++
			}
		}
		if n > 0 {
			all = append(all, fmt.Sprintf("%d indices to %s %q", n, kind, policy))
		}
	}
	return all
}
