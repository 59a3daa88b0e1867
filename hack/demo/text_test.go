package main

import (
	"bytes"
	"math"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/tux-io/tux-monitoring-operator/hack/e2e/live"
)

func TestFold(t *testing.T) {
	tests := map[string]struct {
		text string
		want []string
	}{
		"nothing":                           {},
		"a short line stays":                {text: "one two", want: []string{"one two"}},
		"words go to the next line":         {text: "one two three", want: []string{"one two", "three"}},
		"a word that is too long stays one": {text: "a http://a.very.long/url b", want: []string{"a", "http://a.very.long/url", "b"}},
		"blanks are folded":                 {text: " one\n  two ", want: []string{"one two"}},
	}
	for name, tc := range tests {
		t.Run(name, func(t *testing.T) {
			if diff := cmp.Diff(tc.want, fold(tc.text, 8)); diff != "" {
				t.Errorf("-want +got:\n%s", diff)
			}
		})
	}
}

func TestShortenKeepsTheEnd(t *testing.T) {
	for text, want := range map[string]string{"": "", "abcd": "abcd", "abcde": "...bcde", "äöüßx": "...öüßx"} {
		if got := shorten(text, 4); got != want {
			t.Errorf("shorten(%q) is %q, want %q", text, got, want)
		}
	}
}

func TestAfterStandsInAColumn(t *testing.T) {
	for elapsed, want := range map[time.Duration]string{
		340 * time.Millisecond: "  +0.3 s", 22700 * time.Millisecond: " +22.7 s", 3 * time.Minute: "+180.0 s",
	} {
		if got := after(elapsed); got != want {
			t.Errorf("%s is %q, want %q", elapsed, got, want)
		}
	}
}

func TestDescribeCounts(t *testing.T) {
	tests := map[string]struct {
		before, now map[int]int
		want        string
	}{
		"nobody came":                  {before: map[int]int{200: 5}, now: map[int]int{200: 5}, want: "nothing, for nobody came"},
		"what was before does not say": {before: map[int]int{200: 5}, now: map[int]int{200: 7, 500: 1}, want: "status 200: 2, status 500: 1"},
		"no answer comes first":        {now: map[int]int{201: 1, 0: 3}, want: "no answer: 3, status 201: 1"},
	}
	for name, tc := range tests {
		t.Run(name, func(t *testing.T) {
			if got := describeCounts(tc.before, tc.now); got != tc.want {
				t.Errorf("got %q, want %q", got, tc.want)
			}
		})
	}
}

func TestDescribePage(t *testing.T) {
	page := &live.Notification{
		Status: live.Firing,
		Labels: map[string]string{"alertname": "TuxX", "severity": "critical", "namespace": "shop", "backend": "web"},
		Annotations: map[string]string{
			"summary": "X is down", "description": strings.Repeat("look at it ", 10), "runbook_url": "https://a/TuxX.md",
		},
	}
	want := []string{
		"FIRING TuxX (critical)", "X is down", "",
		strings.TrimSpace(strings.Repeat("look at it ", 8)) + " look at", "it look at it",
		"", "https://a/TuxX.md", "backend=web namespace=shop",
	}
	if diff := cmp.Diff(want, describePage(page)); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
}

func TestStrangers(t *testing.T) {
	arrived := []live.Notification{
		{Labels: map[string]string{"alertname": "TuxMay"}},
		{Labels: map[string]string{"alertname": "TuxOther"}}, {Labels: map[string]string{"alertname": "TuxOther"}},
	}
	if diff := cmp.Diff([]string{"TuxOther came to the pager"}, strangers(pager, arrived, "TuxMay")); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
	if got := strangers(pager, arrived[:1], "TuxMay"); len(got) != 0 {
		t.Errorf("got %v, want none", got)
	}
}

func TestASymptomSeesOnlyWhatIsAboveItsThreshold(t *testing.T) {
	s := &symptom{above: 5, text: "%.0f%% failed"}
	for value, want := range map[float64]string{5: "", 12.4: "12% failed", math.NaN(): ""} {
		if got := s.sees(value); got != want {
			t.Errorf("%v is %q, want %q", value, got, want)
		}
	}
}

func TestCurlArgs(t *testing.T) {
	tests := map[string]struct {
		faults live.Faults
		want   string
	}{
		"switches are JSON, sorted": {live.Faults{"b": 2, "a": true}, `-X PATCH -d '{"a": true, "b": 2}' http://pod/`},
		"none heals":                {nil, "-X DELETE http://pod/"},
	}
	for name, tc := range tests {
		t.Run(name, func(t *testing.T) {
			if got := strings.Join(curlArgs(tc.faults, "http://pod/"), " "); got != tc.want {
				t.Errorf("got %s, want %s", got, tc.want)
			}
		})
	}
}

func TestStatus(t *testing.T) {
	tests := map[string]struct {
		redraws bool
		age     time.Duration
		want    string
	}{
		"a terminal is drawn at once, and the line goes when it is over": {
			redraws: true, want: "  " + noWrap + "0 s  pods start: 1 of 2" + wrap + eraseLine,
		},
		"a pipe hears nothing of a short wait": {},
		"a pipe hears of a long wait once":     {age: quiet, want: "  10 s  pods start: 1 of 2\n"},
	}
	for name, tc := range tests {
		t.Run(name, func(t *testing.T) {
			var out bytes.Buffer
			s := (&printer{out: &out, redraws: tc.redraws}).status("pods start")
			s.began, s.shown = s.began.Add(-tc.age), s.shown.Add(-tc.age)
			s.show("1 of 2")
			if !tc.redraws {
				s.show("1 of 2")
			}
			s.clear()
			if out.String() != tc.want {
				t.Errorf("got %q, want %q", out.String(), tc.want)
			}
		})
	}
}

// What is printed during a wait takes the place of the line of status, and does not run into it.
func TestALineDuringAWait(t *testing.T) {
	var out bytes.Buffer
	p := &printer{out: &out, redraws: true}
	p.status("pods start").show("")
	p.line("news")
	if want := "  " + noWrap + "0 s  pods start" + wrap + eraseLine + "  news\n"; out.String() != want {
		t.Errorf("got %q, want %q", out.String(), want)
	}
}
