package storetest

import (
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
)

// deleteByQuery begins a task. Each request begins one: it is not idempotent.
func (e *Erase) deleteByQuery(w http.ResponseWriter, r *http.Request, streams string, body map[string]any, h Host) {
	query := r.URL.Query()
	want := map[string]string{"conflicts": "proceed", "wait_for_completion": "false", "slices": "auto", "refresh": "true"}
	for name, value := range want {
		if query.Get(name) != value {
			h.Refuse(w, http.StatusBadRequest, name+" is "+query.Get(name))
			return
		}
	}
	if r.Method != http.MethodPost || strings.Contains(streams, "*") {
		h.Refuse(w, http.StatusBadRequest, "deletes by "+r.Method+" in "+streams)
		return
	}
	if !e.isSubject(w, child(body, "query"), h) {
		return
	}
	task := &Task{
		ID: fmt.Sprintf("%s:%d", h.Node, len(e.Tasks)+1), Mark: r.Header.Get("X-Opaque-Id"), query: child(body, "query"), streams: streams,
	}
	e.Tasks = append(e.Tasks, task)
	if e.AfterPost != nil {
		e.AfterPost()
	}
	if e.LosePosts > 0 {
		e.LosePosts--
		panic(http.ErrAbortHandler) // net/http closes the connection
	}
	answer(w, map[string]any{"task": task.ID})
}

func (t *Task) json() map[string]any {
	node, id, _ := strings.Cut(t.ID, ":")
	return map[string]any{
		"node": node, "id": json.Number(id), "type": "transport", "action": "indices:data/write/delete/byquery", "cancellable": true,
		"cancelled": t.Canceled, "running_time_in_nanos": 1,
		"status": map[string]any{
			"total": t.Deleted + t.Conflicts + t.Failures, "deleted": t.Deleted, "version_conflicts": t.Conflicts,
			"retries": map[string]any{"bulk": 0, "search": 0},
		},
		"headers": map[string]any{"X-Opaque-Id": t.Mark},
	}
}

// running lists the tasks that are, by their parents.
func (e *Erase) running(w http.ResponseWriter, r *http.Request, h Host) {
	if q := r.URL.Query(); q.Get("group_by") != "parents" || q.Get("detailed") != "true" || q.Get("actions") != "*/delete/byquery" {
		h.Refuse(w, http.StatusBadRequest, "tasks are asked for as "+r.URL.RawQuery)
		return
	}
	tasks := map[string]any{}
	for _, task := range e.Tasks {
		if !task.Done && !task.Canceled {
			tasks[task.ID] = task.json()
		}
	}
	answer(w, map[string]any{"tasks": tasks})
}

func (e *Erase) task(w http.ResponseWriter, id string, h Host) {
	for _, task := range e.Tasks {
		if task.ID != id || task.Done && e.Forget {
			continue
		}
		found := map[string]any{"completed": task.Done || task.Canceled, "task": task.json()}
		if task.Done {
			failures := make([]any, 0, task.Failures)
			for range task.Failures {
				failures = append(failures, map[string]any{"cause": map[string]any{"type": "cluster_block_exception"}, "status": 403})
			}
			found["response"] = map[string]any{
				"deleted": task.Deleted, "version_conflicts": task.Conflicts, "retries": map[string]any{"bulk": 0, "search": 0},
				"failures": failures,
			}
		}
		answer(w, found)
		return
	}
	h.Missing(w, "task ["+id+"]")
}

func (e *Erase) cancel(w http.ResponseWriter, id string) {
	for _, task := range e.Tasks {
		if task.ID == id && !task.Done {
			task.Canceled = true
		}
	}
	answer(w, map[string]any{"nodes": map[string]any{}})
}
