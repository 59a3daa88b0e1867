package opensearch

import (
	"fmt"
	"slices"

	"github.com/tux-io/tux-monitoring-operator/internal/plan/retention"
	"github.com/tux-io/tux-monitoring-operator/internal/plan/retention/store"
)

// Index is what index state management says of one.
type Index struct {
	// Policy is empty if it has none.
	Policy string
	// Revision is that of the policy it keeps to; nil before it has begun, which it does with the latest.
	Revision *store.Revision
	// Disabled: nothing is done with it.
	Disabled bool
	// Failed is the action that it cannot do; empty if there is none.
	Failed string
}

// Facts are what an OpenSearch was found to do.
type Facts struct {
	// Off: index state management does nothing.
	Off     bool
	Streams []store.DataStream
	// Indices by name.
	Indices map[string]Index
	// Revisions are those of policies.
	Revisions map[string]store.Revision
	// Overdue are the classes with lines that should be gone.
	Overdue []string
}

// Judge holds what OpenSearch does against what was written, and finds the indices that keep to an older revision and could
// leave it, by policy.
func Judge(tenant string, c retention.Commitment, f Facts) (store.Verdict, map[string][]string) {
	v := store.Verdict{Off: f.Off, Overdue: slices.Sorted(slices.Values(f.Overdue))}
	stragglers := map[string][]string{}
	for _, stream := range store.StreamsOf(tenant, c, f.Streams) {
		v.Differences = append(v.Differences, f.of(stream)...)
		v.Underway = append(v.Underway, f.fresh(stream)...)
		old := f.older(stream)
		if len(old) == 0 {
			continue
		}
		if able := f.able(old); len(able) > 0 {
			stragglers[stream.Policy] = able
		}
		v.Underway = append(v.Underway, fmt.Sprintf("%d of %d indices of class %q on an older revision of the policy",
			len(old), len(stream.Indices), stream.Class))
	}
	slices.Sort(v.Differences)
	slices.Sort(v.Underway)
	return v, stragglers
}

// older are the indices of a data stream that keep to another revision than the one that is stored; none if none is.
func (f Facts) older(stream store.Found) []string {
	latest, stored := f.Revisions[stream.Policy]
	if !stored {
		return nil
	}
	var all []string
	for _, name := range stream.Indices {
		index := f.Indices[name]
		if index.Policy == stream.Policy && index.Revision != nil && *index.Revision != latest {
			all = append(all, name)
		}
	}
	return all
}

// able are those of the indices that follow if they are told: not if nothing is done with them, or they are stuck.
func (f Facts) able(indices []string) []string {
	var all []string
	for _, name := range indices {
		if index := f.Indices[name]; !f.Off && !index.Disabled && index.Failed == "" {
			all = append(all, name)
		}
	}
	return all
}

// fresh tells that the newest index has no policy: it is given one soon after the index is made.
func (f Facts) fresh(stream store.Found) []string {
	n := len(stream.Indices)
	if n == 0 || f.Indices[stream.Indices[n-1]].Policy != "" {
		return nil
	}
	return []string{fmt.Sprintf("the newest of %d indices of class %q without an ISM policy yet (if it stays so, %s)",
		n, stream.Class, add(stream.Indices[n-1], stream.Policy))}
}

// add is what gives an index a policy: who is without one never gets one by itself.
func add(index, policy string) string {
	return fmt.Sprintf("POST _plugins/_ism/add/%s with {\"policy_id\": %q}", index, policy)
}

// of tells what is otherwise with one data stream, in no order.
func (f Facts) of(stream store.Found) []string {
	var all []string
	if stream.Template != stream.Policy {
		all = append(all, fmt.Sprintf("index template %q for data stream %q, not ours", stream.Template, stream.Name))
	}
	var none []string
	counted := map[string]int{}
	for i, name := range stream.Indices {
		index := f.Indices[name]
		switch {
		case index.Policy == "" && i == len(stream.Indices)-1: // see fresh
		case index.Policy == "":
			none = append(none, name)
		case index.Policy != stream.Policy:
			counted["with another ISM policy"]++
		case index.Disabled:
			counted["for which index state management is switched off"]++
		case index.Failed != "":
			counted[fmt.Sprintf("that cannot go on, by action %q", index.Failed)]++
		}
	}
	if len(none) > 0 {
		counted["without an ISM policy, or hidden from us ("+add(none[0], stream.Policy)+")"] = len(none)
	}
	for text, n := range counted {
		all = append(all, fmt.Sprintf("%d of %d indices of class %q %s", n, len(stream.Indices), stream.Class, text))
	}
	return all
}
