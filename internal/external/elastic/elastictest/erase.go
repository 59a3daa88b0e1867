package elastictest

import (
	"maps"
	"slices"
	"strings"

	"github.com/tux-io/tux-monitoring-operator/internal/external/logstore/storetest"
)

func (s *Server) host() storetest.Host {
	return storetest.Host{
		Node: "oTUltX4IQMOUUVeiohTt8A", Each: s.each, Refuse: s.refuse, FailedShards: s.state.FailedShards,
		Missing: missing,
	}
}

// EditErase looks at or changes what there is of deleting by query, between two requests.
func (s *Server) EditErase(change func(*storetest.Erase)) {
	s.Edit(func(state *State) { change(&state.Erase) })
}

// Store stores a document in the index that is written to, as a collector would send it.
func (s *Server) Store(stream string, doc storetest.Doc) {
	s.Index(stream, doc.At)
	s.mu.Lock()
	defer s.mu.Unlock()
	indices := s.state.Streams[stream].Indices
	last := indices[len(indices)-1]
	last.Docs = append(last.Docs, doc)
}

// Docs are the documents of a data stream.
func (s *Server) Docs(stream string) []storetest.Doc {
	s.mu.Lock()
	defer s.mu.Unlock()
	var all []storetest.Doc
	s.each(stream, func(index storetest.Index) { all = append(all, *index.Docs...) })
	return all
}

// Roll begins the next index of a data stream and returns the name of the one before.
func (s *Server) Roll(stream string) string {
	s.mu.Lock()
	defer s.mu.Unlock()
	of := s.state.Streams[stream]
	last := of.Indices[len(of.Indices)-1]
	last.Rolled = s.now
	s.begin(stream, of)
	return last.Name
}

// RunTasks lets all tasks come to their end.
func (s *Server) RunTasks() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.state.Run(s.host())
}

// each calls for every index of a list of data streams.
func (s *Server) each(streams string, do func(storetest.Index)) {
	for pattern := range strings.SplitSeq(streams, ",") {
		for _, name := range slices.Sorted(maps.Keys(s.state.Streams)) {
			if !matches(pattern, name) {
				continue
			}
			for _, index := range s.state.Streams[name].Indices {
				do(storetest.Index{Name: index.Name, Docs: &index.Docs})
			}
		}
	}
}
