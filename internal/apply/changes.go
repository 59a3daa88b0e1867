package apply

import (
	"slices"

	"k8s.io/apimachinery/pkg/runtime/schema"
)

// Result says what happened to one object. The words are the same in logs, events and metrics.
type Result string

const (
	// Created means the object did not exist and does now.
	Created Result = "created"
	// Configured means a field of ours was different and is right now.
	Configured Result = "configured"
	// Unchanged means nothing of ours was different.
	Unchanged Result = "unchanged"
	// Deleted means the object is no longer wanted and was deleted.
	Deleted Result = "deleted"
	// Skipped means Prune met an unwanted object with our labels which the owner does not control.
	Skipped Result = "skipped"
)

// Change is the result for one object.
type Change struct {
	GVK    schema.GroupVersionKind
	Name   string
	Result Result
	// DriftCorrected is true if we wanted the same before, and somebody else had changed or deleted it.
	// It is false if we cannot know, for instance in the first pass after a restart.
	DriftCorrected bool
}

// ChangeSet is what a call did, in the order of the objects it was given. Objects that failed are in
// the error instead.
type ChangeSet []Change

// Count returns how many objects have result r.
func (s ChangeSet) Count(r Result) int {
	n := 0
	for _, c := range s {
		if c.Result == r {
			n++
		}
	}
	return n
}

// Names returns the objects with result r as "Kind/name", sorted.
func (s ChangeSet) Names(r Result) []string {
	var names []string
	for _, c := range s {
		if c.Result == r {
			names = append(names, c.GVK.Kind+"/"+c.Name)
		}
	}
	slices.Sort(names)
	return names
}

// Changed is true if anything was created, configured or deleted.
func (s ChangeSet) Changed() bool {
	return slices.ContainsFunc(s, func(c Change) bool {
		return c.Result != Unchanged && c.Result != Skipped
	})
}
