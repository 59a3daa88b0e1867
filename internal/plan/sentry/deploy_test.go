package sentry_test

import (
	"testing"

	"github.com/tux-io/tux-monitoring-operator/internal/plan/sentry"
)

// TestNamesOfDeploys: a deploy whose answer was lost is found under its name, and going back to a release is
// another one.
func TestNamesOfDeploys(t *testing.T) {
	first, second := sentry.Deploy{Release: "1", Environment: "live"}, sentry.Deploy{Release: "2", Environment: "live"}
	never := sentry.Told{}
	told := sentry.Told{ID: "7", ProjectID: "45", Deploy: first}
	back := sentry.Told{ID: "8", ProjectID: "45", Deploy: second}
	if once, again := never.Name(first, "uid", "45"), never.Name(first, "uid", "45"); once != again {
		t.Error("the name is not the same when it is tried again")
	}
	names := map[string]string{}
	for what, name := range map[string]string{
		"the first one":       never.Name(first, "uid", "45"),
		"the next one":        told.Name(second, "uid", "45"),
		"back again":          back.Name(first, "uid", "45"),
		"of another resource": never.Name(first, "uid2", "45"),
		"of another project":  never.Name(first, "uid", "46"),
	} {
		if other := names[name]; other != "" || len(name) > 64 {
			t.Errorf("%s is called %q, as is %s", what, name, other)
		}
		names[name] = what
	}
	if !told.Is(first, "45") || told.Is(first, "46") || told.Is(second, "45") || never.Is(first, "45") {
		t.Error("what was told is not known")
	}
}
