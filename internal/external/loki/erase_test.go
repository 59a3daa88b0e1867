package loki_test

import (
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/tux-io/tux-monitoring-operator/internal/external"
	"github.com/tux-io/tux-monitoring-operator/internal/external/loki"
	"github.com/tux-io/tux-monitoring-operator/internal/external/loki/lokitest"
	"github.com/tux-io/tux-monitoring-operator/internal/fault"
	"github.com/tux-io/tux-monitoring-operator/internal/plan/retention/erasure"
)

const person = "jane.doe@example.com"

// erasing has lines of two people in three classes and two tenants, inside and outside the window.
func erasing(t *testing.T) (*lokitest.Server, loki.Eraser, *erasure.Request) {
	t.Helper()
	fake := lokitest.New(func() string { return "overrides: {closed: {deletion_mode: disabled}}" })
	now := time.Now().UTC().Truncate(time.Second)
	r := &erasure.Request{
		UID: "uid-7", Key: erasure.UserKey, Value: person, Tenant: "tux", Spared: []string{"audit"},
		From: now.Add(-240 * time.Hour), To: now.Add(-24 * time.Hour), Created: now,
	}
	fake.Edit(func(s *lokitest.State) {
		for _, tenant := range []string{"tux", "other"} {
			for _, class := range []string{"error", "audit", ""} {
				for _, who := range []string{person, "jane"} {
					for _, at := range []time.Time{r.From.Add(-time.Nanosecond), r.From, now.Add(-72 * time.Hour), r.To, r.To.Add(time.Nanosecond)} {
						s.Lines = append(s.Lines, lokitest.Line{Tenant: tenant, Class: class, At: at, Fields: map[string]string{"user_id": who}})
					}
				}
			}
		}
	})
	t.Cleanup(func() {
		if problems := fake.Problems(); len(problems) > 0 {
			t.Error(problems)
		}
	})
	return fake, loki.Eraser{Client: clientOf(t, fake)}, r
}

func TestARequestIsFoundAgainAndExactlyItsLinesGo(t *testing.T) {
	fake, e, r := erasing(t)
	must := func(err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	left, err := e.Left(t.Context(), r, time.Now(), true)
	must(err)
	if diff := cmp.Diff(erasure.Left{Lines: 6, Spared: 3}, left); diff != "" {
		t.Error(diff)
	}
	none, err := e.Find(t.Context(), r, "")
	must(err)
	id, err := e.Post(t.Context(), r)
	must(err)
	// By what it says, as after a crash, and by its id.
	for _, known := range []string{"", id} {
		found, err := e.Find(t.Context(), r, known)
		must(err)
		if none != nil || found == nil || found.ID != id || found.Begun || found.Done {
			t.Errorf("by %q: %+v", known, found)
		}
	}
	later := *r
	later.To = later.To.Add(-time.Second)
	if found, err := e.Find(t.Context(), &later, ""); found != nil || err != nil {
		t.Errorf("another window is taken for its own: %+v %v", found, err)
	}
	fake.Process("tux", nil)
	found, err := e.Find(t.Context(), r, id)
	must(err)
	if found == nil || !found.Done || found.Progress != "processed" {
		t.Errorf("%+v", found)
	}
	left, err = e.Left(t.Context(), r, time.Now(), false)
	must(err)
	if diff := cmp.Diff(erasure.Left{Spared: 3}, left); diff != "" {
		t.Error(diff)
	}
	fake.Edit(func(s *lokitest.State) {
		if len(s.Lines) != 60-6 {
			t.Errorf("%d lines are left", len(s.Lines))
		}
	})
	// One of long ago is no answer for a new resource: lines came since.
	again := *r
	again.Created = again.Created.Add(time.Hour)
	if found, err := e.Find(t.Context(), &again, ""); found != nil || err != nil {
		t.Errorf("a request that was done before the resource was made: %+v %v", found, err)
	}
}

// TestASparedClassNeedsNoIndexLabel: where the class is in structured metadata only, the lines of a class that is spared stay,
// and are counted as such.
func TestASparedClassNeedsNoIndexLabel(t *testing.T) {
	fake, e, r := erasing(t)
	fake.Edit(func(s *lokitest.State) {
		for i := range s.Lines {
			s.Lines[i].Unlabelled = true
		}
	})
	left, err := e.Left(t.Context(), r, time.Now(), true)
	if diff := cmp.Diff(erasure.Left{Lines: 6, Spared: 3}, left); diff != "" || err != nil {
		t.Error(diff, err)
	}
	if _, err := e.Post(t.Context(), r); err != nil {
		t.Fatal(err)
	}
	fake.Process("tux", nil)
	fake.Edit(func(s *lokitest.State) {
		audit := 0
		for _, line := range s.Lines {
			if line.Tenant == "tux" && line.Class == "audit" {
				audit++
			}
		}
		if audit != 10 || len(s.Lines) != 60-6 {
			t.Errorf("%d lines are left, %d of the class that is spared", len(s.Lines), audit)
		}
	})
}

func TestARequestIsTakenBackWhileItMayBe(t *testing.T) {
	fake, e, r := erasing(t)
	for range 2 {
		if _, err := e.Post(t.Context(), r); err != nil {
			t.Fatal(err)
		}
	}
	if err := e.Cancel(t.Context(), r, "00000001"); err != nil {
		t.Error(err)
	}
	fake.EditErase(func(s *lokitest.Erase) { s.Late = true })
	err := e.Cancel(t.Context(), r, "00000002")
	if _, refused := fault.AsTerminal(err); !refused || strings.Contains(err.Error(), "jane") {
		t.Errorf("got %v", err)
	}
}

// TestWhatCannotBeReadIsNotCalledEmpty: with max_query_lookback Loki answers with success and without lines.
func TestWhatCannotBeReadIsNotCalledEmpty(t *testing.T) {
	fake, e, r := erasing(t)
	now := time.Now().Truncate(time.Second)
	for lookback, want := range map[time.Duration]erasure.Left{
		0:                {Lines: 6, Spared: 3},
		1000 * time.Hour: {Lines: 6, Spared: 3},
		100 * time.Hour:  {Lines: 4, Spared: 2, From: now.Add(-100*time.Hour + time.Second)},
		time.Hour:        {From: now.Add(-time.Hour + time.Second)},
	} {
		fake.EditErase(func(s *lokitest.Erase) { s.Lookback = lookback })
		left, err := e.Left(t.Context(), r, now, true)
		if diff := cmp.Diff(want, left); diff != "" || err != nil {
			t.Errorf("with %s: %s %v", lookback, diff, err)
		}
	}
}

// TestWhyNothingCanBeErasedIsTold, and never whose lines they are.
func TestWhyNothingCanBeErasedIsTold(t *testing.T) {
	tests := map[string]struct {
		status   int
		body     string
		terminal string
	}{
		"closed":         {403, "deletion is not available for this tenant\n", loki.ReasonDeletionDisabled},
		"a login":        {403, "no", external.ReasonDenied},
		"no retention":   {400, "Retention is not enabled", loki.ReasonCompactorOff},
		"no such path":   {404, "404 page not found", loki.ReasonCompactorOff},
		"a bad request":  {400, `parse error of {service_name=~".+"} | user_id="` + person + `"`, external.ReasonRejected},
		"a dead one":     {502, person, ""},
		"something else": {200, "<html>" + person, ""},
	}
	for name, tc := range tests {
		t.Run(name, func(t *testing.T) {
			_, _, r := erasing(t)
			e := loki.Eraser{Client: clientOf(t, http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
				w.Header().Set("Content-Type", "text/plain")
				w.WriteHeader(tc.status)
				_, _ = fmt.Fprint(w, tc.body)
			}))}
			_, err := e.Find(t.Context(), r, "")
			reason := ""
			if terminal, ok := fault.AsTerminal(err); ok {
				reason = terminal.Reason
			}
			if err == nil || reason != tc.terminal {
				t.Errorf("%q: %v", reason, err)
			}
			_, posted := e.Post(t.Context(), r)
			_, left := e.Left(t.Context(), r, time.Now(), true)
			for _, one := range []error{err, posted, left} {
				if one != nil && strings.Contains(one.Error(), "jane") {
					t.Errorf("it says who: %v", one)
				}
			}
		})
	}
	dead, err := loki.New(loki.Config{URL: "http://127.0.0.1:1", UserAgent: "x", Transport: http.DefaultTransport})
	if err != nil {
		t.Fatal(err)
	}
	_, _, r := erasing(t)
	if _, err := (loki.Eraser{Client: dead}).Post(t.Context(), r); err == nil || strings.Contains(err.Error(), "jane") {
		t.Errorf("got %v", err)
	}
}
