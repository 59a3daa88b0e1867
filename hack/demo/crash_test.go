package main

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// stored is an event as the Sentry of the demo has it, with one field changed.
func stored(field string, value any) map[string]any {
	event := map[string]any{
		"exception":   map[string]any{"values": []any{map[string]any{"type": "SimulatedFailure"}}},
		"environment": "production", "release": "4.2.0",
		"tags":    map[string]any{"workspace": "acme", "request_id": requestID},
		"request": map[string]any{"method": "POST", "url": "http://backend/strings/", "headers": map[string]any{"User-Agent": "curl"}},
	}
	if field != "" {
		event[field] = value
	}
	return event
}

func TestACrashThatIsAsItShallBe(t *testing.T) {
	rows, err := crashRows(stored("", nil))
	want := [][]string{
		{"FIELD", "VALUE"}, {"exception", "SimulatedFailure"}, {"environment", "production"}, {"release", "4.2.0"},
		{"tag workspace", "acme"}, {"request", "POST http://backend/strings/"}, {"headers", "map[User-Agent:curl]"},
	}
	if diff := cmp.Diff(want, rows); diff != "" || err != nil {
		t.Errorf("%v %s", err, diff)
	}
}

func TestACrashThatIsNot(t *testing.T) {
	for what, event := range map[string]map[string]any{
		`"harness" is in the event`:        stored("request", map[string]any{"headers": map[string]any{"Authorization": "Token harness"}}),
		`"sessionid" is in the event`:      stored("request", map[string]any{"cookies": map[string]any{"sessionid": "x"}}),
		`"not-for-sentry" is in the event`: stored("request", map[string]any{"query_string": "token=not-for-sentry"}),
		"not of the workspace acme":        stored("tags", map[string]any{}),
		"is not the crash":                 stored("exception", nil),
	} {
		if _, err := crashRows(event); err == nil || !strings.Contains(err.Error(), what) {
			t.Errorf("%q is not said: %v", what, err)
		}
	}
}
