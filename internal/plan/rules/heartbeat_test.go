package rules

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/tux-io/tux-monitoring-operator/internal/plan/env"
)

// TestTheHeartbeatBeatsOnceAndAlways: once however many backends there are, whatever happens to them, and
// with labels that no route by severity takes.
func TestTheHeartbeatBeatsOnceAndAlways(t *testing.T) {
	e := production(withHeartbeat, twoBackends)
	everythingGone := func(w world, _ time.Duration) { w.drop("{") }
	beats := 0
	for _, f := range play(t, &usual, groups(t, e), healthyWorld, everythingGone) {
		if f.labels["alertname"] != "TuxWatchdog" {
			continue
		}
		beats++
		want := map[string]string{
			"alertname": "TuxWatchdog", "namespace": "tux-production", "environment": "production", "severity": "none",
		}
		if diff := cmp.Diff(want, f.labels); diff != "" {
			t.Errorf("labels (-want +got):\n%s", diff)
		}
		if f.first > usual.eval || f.last < usual.over-usual.eval {
			t.Errorf("it beats from %v to %v only", f.first, f.last)
		}
	}
	if beats != 1 {
		t.Errorf("%d heartbeats, want one", beats)
	}
}

func TestNobodyIsToldThatTheHeartbeatIsMissing(t *testing.T) {
	for name, e := range map[string]*env.Environment{"no routing": production(), "no heartbeat": production(func(e *env.Environment) { e.Routing = &env.Routing{} })} {
		if rendered(t, e, "TuxWatchdog") != nil {
			t.Errorf("%s: it beats", name)
		}
		if got := Omitted(e); len(got) > 0 {
			t.Errorf("%s: omitted %v", name, got)
		}
	}
}
