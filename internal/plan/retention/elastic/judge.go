package elastic

import (
	"fmt"
	"slices"

	"github.com/tux-io/tux-monitoring-operator/internal/plan/retention"
	"github.com/tux-io/tux-monitoring-operator/internal/plan/retention/store"
)

// Running is the mode of a lifecycle management that does something.
const Running = "RUNNING"

// errorStep is where an index stands that cannot go on.
const errorStep = "ERROR"

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
	Streams []store.DataStream
	// Indices by name.
	Indices map[string]Index
	// Revisions are those of policies.
	Revisions map[string]store.Revision
	// Overdue are the classes with lines that should be gone.
	Overdue []string
}

// Judge holds what Elasticsearch does against what was written.
func Judge(tenant string, c retention.Commitment, f Facts) store.Verdict {
	v := store.Verdict{Off: f.Mode != Running, Overdue: slices.Sorted(slices.Values(f.Overdue))}
	for _, stream := range store.StreamsOf(tenant, c, f.Streams) {
		v.Differences = append(v.Differences, f.of(stream)...)
	}
	slices.Sort(v.Differences)
	return v
}

// of tells what is otherwise with one data stream.
func (f Facts) of(stream store.Found) []string {
	var all []string
	if stream.Template != stream.Policy {
		all = append(all, fmt.Sprintf("index template %q for data stream %q, not ours", stream.Template, stream.Name))
	}
	var strange, stuck, old int
	failed := ""
	for _, name := range stream.Indices {
		index := f.Indices[name]
		switch {
		case index.Policy != stream.Policy:
			strange++
		case index.Step == errorStep:
			stuck++
			failed = index.FailedStep
		case index.Phase == "delete" && index.Version < f.Revisions[stream.Policy].Number:
			// Every other phase is left by what the policy says now.
			old++
		}
	}
	of := fmt.Sprintf("of %d indices of class %q", len(stream.Indices), stream.Class)
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
