package seal

import (
	"cmp"
	"fmt"
	"slices"
	"time"
)

// Stored is a seal as it is kept.
type Stored struct {
	// Source names the object and the key, for people.
	Source string
	// Key is the key in the object, which says the hour as well.
	Key, Text string
}

// Problem is what is wrong with the seals themselves, whatever the lines are.
type Problem struct {
	// Source is where, or what it is about.
	Source string `json:"source"`
	Text   string `json:"text"`
}

// String is for people.
func (p Problem) String() string { return p.Source + ": " + p.Text }

// Chain is the seals of one class, in the order of their hours.
type Chain struct {
	Seals    []Seal
	Problems []Problem
}

// Key is that of the seal of an hour, in the object of its day.
func Key(hour time.Time) string { return hour.UTC().Format("20060102-15") + ".json" }

// Link reads the seals of one class and says what is wrong with them: one that was edited, is signed by somebody else,
// stands in the place of another, or is there twice; and one that is missing, or was put between others. Each has the hash
// of the one before, so that none can be taken out but the first ones and the last ones: Ends looks at those.
func Link(of Of, stored []Stored, keys Keys) Chain {
	var c Chain
	sources := map[string]string{}
	for _, one := range stored {
		s, err := Parse(one.Text)
		if err == nil {
			err = keys.verify(s)
		}
		if err == nil && s.Of() != of {
			err = fmt.Errorf("it is of class %q of tenant %q", s.Class, s.Tenant)
		}
		if err == nil {
			if hour, _ := s.Begins(); Key(hour) != one.Key {
				err = fmt.Errorf("it is of %s, and stands in the place of another", s.Hour)
			}
		}
		if before, twice := sources[s.Hour]; err == nil && twice {
			err = fmt.Errorf("the hour %s is in %s as well", s.Hour, before)
		}
		if err != nil {
			c.Problems = append(c.Problems, Problem{one.Source, err.Error()})
			continue
		}
		sources[s.Hour] = one.Source
		c.Seals = append(c.Seals, s)
	}
	slices.SortFunc(c.Seals, func(a, b Seal) int { return cmp.Compare(a.Hour, b.Hour) })
	for i := 1; i < len(c.Seals); i++ {
		before, s := &c.Seals[i-1], &c.Seals[i]
		if s.Previous != before.Hash() {
			c.Problems = append(c.Problems, Problem{sources[s.Hour],
				fmt.Sprintf("the seal before %s is not that of %s: seals between them are missing, or one was replaced", s.Hour, before.Hour)})
		}
	}
	return c
}

// Times say which hours must have seals.
type Times struct {
	Now time.Time
	// Grace is how long after its end an hour waits for late lines.
	Grace time.Duration
	// Days is how long lines of the class live.
	Days int
	// Lookback is how old lines may be that are still found; 0: as old as they are stored.
	Lookback time.Duration
}

// Reading is how long reading an hour may take: its lines must be found until the last of them was read.
const Reading = 15 * time.Minute

// oldest is the first hour all of whose lines are found, as long as reading it takes.
func (t Times) oldest() time.Time {
	age := time.Duration(t.Days) * 24 * time.Hour
	if t.Lookback > 0 {
		age = min(age, t.Lookback-Reading)
	}
	return t.Now.UTC().Add(-age).Truncate(time.Hour).Add(time.Hour)
}

// newest is the last hour that is over, and whose grace is.
func (t Times) newest() time.Time {
	return t.Now.UTC().Add(-t.Grace).Truncate(time.Hour).Add(-time.Hour)
}

// Blind says that not even the last hour that is over can be read.
func (t Times) Blind() bool { return t.newest().Before(t.oldest()) }

// Next is the hour to be sealed after another; false while that is not over. Without one before it is the last that is
// over: what was before the first seal is not sealed. Hours whose lines are gone by their age are left out.
func (t Times) Next(last time.Time) (time.Time, bool) {
	next := t.newest()
	if !last.IsZero() {
		next = last.UTC().Add(time.Hour)
	}
	if oldest := t.oldest(); next.Before(oldest) {
		next = oldest
	}
	return next, !next.After(t.newest())
}

// slack is how long after its time an hour may be sealed: the operator looks every ten minutes.
const slack = time.Hour

// Ends says what is missing at the ends of a chain, and between its seals, of what there must be. A head that is not empty
// is the hash of the last seal by another account.
func (c *Chain) Ends(t Times, head string) []Problem {
	if len(c.Seals) == 0 {
		return []Problem{{"all", "there is no seal"}}
	}
	var all []Problem
	last := &c.Seals[len(c.Seals)-1]
	all = append(all, c.Before(c.oldest(t))...)
	all = append(all, c.Gaps()...)
	late := Times{Now: t.Now.Add(-slack), Grace: t.Grace, Days: t.Days}
	if begins, _ := last.Begins(); begins.Before(late.newest()) {
		all = append(all, Problem{last.Hour, fmt.Sprintf("the %d hours after it are not sealed", int(late.newest().Sub(begins)/time.Hour))})
	}
	if head != "" && !c.has(head) {
		all = append(all, Problem{last.Hour, "the last seal was another one: seals are missing, or were replaced"})
	}
	return all
}

// Stores says whether all lines of an hour must be stored: they are young enough, and were whenever an hour was sealed.
// Lines that had gone by their age do not come back when the age is raised.
func (c *Chain) Stores(t Times, hour time.Time) bool { return !hour.Before(c.oldest(t)) }

// after is how long after the begin of an hour its lines are still read, with what may go by until the next one is.
const after = 3 * time.Hour

// oldest is the first hour all of whose lines must be there.
func (c *Chain) oldest(t Times) time.Time {
	oldest := t.oldest()
	for i := range c.Seals {
		begins, _ := c.Seals[i].Begins()
		if then := begins.Add(after - time.Duration(c.Seals[i].Days)*24*time.Hour); then.After(oldest) {
			oldest = then
		}
	}
	return oldest
}

// Before says that the first seals are missing: a chain that goes back to before a time begins later.
func (c *Chain) Before(at time.Time) []Problem {
	if len(c.Seals) > 0 {
		first := &c.Seals[0]
		if begins, _ := first.Begins(); first.Previous != "" && begins.After(at) {
			return []Problem{{first.Hour, "the seals before it are missing, and their lines should be there"}}
		}
	}
	return nil
}

// Gaps are hours between seals that have none, for their lines could not be read while they were there; and those whose
// seal says just that.
func (c *Chain) Gaps() []Problem {
	var all []Problem
	for i := range c.Seals {
		if problem, left := c.Seals[i].Left(); left {
			all = append(all, problem)
		}
		if i == 0 {
			continue
		}
		from, _ := c.Seals[i-1].Begins()
		to, _ := c.Seals[i].Begins()
		if hours := int(to.Sub(from)/time.Hour) - 1; hours > 0 {
			all = append(all, Problem{c.Seals[i].Hour, fmt.Sprintf("the %d hours before it are not sealed", hours)})
		}
	}
	return all
}

// Left is what is wrong with an hour that was left out, for it could not be read; false for any other.
func (s Seal) Left() (Problem, bool) {
	return Problem{s.Hour, "the hour could not be sealed: " + s.Unreadable}, s.Unreadable != ""
}

// Head is the last seal: its hour and its hash.
type Head struct {
	Hour time.Time
	Hash string
}

// Resume is the seal after which the next one comes, given the last one by another account: a status that was written
// after it. If that one is not among the seals any more, the next one is chained to it all the same, so that whoever has
// taken out the last seals has not made anybody forget them.
func (c *Chain) Resume(other Head) (Head, []Problem) {
	var last Head
	if n := len(c.Seals); n > 0 {
		last.Hour, _ = c.Seals[n-1].Begins()
		last.Hash = c.Seals[n-1].Hash()
	}
	if other.Hash == "" || c.has(other.Hash) {
		return last, nil
	}
	problem := Problem{other.Hour.Format(time.RFC3339), "the seal of this hour is missing, or was replaced"}
	if last.Hour.After(other.Hour) {
		return last, []Problem{problem}
	}
	return other, []Problem{problem}
}

// has says whether a seal has this hash.
func (c *Chain) has(head string) bool {
	return slices.ContainsFunc(c.Seals, func(s Seal) bool { return s.Hash() == head })
}
