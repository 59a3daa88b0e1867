package logstores_test

import (
	"errors"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/tux-io/tux-monitoring-operator/internal/external"
	"github.com/tux-io/tux-monitoring-operator/internal/external/logstore"
	"github.com/tux-io/tux-monitoring-operator/internal/external/logstore/storetest"
	"github.com/tux-io/tux-monitoring-operator/internal/fault"
	"github.com/tux-io/tux-monitoring-operator/internal/plan/retention"
	"github.com/tux-io/tux-monitoring-operator/internal/plan/retention/erasure"
	plan "github.com/tux-io/tux-monitoring-operator/internal/plan/retention/store"
)

const person = "jane.doe@example.com"

// erasing has lines of two people in three classes and two tenants, inside and outside the window.
func erasing(t *testing.T, p product) (*lab, logstore.Eraser, *erasure.Request) {
	t.Helper()
	l := newLab(t, p)
	now := l.Now()
	r := &erasure.Request{
		UID: "uid-7", Key: erasure.UserKey, Value: person, Tenant: tenant, Spared: []string{"audit"},
		From: now.Add(-10 * day), To: now.Add(-day), Created: now,
	}
	l.EditErase(func(s *storetest.Erase) { s.Types = map[string]string{"user_id": "keyword"} })
	for _, of := range []string{tenant, "other", "other-" + tenant} {
		for _, class := range []string{"error", "audit", "debug-sql"} {
			for _, who := range []string{person, "jane", "jane.doe@example.com.au", "41"} {
				for _, age := range []time.Duration{11 * day, 10 * day, 3 * day, day, day / 2} {
					l.Store(plan.Stream(of, class), storetest.Doc{At: now.Add(-age), Fields: map[string]string{"user_id": who}})
				}
			}
		}
	}
	return l, l.eraser(), r
}

// docs counts what there is of a data stream, by who.
func (l *lab) docs(stream string) map[string]int {
	found := map[string]int{}
	for _, doc := range l.Docs(stream) {
		found[doc.Fields["user_id"]]++
	}
	return found
}

// TestExactlyTheLinesOfTheSubjectGo: not those of others, of another tenant, of a class that is spared or of another time.
func TestExactlyTheLinesOfTheSubjectGo(t *testing.T) { inEach(t, exactlyTheLinesOfTheSubjectGo) }

func exactlyTheLinesOfTheSubjectGo(t *testing.T, p product) {
	l, e, r := erasing(t, p)
	left, err := e.Left(t.Context(), r, l.Now(), true)
	l.must(err)
	if diff := cmp.Diff(erasure.Left{Lines: 6, Spared: 3}, left); diff != "" {
		t.Fatal(diff)
	}
	id, err := e.Post(t.Context(), r)
	l.must(err)
	running, err := e.Find(t.Context(), r, "")
	l.must(err)
	if running == nil || running.ID != id || running.Done || !running.Begun {
		t.Fatalf("it is not found among those that run: %+v", running)
	}
	other := *r
	other.UID = "uid-8"
	if found, err := e.Find(t.Context(), &other, ""); found != nil || err != nil {
		t.Errorf("the task of somebody else is taken for its own: %+v %v", found, err)
	}
	l.RunTasks()
	done, err := e.Find(t.Context(), r, id)
	l.must(err)
	if done == nil || !done.Done || done.Progress != "processed" {
		t.Errorf("%+v", done)
	}
	left, err = e.Left(t.Context(), r, l.Now(), true)
	l.must(err)
	if diff := cmp.Diff(erasure.Left{Spared: 3}, left); diff != "" {
		t.Error(diff)
	}
	whole := map[string]int{person: 5, "jane": 5, "jane.doe@example.com.au": 5, "41": 5}
	for _, of := range []string{tenant, "other", "other-" + tenant} {
		for _, class := range []string{"error", "audit", "debug-sql"} {
			want := map[string]int{person: 2, "jane": 5, "jane.doe@example.com.au": 5, "41": 5}
			if of != tenant || class == "audit" {
				want = whole
			}
			if diff := cmp.Diff(want, l.docs(plan.Stream(of, class))); diff != "" {
				t.Errorf("%s of %s: %s", class, of, diff)
			}
		}
	}
}

// TestReadOnlyIndicesAreLeftAndNamed: a task would end at the first of them.
func TestReadOnlyIndicesAreLeftAndNamed(t *testing.T) { inEach(t, readOnlyIndicesAreLeftAndNamed) }

func readOnlyIndicesAreLeftAndNamed(t *testing.T, p product) {
	l, e, r := erasing(t, p)
	warm := l.Roll(plan.Stream(tenant, "error"))
	empty := l.Roll(plan.Stream(tenant, "error"))
	l.Store(plan.Stream(tenant, "error"), storetest.Doc{At: r.To, Fields: map[string]string{"user_id": person}})
	l.EditErase(func(s *storetest.Erase) { s.Blocked = map[string]bool{warm: true, empty: true} })
	_, err := e.Post(t.Context(), r)
	l.must(err)
	l.RunTasks()
	left, err := e.Left(t.Context(), r, l.Now(), true)
	l.must(err)
	if diff := cmp.Diff(erasure.Left{Blocked: 3, BlockedIn: []string{warm}, Spared: 3}, left); diff != "" {
		t.Error(diff)
	}
	l.EditErase(func(s *storetest.Erase) {
		if s.Tasks[0].Failures != 0 || s.Tasks[0].Deleted != 4 {
			t.Errorf("%+v", s.Tasks[0])
		}
	})
}

// TestAnIdAmongOtherWordsIsNotAskedFor: of an analysed field it would match lines of others.
func TestAnIdAmongOtherWordsIsNotAskedFor(t *testing.T) { inEach(t, anIdAmongOtherWordsIsNotAskedFor) }

func anIdAmongOtherWordsIsNotAskedFor(t *testing.T, p product) {
	tests := map[string]struct {
		types    map[string]string
		value    string
		ok       bool
		unmapped map[string][]string
	}{
		"a text":                        {map[string]string{"user_id": "text"}, person, false, nil},
		"a text with a keyword below":   {map[string]string{"user_id": "text", "user_id.keyword": "keyword"}, person, true, nil},
		"no field":                      {nil, person, false, nil},
		"a number, and no number is it": {map[string]string{"user_id": "long"}, person, false, nil},
		"a number":                      {map[string]string{"user_id": "long"}, "41", true, nil},
		"a text with a keyword below in some indices only": {
			map[string]string{"user_id": "text", "user_id.keyword": "keyword"}, person, false, map[string][]string{"user_id.keyword": {"one"}},
		},
		"a keyword that some indices have, and others no id": {
			map[string]string{"user_id": "text", "user_id.keyword": "keyword"}, person, true,
			map[string][]string{"user_id": {"one"}, "user_id.keyword": {"one"}},
		},
		"a number written otherwise": {map[string]string{"user_id": "long"}, "041", false, nil},
	}
	for name, tc := range tests {
		t.Run(name, func(t *testing.T) {
			l, e, r := erasing(t, p)
			r.Value = tc.value
			l.EditErase(func(s *storetest.Erase) { s.Types, s.Unmapped = tc.types, tc.unmapped })
			_, err := e.Post(t.Context(), r)
			terminal, refused := fault.AsTerminal(err)
			if refused == tc.ok || refused && terminal.Reason != logstore.ReasonFieldNotKeyword || !refused && err != nil {
				t.Errorf("got %v", err)
			}
			if posts := len(l.Writes()); posts != map[bool]int{true: 1, false: 0}[tc.ok] {
				t.Errorf("%d requests were sent", posts)
			}
		})
	}
}

func TestWhatWasChangedMeanwhileIsLeft(t *testing.T) { inEach(t, whatWasChangedMeanwhileIsLeft) }

func whatWasChangedMeanwhileIsLeft(t *testing.T, p product) {
	l, e, r := erasing(t, p)
	l.EditErase(func(s *storetest.Erase) { s.Conflicts = 2 })
	id, err := e.Post(t.Context(), r)
	l.must(err)
	l.RunTasks()
	left, err := e.Left(t.Context(), r, l.Now(), true)
	l.must(err)
	if left.Lines != 2 {
		t.Errorf("%+v", left)
	}
	l.EditErase(func(s *storetest.Erase) { s.Forget = true })
	if found, err := e.Find(t.Context(), r, id); found != nil || err != nil {
		t.Errorf("a task that is forgotten is %+v, %v", found, err)
	}
}

// TestRefusalsOfErasuresSayNotWho, whatever the log store puts into them.
func TestRefusalsOfErasuresSayNotWho(t *testing.T) { inEach(t, refusalsOfErasuresSayNotWho) }

func refusalsOfErasuresSayNotWho(t *testing.T, p product) {
	l, e, r := erasing(t, p)
	for _, status := range []int{400, 403, 404, 429, 500, 503} {
		for _, of := range []string{"_delete_by_query", "_count", "_field_caps", "_settings", "_tasks"} {
			l.fails(faults{status: status, of: of})
			_, left := e.Left(t.Context(), r, l.Now(), true)
			_, posted := e.Post(t.Context(), r)
			_, found := e.Find(t.Context(), r, "")
			for _, err := range []error{left, posted, found, e.Cancel(t.Context(), r, "n:1")} {
				if err != nil && (strings.Contains(err.Error(), "jane") || strings.Contains(err.Error(), "a fault for a test")) {
					t.Errorf("%d of %s: %v", status, of, err)
				}
			}
			if _, waits := fault.AsWaiting(posted); of == "_delete_by_query" && (status == 429) != waits {
				t.Errorf("%d: %v", status, posted)
			}
		}
	}
	l.fails(faults{failedShards: 1})
	if _, err := e.Left(t.Context(), r, l.Now(), true); err == nil {
		t.Error("a count without all shards is an answer")
	}
	dead, err := l.kind.Eraser(logstore.Config{URL: "https://127.0.0.1:1", UserAgent: "x", Transport: http.DefaultTransport})
	l.must(err)
	_, err = dead.Post(t.Context(), r)
	if _, terminal := fault.AsTerminal(err); err == nil || terminal || strings.Contains(err.Error(), "jane") {
		t.Errorf("got %v", err)
	}
}

// TestWhatCannotBeSeenIsNotCalledErased: no data stream at all, one that is gone or may not be seen, and a shard without a copy.
func TestWhatCannotBeSeenIsNotCalledErased(t *testing.T) {
	inEach(t, whatCannotBeSeenIsNotCalledErased)
}

func whatCannotBeSeenIsNotCalledErased(t *testing.T, p product) {
	l, e, r := erasing(t, p)
	nobody := *r
	nobody.Tenant = "nobody"
	left, err := e.Left(t.Context(), &nobody, l.Now(), true)
	if diff := cmp.Diff(erasure.Left{Unseen: true}, left); diff != "" || err != nil {
		t.Error(diff, err)
	}
	for _, of := range []string{"_count", "_field_caps", "_settings"} {
		l.fails(faults{status: http.StatusNotFound, of: of})
		left, err := e.Left(t.Context(), r, l.Now(), true)
		if _, terminal := fault.AsTerminal(err); err == nil || terminal {
			t.Errorf("%s is not there, and it reads %+v %v", of, left, err)
		}
	}
	l.fails(faults{})
	l.EditErase(func(s *storetest.Erase) { s.Unassigned = 1 })
	if left, err := e.Left(t.Context(), r, l.Now(), true); err == nil {
		t.Errorf("a shard without a copy has counted: %+v", left)
	}
}

func TestATaskIsEnded(t *testing.T) { inEach(t, aTaskIsEnded) }

func aTaskIsEnded(t *testing.T, p product) {
	l, e, r := erasing(t, p)
	id, err := e.Post(t.Context(), r)
	l.must(err)
	l.must(e.Cancel(t.Context(), r, id))
	l.RunTasks()
	if left, err := e.Left(t.Context(), r, l.Now(), true); err != nil || left.Lines != 6 {
		t.Errorf("%+v %v", left, err)
	}
}

// TestNothingIsErasedBySomethingElse: an erasure that goes to something else is not posted, counted, found or ended there.
func TestNothingIsErasedBySomethingElse(t *testing.T) { inEach(t, nothingIsErasedBySomethingElse) }

func nothingIsErasedBySomethingElse(t *testing.T, p product) {
	// A proxy answers 404 in JSON: that says nothing of lines or tasks.
	for _, status := range []int{0, http.StatusNotFound} {
		l, _, r := erasing(t, p)
		l.fails(faults{foreign: true, status: status})
		_, left := l.eraser().Left(t.Context(), r, l.Now(), true)
		_, posted := l.eraser().Post(t.Context(), r)
		_, found := l.eraser().Find(t.Context(), r, "")
		_, known := l.eraser().Find(t.Context(), r, "n:1")
		for name, err := range map[string]error{
			"counts": left, "posts": posted, "looks for a task": found, "asks for a task": known,
			"ends a task": l.eraser().Cancel(t.Context(), r, "n:1"),
		} {
			if waiting, ok := fault.AsWaiting(err); !ok || waiting.Reason != logstore.ReasonNotAPI {
				t.Errorf("status %d: %s: %v", status, name, err)
			}
		}
		l.EditErase(func(s *storetest.Erase) {
			if len(s.Tasks) > 0 {
				t.Error("something else was told to delete")
			}
		})
		if p.backend == retention.OpenSearch && len(l.Writes()) > 0 {
			t.Errorf("something else was sent %v", l.Writes())
		}
	}
}

// TestWhoMayNotEraseIsTold, and nothing counts as gone.
func TestWhoMayNotEraseIsTold(t *testing.T) { inEach(t, whoMayNotEraseIsTold) }

func whoMayNotEraseIsTold(t *testing.T, p product) {
	l, e, r := erasing(t, p)
	calls := map[string]func() error{
		"_delete_by_query": func() error { _, err := e.Post(t.Context(), r); return err },
		"_field_caps":      func() error { _, err := e.Left(t.Context(), r, l.Now(), true); return err },
		"_settings":        func() error { _, err := e.Left(t.Context(), r, l.Now(), true); return err },
		"_count":           func() error { _, err := e.Left(t.Context(), r, l.Now(), true); return err },
		"_tasks":           func() error { _, err := e.Find(t.Context(), r, ""); return err },
		"_tasks/":          func() error { _, err := e.Find(t.Context(), r, "n:1"); return err },
		"_cancel":          func() error { return e.Cancel(t.Context(), r, "n:1") },
	}
	for of, call := range calls {
		l.fails(faults{denied: of})
		err := call()
		if refused, ok := errors.AsType[*external.Answer](err); !ok || refused.Status != http.StatusForbidden || refused.Detail != "" {
			t.Errorf("%s: %v", of, err)
		}
	}
	l.EditErase(func(s *storetest.Erase) {
		if len(s.Tasks) > 0 {
			t.Error("a refused request began a task")
		}
	})
}
