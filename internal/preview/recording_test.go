package preview

import (
	"bytes"
	"errors"
	"math"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

const recordedPanels = `{"type": "timeseries", "gridPos": {"w": 24}, "targets": [{"refId": "A", "expr": "x{v=\"$v\"}"}, {"refId": "B", "expr": "broken"}]},
	{"type": "stat", "targets": [{"refId": "A", "expr": "topk(2, y)", "instant": true}]}`

// record asks a dashboard through a recorder and returns page and recording.
func record(t *testing.T, o Options) (page, recording []byte) {
	t.Helper()
	answers := map[string][]Series{
		`x{v="1"}`:   {series(1.23456789, "b", "2").then(nan, math.Inf(1), 0), series(-0.5, "b", "1")},
		"topk(2, y)": {series(9, "z", "second in the alphabet"), series(1, "a", "first")},
	}
	recorder := NewRecorder(&fakeSource{answers: answers})
	p, err := Build(t.Context(), []*Dashboard{parse(t, withVariable)}, recorder, o)
	if err != nil {
		t.Fatal(err)
	}
	kept, err := recorder.Recording(o)
	if err != nil {
		t.Fatal(err)
	}
	text, err := kept.JSON()
	if err != nil {
		t.Fatal(err)
	}
	return pageOf(t, p), text
}

var withVariable = strings.Replace(single(recordedPanels), `"panels"`, `"templating": {"list": [{"name": "v", "type": "custom", "query": "0,1"}]}, "panels"`, 1)

func pageOf(t *testing.T, p *Page) []byte {
	t.Helper()
	text, err := p.HTML("auto")
	if err != nil {
		t.Fatal(err)
	}
	return text
}

// TestARecordingGivesTheSamePage also when it is drawn years later.
func TestARecordingGivesTheSamePage(t *testing.T) {
	o := Options{Now: noon, From: "now-30m", Points: 120, ScrapeInterval: time.Minute, Variables: map[string][]string{"v": {"1"}}}
	want, text := record(t, o)
	recording, err := ReadRecording(text)
	if err != nil {
		t.Fatal(err)
	}
	later, err := recording.Apply(Options{Now: noon.AddDate(3, 0, 0), Concurrency: 1})
	if err != nil {
		t.Fatal(err)
	}
	p, err := Build(t.Context(), []*Dashboard{parse(t, withVariable)}, recording, later)
	if err != nil {
		t.Fatal(err)
	}
	if got := pageOf(t, p); !bytes.Equal(got, want) {
		t.Error(cmp.Diff(string(want), string(got)))
	}
	_, again := record(t, o)
	if diff := cmp.Diff(string(text), string(again)); diff != "" {
		t.Errorf("the same answers gave another recording: %s", diff)
	}
}

func TestARecordingKnowsOnlyItsQueries(t *testing.T) {
	_, text := record(t, Options{Now: noon, Variables: map[string][]string{"v": {"1"}}})
	recording, err := ReadRecording(text)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := recording.Query(t.Context(), Query{Expr: "other", End: noon.Unix()}); err == nil {
		t.Error("answered a query that was never asked")
	}
	for _, a := range recording.Answers {
		_, err := recording.Query(t.Context(), a.Query)
		if a.Error == "" && err != nil || a.Error != "" && (err == nil || err.Error() != errBoom.Error()) {
			t.Errorf("%s: got %v", a.Expr, err)
		}
	}
}

func TestRefusedRecordings(t *testing.T) {
	for name, text := range map[string]string{
		"no JSON": "x", "another version": `{"version": 9}`,
		"a series of another length": `{"version": 1, "answers": [{"query": "x", "start": 0, "end": 60, "step": 30, "series": [{"metric": {}, "values": [1]}]}]}`,
		"a value that is none":       `{"version": 1, "answers": [{"query": "x", "start": 0, "end": 0, "series": [{"metric": {}, "values": ["much"]}]}]}`,
	} {
		if _, err := ReadRecording([]byte(text)); err == nil {
			t.Errorf("%s: read", name)
		}
	}
}

func TestValuesAreWrittenShort(t *testing.T) {
	text, err := Values{nan, math.Inf(1), math.Inf(-1), 0, 1, 0.1 + 0.2, 1234567.891, 1.5e-9, 1e21, -2.5}.MarshalJSON()
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(`[null,"+Inf","-Inf",0,1,0.3,1.23457e+06,1.5e-09,1e+21,-2.5]`, string(text)); diff != "" {
		t.Error(diff)
	}
}

func TestAnEndedContextEndsTheBuild(t *testing.T) {
	source := &fakeSource{}
	o := Options{Now: noon}
	ctx, cancel := contextThatEnds(t)
	cancel()
	if _, err := Build(ctx, []*Dashboard{parse(t, withVariable)}, source, o); !errors.Is(err, ctx.Err()) || err == nil {
		t.Errorf("got %v", err)
	}
}
