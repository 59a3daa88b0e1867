package erasure_test

import (
	"strings"
	"testing"
	"time"

	"github.com/tux-io/tux-monitoring-operator/internal/plan/retention/erasure"
)

// TestWhatALogStoreRepeatsIsNotKept: an id of a request, and how far it is, end up in the status and in the record.
func TestWhatALogStoreRepeatsIsNotKept(t *testing.T) {
	r := &erasure.Request{UID: "uid-7", Key: erasure.UserKey, Value: "jane.doe@example.com", Tenant: "tux", From: time.Unix(0, 0), To: time.Unix(9, 0)}
	query, err := r.LogQL(false)
	if err != nil {
		t.Fatal(err)
	}
	for _, tc := range []struct{ id, status, wantID, want string }{
		{"ab12cd34", "received", "ab12cd34", "received"},
		{"ab12cd34", "7% Complete", "ab12cd34", "7% Complete"},
		{"ab12cd34", "processed", "ab12cd34", "processed"},
		{r.Value, "received of " + r.Value, "", "something else"},
		{strings.Repeat("a", 81), "processed\n" + r.Value, "", "something else"},
		{"JzrCxdtFTCO_RaINw8ckNA:41", "", "JzrCxdtFTCO_RaINw8ckNA:41", "something else"},
	} {
		found := r.FindLoki("", []erasure.LokiRequest{{ID: tc.id, Status: tc.status, Query: query, From: r.From, To: r.To}})
		if found == nil || found.ID != tc.wantID || found.Progress != tc.want {
			t.Errorf("%q, %q: %+v", tc.id, tc.status, found)
		}
	}
}
