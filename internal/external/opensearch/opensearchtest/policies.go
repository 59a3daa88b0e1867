package opensearchtest

import (
	"fmt"
	"net/http"
	"slices"
	"strconv"
)

// Policy is an ISM policy.
type Policy struct {
	SeqNo, PrimaryTerm, Version int
	// Body is what is stored, with all that OpenSearch adds.
	Body map[string]any
}

// Touch writes the policy anew, as somebody else does who saves it.
func (s *State) Touch(name string) {
	s.SeqNo++
	if policy := s.Policies[name]; policy != nil {
		policy.SeqNo, policy.Version = s.SeqNo, policy.Version+1
	}
}

func (s *Server) policy(w http.ResponseWriter, r *http.Request, name string, body map[string]any) {
	stored := s.state.Policies[name]
	switch r.Method {
	case http.MethodGet:
		if stored == nil {
			missing(w, "status_exception", "Policy")
			return
		}
		answer(w, map[string]any{
			"_id": name, "_version": stored.Version, "_seq_no": stored.SeqNo, "_primary_term": stored.PrimaryTerm, "policy": stored.Body,
		})
	case http.MethodPut:
		s.putPolicy(w, r, name, child(body, "policy"))
	default:
		s.refuse(w, http.StatusMethodNotAllowed, "incorrect HTTP method")
	}
}

// putPolicy writes over the revision that is named, or makes one that is not there.
func (s *Server) putPolicy(w http.ResponseWriter, r *http.Request, name string, body map[string]any) {
	if reason := s.complete(name, body); reason != "" {
		fail(w, http.StatusBadRequest, "illegal_argument_exception", reason)
		return
	}
	seqNo, noSeqNo := strconv.Atoi(r.URL.Query().Get("if_seq_no"))
	term, noTerm := strconv.Atoi(r.URL.Query().Get("if_primary_term"))
	stored := s.state.Policies[name]
	switch {
	case (noSeqNo != nil || noTerm != nil) && stored != nil:
		conflict(w, name, "document already exists (current version ["+strconv.Itoa(stored.Version)+"])")
		return
	case noSeqNo == nil && noTerm == nil && (stored == nil || stored.SeqNo != seqNo || stored.PrimaryTerm != term):
		conflict(w, name, fmt.Sprintf("required seqNo [%d], primary term [%d]", seqNo, term))
		return
	}
	status := http.StatusOK
	if stored == nil {
		status, stored = http.StatusCreated, &Policy{PrimaryTerm: 1}
		s.state.Policies[name] = stored
	}
	stored.Body = body
	s.state.Touch(name)
	w.WriteHeader(status)
	answer(w, map[string]any{
		"_id": name, "_version": stored.Version, "_seq_no": stored.SeqNo, "_primary_term": stored.PrimaryTerm,
		"policy": map[string]any{"policy": body},
	})
}

func conflict(w http.ResponseWriter, name, text string) {
	fail(w, http.StatusConflict, "version_conflict_engine_exception", "["+name+"]: version conflict, "+text)
}

// kinds are the actions that are known.
var kinds = []string{
	"alias", "allocation", "close", "convert_index_to_remote", "delete", "force_merge", "index_priority", "notification", "open",
	"read_only", "read_write", "replica_count", "rollover", "rollup", "search_only", "shrink", "snapshot", "stop_replication",
}

// complete adds what a policy does not say, and returns why one is refused.
func (s *Server) complete(name string, body map[string]any) string {
	if body["description"] == nil {
		return "Policy description is null"
	}
	var names []string
	for _, state := range children(body["states"]) {
		names = append(names, fmt.Sprint(state["name"]))
	}
	if !slices.Contains(names, fmt.Sprint(body["default_state"])) {
		return fmt.Sprintf("Policy must have a valid default state, not %v", body["default_state"])
	}
	for _, state := range children(body["states"]) {
		if reason := completeState(state, names); reason != "" {
			return reason
		}
	}
	for _, template := range children(body["ism_template"]) {
		if reason := s.overlaps(name, template); reason != "" {
			return reason
		}
		template["last_updated_time"] = s.now.UnixMilli()
	}
	body["policy_id"], body["schema_version"], body["last_updated_time"] = name, 21, s.now.UnixMilli()
	if body["error_notification"] == nil {
		body["error_notification"] = nil
	}
	return ""
}

func completeState(state map[string]any, names []string) string {
	for _, action := range children(state["actions"]) {
		kind := kindOf(action)
		if !slices.Contains(kinds, kind) {
			return fmt.Sprintf("Action field is invalid: %v", action)
		}
		if action["retry"] == nil {
			action["retry"] = map[string]any{"count": 3, "backoff": "exponential", "delay": "1m"}
		}
		of := child(action, kind)
		switch kind {
		case "rollover":
			of["copy_alias"] = false
		case "allocation":
			for _, key := range []string{"include", "exclude", "require"} {
				if of[key] == nil {
					of[key] = map[string]any{}
				}
			}
			of["wait_for"] = false
		}
	}
	for _, transition := range children(state["transitions"]) {
		if !slices.Contains(names, fmt.Sprint(transition["state_name"])) {
			return fmt.Sprintf("Policy contains a transition in state=%v pointing to a nonexistent state=%v",
				state["name"], transition["state_name"])
		}
		if len(child(transition, "conditions")) > 1 {
			return "Cannot provide more than one Transition condition"
		}
	}
	return ""
}

// kindOf an action is its one name that is neither timeout nor retry.
func kindOf(action map[string]any) string {
	for name := range action {
		if name != "retry" && name != "timeout" {
			return name
		}
	}
	return ""
}

// overlaps says which other policy has a template of the same priority that an index could match as well.
func (s *Server) overlaps(name string, template map[string]any) string {
	for other, policy := range s.state.Policies {
		for _, theirs := range children(policy.Body["ism_template"]) {
			if other == name || fmt.Sprint(theirs["priority"]) != fmt.Sprint(template["priority"]) {
				continue
			}
			for _, mine := range texts(template["index_patterns"]) {
				for _, pattern := range texts(theirs["index_patterns"]) {
					if matches(pattern, mine) || matches(mine, pattern) {
						return fmt.Sprintf("New policy %s has an ISM template with index pattern [%s] matching existing policy templates,"+
							" please use a different priority than %v", name, mine, template["priority"])
					}
				}
			}
		}
	}
	return ""
}
