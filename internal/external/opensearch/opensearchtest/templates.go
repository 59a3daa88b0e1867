package opensearchtest

import (
	"fmt"
	"maps"
	"net/http"
	"slices"
	"strings"
)

// stored gives settings back as texts with their full names in a tree, as they are given back unless they are asked for flat.
func stored(body map[string]any) map[string]any {
	copied := maps.Clone(body)
	template := maps.Clone(child(body, "template"))
	if template == nil {
		return copied
	}
	tree := map[string]any{}
	for name, value := range child(template, "settings") {
		at, parts := tree, strings.Split("index."+strings.TrimPrefix(name, "index."), ".")
		for _, part := range parts[:len(parts)-1] {
			if at[part] == nil {
				at[part] = map[string]any{}
			}
			at, _ = at[part].(map[string]any)
		}
		at[parts[len(parts)-1]] = fmt.Sprint(value)
	}
	template["settings"] = tree
	copied["template"] = template
	return copied
}

func (s *Server) component(w http.ResponseWriter, r *http.Request, name string, body map[string]any) {
	switch r.Method {
	case http.MethodGet:
		found := []any{}
		for _, one := range slices.Sorted(maps.Keys(s.state.Components)) {
			if matches(name, one) {
				found = append(found, map[string]any{"name": one, "component_template": stored(s.state.Components[one])})
			}
		}
		if len(found) == 0 && !strings.Contains(name, "*") {
			missing(w, "resource_not_found_exception", "component template matching ["+name+"]")
			return
		}
		answer(w, map[string]any{"component_templates": found})
	case http.MethodPut:
		s.state.Components[name] = body
		s.acknowledge(w)
	default:
		s.refuse(w, http.StatusMethodNotAllowed, "incorrect HTTP method")
	}
}

func (s *Server) template(w http.ResponseWriter, r *http.Request, name string, body map[string]any) {
	switch r.Method {
	case http.MethodGet:
		found := []any{}
		for _, one := range slices.Sorted(maps.Keys(s.state.Templates)) {
			if matches(name, one) {
				found = append(found, map[string]any{"name": one, "index_template": stored(s.state.Templates[one])})
			}
		}
		if len(found) == 0 && !strings.Contains(name, "*") {
			missing(w, "resource_not_found_exception", "index template matching ["+name+"]")
			return
		}
		answer(w, map[string]any{"index_templates": found})
	case http.MethodPut:
		if reason := s.wrong(name, body); reason != "" {
			fail(w, http.StatusBadRequest, "illegal_argument_exception", reason)
			return
		}
		if body["data_stream"] != nil {
			body["data_stream"] = map[string]any{"timestamp_field": map[string]any{"name": "@timestamp"}}
		}
		s.state.Templates[name] = body
		s.acknowledge(w)
	default:
		s.refuse(w, http.StatusMethodNotAllowed, "incorrect HTTP method")
	}
}

// templateFields are those that an index template may have; Elasticsearch knows more.
var templateFields = []string{"_meta", "index_patterns", "template", "composed_of", "priority", "version", "data_stream", "context"}

// wrong says why a template is refused.
func (s *Server) wrong(name string, body map[string]any) string {
	for field := range body {
		if !slices.Contains(templateFields, field) {
			return "[index_template] unknown field [" + field + "]"
		}
	}
	for _, component := range texts(body["composed_of"]) {
		if s.state.Components[component] == nil {
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
