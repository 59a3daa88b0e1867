package store

import (
	"slices"
	"time"

	"github.com/tux-io/tux-monitoring-operator/internal/plan/retention"
)

// DataStream is one as it was found.
type DataStream struct {
	Name     string
	Template string
	// Indices are its backing indices.
	Indices []string
}

// Verdict is what a log store does with what was written.
type Verdict struct {
	// Off: nothing is ever deleted.
	Off bool
	// Differences tell what it does otherwise, Underway what it does otherwise and was told to change.
	Differences, Underway []string
	// Overdue are the classes with lines that should be gone, sorted.
	Overdue []string
}

// Effective says whether the log store does what was written.
func (v Verdict) Effective() bool { return !v.Off && len(v.Differences)+len(v.Underway) == 0 }

// Question asks whether a data stream has a line that should be gone: one between the two ages.
type Question struct {
	Class, Stream    string
	Youngest, Eldest time.Duration
}

const (
	day = 24 * time.Hour
	// slack is how late the log store may be: by default it looks every five or ten minutes, and works for hours where
	// there is much to move.
	slack = day
	// lookback is how far behind that line lines are looked for. Lines that claim to be from another age, because a
	// clock was wrong, are left out by it.
	lookback = 30 * day
)

// Questions has one for each class.
func Questions(tenant string, c retention.Commitment) []Question {
	var all []Question
	for _, class := range Classes(c) {
		q := Question{Class: class.Name, Stream: Stream(tenant, class.Name)}
		q.Youngest = time.Duration(class.Days+RolloverDays(class.Days))*day + slack
		q.Eldest = q.Youngest + lookback
		all = append(all, q)
	}
	return all
}

// Going asks for the lines that a decrease would let go: those older than it, and no older than any that are stored by what
// was promised.
func Going(tenant string, c retention.Commitment, d retention.Decrease) []Question {
	classes := []string{d.Class}
	if d.Class == retention.DefaultClass {
		// All that have no days of their own live as long as the default.
		classes = append(classes, retention.UnparsedClass)
		classes = append(classes, c.Retired...)
	}
	var all []Question
	for _, class := range classes {
		all = append(all, Question{
			Class: d.Class, Stream: Stream(tenant, class),
			Youngest: time.Duration(d.To) * day, Eldest: time.Duration(d.From+RolloverDays(d.From))*day + slack,
		})
	}
	return all
}

// Found is a data stream with the class it is for, and the policy its indices should follow.
type Found struct {
	DataStream

	Class, Policy string
}

// StreamsOf are those of a tenant among the data streams that were found. A class of which no line has come has none.
func StreamsOf(tenant string, c retention.Commitment, streams []DataStream) []Found {
	var all []Found
	for _, class := range Classes(c) {
		name := Stream(tenant, class.Name)
		if i := slices.IndexFunc(streams, func(s DataStream) bool { return s.Name == name }); i >= 0 {
			all = append(all, Found{streams[i], class.Name, Name(tenant, class.Name)})
		}
	}
	return all
}
