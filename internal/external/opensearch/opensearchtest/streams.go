package opensearchtest

import (
	"encoding/json"
	"fmt"
	"maps"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/tux-io/tux-monitoring-operator/internal/external/logstore/storetest"
)

// Stream is a data stream.
type Stream struct {
	Indices []*Index
	made    int
}

// Index is a backing index.
type Index struct {
	Name    string
	Created time.Time
	// Rolled is when the next one was begun; zero for the one that is written to.
	Rolled time.Time
	Lines  []time.Time
	// Docs are those lines that have fields.
	Docs []storetest.Doc
	Managed
}

// Managed is what index state management has of an index.
type Managed struct {
	// Policy is empty for one without.
	Policy   string
	Disabled bool
	// SeqNo and PrimaryTerm are those of the revision it keeps to; 0 before it has begun.
	SeqNo, PrimaryTerm int
	State              string
	// Failed is the action that it cannot do.
	Failed string
	// kept is the policy as it was when it began, or was told to change.
	kept map[string]any
	// next is the policy that it was told to change to; safe: at once, and not only at the end of a state.
	next string
	safe bool
}

// Index stores a line of a time, as a collector would send it, and makes the data stream if need be.
func (s *Server) Index(stream string, at time.Time) {
	s.mu.Lock()
	defer s.mu.Unlock()
	found := s.state.Streams[stream]
	if found == nil {
		found = &Stream{}
		s.state.Streams[stream] = found
		s.begin(stream, found)
	}
	last := found.Indices[len(found.Indices)-1]
	last.Lines = append(last.Lines, at)
}

// begin makes the next index of a data stream. Index state management finds a policy for it by the name of the stream.
func (s *Server) begin(name string, stream *Stream) {
	stream.made++
	index := &Index{Name: fmt.Sprintf(".ds-%s-%06d", name, stream.made), Created: s.now}
	highest := -1.0
	for _, id := range slices.Sorted(maps.Keys(s.state.Policies)) {
		for _, template := range children(s.state.Policies[id].Body["ism_template"]) {
			priority, _ := template["priority"].(float64)
			for _, pattern := range texts(template["index_patterns"]) {
				if matches(pattern, name) && priority > highest {
					index.Policy, highest = id, priority
				}
			}
		}
	}
	stream.Indices = append(stream.Indices, index)
}

// templateOf is the index template with the highest priority; empty if there is none.
func (s *Server) templateOf(stream string) string {
	best, priority := "", -1.0
	for name, template := range s.state.Templates {
		of, _ := template["priority"].(float64)
		for _, pattern := range texts(template["index_patterns"]) {
			if matches(pattern, stream) && of > priority {
				best, priority = name, of
			}
		}
	}
	return best
}

// Oldest is the age of the oldest line of a data stream, zero if there is none.
func (s *Server) Oldest(stream string) time.Duration {
	s.mu.Lock()
	defer s.mu.Unlock()
	oldest := time.Duration(0)
	if found := s.state.Streams[stream]; found != nil {
		for _, index := range found.Indices {
			for _, line := range index.Lines {
				oldest = max(oldest, s.now.Sub(line))
			}
		}
	}
	return oldest
}

func (s *Server) streams(w http.ResponseWriter, pattern string) {
	found := []any{}
	for _, name := range slices.Sorted(maps.Keys(s.state.Streams)) {
		if !matches(pattern, name) {
			continue
		}
		stream, indices := s.state.Streams[name], []any{}
		for _, index := range stream.Indices {
			indices = append(indices, map[string]any{"index_name": index.Name, "index_uuid": "uuid-" + index.Name})
		}
		found = append(found, map[string]any{
			"name": name, "timestamp_field": map[string]any{"name": "@timestamp"}, "indices": indices,
			"generation": stream.made, "status": "GREEN", "template": s.templateOf(name),
		})
	}
	if len(found) == 0 && !strings.Contains(pattern, "*") {
		missing(w, "resource_not_found_exception", "data stream ["+pattern+"]")
		return
	}
	answer(w, map[string]any{"data_streams": found})
}

func (s *Server) count(w http.ResponseWriter, r *http.Request, pattern string, body map[string]any) {
	spec := child(body, "query", "range", "@timestamp")
	from, hasFrom := spec["gte"].(float64)
	to, hasTo := spec["lt"].(float64)
	if !hasFrom || !hasTo || spec["format"] != "epoch_millis" {
		text, _ := json.Marshal(body)
		s.refuse(w, http.StatusBadRequest, "not the query of a time: "+string(text))
		return
	}
	n, found := 0, false
	for name, stream := range s.state.Streams {
		if matches(pattern, name) {
			found = true
			n += stream.between(from, to)
		}
	}
	if !found && r.URL.Query().Get("ignore_unavailable") != "true" {
		missing(w, "index_not_found_exception", "no such index ["+pattern+"]")
		return
	}
	failed := s.state.FailedShards
	if failed > 0 {
		n = 0
	}
	shards := map[string]any{"total": 2, "successful": 2 - min(failed, 2), "skipped": 0, "failed": failed}
	answer(w, map[string]any{"count": n, "_shards": shards})
}

// between counts lines of milliseconds since 1970.
func (stream *Stream) between(from, to float64) int {
	n := 0
	for _, index := range stream.Indices {
		for _, line := range index.Lines {
			if at := float64(line.UnixMilli()); from <= at && at < to {
				n++
			}
		}
	}
	return n
}
