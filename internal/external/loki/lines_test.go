package loki_test

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/tux-io/tux-monitoring-operator/internal/external/loki"
	"github.com/tux-io/tux-monitoring-operator/internal/external/loki/lokitest"
	"github.com/tux-io/tux-monitoring-operator/internal/fault"
	plan "github.com/tux-io/tux-monitoring-operator/internal/plan/retention/loki"
	"github.com/tux-io/tux-monitoring-operator/internal/plan/retention/seal"
)

const auditLines = `{retention_class="audit"}`

var thirteen = time.Date(2026, 11, 24, 13, 0, 0, 0, time.UTC)

// audited is a Loki with lines of the class audit in an hour, and one on either side of it.
func audited(lines ...lokitest.Line) *lokitest.Server {
	s := lokitest.New(func() string { return "overrides: {}" })
	s.Edit(func(state *lokitest.State) {
		for _, at := range []time.Time{thirteen.Add(-1), thirteen.Add(time.Hour)} {
			lines = append(lines, lokitest.Line{Tenant: "tux", Class: "audit", At: at, Text: "outside"})
		}
		state.Lines = append(lines, lokitest.Line{Tenant: "tux", Class: "error", At: thirteen, Text: "other"})
	})
	return s
}

// texts reads the hour.
func texts(t *testing.T, client *loki.Client) ([]string, error) {
	t.Helper()
	b, err := client.Bounds(t.Context(), "tux")
	if err != nil {
		return nil, err
	}
	var all []string
	last := int64(0)
	err = client.Lines(t.Context(), "tux", auditLines, b, thirteen, thirteen.Add(time.Hour), func(line seal.Line) error {
		if line.At < last {
			t.Errorf("%d comes after %d", line.At, last)
		}
		last = line.At
		all = append(all, line.Text)
		return nil
	})
	return all, err
}

// TestEveryLineOfAnHourIsReadOnce, however answers cut it, and however many lines have the same nanosecond.
func TestEveryLineOfAnHourIsReadOnce(t *testing.T) {
	random := rand.New(rand.NewPCG(1, 2))
	for _, entries := range []int{1, 2, 3, 7, 100, 5000} {
		for range 20 {
			var lines []lokitest.Line
			var want []string
			at := thirteen
			for i := range random.IntN(60) {
				// An answer has the millisecond before as well.
				if i%max(entries-2, 1) == 0 || random.IntN(3) == 0 {
					at = at.Add(time.Duration(2+random.IntN(3)) * time.Millisecond)
				}
				want = append(want, fmt.Sprint(i))
				lines = append(lines, lokitest.Line{Tenant: "tux", Class: "audit", At: at, Text: fmt.Sprint(i)})
			}
			server := audited(lines...)
			server.Edit(func(state *lokitest.State) { state.Entries = entries })
			got, err := texts(t, clientOf(t, server))
			if entries == 1 {
				// An answer of one line cannot say whether there is another of its nanosecond.
				if _, terminal := fault.AsTerminal(err); !terminal {
					t.Errorf("answers of one line: %v", err)
				}
				continue
			}
			slices.Sort(want)
			slices.Sort(got)
			if diff := cmp.Diff(want, got); diff != "" || err != nil {
				t.Fatalf("answers of %d lines: %v %s", entries, err, diff)
			}
			if problems := server.Problems(); len(problems) > 0 {
				t.Error(problems)
			}
		}
	}
}

// TestTooManyOfOneNanosecond: what cannot be read wholly is refused, and not read in part.
func TestTooManyOfOneNanosecond(t *testing.T) {
	var lines []lokitest.Line
	for i := range 10 {
		lines = append(lines, lokitest.Line{Tenant: "tux", Class: "audit", At: thirteen.Add(5), Text: fmt.Sprint(i)})
	}
	server := audited(lines...)
	server.Edit(func(state *lokitest.State) { state.Entries = 10 })
	_, err := texts(t, clientOf(t, server))
	if found, terminal := fault.AsTerminal(err); !terminal || found.Reason != loki.ReasonUnreadable {
		t.Errorf("%v", err)
	}
	server.Edit(func(state *lokitest.State) { state.Entries = 12 })
	if got, err := texts(t, clientOf(t, server)); len(got) != 10 || err != nil {
		t.Errorf("%v, %v", got, err)
	}
}

// TestLargeLinesAreReadInSmallAnswers: an answer above four MiB is not kept in memory.
func TestLargeLinesAreReadInSmallAnswers(t *testing.T) {
	var lines []lokitest.Line
	for i := range 40 {
		lines = append(lines, lokitest.Line{Tenant: "tux", Class: "audit", At: thirteen.Add(time.Duration(2*i) * time.Millisecond), Text: strings.Repeat("x", 250<<10)})
	}
	if got, err := texts(t, clientOf(t, audited(lines...))); len(got) != 40 || err != nil {
		t.Errorf("%d lines, %v", len(got), err)
	}
	// After them the answers grow again, as for many lines of one nanosecond.
	for i := range 30 {
		lines = append(lines, lokitest.Line{Tenant: "tux", Class: "audit", At: thirteen.Add(time.Minute), Text: fmt.Sprint(i)})
	}
	if got, err := texts(t, clientOf(t, audited(lines...))); len(got) != 70 || err != nil {
		t.Errorf("%d lines, %v", len(got), err)
	}
	huge := lokitest.Line{Tenant: "tux", Class: "audit", At: thirteen, Text: strings.Repeat("x", 5<<20)}
	_, err := texts(t, clientOf(t, audited(huge)))
	if found, terminal := fault.AsTerminal(err); !terminal || found.Reason != loki.ReasonUnreadable {
		t.Errorf("%v", err)
	}
}

// TestLinesAreNotThoseOfACache, which hides such as came late.
func TestLinesAreNotThoseOfACache(t *testing.T) {
	server, asked := audited(), 0
	_, err := texts(t, clientOf(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if strings.HasSuffix(r.URL.Path, "/query_range") {
			if asked++; r.Header.Get("Cache-Control") != "no-cache" {
				t.Error("Loki may answer out of its cache")
			}
		}
		server.ServeHTTP(w, r)
	})))
	if err != nil || asked == 0 {
		t.Errorf("%d questions, %v", asked, err)
	}
}

// TestWhatIsNoWholeAnswerIsNoEmptyHour.
func TestWhatIsNoWholeAnswerIsNoEmptyHour(t *testing.T) {
	if got, err := texts(t, clientOf(t, audited())); len(got) != 0 || err != nil {
		t.Fatalf("an hour without lines: %v, %v", got, err)
	}
	bounds := plan.Bounds{Entries: 100}
	for name, body := range map[string]string{
		"nothing": ``, "no data": `{"status":"success"}`, "no lines": `{"status":"success","data":{}}`, "an error": `{"status":"error","data":{"resultType":"streams"}}`,
		"numbers":      `{"status":"success","data":{"resultType":"matrix","result":[]}}`,
		"a warning":    `{"status":"success","warnings":["an ingester is away"],"data":{"resultType":"streams","result":[]}}`,
		"another time": `{"status":"success","data":{"resultType":"streams","result":[{"stream":{},"values":[["1","secret"]]}]}}`,
	} {
		client := clientOf(t, http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { _, _ = w.Write([]byte(body)) }))
		err := client.Lines(t.Context(), "tux", auditLines, bounds, thirteen, thirteen.Add(time.Hour), func(seal.Line) error { return nil })
		if err == nil || strings.Contains(err.Error(), "secret") {
			t.Errorf("%s: %v", name, err)
		}
	}
	server := audited()
	server.Edit(func(state *lokitest.State) { state.Down = 503 })
	if _, err := texts(t, clientOf(t, server)); err == nil {
		t.Error("a Loki that is down has an hour without lines")
	}
	stop := errors.New("stop")
	full := clientOf(t, audited(lokitest.Line{Tenant: "tux", Class: "audit", At: thirteen}))
	err := full.Lines(t.Context(), "tux", auditLines, bounds, thirteen, thirteen.Add(time.Hour), func(seal.Line) error { return stop })
	if !errors.Is(err, stop) {
		t.Errorf("who reads wants no more: %v", err)
	}
}

func TestRequestsToDelete(t *testing.T) {
	server := audited()
	server.Edit(func(state *lokitest.State) {
		state.Deletions = []lokitest.Deletion{
			{Tenant: "other", ID: "x"},
			{Tenant: "tux", ID: "a1", Query: auditLines, Status: "received", From: thirteen, To: thirteen.Add(time.Hour), Created: thirteen.Add(1500 * time.Millisecond)},
		}
	})
	client := clientOf(t, server)
	got, err := client.Requested(t.Context(), "tux")
	want := []seal.Deletion{{ID: "a1", Query: auditLines, Status: "received", From: thirteen, To: thirteen.Add(time.Hour), Received: thirteen.Add(1500 * time.Millisecond)}}
	if diff := cmp.Diff(want, got); diff != "" || err != nil {
		t.Errorf("%v %s", err, diff)
	}
	server.Edit(func(state *lokitest.State) { state.Enabled = false })
	if got, err := client.Requested(t.Context(), "tux"); len(got) != 0 || err != nil {
		t.Errorf("a Loki that keeps everything: %v, %v", got, err)
	}
	// A gateway without the path is no Loki that deletes nothing.
	gateway := clientOf(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path != "/config" {
			http.NotFound(w, r)
			return
		}
		_, _ = w.Write([]byte("compactor: {retention_enabled: true}"))
	}))
	if _, err := gateway.Requested(t.Context(), "tux"); err == nil {
		t.Error("nothing is known, and there are no requests")
	}
	// Closed by the document: there may have been some.
	closed := lokitest.New(func() string { return "overrides: {tux: {deletion_mode: disabled}}" })
	if _, err := clientOf(t, closed).Requested(t.Context(), "tux"); !errors.Is(err, loki.ErrClosed) {
		t.Errorf("a tenant that is closed: %v", err)
	}
	strange := clientOf(t, http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { _, _ = w.Write([]byte(`{"status":"ok"}`)) }))
	if _, err := strange.Requested(t.Context(), "tux"); err == nil {
		t.Error("an answer of something else")
	}
}
