package elastic_test

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/tux-io/tux-monitoring-operator/internal/external/elastic"
	"github.com/tux-io/tux-monitoring-operator/internal/external/elastic/elastictest"
	"github.com/tux-io/tux-monitoring-operator/internal/fault"
	plan "github.com/tux-io/tux-monitoring-operator/internal/plan/retention/elastic"
	"github.com/tux-io/tux-monitoring-operator/internal/plan/retention/erasure"
)

const person = "jane.doe@example.com"

// erasing has lines of two people in three classes and two tenants, inside and outside the window.
func erasing(t *testing.T) (*lab, elastic.Eraser, *erasure.Request) {
	t.Helper()
	l := newLab(t)
	now := l.Now()
	r := &erasure.Request{
		UID: "uid-7", Key: erasure.UserKey, Value: person, Tenant: tenant, Spared: []string{"audit"},
		From: now.Add(-10 * day), To: now.Add(-day), Created: now,
	}
	l.Edit(func(s *elastictest.State) { s.Types = map[string]string{"user_id": "keyword"} })
	for _, of := range []string{tenant, "other", "other-" + tenant} {
		for _, class := range []string{"error", "audit", "debug-sql"} {
			for _, who := range []string{person, "jane", "jane.doe@example.com.au", "41"} {
				for _, age := range []time.Duration{11 * day, 10 * day, 3 * day, day, day / 2} {
					l.Store(plan.Stream(of, class), elastictest.Doc{At: now.Add(-age), Fields: map[string]string{"user_id": who}})
				}
			}
		}
	}
	return l, elastic.Eraser{Client: l.client}, r
}

// docs counts what there is of a data stream, by who.
func (l *lab) docs(stream string) map[string]int {
	found := map[string]int{}
	l.Edit(func(s *elastictest.State) {
		for _, index := range s.Streams[stream].Indices {
			for _, doc := range index.Docs {
				found[doc.Fields["user_id"]]++
			}
		}
	})
	return found
}

func (l *lab) must(err error) {
	l.t.Helper()
	if err != nil {
		l.t.Fatal(err)
	}
}

// TestExactlyTheLinesOfTheSubjectGo: not those of others, of another tenant, of a class that is spared or of another time.
func TestExactlyTheLinesOfTheSubjectGo(t *testing.T) {
	l, e, r := erasing(t)
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
func TestReadOnlyIndicesAreLeftAndNamed(t *testing.T) {
	l, e, r := erasing(t)
	warm := l.Roll(plan.Stream(tenant, "error"))
	empty := l.Roll(plan.Stream(tenant, "error"))
	l.Store(plan.Stream(tenant, "error"), elastictest.Doc{At: r.To, Fields: map[string]string{"user_id": person}})
	l.Edit(func(s *elastictest.State) { s.Blocked = map[string]bool{warm: true, empty: true} })
	_, err := e.Post(t.Context(), r)
	l.must(err)
	l.RunTasks()
	left, err := e.Left(t.Context(), r, l.Now(), true)
	l.must(err)
	if diff := cmp.Diff(erasure.Left{Blocked: 3, BlockedIn: []string{warm}, Spared: 3}, left); diff != "" {
		t.Error(diff)
	}
	l.Edit(func(s *elastictest.State) {
		if s.Tasks[0].Failures != 0 || s.Tasks[0].Deleted != 4 {
			t.Errorf("%+v", s.Tasks[0])
		}
	})
}

// TestAnIdAmongOtherWordsIsNotAskedFor: of an analysed field it would match lines of others.
func TestAnIdAmongOtherWordsIsNotAskedFor(t *testing.T) {
	tests := map[string]struct {
		types map[string]string
		value string
		ok    bool
	}{
		"a text":                        {map[string]string{"user_id": "text"}, person, false},
		"a text with a keyword below":   {map[string]string{"user_id": "text", "user_id.keyword": "keyword"}, person, true},
		"no field":                      {nil, person, false},
		"a number, and no number is it": {map[string]string{"user_id": "long"}, person, false},
		"a number":                      {map[string]string{"user_id": "long"}, "41", true},
		"a number written otherwise":    {map[string]string{"user_id": "long"}, "041", false},
	}
	for name, tc := range tests {
		t.Run(name, func(t *testing.T) {
			l, e, r := erasing(t)
			r.Value = tc.value
			l.Edit(func(s *elastictest.State) { s.Types = tc.types })
			_, err := e.Post(t.Context(), r)
			terminal, refused := fault.AsTerminal(err)
			if refused == tc.ok || refused && terminal.Reason != elastic.ReasonFieldNotKeyword || !refused && err != nil {
				t.Errorf("got %v", err)
			}
			if posts := len(l.Writes()); posts != map[bool]int{true: 1, false: 0}[tc.ok] {
				t.Errorf("%d requests were sent", posts)
			}
		})
	}
}

func TestWhatWasChangedMeanwhileIsLeft(t *testing.T) {
	l, e, r := erasing(t)
	l.Edit(func(s *elastictest.State) { s.Conflicts = 2 })
	id, err := e.Post(t.Context(), r)
	l.must(err)
	l.RunTasks()
	left, err := e.Left(t.Context(), r, l.Now(), true)
	l.must(err)
	if left.Lines != 2 {
		t.Errorf("%+v", left)
	}
	l.Edit(func(s *elastictest.State) { s.Forget = true })
	if found, err := e.Find(t.Context(), r, id); found != nil || err != nil {
		t.Errorf("a task that is forgotten is %+v, %v", found, err)
	}
}

// TestRefusalsOfErasuresSayNotWho, whatever Elasticsearch puts into them.
func TestRefusalsOfErasuresSayNotWho(t *testing.T) {
	l, e, r := erasing(t)
	for _, status := range []int{400, 403, 404, 429, 500, 503} {
		for _, of := range []string{"_delete_by_query", "_count", "_field_caps", "_settings", "_tasks"} {
			l.Edit(func(s *elastictest.State) { s.Status, s.Of, s.Times = status, of, -1 })
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
	l.Edit(func(s *elastictest.State) { s.Status, s.FailedShards = 0, 1 })
	if _, err := e.Left(t.Context(), r, l.Now(), true); err == nil {
		t.Error("a count without all shards is an answer")
	}
	dead, err := elastic.New(elastic.Config{URL: "https://127.0.0.1:1", UserAgent: "x", Transport: http.DefaultTransport})
	l.must(err)
	_, err = elastic.Eraser{Client: dead}.Post(t.Context(), r)
	if _, terminal := fault.AsTerminal(err); err == nil || terminal || strings.Contains(err.Error(), "jane") {
		t.Errorf("got %v", err)
	}
}

func TestATaskIsEnded(t *testing.T) {
	l, e, r := erasing(t)
	id, err := e.Post(t.Context(), r)
	l.must(err)
	l.must(e.Cancel(t.Context(), r, id))
	l.RunTasks()
	if left, err := e.Left(t.Context(), r, l.Now(), true); err != nil || left.Lines != 6 {
		t.Errorf("%+v %v", left, err)
	}
}
