package storetest

import (
	"encoding/json"
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

// Index is a backing index of the fake.
type Index struct {
	Name string
	Docs *[]Doc
}

// Host is the fake that answers.
type Host struct {
	// Node is the id of the node that tasks run on.
	Node string
	// Each calls for every index of a list of data streams.
	Each func(streams string, do func(Index))
	// Refuse answers what a client of ours must never cause.
	Refuse func(w http.ResponseWriter, status int, reason string)
	// Missing answers 404.
	Missing func(w http.ResponseWriter, what string)
	// FailedShards did not take part in a count.
	FailedShards int
}

// Task deletes by query. It goes on when a test says so: Erase.Run.
type Task struct {
	ID, Mark string
	Done     bool
	Canceled bool
	// Deleted, Conflicts and Failures are how it ended.
	Deleted, Conflicts, Failures int
	query                        map[string]any
	streams                      string
}

// Erase is what a test can see and change of deleting by query.
type Erase struct {
	// Types are those of fields, such as user_id: keyword.
	Types map[string]string
	// Unmapped are the indices without a field.
	Unmapped map[string][]string
	// Blocked are the names of read-only indices.
	Blocked map[string]bool
	Tasks   []*Task
	// Conflicts is how many documents the next task leaves, because they were changed meanwhile.
	Conflicts int
	// LosePosts breaks the connection after the next requests to delete were taken.
	LosePosts int
	// AfterPost is called when a task was begun, before the answer.
	AfterPost func()
	// Unassigned is how many shards have no copy alive; they do not count as failed.
	Unassigned int
	// Forget makes tasks unknown when they are done, as after the restart of a node.
	Forget bool
}

// Parameters are those that requests of ours may have.
func Parameters() []string {
	return []string{
		"flat_settings", "ignore_unavailable", "include_unmapped", "fields", "conflicts", "wait_for_completion", "slices", "refresh",
		"actions", "detailed", "group_by",
	}
}

// Run lets all tasks come to their end.
func (e *Erase) Run(h Host) {
	for _, task := range e.Tasks {
		if task.Done || task.Canceled {
			continue
		}
		task.Done = true
		h.Each(task.streams, func(index Index) {
			*index.Docs = slices.DeleteFunc(*index.Docs, func(doc Doc) bool {
				switch {
				case !asks(task.query, index.Name, doc):
					return false
				case e.Blocked[index.Name]:
					task.Failures++
					return false
				case e.Conflicts > 0:
					e.Conflicts--
					task.Conflicts++
					return false
				}
				task.Deleted++
				return true
			})
		})
	}
}

// Serve answers what has to do with erasures, and returns false for what has not.
func (e *Erase) Serve(w http.ResponseWriter, r *http.Request, body map[string]any, h Host) bool {
	path := strings.Trim(r.URL.Path, "/")
	streams, action, _ := strings.Cut(path, "/")
	switch {
	case e.serves(action, body) && e.turnsDown(w, r, streams, h):
	case path == "_tasks":
		e.running(w, r, h)
	case streams == "_tasks" && strings.HasSuffix(action, "/_cancel"):
		e.cancel(w, strings.TrimSuffix(action, "/_cancel"))
	case streams == "_tasks":
		e.task(w, action, h)
	case action == "_field_caps":
		e.fieldCaps(w, r)
	case action == "_settings/index.blocks.*":
		e.blocks(w, streams, h)
	case action == "_delete_by_query":
		e.deleteByQuery(w, r, streams, body, h)
	case action == "_count" && child(body, "query", "bool") != nil:
		e.count(w, streams, child(body, "query"), h)
	default:
		return false
	}
	return true
}

// turnsDown answers who leaves out what he may not see, and who names what is not there.
func (e *Erase) turnsDown(w http.ResponseWriter, r *http.Request, streams string, h Host) bool {
	switch {
	case r.URL.Query().Has("ignore_unavailable"):
		h.Refuse(w, http.StatusBadRequest, "what is closed or may not be seen is left out")
	case e.missing(streams, h):
		h.Missing(w, "no such index")
	default:
		return false
	}
	return true
}

// serves says whether data streams are asked for by their names.
func (e *Erase) serves(action string, body map[string]any) bool {
	return action == "_field_caps" || action == "_settings/index.blocks.*" || action == "_delete_by_query" ||
		action == "_count" && child(body, "query", "bool") != nil
}

// missing: of names without an asterisk each must be there.
func (e *Erase) missing(streams string, h Host) bool {
	for name := range strings.SplitSeq(streams, ",") {
		there := false
		h.Each(name, func(Index) { there = true })
		if !there {
			return true
		}
	}
	return false
}

// asks says whether a query of a subject matches a document.
func asks(query map[string]any, index string, doc Doc) bool {
	of := child(query, "bool")
	in := func(clause map[string]any) bool {
		names, _ := child(clause, "terms")["_index"].([]any)
		return slices.Contains(names, any(index))
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
	return !slices.ContainsFunc(list(of["must_not"]), in)
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

func child(of map[string]any, names ...string) map[string]any {
	for _, name := range names {
		of, _ = of[name].(map[string]any)
	}
	return of
}

func answer(w http.ResponseWriter, body any) { _ = json.NewEncoder(w).Encode(body) }

// isSubject: a query without a term on an id, or without its time, would take lines of others.
func (e *Erase) isSubject(w http.ResponseWriter, query map[string]any, h Host) bool {
	term, span := false, false
	for _, clause := range list(child(query, "bool")["filter"]) {
		for field, value := range child(clause, "term") {
			one, _ := value.(map[string]any)
			text, _ := one["value"].(string)
			term = term || text != "" && slices.Contains([]string{"keyword", "long"}, e.Types[field])
		}
		span = span || child(clause, "range", "@timestamp")["format"] == "epoch_millis"
	}
	if !term || !span {
		text, _ := json.Marshal(query)
		h.Refuse(w, http.StatusBadRequest, "the query has no exact id, or no time: "+string(text))
	}
	return term && span
}

func (e *Erase) count(w http.ResponseWriter, streams string, query map[string]any, h Host) {
	if !e.isSubject(w, query, h) {
		return
	}
	n := 0
	h.Each(streams, func(index Index) {
		for _, doc := range *index.Docs {
			if asks(query, index.Name, doc) {
				n++
			}
		}
	})
	answer(w, map[string]any{"count": n, "_shards": map[string]any{
		"total": 2, "successful": 2 - min(h.FailedShards+e.Unassigned, 2), "skipped": 0, "failed": h.FailedShards,
	}})
}

func (e *Erase) fieldCaps(w http.ResponseWriter, r *http.Request) {
	fields := map[string]any{}
	for name := range strings.SplitSeq(r.URL.Query().Get("fields"), ",") {
		if kind := e.Types[name]; kind != "" {
			of := map[string]any{kind: map[string]any{
				"type": kind, "metadata_field": false, "searchable": true, "aggregatable": kind != "text",
			}}
			if without := e.Unmapped[name]; len(without) > 0 && r.URL.Query().Get("include_unmapped") == "true" {
				of["unmapped"] = map[string]any{"type": "unmapped", "searchable": false, "aggregatable": false, "indices": without}
			}
			fields[name] = of
		}
	}
	answer(w, map[string]any{"indices": []string{}, "fields": fields})
}

func (e *Erase) blocks(w http.ResponseWriter, streams string, h Host) {
	found := map[string]any{}
	h.Each(streams, func(index Index) {
		if e.Blocked[index.Name] {
			found[index.Name] = map[string]any{"settings": map[string]any{"index.blocks.write": "true"}}
		}
	})
	answer(w, found)
}
