package elastictest

import (
	"fmt"
	"maps"
	"net/http"
	"slices"
	"strings"
)

// actions are those that each phase may have.
var actions = map[string][]string{
	"hot":    {"set_priority", "unfollow", "rollover", "readonly", "downsample", "shrink", "forcemerge", "searchable_snapshot"},
	"warm":   {"set_priority", "unfollow", "readonly", "downsample", "allocate", "migrate", "shrink", "forcemerge"},
	"cold":   {"set_priority", "unfollow", "readonly", "downsample", "searchable_snapshot", "allocate", "migrate"},
	"frozen": {"unfollow", "searchable_snapshot"},
	"delete": {"wait_for_snapshot", "delete"},
}

func child(of map[string]any, names ...string) map[string]any {
	for _, name := range names {
		of, _ = of[name].(map[string]any)
	}
	return of
}

func (s *Server) policy(w http.ResponseWriter, r *http.Request, name string, body map[string]any) {
	switch r.Method {
	case http.MethodGet:
		s.getPolicies(w, name)
	case http.MethodPut:
		s.putPolicy(w, name, child(body, "policy"))
	case http.MethodDelete:
		if s.state.Policies[name] == nil {
			missing(w, "Lifecycle policy")
			return
		}
		if used := s.users(name); len(used) > 0 {
			fail(w, http.StatusBadRequest, "illegal_argument_exception",
				fmt.Sprintf("Cannot delete policy [%s]. It is in use by one or more indices: %v", name, used))
			return
		}
		delete(s.state.Policies, name)
		s.acknowledge(w)
	default:
		s.refuse(w, http.StatusMethodNotAllowed, "incorrect HTTP method")
	}
}

func (s *Server) putPolicy(w http.ResponseWriter, name string, policy map[string]any) {
	if reason := normalise(policy); reason != "" {
		s.refuse(w, http.StatusBadRequest, reason)
		return
	}
	// Whoever writes last has written: there is nothing to say which revision was meant.
	version := 1
	if last := s.state.Policies[name]; last != nil {
		version = last.Version + 1
	}
	s.state.Policies[name] = &Policy{Version: version, Body: policy}
	s.acknowledge(w)
}

// normalise adds what a policy does not say, and returns why one is refused.
func normalise(policy map[string]any) string {
	if len(child(policy, "phases")) == 0 {
		return "a policy needs phases"
	}
	for phase, value := range child(policy, "phases") {
		of, _ := value.(map[string]any)
		for action := range child(of, "actions") {
			if !slices.Contains(actions[phase], action) {
				return fmt.Sprintf("invalid action [%s] defined in phase [%s]", action, phase)
			}
		}
		if _, there := of["min_age"]; !there {
			of["min_age"] = "0ms"
		}
		if _, ok := period(of["min_age"]); !ok {
			return fmt.Sprintf("failed to parse setting [min_age] with value [%v]", of["min_age"])
		}
	}
	return ""
}

// users are the indices that have a policy.
func (s *Server) users(policy string) []string {
	var all []string
	for _, stream := range s.state.Streams {
		for _, index := range stream.Indices {
			if index.Policy == policy {
				all = append(all, index.Name)
			}
		}
	}
	slices.Sort(all)
	return all
}

func (s *Server) getPolicies(w http.ResponseWriter, name string) {
	if strings.Contains(name, ",") && strings.Contains(name, "*") {
		s.refuse(w, http.StatusBadRequest, "wildcard only supports a single value, please use comma-separated values or a single wildcard value")
		return
	}
	found := map[string]any{}
	for one, policy := range s.state.Policies {
		if matches(name, one) {
			found[one] = map[string]any{
				"version": policy.Version, "modified_date": "2026-11-23T12:00:00.000Z", "policy": policy.Body,
				"in_use_by": map[string]any{"indices": s.users(one), "data_streams": []string{}, "composable_templates": []string{}},
			}
		}
	}
	if len(found) == 0 {
		missing(w, "Lifecycle policy")
		return
	}
	answer(w, found)
}

// nested gives settings back as a tree, unless they are asked for flat.
func nested(r *http.Request, body map[string]any) map[string]any {
	copied := maps.Clone(body)
	template := maps.Clone(child(body, "template"))
	if template == nil {
		return copied
	}
	flat := map[string]any{}
	for name, value := range child(template, "settings") {
		if !strings.HasPrefix(name, "index.") {
			name = "index." + name
		}
		flat[name] = fmt.Sprint(value)
	}
	template["settings"] = flat
	if r.URL.Query().Get("flat_settings") != "true" {
		tree := map[string]any{}
		for name, value := range flat {
			at, parts := tree, strings.Split(name, ".")
			for _, part := range parts[:len(parts)-1] {
				if at[part] == nil {
					at[part] = map[string]any{}
				}
				at, _ = at[part].(map[string]any)
			}
			at[parts[len(parts)-1]] = value
		}
		template["settings"] = tree
	}
	copied["template"] = template
	return copied
}

func (s *Server) component(w http.ResponseWriter, r *http.Request, name string, body map[string]any) {
	switch r.Method {
	case http.MethodGet:
		found := []any{}
		for _, one := range slices.Sorted(maps.Keys(s.state.Components)) {
			if matches(name, one) {
				found = append(found, map[string]any{"name": one, "component_template": nested(r, s.state.Components[one])})
			}
		}
		if len(found) == 0 && !strings.Contains(name, "*") {
			missing(w, "component template matching ["+name+"]")
			return
		}
		answer(w, map[string]any{"component_templates": found})
	case http.MethodPut:
		s.state.Components[name] = body
		s.acknowledge(w)
	case http.MethodDelete:
		for one, template := range s.state.Templates {
			if slices.Contains(texts(template["composed_of"]), name) {
				fail(w, http.StatusBadRequest, "illegal_argument_exception",
					fmt.Sprintf("component templates [%s] cannot be removed as they are still in use by index templates [%s]", name, one))
				return
			}
		}
		delete(s.state.Components, name)
		s.acknowledge(w)
	default:
		s.refuse(w, http.StatusMethodNotAllowed, "incorrect HTTP method")
	}
}

func texts(value any) []string {
	list, _ := value.([]any)
	var all []string
	for _, one := range list {
		all = append(all, fmt.Sprint(one))
	}
	return all
}

func (s *Server) template(w http.ResponseWriter, r *http.Request, name string, body map[string]any) {
	switch r.Method {
	case http.MethodGet:
		found := []any{}
		for _, one := range slices.Sorted(maps.Keys(s.state.Templates)) {
			if matches(name, one) {
				found = append(found, map[string]any{"name": one, "index_template": nested(r, s.state.Templates[one])})
			}
		}
		if len(found) == 0 && !strings.Contains(name, "*") {
			missing(w, "index template matching ["+name+"]")
			return
		}
		answer(w, map[string]any{"index_templates": found})
	case http.MethodPut:
		if reason := s.wrong(name, body); reason != "" {
			fail(w, http.StatusBadRequest, "illegal_argument_exception", reason)
			return
		}
		if body["data_stream"] != nil {
			body["data_stream"] = map[string]any{"hidden": false, "allow_custom_routing": false}
		}
		s.state.Templates[name] = body
		s.acknowledge(w)
	default:
		s.refuse(w, http.StatusMethodNotAllowed, "incorrect HTTP method")
	}
}

// wrong says why a template is refused.
func (s *Server) wrong(name string, body map[string]any) string {
	optional := texts(body["ignore_missing_component_templates"])
	for _, component := range texts(body["composed_of"]) {
		if s.state.Components[component] == nil && !slices.Contains(optional, component) {
			return fmt.Sprintf("index template [%s] invalid, cause [component templates [%s] that does not exist]", name, component)
		}
	}
	for other, template := range s.state.Templates {
		if other == name || fmt.Sprint(template["priority"]) != fmt.Sprint(body["priority"]) {
			continue
		}
		for _, mine := range texts(body["index_patterns"]) {
			for _, theirs := range texts(template["index_patterns"]) {
				if matches(theirs, mine) || matches(mine, theirs) {
					return fmt.Sprintf("index template [%s] has index patterns [%s] matching patterns from existing templates [%s]"+
						" with the same priority", name, mine, other)
				}
			}
		}
	}
	return ""
}
