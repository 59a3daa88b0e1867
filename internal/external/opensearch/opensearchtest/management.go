package opensearchtest

import (
	"fmt"
	"maps"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"
)

// Pass moves the clock, hour by hour, and lets index state management work.
func (s *Server) Pass(by time.Duration) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for end := s.now.Add(by); s.now.Before(end); {
		s.now = s.now.Add(min(time.Hour, end.Sub(s.now)))
		const enabled = "plugins.index_state_management.enabled"
		value, set := s.state.Settings[enabled]
		if !set {
			value = s.state.File[enabled]
		}
		if fmt.Sprint(value) == "false" {
			continue
		}
		for _, name := range slices.Sorted(maps.Keys(s.state.Streams)) {
			stream := s.state.Streams[name]
			for _, index := range slices.Clone(stream.Indices) {
				if index.Policy != "" && !index.Disabled {
					s.work(name, stream, index)
				}
			}
		}
	}
}

// work is one visit to an index: it begins, changes its policy, or goes on.
func (s *Server) work(name string, stream *Stream, index *Index) {
	last := index == stream.Indices[len(stream.Indices)-1]
	state := stateOf(index.kept, index.State)
	switch rollover := actionOf(state, "rollover"); {
	case index.kept == nil:
		s.keep(index, index.Policy)
		index.State = fmt.Sprint(index.kept["default_state"])
	case index.next != "" && (index.safe || rollover == nil || !last):
		s.keep(index, index.next)
	case index.Failed != "":
	case state == nil:
		index.Failed = "policy" // the revision it changed to does not have the state it is in
	case rollover != nil && last:
		age, ok := period(rollover["min_index_age"])
		if ok && s.now.Sub(index.Created) >= age {
			index.Rolled = s.now
			s.begin(name, stream)
		}
	default:
		s.transit(stream, index, state)
	}
}

// keep takes the latest revision of a policy, to which the index keeps from then on.
func (s *Server) keep(index *Index, policy string) {
	if stored := s.state.Policies[policy]; stored != nil {
		index.Policy, index.SeqNo, index.PrimaryTerm = policy, stored.SeqNo, stored.PrimaryTerm
		index.kept, index.next, index.Failed = stored.Body, "", ""
	}
}

// transit brings an index into the next state if it is time, and does what that says.
func (s *Server) transit(stream *Stream, index *Index, state map[string]any) {
	for _, transition := range children(state["transitions"]) {
		age, ok := period(child(transition, "conditions")["min_rollover_age"])
		if index.Rolled.IsZero() {
			index.Failed = "transition"
			return
		}
		if !ok || s.now.Sub(index.Rolled) < age {
			continue
		}
		index.State = fmt.Sprint(transition["state_name"])
		if actionOf(stateOf(index.kept, index.State), "delete") != nil {
			stream.Indices = slices.DeleteFunc(stream.Indices, func(i *Index) bool { return i == index })
		}
		return
	}
}

func stateOf(policy map[string]any, name string) map[string]any {
	for _, state := range children(policy["states"]) {
		if state["name"] == name {
			return state
		}
	}
	return nil
}

func actionOf(state map[string]any, kind string) map[string]any {
	for _, action := range children(state["actions"]) {
		if of := child(action, kind); of != nil {
			return of
		}
	}
	return nil
}

func period(value any) (time.Duration, bool) {
	digits, found := strings.CutSuffix(fmt.Sprint(value), "d")
	n, err := strconv.Atoi(digits)
	return time.Duration(n) * 24 * time.Hour, found && err == nil
}

// find returns an index by name.
func (s *Server) find(name string) *Index {
	for _, stream := range s.state.Streams {
		for _, index := range stream.Indices {
			if index.Name == name {
				return index
			}
		}
	}
	return nil
}

// explain tells what there is of these indices, and leaves out what is not there.
func (s *Server) explain(w http.ResponseWriter, names []string) {
	found, managed := map[string]any{}, 0
	for _, name := range names {
		index := s.find(name)
		if index == nil {
			continue
		}
		if index.Policy == "" {
			found[name] = map[string]any{"index.plugins.index_state_management.policy_id": nil, "enabled": nil}
			continue
		}
		managed++
		one := map[string]any{
			"index.plugins.index_state_management.policy_id": index.Policy, "index": name, "index_uuid": "uuid-" + name,
			"policy_id": index.Policy, "enabled": !index.Disabled,
		}
		if index.SeqNo > 0 {
			one["policy_seq_no"], one["policy_primary_term"] = index.SeqNo, index.PrimaryTerm
			one["state"] = map[string]any{"name": index.State}
			one["action"] = map[string]any{"name": "transition", "failed": false}
			one["retry_info"] = map[string]any{"failed": index.Failed != "", "consumed_retries": 0}
			if index.Failed != "" {
				one["action"] = map[string]any{"name": index.Failed, "failed": true}
			}
		}
		found[name] = one
	}
	found["total_managed_indices"] = managed
	answer(w, found)
}

// change tells indices to follow another policy, or another revision of theirs.
func (s *Server) change(w http.ResponseWriter, names []string, body map[string]any) {
	id := fmt.Sprint(body["policy_id"])
	policy := s.state.Policies[id]
	if policy == nil {
		fail(w, http.StatusNotFound, "status_exception", "Could not find policy="+id)
		return
	}
	if state, named := body["state"]; named {
		s.refuse(w, http.StatusBadRequest, fmt.Sprintf("every index would go to state %q", state))
		return
	}
	for _, name := range names {
		if s.find(name) == nil {
			fail(w, http.StatusNotFound, "index_not_found_exception", "no such index ["+name+"]")
			return
		}
	}
	updated, failed := 0, []any{}
	for _, name := range names {
		index := s.find(name)
		reason := s.state.Immovable[name]
		if reason == "" && index.Policy == "" {
			reason = "This index is not being managed"
		}
		if reason != "" {
			failed = append(failed, map[string]any{"index_name": name, "index_uuid": "uuid-" + name, "reason": reason})
			continue
		}
		index.next, index.safe = id, isSafe(index, policy.Body)
		updated++
	}
	answer(w, map[string]any{"updated_indices": updated, "failures": len(failed) > 0, "failed_indices": failed})
}

// isSafe: the state that the index is in has the same actions in both revisions.
func isSafe(index *Index, policy map[string]any) bool {
	actions := func(of map[string]any) []string {
		var all []string
		for _, action := range children(stateOf(of, index.State)["actions"]) {
			all = append(all, kindOf(action))
		}
		return all
	}
	return index.kept == nil || stateOf(policy, index.State) != nil && slices.Equal(actions(index.kept), actions(policy))
}
