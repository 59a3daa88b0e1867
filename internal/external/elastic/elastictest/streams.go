package elastictest

import (
	"encoding/json"
	"fmt"
	"maps"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"
)

// Stream is a data stream.
type Stream struct {
	Template string
	Indices  []*Index
	made     int
}

// Index is a backing index.
type Index struct {
	Name string
	// Policy is empty for one without.
	Policy  string
	Created time.Time
	// Rolled is when the next one was begun; zero for the one that is written to.
	Rolled time.Time
	Phase  string
	// Step is ERROR for one that cannot go on, by FailedStep.
	Step, FailedStep string
	// Version of the policy by which it went into its phase, and what that said.
	Version    int
	definition map[string]any
	Lines      []time.Time
	// Docs are those lines that have fields.
	Docs []Doc
}

func period(value any) (time.Duration, bool) {
	text := fmt.Sprint(value)
	for _, unit := range []struct {
		name string
		of   time.Duration
	}{{"ms", time.Millisecond}, {"s", time.Second}, {"m", time.Minute}, {"h", time.Hour}, {"d", 24 * time.Hour}} {
		digits, found := strings.CutSuffix(text, unit.name)
		if n, err := strconv.Atoi(digits); found && err == nil {
			return time.Duration(n) * unit.of, true
		}
	}
	return 0, false
}

// Index stores a line of a time, as a collector would send it, and makes the data stream if need be.
func (s *Server) Index(stream string, at time.Time) {
	s.mu.Lock()
	defer s.mu.Unlock()
	found := s.state.Streams[stream]
	if found == nil {
		found = &Stream{Template: s.templateOf(stream)}
		s.state.Streams[stream] = found
		s.begin(stream, found)
	}
	last := found.Indices[len(found.Indices)-1]
	last.Lines = append(last.Lines, at)
}

// templateOf is the one with the highest priority; empty is what ships with Elasticsearch.
func (s *Server) templateOf(stream string) string {
	best, priority := "logs", 100.0
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

// begin makes the next index of a data stream, by the template that matches now.
func (s *Server) begin(name string, stream *Stream) {
	stream.made++
	stream.Template = s.templateOf(name)
	settings := child(s.state.Templates[stream.Template], "template", "settings")
	index := &Index{Name: fmt.Sprintf(".ds-%s-%s-%06d", name, s.now.Format("2006.01.02"), stream.made), Created: s.now}
	index.Policy, _ = settings["index.lifecycle.name"].(string)
	s.enter(index, "hot")
	stream.Indices = append(stream.Indices, index)
}

// enter caches what the policy says of a phase now: later revisions of it do not reach the index in this phase.
func (s *Server) enter(index *Index, phase string) {
	index.Phase = phase
	if policy := s.state.Policies[index.Policy]; policy != nil {
		index.Version, index.definition = policy.Version, child(policy.Body, "phases", phase)
	}
}

// Pass moves the clock, hour by hour, and lets lifecycle management work.
func (s *Server) Pass(by time.Duration) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for end := s.now.Add(by); s.now.Before(end); {
		s.now = s.now.Add(min(time.Hour, end.Sub(s.now)))
		if s.state.Stopped {
			continue
		}
		for _, name := range slices.Sorted(maps.Keys(s.state.Streams)) {
			s.work(name, s.state.Streams[name])
		}
	}
}

func (s *Server) work(name string, stream *Stream) {
	for _, index := range slices.Clone(stream.Indices) {
		policy := s.state.Policies[index.Policy]
		switch {
		case policy == nil || index.Step == "ERROR":
		case index == stream.Indices[len(stream.Indices)-1]:
			age, ok := period(child(index.definition, "actions", "rollover")["max_age"])
			if ok && len(index.Lines) > 0 && s.now.Sub(index.Created) >= age {
				index.Rolled = s.now
				s.begin(name, stream)
			}
		default:
			s.move(index, policy)
			if index.Phase == "delete" {
				stream.Indices = slices.DeleteFunc(stream.Indices, func(i *Index) bool { return i == index })
			}
		}
	}
}

// move brings an index into the phase of its age. It is entered by what the policy says now.
func (s *Server) move(index *Index, policy *Policy) {
	due := index.Phase
	for _, phase := range []string{"warm", "cold", "frozen", "delete"} {
		of := child(policy.Body, "phases", phase)
		if age, ok := period(of["min_age"]); of != nil && ok && s.now.Sub(index.Rolled) >= age {
			due = phase
		}
	}
	if due != index.Phase {
		s.enter(index, due)
	}
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
			indices = append(indices, map[string]any{"index_name": index.Name, "index_uuid": index.Name})
		}
		found = append(found, map[string]any{
			"name": name, "timestamp_field": map[string]any{"name": "@timestamp"}, "indices": indices,
			"generation": stream.made, "status": "GREEN", "template": s.templateOf(name),
		})
	}
	if len(found) == 0 && !strings.Contains(pattern, "*") {
		missing(w, "data stream ["+pattern+"]")
		return
	}
	answer(w, map[string]any{"data_streams": found})
}

func (s *Server) explain(w http.ResponseWriter, pattern string) {
	found := map[string]any{}
	for name, stream := range s.state.Streams {
		if !matches(pattern, name) {
			continue
		}
		for _, index := range stream.Indices {
			if index.Policy == "" {
				found[index.Name] = map[string]any{"index": index.Name, "managed": false}
				continue
			}
			one := map[string]any{
				"index": index.Name, "managed": true, "policy": index.Policy, "phase": index.Phase, "action": "complete", "step": "complete",
				"age":             s.now.Sub(index.Created).String(),
				"phase_execution": map[string]any{"policy": index.Policy, "version": index.Version, "phase_definition": index.definition},
			}
			if index.Step != "" {
				one["step"], one["failed_step"] = index.Step, index.FailedStep
			}
			found[index.Name] = one
		}
	}
	answer(w, map[string]any{"indices": found})
}

func (s *Server) count(w http.ResponseWriter, r *http.Request, pattern string, body map[string]any) {
	if child(body, "query", "bool") != nil {
		s.countSubject(w, pattern, body)
		return
	}
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
		fail(w, http.StatusNotFound, "index_not_found_exception", "no such index ["+pattern+"]")
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
