package seal

import (
	"encoding/hex"
	"time"
)

// Verdict is what became of the lines of a sealed hour.
type Verdict struct {
	// Sealed is their number, and Lines how many there are now.
	Sealed, Lines int
	// Missing lines were sealed and are not there, or not as they were; at least so many.
	Missing int
	// Late lines came after the seal.
	Late int
	// Minutes are those that differ.
	Minutes []Difference
}

// Difference is a minute that is not as it was sealed.
type Difference struct {
	// From is when it begins.
	From time.Time
	// Missing and Late are numbers of lines. Both are 0 where it cannot be told which of them it is, for the hour has no
	// prints.
	Missing, Late int
}

// Undecided says that lines were added or are missing, and it cannot be told which.
func (d Difference) Undecided() bool { return d.Missing == 0 && d.Late == 0 }

// Undecided says whether a minute is.
func (v Verdict) Undecided() bool {
	for _, d := range v.Minutes {
		if d.Undecided() {
			return true
		}
	}
	return false
}

// Check holds the lines of an hour against its seal.
type Check struct {
	seal    Seal
	hour    time.Time
	leaves  *leaves
	sealed  []minute
	root    tree
	verdict Verdict
}

// NewCheck returns one for a seal whose signature was looked at.
func NewCheck(s Seal) (*Check, error) {
	hour, err := s.Begins()
	if err != nil {
		return nil, err
	}
	c := &Check{seal: s, hour: hour, verdict: Verdict{Sealed: s.Lines}}
	if c.sealed, err = unpack(s.Minutes); err != nil {
		return nil, err
	}
	c.leaves = newLeaves(hour, c.minute)
	return c, nil
}

// Hour is when the hour begins.
func (c *Check) Hour() time.Time { return c.hour }

// Add takes the next line, in the order of their times. It keeps the leaves of one minute.
func (c *Check) Add(line Line) error { return c.leaves.add(line) }

// Verdict ends the hour.
func (c *Check) Verdict() (Verdict, error) {
	if err := c.leaves.close(); err != nil {
		return c.verdict, err
	}
	c.gone(60)
	root := c.root.root()
	if c.verdict.Missing == 0 && !c.verdict.Undecided() && hex.EncodeToString(root[:]) != c.seal.Root {
		// Each minute looks as it did, by the short hashes, and the whole does not.
		c.verdict.Missing = 1
		c.verdict.Minutes = append(c.verdict.Minutes, Difference{From: c.hour, Missing: 1})
	}
	return c.verdict, nil
}

// gone notes the sealed minutes before one that have no lines at all any more.
func (c *Check) gone(number int) {
	for len(c.sealed) > 0 && c.sealed[0].number < number {
		c.note(c.sealed[0].number, c.sealed[0].count, 0)
		c.sealed = c.sealed[1:]
	}
}

func (c *Check) note(number, missing, late int) {
	c.verdict.Missing, c.verdict.Late = c.verdict.Missing+missing, c.verdict.Late+late
	c.verdict.Minutes = append(c.verdict.Minutes, Difference{
		From: c.hour.Add(time.Duration(number) * time.Minute), Missing: missing, Late: late,
	})
}

// minute judges one that has lines now.
func (c *Check) minute(number int, found []hash) error {
	if c.verdict.Lines += len(found); c.verdict.Lines > MaxLines {
		return ErrTooMany
	}
	c.gone(number)
	if len(c.sealed) == 0 || c.sealed[0].number != number {
		c.note(number, 0, len(found))
		return nil
	}
	was := c.sealed[0]
	c.sealed = c.sealed[1:]
	if root := rootOf(found); was.count == len(found) && was.is(root) {
		c.root.add(ofMinute(number, was.count, root))
		return nil
	}
	if was.prints == nil {
		c.note(number, max(was.count-len(found), 0), 0)
		return nil
	}
	missing, late, root := was.compare(found)
	if missing == 0 && late > 0 {
		c.root.add(ofMinute(number, was.count, root))
	}
	c.note(number, missing, late)
	return nil
}

func (m *minute) is(root hash) bool { return [shortHash]byte(root[:shortHash]) == m.short }

// maxDoubtful bounds how many lines may have the print of a sealed one without its being clear which of them that is. Two
// lines of a minute have the same print in a case of four billion, unless somebody makes them on purpose.
const maxDoubtful = 10

// compare tells the sealed lines from late ones by their prints, and proves it by the root over them. Both numbers are 0
// where it cannot be told.
func (m *minute) compare(found []hash) (missing, late int, root hash) {
	surplus := map[uint32]int{}
	for _, one := range m.prints {
		surplus[one]--
	}
	known := make([]hash, 0, m.count)
	for i := range found {
		if _, sealed := surplus[printOf(&found[i])]; sealed {
			surplus[printOf(&found[i])]++
			known = append(known, found[i])
		}
	}
	for _, n := range surplus {
		missing += max(-n, 0)
	}
	late = len(found) - (m.count - missing)
	if missing > 0 {
		return missing, late, hash{}
	}
	var doubtful []int
	for i := range known {
		if surplus[printOf(&known[i])] > 0 {
			doubtful = append(doubtful, i)
		}
	}
	if len(doubtful) > maxDoubtful {
		return 0, 0, hash{}
	}
	for without := range 1 << len(doubtful) {
		chosen := leaveOut(known, doubtful, without)
		if len(chosen) != m.count {
			continue
		}
		if root := rootOf(chosen); m.is(root) {
			return 0, late, root
		}
	}
	// A line stands there with the print of another.
	return 1, late + 1, hash{}
}

// leaveOut drops those of the doubtful leaves whose bit is set.
func leaveOut(known []hash, doubtful []int, without int) []hash {
	if len(doubtful) == 0 {
		return known
	}
	out := make(map[int]bool, len(doubtful))
	for bit, i := range doubtful {
		out[i] = without&(1<<bit) != 0
	}
	chosen := make([]hash, 0, len(known))
	for i := range known {
		if !out[i] {
			chosen = append(chosen, known[i])
		}
	}
	return chosen
}
