package elastic

import (
	"fmt"
	"slices"
	"time"

	"github.com/tux-io/tux-monitoring-operator/internal/plan/retention"
)

// Running is the mode of a lifecycle management that does something.
const Running = "RUNNING"

// errorStep is where an index stands that cannot go on.
const errorStep = "ERROR"

// DataStream is one as it was found.
type DataStream struct {
	Name     string
	Template string
	// Indices are its backing indices.
	Indices []string
}

// Index is what lifecycle management says of one.
type Index struct {
	Name string
	// Policy is empty if it has none.
	Policy string
	Phase  string
	Step   string
	// FailedStep is what it cannot do, if Step says that there is one.
	FailedStep string
	// Version is that of the policy by which it went into its phase.
	Version int
}

// Facts are what an Elasticsearch was found to do.
type Facts struct {
	// Mode is that of lifecycle management.
	Mode    string
	Streams []DataStream
	// Indices by name.
	Indices map[string]Index
	// Versions are those of policies.
	Versions map[string]int
	// Overdue are the classes with lines that should be gone.
	Overdue []string
}

// Verdict is what facts come to for what was written.
type Verdict struct {
	// Off: nothing is ever deleted.
	Off bool
	// Differences tell what Elasticsearch does otherwise.
	Differences []string
	// Overdue are sorted.
	Overdue []string
}

// Effective says whether Elasticsearch does what was written.
func (v Verdict) Effective() bool { return !v.Off && len(v.Differences) == 0 }

// Question asks whether a data stream has a line that should be gone: one between the two ages.
type Question struct {
	Class, Stream    string
	Youngest, Eldest time.Duration
}

const (
	// slack is how late lifecycle management may be: by default it looks every ten minutes, and works for hours where
	// there is much to move.
	slack = day
	// lookback is how far behind that line lines are looked for. Lines that claim to be from another age, because a
	// clock was wrong, are left out by it.
	lookback = 30 * day
)

// Questions has one for each class.
func Questions(tenant string, c retention.Commitment) []Question {
	var all []Question
	for _, class := range classesOf(c) {
		q := Question{Class: class.Name, Stream: Stream(tenant, class.Name)}
		q.Youngest = time.Duration(class.Days+rolloverDays(class.Days))*day + slack
		q.Eldest = q.Youngest + lookback
		all = append(all, q)
	}
	return all
}

// Judge holds what Elasticsearch does against what was written.
func Judge(tenant string, c retention.Commitment, f Facts) Verdict {
	v := Verdict{Off: f.Mode != Running, Overdue: slices.Sorted(slices.Values(f.Overdue))}
	for _, class := range classesOf(c) {
		name := Stream(tenant, class.Name)
		i := slices.IndexFunc(f.Streams, func(s DataStream) bool { return s.Name == name })
		if i < 0 {
			continue // no line of the class has come yet
		}
		v.Differences = append(v.Differences, f.ofClass(Name(tenant, class.Name), class.Name, f.Streams[i])...)
	}
	slices.Sort(v.Differences)
	return v
}

// ofClass tells what is otherwise with one data stream.
func (f Facts) ofClass(policy, class string, stream DataStream) []string {
	var all []string
	if stream.Template != policy {
		all = append(all, fmt.Sprintf("index template %q for data stream %q, not ours", stream.Template, stream.Name))
	}
	var strange, stuck, old int
	failed := ""
	for _, name := range stream.Indices {
		index := f.Indices[name]
		switch {
		case index.Policy != policy:
			strange++
		case index.Step == errorStep:
			stuck++
			failed = index.FailedStep
		case index.Phase == "delete" && index.Version < f.Versions[policy]:
			// Every other phase is left by what the policy says now.
			old++
		}
	}
	of := fmt.Sprintf("of %d indices of class %q", len(stream.Indices), class)
	if strange > 0 {
		all = append(all, fmt.Sprintf("%d %s with another lifecycle policy or none", strange, of))
	}
	if stuck > 0 {
		all = append(all, fmt.Sprintf("%d %s that cannot go on, by step %q", stuck, of, failed))
	}
	if old > 0 {
		all = append(all, fmt.Sprintf("%d %s that are deleted by an older revision of the policy", old, of))
	}
	return all
}
