package rules

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

// byNature are inhibitions whose target's expression says nothing of the source, and why they hold.
var byNature = map[string]string{
	"TuxBackendScrapeDown over TuxBackendMetricsMissing": "the target needs up == 1 of the pod whose up is 0",
}

// TestInhibitionsSayWhatExpressionsSay: the second net is made of the same mesh as the first. A cause
// that expressions do not know of is not one because somebody wrote it into the other file.
func TestInhibitionsSayWhatExpressionsSay(t *testing.T) {
	for _, i := range Inhibitions() {
		if slices.Equal(i.Equal, []string{"namespace", "environment", "backend"}) && i.Source == "TuxBackendAbsent" {
			continue // of all alerts of the backend
		}
		for _, target := range i.Targets {
			pair := i.Source + " over " + target
			known := strings.Contains(variants(target)[0].Expr, fmt.Sprintf(".Ships %q", i.Source))
			if _, excepted := byNature[pair]; known == excepted {
				t.Errorf("%s: the expression says so: %v, excepted: %v", pair, known, excepted)
			}
		}
	}
}

func TestNoAlertInhibitsItselfByADetour(t *testing.T) {
	over := map[string][]string{}
	for _, i := range Inhibitions() {
		if len(i.Targets) == 0 {
			t.Errorf("%s is over nothing", i.Source)
		}
		over[i.Source] = append(over[i.Source], i.Targets...)
	}
	var visit func(path []string)
	visit = func(path []string) {
		last := path[len(path)-1]
		if slices.Contains(path[:len(path)-1], last) {
			t.Fatalf("a circle: %v", path)
		}
		for _, next := range over[last] {
			visit(append(slices.Clone(path), next))
		}
	}
	for source := range over {
		visit([]string{source})
	}
}

func TestEveryInhibitionStaysInItsBackend(t *testing.T) {
	for _, i := range Inhibitions() {
		for _, label := range []string{"namespace", "environment", "backend"} {
			if !slices.Contains(i.Equal, label) {
				t.Errorf("%s hides alerts of another %s", i.Source, label)
			}
		}
		if slices.Contains(i.Targets, "TuxWatchdog") || i.Source == "TuxWatchdog" {
			t.Errorf("%s: the heartbeat takes part", i.Source)
		}
	}
}

func TestAnInhibitionOfAnUnknownAlertIsAnError(t *testing.T) {
	for _, entry := range []inhibition{
		{Source: "TuxNothing", Targets: []string{"*"}},
		{Source: "TuxNotLive", Targets: []string{"TuxNothing"}},
		{Source: "TuxNotLive", Targets: []string{"*"}, Except: []string{"TuxNothing"}},
	} {
		if _, err := entry.resolve(); err == nil || !strings.Contains(err.Error(), "TuxNothing") {
			t.Errorf("%+v gives %v", entry, err)
		}
	}
}

// hidden are the alerts that fire and that nobody is told of, because another fires with them, as
// "TuxNotReady by TuxNotLive". Of the scenarios none may be: they say which alerts are no symptoms.
func hidden(fired []firing) []string {
	var names []string
	for _, i := range Inhibitions() {
		for _, source := range fired {
			for _, target := range fired {
				if i.hides(source, target) {
					names = append(names, target.labels["alertname"]+" by "+i.Source)
				}
			}
		}
	}
	slices.Sort(names)
	return slices.Compact(names)
}

// hides says what Alertmanager says of two alerts: labels that both lack are equal too.
func (i *Inhibition) hides(source, target firing) bool {
	if source.labels["alertname"] != i.Source || !slices.Contains(i.Targets, target.labels["alertname"]) {
		return false
	}
	for _, label := range i.Equal {
		if source.labels[label] != target.labels[label] {
			return false
		}
	}
	return source.first <= target.last && target.first <= source.last
}

// TestPodsOfInhibitionsAreLabels: where a label is missing on both sides, Alertmanager takes it for equal.
func TestPodsOfInhibitionsAreLabels(t *testing.T) {
	fault := func(w world, _ time.Duration) {
		w.dead("a")
		w.drop("django_http_requests_before_middlewares_total", podLabel("b"))
		w.probe("ready", "b", 0, 503)
	}
	for _, f := range play(t, &usual, groups(t, production()), healthyWorld, fault) {
		for _, i := range Inhibitions() {
			name := f.labels["alertname"]
			takesPart := i.Source == name || slices.Contains(i.Targets, name)
			if takesPart && slices.Contains(i.Equal, "pod") && f.labels["pod"] == "" {
				t.Errorf("%s takes part in an inhibition by %s, but has no pod: %v", name, i.Source, f.labels)
			}
		}
	}
}

func TestWildcardsLeaveOutWhatTheySay(t *testing.T) {
	entry := inhibition{Source: "TuxNotLive", Targets: []string{"*"}, Except: []string{"TuxNotReady"}, Equal: []string{"backend"}}
	got, err := entry.resolve()
	if err != nil {
		t.Fatal(err)
	}
	want := slices.DeleteFunc(alertsOfBackends(), func(name string) bool { return name == "TuxNotLive" || name == "TuxNotReady" })
	if diff := cmp.Diff(want, got.Targets); diff != "" {
		t.Error(diff)
	}
}
