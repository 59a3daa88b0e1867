package seal

import (
	"regexp"
	"strconv"
	"time"
)

// Deletion is a request to delete lines that a log store was sent.
type Deletion struct {
	ID       string
	From, To time.Time
	// Query says which lines. It may have an identity in it, and is shown to nobody.
	Query string
	// Status is how far the log store is with it.
	Status string
	// Received is when the log store was asked.
	Received time.Time
	// Known is true for one that somebody has accounted for.
	Known bool
}

// classMatcher finds what a selector says of the class. A value is a text of LogQL in either kind of quotes.
var classMatcher = regexp.MustCompile("[{,]\\s*retention_class\\s*(=~|!~|!=|=)\\s*(\"(?:[^\"\\\\]|\\\\.)*\"|`[^`]*`)")

// Concerns says whether it may take lines of a class: a selector that leaves the class out cannot. What else a query
// says is not judged.
func (d *Deletion) Concerns(class string) bool {
	for _, match := range classMatcher.FindAllStringSubmatch(d.Query, -1) {
		value, err := strconv.Unquote(match[2])
		if err != nil {
			continue
		}
		equal := value == class
		if match[1][1:] == "~" {
			pattern, err := regexp.Compile("^(?:" + value + ")$")
			if err != nil {
				continue
			}
			equal = pattern.MatchString(class)
		}
		if equal == (match[1][0] == '!') {
			return false
		}
	}
	return true
}

// covers says whether it takes lines from one time to another.
func (d *Deletion) covers(from, to time.Time) bool { return d.From.Before(to) && !d.To.Before(from) }

// Outcome is what a verdict comes to.
type Outcome string

// The outcomes, the worst last.
const (
	// Intact: every sealed line is there, and no other.
	Intact Outcome = "Intact"
	// LateLines: every sealed line is there, and others came later.
	LateLines Outcome = "LateLines"
	// Erased: lines are missing, where a deletion that is known was asked for, and no other.
	Erased Outcome = "Erased"
	// Undecided: lines came or are missing.
	Undecided Outcome = "Undecided"
	// DeletedByOthers: lines are missing, where a deletion was asked for that nobody has accounted for.
	DeletedByOthers Outcome = "DeletedByOthers"
	// Missing: lines are missing, and no deletion was asked for.
	Missing Outcome = "Missing"
)

// Bad says whether a person has to look.
func (o Outcome) Bad() bool { return o == Undecided || o == DeletedByOthers || o == Missing }

// Explain says what a verdict comes to, and by the IDs of which deletions. A deletion explains a minute if it covers any
// of it; that it took these very lines is not known, so that where a deletion of others covers it too a known one excuses
// nothing.
func Explain(v Verdict, class string, deletions []Deletion) (Outcome, []string) {
	worst, ids, seen := Intact, []string(nil), map[string]bool{}
	if v.Late > 0 {
		worst = LateLines
	}
	if v.Undecided() {
		worst = Undecided
	}
	for _, minute := range v.Minutes {
		if minute.Missing == 0 {
			continue
		}
		outcome := Missing
		for i := range deletions {
			d := &deletions[i]
			if !d.covers(minute.From, minute.From.Add(time.Minute)) || !d.Concerns(class) {
				continue
			}
			if !seen[d.ID] {
				seen[d.ID], ids = true, append(ids, d.ID)
			}
			if !d.Known {
				outcome = DeletedByOthers
			} else if outcome == Missing {
				outcome = Erased
			}
		}
		if rank[outcome] > rank[worst] {
			worst = outcome
		}
	}
	return worst, ids
}

var rank = map[Outcome]int{Intact: 0, LateLines: 1, Erased: 2, Undecided: 3, DeletedByOthers: 4, Missing: 5}

// Foreign are the deletions that nobody has accounted for, in their order.
func Foreign(all []Deletion) []Deletion {
	var foreign []Deletion
	for i := range all {
		if !all[i].Known {
			foreign = append(foreign, all[i])
		}
	}
	return foreign
}
