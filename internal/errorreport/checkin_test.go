package errorreport

import (
	"encoding/json"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

func TestCheckIns(t *testing.T) {
	s := newFakeSentry(t)
	r, err := New(Config{DSN: s.dsn(), Release: "tuxmon@1", Environment: "production", Monitor: "tuxmonitoring"})
	if err != nil {
		t.Fatal(err)
	}
	defer r.client.Close()
	for _, ok := range []bool{true, false} {
		r.CheckIn(10*time.Minute, ok)
		r.Flush(patience)
	}
	received := s.received()
	if len(received) != 2 {
		t.Fatalf("%d check-ins", len(received))
	}
	for i, status := range []string{"ok", "error"} {
		got := map[string]any{}
		for name, value := range received[i].all {
			var v any
			if err := json.Unmarshal(value, &v); err != nil {
				t.Fatal(err)
			}
			got[name] = v
		}
		if id, _ := got["check_in_id"].(string); len(id) != 32 {
			t.Errorf("the number is %q", id)
		}
		delete(got, "check_in_id")
		want := map[string]any{
			"monitor_slug": "tuxmonitoring", "status": status, "release": "tuxmon@1", "environment": "production",
			"monitor_config": map[string]any{
				"schedule":       map[string]any{"type": "interval", "value": 10.0, "unit": "minute"},
				"checkin_margin": 10.0, "max_runtime": 10.0, "failure_issue_threshold": 2.0, "recovery_threshold": 1.0,
			},
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Error(diff)
		}
	}
	if everything := s.everything(); strings.Contains(everything, "server_name") {
		t.Error(everything)
	}
}

// TestNoCheckIns: without a monitor, and without a DSN.
func TestNoCheckIns(t *testing.T) {
	s := newFakeSentry(t)
	var none *Reporter
	none.CheckIn(time.Minute, true)
	for _, config := range []Config{{DSN: s.dsn()}, {Monitor: "tuxmonitoring"}} {
		r, err := New(config)
		if err != nil {
			t.Fatal(err)
		}
		r.CheckIn(time.Minute, true)
		r.Flush(patience)
	}
	if got := s.received(); len(got) > 0 {
		t.Errorf("%d check-ins", len(got))
	}
}
