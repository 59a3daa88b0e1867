package loki_test

import (
	"fmt"
	"net/http"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/tux-io/tux-monitoring-operator/hack/loki/lab"
	"github.com/tux-io/tux-monitoring-operator/internal/external/loki"
	"github.com/tux-io/tux-monitoring-operator/internal/fault"
	"github.com/tux-io/tux-monitoring-operator/internal/plan/retention"
	"github.com/tux-io/tux-monitoring-operator/internal/plan/retention/erasure"
)

// erasedStream is one of the test below, with what must be left of its two lines.
type erasedStream struct {
	tenant, class, text string
	metadata            map[string]string
	days                float64
	left                int
}

// TestAnErasureOnARealLoki removes exactly the lines of the subject: those with its id in structured metadata or in JSON, and
// no line of anybody else, of another tenant, of a class that is spared, or of another time.
func TestAnErasureOnARealLoki(t *testing.T) {
	const who = "jane.doe@example.com"
	meta := func(id string) map[string]string { return map[string]string{"user_id": id} }
	streams := map[string]erasedStream{
		"in its metadata":           {production, "error", "not JSON", meta(who), 3, 0},
		"in its JSON":               {production, "error", `{"level":"ERROR","user_id":"` + who + `"}`, nil, 3, 0},
		"without a class":           {production, "", "no class", meta(who), 2, 0},
		"both":                      {production, "debug", `{"user_id":"` + who + `"}`, meta(who), 5, 0},
		"of a class that is spared": {production, "audit", `{"user_id":"` + who + `"}`, meta(who), 3, 2},
		"of such a class without the label": {
			production, "", "no label", map[string]string{"user_id": who, retention.ClassLabel: "audit"}, 3, 2,
		},
		"before the window":               {production, "error", "old", meta(who), 12, 2},
		"after the window":                {production, "error", "young", meta(who), 0.5, 2},
		"of somebody whose id is a part":  {production, "error", "jane", meta("jane.doe@example.co"), 3, 2},
		"of somebody whose id has it":     {production, "error", `{"user_id":"` + who + `.au"}`, nil, 3, 2},
		"where the id is only mentioned":  {production, "error", `{"user_id":"7","message":"by ` + who + `"}`, nil, 3, 2},
		"of a workspace of that name":     {production, "error", `{"workspace_id":"` + who + `"}`, map[string]string{"workspace_id": who}, 3, 2},
		"of nobody":                       {production, "error", `{"user_id":null}`, nil, 3, 2},
		"of another tenant":               {staging, "error", `{"user_id":"` + who + `"}`, meta(who), 3, 2},
		"of somebody with quotes in JSON": {production, "error", `{"user_id":"x\" or user_id=\"` + who + `"}`, nil, 3, 2},
	}
	l, err := lab.New(t.Context(), t.TempDir(), t.Output())
	r := &real{Loki: l, T: t, filled: time.Now().UTC().Truncate(time.Second)}
	r.must(err)
	t.Cleanup(func() { _ = l.Stop() })
	r.client, err = loki.New(loki.Config{URL: l.URL, UserAgent: "test", Transport: http.DefaultTransport})
	r.must(err)
	var fill []lab.Stream
	for name, s := range streams {
		labels := map[string]string{"app": "tux", "name": name}
		if s.class != "" {
			labels[retention.ClassLabel] = s.class
		}
		fill = append(fill, lab.Stream{Tenant: s.tenant, Labels: labels, At: r.at(s.days), Lines: 2, Text: s.text, Metadata: s.metadata})
	}
	r.must(l.Fill(t.Context(), fill))
	request := &erasure.Request{
		UID: "uid-7", Key: erasure.UserKey, Value: who, Tenant: production, Spared: []string{"audit", "payments"},
		From: r.at(10), To: r.at(1), Created: r.filled,
	}
	e := loki.Eraser{Client: r.client}

	// Without retention there are no requests to delete.
	r.must(r.Start(t.Context(), false))
	if _, err := e.Find(t.Context(), request, ""); err == nil {
		t.Error("a Loki without retention has requests to delete")
	} else {
		t.Log(err)
	}
	r.must(r.Stop())
	r.must(r.Start(t.Context(), true))
	left, err := e.Left(t.Context(), request, time.Now(), true)
	r.must(err)
	if diff := cmp.Diff(erasure.Left{Lines: 8, Spared: 4}, left); diff != "" {
		t.Errorf("before: %s", diff)
	}
	id, err := e.Post(t.Context(), request)
	r.must(err)
	found, err := e.Find(t.Context(), request, "")
	r.must(err)
	if id == "" || found == nil || found.ID != id {
		t.Fatalf("request %q is found as %+v", id, found)
	}
	r.until("the request to be processed", func() string {
		found, err := e.Find(t.Context(), request, id)
		switch {
		case err != nil:
			return err.Error()
		case found == nil:
			return "it is gone"
		case !found.Done:
			return found.Progress
		}
		return ""
	})
	r.until("the lines to be gone for queries", func() string {
		left, err := e.Left(t.Context(), request, time.Now(), false)
		r.must(err)
		return cmp.Diff(erasure.Left{Spared: 4}, left)
	})
	for name, s := range streams {
		n, err := l.Count(t.Context(), s.tenant, `{name="`+name+`"}`, r.at(s.days))
		r.must(err)
		if n != s.left {
			t.Errorf("of the lines %s there are %d, want %d", name, n, s.left)
		}
	}

	// A tenant that is closed says so.
	request.Tenant = "closed"
	r.write(contribution(policy("closed", 31)))
	r.until("the tenant to be closed", func() string {
		_, err := e.Find(t.Context(), request, "")
		if terminal, ok := fault.AsTerminal(err); !ok || terminal.Reason != loki.ReasonDeletionDisabled {
			return fmt.Sprint("it says ", err)
		}
		return ""
	})
}
