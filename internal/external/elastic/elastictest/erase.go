package elastictest

import (
	"encoding/json"
	"fmt"
	"maps"
	"net/http"
	"slices"
	"strings"
	"time"
)

// Doc is a document with fields.
type Doc struct {
	At     time.Time
	Fields map[string]string
}

// Task deletes by query. It goes on when a test says so: Server.RunTasks.
type Task struct {
	ID, Mark string
	Done     bool
	Canceled bool
	// Deleted, Conflicts and Failures are how it ended.
	Deleted, Conflicts, Failures int
	query                        map[string]any
	streams                      string
}

// Erase is what a test can change about deleting by query.
type Erase struct {
	// Types are those of fields, such as user_id: keyword.
	Types map[string]string
	// Blocked are the names of read-only indices.
	Blocked map[string]bool
	Tasks   []*Task
	// Conflicts is how many documents the next task leaves, because they were changed meanwhile.
	Conflicts int
	// LosePosts breaks the connection after the next requests to delete were taken.
	LosePosts int
	// AfterPost is called when a task was begun, before the answer.
	AfterPost func()
	// Forget makes tasks unknown when they are done, as after the restart of a node.
	Forget bool
}

// Store stores a document in the index that is written to, as a collector would send it.
func (s *Server) Store(stream string, doc Doc) {
	s.Index(stream, doc.At)
	s.mu.Lock()
	defer s.mu.Unlock()
	indices := s.state.Streams[stream].Indices
	last := indices[len(indices)-1]
	last.Docs = append(last.Docs, doc)
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
	for _, task := range s.state.Tasks {
		if task.Done || task.Canceled {
			continue
		}
		task.Done = true
		s.each(task.streams, func(index *Index) {
			index.Docs = slices.DeleteFunc(index.Docs, func(doc Doc) bool {
				switch {
				case !asks(task.query, index.Name, doc):
					return false
				case s.state.Blocked[index.Name]:
					task.Failures++
					return false
				case s.state.Conflicts > 0:
					s.state.Conflicts--
					task.Conflicts++
					return false
				}
				task.Deleted++
				return true
			})
		})
	}
}

// each calls for every index of a list of data streams.
func (s *Server) each(streams string, do func(*Index)) {
	for pattern := range strings.SplitSeq(streams, ",") {
		for _, name := range slices.Sorted(maps.Keys(s.state.Streams)) {
			if matches(pattern, name) {
				for _, index := range s.state.Streams[name].Indices {
					do(index)
				}
			}
		}
	}
}

// asks says whether a query of a subject matches a document.
func asks(query map[string]any, index string, doc Doc) bool {
	of := child(query, "bool")
	in := func(clause any) bool {
		clauses, _ := clause.(map[string]any)
		return slices.Contains(texts(child(clauses, "terms")["_index"]), index)
	}
	for _, clause := range list(of["filter"]) {
		if terms := child(clause, "terms"); terms != nil && !in(clause) {
			return false
		}
		for field, value := range child(clause, "term") {
			one, _ := value.(map[string]any)
			if doc.Fields[strings.TrimSuffix(field, ".keyword")] != one["value"] {
				return false
			}
		}
		if span := child(clause, "range", "@timestamp"); span != nil {
			from, _ := span["gte"].(float64)
			to, _ := span["lte"].(float64)
			if at := float64(doc.At.UnixMilli()); at < from || at > to {
				return false
			}
		}
	}
	return !slices.ContainsFunc(list(of["must_not"]), func(clause map[string]any) bool { return in(clause) })
}

func list(value any) []map[string]any {
	all, _ := value.([]any)
	var clauses []map[string]any
	for _, one := range all {
		clause, _ := one.(map[string]any)
		clauses = append(clauses, clause)
	}
	return clauses
}

// isSubject: a query without a term on an id, or without its time, would take lines of others.
func (s *Server) isSubject(w http.ResponseWriter, query map[string]any) bool {
	term, span := false, false
	for _, clause := range list(child(query, "bool")["filter"]) {
		for field, value := range child(clause, "term") {
			one, _ := value.(map[string]any)
			text, _ := one["value"].(string)
			term = term || text != "" && slices.Contains([]string{"keyword", "long"}, s.state.Types[field])
		}
		span = span || child(clause, "range", "@timestamp")["format"] == "epoch_millis"
	}
	if !term || !span {
		text, _ := json.Marshal(query)
		s.refuse(w, http.StatusBadRequest, "the query has no exact id, or no time: "+string(text))
	}
	return term && span
}

func (s *Server) countSubject(w http.ResponseWriter, streams string, body map[string]any) {
	query := child(body, "query")
	if !s.isSubject(w, query) {
		return
	}
	n := 0
	s.each(streams, func(index *Index) {
		for _, doc := range index.Docs {
			if asks(query, index.Name, doc) {
				n++
			}
		}
	})
	failed := s.state.FailedShards
	shards := map[string]any{"total": 2, "successful": 2 - min(failed, 2), "skipped": 0, "failed": failed}
	answer(w, map[string]any{"count": n, "_shards": shards})
}

func (s *Server) fieldCaps(w http.ResponseWriter, r *http.Request) {
	fields := map[string]any{}
	for name := range strings.SplitSeq(r.URL.Query().Get("fields"), ",") {
		if kind := s.state.Types[name]; kind != "" {
			fields[name] = map[string]any{kind: map[string]any{
				"type": kind, "metadata_field": false, "searchable": true, "aggregatable": kind != "text",
			}}
		}
	}
	answer(w, map[string]any{"indices": []string{}, "fields": fields})
}

func (s *Server) blocks(w http.ResponseWriter, streams string) {
	found := map[string]any{}
	s.each(streams, func(index *Index) {
		if s.state.Blocked[index.Name] {
			found[index.Name] = map[string]any{"settings": map[string]any{"index.blocks.write": "true"}}
		}
	})
	answer(w, found)
}

// deleteByQuery begins a task. Each request begins one: it is not idempotent.
func (s *Server) deleteByQuery(w http.ResponseWriter, r *http.Request, streams string, body map[string]any) {
	query := r.URL.Query()
	want := map[string]string{"conflicts": "proceed", "wait_for_completion": "false", "slices": "auto", "refresh": "true"}
	for name, value := range want {
		if query.Get(name) != value {
			s.refuse(w, http.StatusBadRequest, name+" is "+query.Get(name))
			return
		}
	}
	if r.Method != http.MethodPost || strings.Contains(streams, "*") || !s.isSubject(w, child(body, "query")) {
		s.problems = append(s.problems, "deletes by "+r.Method+" in "+streams)
		return
	}
	task := &Task{
		ID: fmt.Sprintf("oTUltX4IQMOUUVeiohTt8A:%d", len(s.state.Tasks)+1), Mark: r.Header.Get("X-Opaque-Id"),
		query: child(body, "query"), streams: streams,
	}
	s.state.Tasks = append(s.state.Tasks, task)
	if s.state.AfterPost != nil {
		s.state.AfterPost()
	}
	if s.state.LosePosts > 0 {
		s.state.LosePosts--
		panic(http.ErrAbortHandler)
	}
	answer(w, map[string]any{"task": task.ID})
}

func (t *Task) json() map[string]any {
	return map[string]any{
		"node": "oTUltX4IQMOUUVeiohTt8A", "action": "indices:data/write/delete/byquery", "cancellable": true, "running_time_in_nanos": 1,
		"status":  map[string]any{"total": t.Deleted + t.Conflicts + t.Failures, "deleted": t.Deleted, "version_conflicts": t.Conflicts},
		"headers": map[string]any{"X-Opaque-Id": t.Mark},
	}
}

// running lists the tasks that are, by their parents.
func (s *Server) running(w http.ResponseWriter, r *http.Request) {
	if q := r.URL.Query(); q.Get("group_by") != "parents" || q.Get("detailed") != "true" {
		s.refuse(w, http.StatusBadRequest, "tasks are asked for as "+r.URL.RawQuery)
		return
	}
	tasks := map[string]any{}
	for _, task := range s.state.Tasks {
		if !task.Done && !task.Canceled {
			tasks[task.ID] = task.json()
		}
	}
	answer(w, map[string]any{"tasks": tasks})
}

func (s *Server) task(w http.ResponseWriter, id string) {
	for _, task := range s.state.Tasks {
		if task.ID != id || task.Done && s.state.Forget {
			continue
		}
		found := map[string]any{"completed": task.Done || task.Canceled, "task": task.json()}
		if task.Done {
			failures := make([]any, 0, task.Failures)
			for range task.Failures {
				failures = append(failures, map[string]any{"cause": map[string]any{"type": "cluster_block_exception"}, "status": 403})
			}
			found["response"] = map[string]any{"deleted": task.Deleted, "version_conflicts": task.Conflicts, "failures": failures}
		}
		answer(w, found)
		return
	}
	missing(w, "task ["+id+"]")
}

func (s *Server) cancelTask(w http.ResponseWriter, id string) {
	for _, task := range s.state.Tasks {
		if task.ID == id && !task.Done {
			task.Canceled = true
		}
	}
	answer(w, map[string]any{"nodes": map[string]any{}})
}
