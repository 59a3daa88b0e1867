package retention

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"slices"
	"strings"
)

// Commitment is what is promised for the lines that a backend has. It is what a policy comes down to once
// lines carry their class, and all a backend needs to know of it.
//
// Shortening it deletes stored lines: backends apply what holds now to everything they have.
type Commitment struct {
	DefaultDays int        `json:"defaultDays"`
	Classes     []Promised `json:"classes,omitempty"`
	// Retired are classes that once were. Lines that carry their names are still stored and live as long
	// as the default says, so that giving such a name fewer days again takes lines away.
	Retired []string `json:"retired,omitempty"`
}

// Promised is how long the lines of a class live.
type Promised struct {
	Name      string `json:"name"`
	Days      int    `json:"days"`
	Protected bool   `json:"protected,omitempty"`
}

// Commitment is that of the policy.
func (p *Policy) Commitment() Commitment {
	c := Commitment{DefaultDays: p.DefaultDays}
	for i := range p.Classes {
		c.Classes = append(c.Classes, Promised{Name: p.Classes[i].Name, Days: p.Classes[i].Days, Protected: p.Classes[i].Protected})
	}
	return c
}

// DaysOf is how long lines of a class live, whether it is a class of the commitment or not.
func (c Commitment) DaysOf(class string) int {
	if promised, ok := c.find(class); ok {
		return promised.Days
	}
	return c.DefaultDays
}

func (c Commitment) find(class string) (Promised, bool) {
	i := slices.IndexFunc(c.Classes, func(p Promised) bool { return p.Name == class })
	if i < 0 {
		return Promised{}, false
	}
	return c.Classes[i], true
}

// Succeed returns the commitment that follows c when next is wanted: next, with the memory of the classes
// that c had.
func (c Commitment) Succeed(next Commitment) Commitment {
	retired := slices.Concat(c.Retired, next.Retired)
	for _, class := range c.Classes {
		retired = append(retired, class.Name)
	}
	retired = slices.DeleteFunc(retired, func(name string) bool {
		_, alive := next.find(name)
		return alive
	})
	slices.Sort(retired)
	next.Retired = slices.Compact(retired)
	if len(next.Retired) == 0 {
		next.Retired = nil
	}
	return next
}

// Decrease is a class whose lines would live shorter than promised.
type Decrease struct {
	Class    string
	From, To int
	// Protected: the class may not shrink, vanish or lose its protection.
	Protected bool
}

// String is for people.
func (d Decrease) String() string {
	if d.From <= d.To {
		return fmt.Sprintf("class %q would lose its protection", d.Class)
	}
	return fmt.Sprintf("class %q from %d to %d days", d.Class, d.From, d.To)
}

// Decreases are what next would take away of what c promises, sorted by class. A class that vanishes
// falls to the default; one with a new name has no stored lines, and can take nothing away.
func (c Commitment) Decreases(next Commitment) []Decrease {
	var all []Decrease
	if next.DefaultDays < c.DefaultDays {
		all = append(all, Decrease{Class: DefaultClass, From: c.DefaultDays, To: next.DefaultDays})
	}
	for _, class := range c.Classes {
		successor, _ := next.find(class.Name)
		shorter := next.DaysOf(class.Name) < class.Days
		if shorter || class.Protected && !successor.Protected {
			all = append(all, Decrease{class.Name, class.Days, next.DaysOf(class.Name), class.Protected})
		}
	}
	for _, name := range c.Retired {
		// What follows the default is told once, as the decrease of the default.
		if revived, ok := next.find(name); ok && revived.Days < c.DefaultDays {
			all = append(all, Decrease{Class: name, From: c.DefaultDays, To: revived.Days})
		}
	}
	slices.SortFunc(all, func(a, b Decrease) int { return strings.Compare(a.Class, b.Class) })
	return all
}

// AboutLines tells how many lines a decrease would take, which changes while it is told.
func AboutLines(n int64) string {
	switch n {
	case 0:
		return "no line that old is stored"
	case 1:
		return "about one line"
	}
	return fmt.Sprintf("about %d lines", n)
}

// Acknowledgement is what a person writes into the resource to accept exactly these decreases; "" if
// there are none. Those of protected classes cannot be accepted and do not count.
func Acknowledgement(tenant string, decreases []Decrease) string {
	var text strings.Builder
	for _, d := range decreases {
		if !d.Protected {
			fmt.Fprintf(&text, "%s %s %d %d\n", tenant, d.Class, d.From, d.To)
		}
	}
	if text.Len() == 0 {
		return ""
	}
	sum := sha256.Sum256([]byte(text.String()))
	return hex.EncodeToString(sum[:])[:12]
}

// Hold returns next without the given decreases: what would shrink keeps its days, what would vanish
// stays, and everything else is as wanted. The days of a name that was retired are those of the old
// default.
func (c Commitment) Hold(next Commitment, held []Decrease) Commitment {
	next.Classes = slices.Clone(next.Classes)
	for _, d := range held {
		if d.Class == DefaultClass {
			next.DefaultDays = d.From
			continue
		}
		kept := Promised{Name: d.Class, Days: max(d.From, d.To), Protected: d.Protected}
		if i := slices.IndexFunc(next.Classes, func(p Promised) bool { return p.Name == d.Class }); i >= 0 {
			next.Classes[i] = kept
		} else {
			next.Classes = append(next.Classes, kept)
		}
	}
	return next
}

// Judge decides what may follow c: decreases are held unless they are acknowledged, those of protected
// classes always. It returns what holds from now on and what was held back.
func (c Commitment) Judge(tenant string, next Commitment, acknowledged string) (Commitment, []Decrease) {
	held := c.Decreases(next)
	if answer := Acknowledgement(tenant, held); answer != "" && answer == acknowledged {
		held = slices.DeleteFunc(held, func(d Decrease) bool { return !d.Protected })
	}
	return c.Succeed(c.Hold(next, held)), held
}
