package rules

import (
	"maps"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/tux-io/tux-monitoring-operator/internal/plan/env"
)

func TestEachFaultFiresExactlyItsAlerts(t *testing.T) {
	for name, sc := range outages {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			check(t, sc)
		})
	}
}

func TestWhatIsHarmlessCallsNobody(t *testing.T) {
	for name, sc := range harmless {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			check(t, sc)
		})
	}
}

func TestCausesAreOnlyLeftToAlertsThatExist(t *testing.T) {
	for name, sc := range knobs {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			check(t, sc)
		})
	}
}

// TestEveryAlertFiresSomewhere keeps the tables complete.
func TestEveryAlertFiresSomewhere(t *testing.T) {
	fires := map[string]bool{}
	for _, sc := range outages {
		for _, name := range sc.want {
			fires[name] = true
		}
	}
	for _, sc := range weeks {
		for _, name := range sc.want {
			fires[name] = true
		}
	}
	for _, info := range Catalogue() {
		if !fires[info.Name] && info.AskedFor == "" {
			t.Errorf("no fault fires %s", info.Name)
		}
	}
}

func check(t *testing.T, sc scenario) {
	t.Helper()
	e := production(sc.edit...)
	fired := play(t, &usual, groups(t, e), healthyWorld, sc.fault)
	if diff := cmp.Diff(sc.want, alertNames(fired)); diff != "" {
		t.Errorf("fired (-want +got):\n%s", diff)
	}
	if lost := hidden(fired); len(lost) > 0 {
		t.Errorf("fires for good reason, and nobody is told: %v", lost)
	}
	for _, f := range fired {
		checkTimes(t, e, f)
		checkLabels(t, f)
	}
}

// checkTimes: never before the fault and its `for`, and over when the fault is.
func checkTimes(t *testing.T, e *env.Environment, f firing) {
	t.Helper()
	name := f.labels["alertname"]
	if wait := adjusted(variants(name)[0], e).For; f.first < usual.begins+env.Duration(wait) {
		t.Errorf("%s fires at %v, before its for of %s is over", name, f.first, wait)
	}
	if f.last >= usual.over-5*time.Minute {
		t.Errorf("%s does not resolve", name)
	}
}

// checkLabels: Alertmanager can route every alert, and a person can read it.
func checkLabels(t *testing.T, f firing) {
	t.Helper()
	name := f.labels["alertname"]
	want := map[string]string{"namespace": "tux-production", "environment": "production", "backend": "tux-backend"}
	for label, value := range want {
		if f.labels[label] != value {
			t.Errorf("%s has %s=%q, want %q", name, label, f.labels[label], value)
		}
	}
	if f.labels["job"] == "" || f.labels["severity"] == "" {
		t.Errorf("%s lacks job or severity: %v", name, f.labels)
	}
	for key, text := range f.annotations {
		if text == "" || strings.Contains(text, "<error") || strings.Contains(text, "<no value>") {
			t.Errorf("%s: annotation %s is %q", name, key, text)
		}
	}
}

func alertNames(fired []firing) []string {
	names := map[string]bool{}
	for _, f := range fired {
		names[f.labels["alertname"]] = true
	}
	if len(names) == 0 {
		return nil
	}
	return slices.Sorted(maps.Keys(names))
}
