package plan_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	tuxv1alpha1 "github.com/tux-io/tux-monitoring-operator/api/v1alpha1"
	"github.com/tux-io/tux-monitoring-operator/internal/plan"
	"github.com/tux-io/tux-monitoring-operator/internal/plan/retention"
	"github.com/tux-io/tux-monitoring-operator/internal/plan/retention/erasure"
)

const subject = "jane.doe@example.com"

var erasedTo = time.Date(2026, 11, 20, 0, 0, 0, 0, time.UTC)

func logErasure(change func(*tuxv1alpha1.TuxLogErasure)) tuxv1alpha1.TuxLogErasure {
	e := tuxv1alpha1.TuxLogErasure{
		ObjectMeta: metav1.ObjectMeta{Name: "ticket-7", UID: "uid-7", CreationTimestamp: metav1.NewTime(erasedTo.Add(time.Hour))},
		Spec: tuxv1alpha1.TuxLogErasureSpec{
			MonitoringRef: tuxv1alpha1.MonitoringReference{Name: "production"}, Subject: tuxv1alpha1.LogErasureSubject{User: subject},
			Window: tuxv1alpha1.LogErasureWindow{From: metav1.NewTime(erasedTo.Add(-240 * time.Hour)), To: metav1.NewTime(erasedTo)},
			Reason: "GDPR-7",
		},
		Status: tuxv1alpha1.TuxLogErasureStatus{
			Tenant: "tux", SparedClasses: []string{"audit"}, Request: &tuxv1alpha1.LogErasureRequest{ID: "ab12cd34"},
		},
	}
	if change != nil {
		change(&e)
	}
	return e
}

// TestWhoseRequestItIs: by its id, by what it says where nobody has noted the id yet, and by the record of one that is gone.
func TestWhoseRequestItIs(t *testing.T) {
	e := logErasure(nil)
	query, err := plan.ErasureOf(&e).LogQL(false)
	if err != nil {
		t.Fatal(err)
	}
	said := erasure.LokiRequest{ID: "other", Query: query, From: e.Spec.Window.From.Time, To: erasedTo}
	tests := map[string]struct {
		change func(*tuxv1alpha1.TuxLogErasure)
		found  func(*erasure.LokiRequest)
		tenant string
		want   bool
	}{
		"the same words":              {nil, func(*erasure.LokiRequest) {}, "tux", true},
		"the same id":                 {nil, func(r *erasure.LokiRequest) { r.ID, r.Query = "ab12cd34", "" }, "tux", true},
		"another tenant":              {nil, func(*erasure.LokiRequest) {}, "other", false},
		"another query":               {nil, func(r *erasure.LokiRequest) { r.Query = `{service_name=~".+"} | user_id="jane"` }, "tux", false},
		"another end":                 {nil, func(r *erasure.LokiRequest) { r.To = r.To.Add(time.Second) }, "tux", false},
		"one that has sent nothing":   {func(e *tuxv1alpha1.TuxLogErasure) { e.Status.Request = nil }, func(*erasure.LokiRequest) {}, "tux", false},
		"one whose id is not known":   {func(e *tuxv1alpha1.TuxLogErasure) { e.Status.Request.ID = "" }, func(*erasure.LokiRequest) {}, "tux", true},
		"one that spares other lines": {func(e *tuxv1alpha1.TuxLogErasure) { e.Status.SparedClasses = nil }, func(*erasure.LokiRequest) {}, "tux", false},
	}
	for name, tc := range tests {
		t.Run(name, func(t *testing.T) {
			of, found := logErasure(tc.change), said
			tc.found(&found)
			if got := plan.Erases([]tuxv1alpha1.TuxLogErasure{of}, nil, tc.tenant, &found); got != tc.want {
				t.Errorf("it is ours: %t", got)
			}
		})
	}
	text, err := plan.NewErasureRecord(&e, tuxv1alpha1.ReasonErased)
	if err != nil {
		t.Fatal(err)
	}
	record, err := plan.ReadErasureRecord(text)
	if err != nil {
		t.Fatal(err)
	}
	said.ID = "ab12cd34"
	if !plan.Erases(nil, []plan.ErasureRecord{record}, "tux", &said) || plan.Erases(nil, []plan.ErasureRecord{record}, "other", &said) {
		t.Error("the record does not tell whose request it is")
	}
}

func TestWhichLinesAnErasureExplains(t *testing.T) {
	e := logErasure(nil)
	all := []tuxv1alpha1.TuxLogErasure{e}
	for name, tc := range map[string]struct {
		tenant, class string
		from, to      time.Duration
		want          bool
	}{
		"inside":               {"tux", "error", -3 * time.Hour, -2 * time.Hour, true},
		"a part":               {"tux", "error", -time.Hour, time.Hour, true},
		"after it":             {"tux", "error", time.Second, time.Hour, false},
		"before it":            {"tux", "error", -250 * time.Hour, -241 * time.Hour, false},
		"a class it spares":    {"tux", "audit", -3 * time.Hour, -2 * time.Hour, false},
		"a tenant of somebody": {"other", "error", -3 * time.Hour, -2 * time.Hour, false},
	} {
		if got := plan.MayHaveErased(all, nil, tc.tenant, tc.class, erasedTo.Add(tc.from), erasedTo.Add(tc.to)); got != tc.want {
			t.Errorf("%s: %t", name, got)
		}
	}
	e.Status.Request = nil
	if plan.MayHaveErased([]tuxv1alpha1.TuxLogErasure{e}, nil, "tux", "error", erasedTo, erasedTo) {
		t.Error("what was never sent explains lines")
	}
}

// TestTheRecordDoesNotSayWho, nor does a request that is printed.
func TestTheRecordDoesNotSayWho(t *testing.T) {
	e := logErasure(func(e *tuxv1alpha1.TuxLogErasure) {
		now := metav1.NewTime(erasedTo)
		e.Status.StartedAt, e.Status.CompletedAt, e.Status.VerifiedFrom = &now, &now, &now
		e.Status.Request.AttemptedAt, e.Status.Request.ProcessedAt = &now, &now
		e.Status.LinesBefore = new(int64(41))
	})
	text, err := plan.NewErasureRecord(&e, tuxv1alpha1.ReasonErased)
	if err != nil {
		t.Fatal(err)
	}
	for _, said := range []string{`"uid-7"`, `"GDPR-7"`, `"ab12cd34"`, `41`, `"User"`} {
		if !strings.Contains(text, said) {
			t.Errorf("the record lacks %s: %s", said, text)
		}
	}
	r := plan.ErasureOf(&e)
	for _, printed := range []string{text, fmt.Sprint(r), fmt.Sprintf("%+v", *r), fmt.Sprintf("%#v", r), fmt.Sprintf("%s", *r)} {
		if strings.Contains(printed, "jane") {
			t.Errorf("it says who: %s", printed)
		}
	}
	if _, err := plan.ReadErasureRecord("{}"); err == nil {
		t.Error("anything is a record")
	}
}

func TestWhichClassesAreSpared(t *testing.T) {
	tux := &tuxv1alpha1.TuxMonitoring{Spec: tuxv1alpha1.TuxMonitoringSpec{Logs: &tuxv1alpha1.Logs{
		Tenant: "tux", Backend: tuxv1alpha1.LogBackend{Loki: &tuxv1alpha1.LokiBackend{}},
	}}}
	if diff := cmp.Diff([]string{"audit"}, plan.SparedClasses(tux, nil)); diff != "" {
		t.Errorf("by default: %s", diff)
	}
	tux.Spec.Logs.Classes = []tuxv1alpha1.LogClass{
		{Name: "payments", Erasure: tuxv1alpha1.StateDisabled}, {Name: "error", Erasure: tuxv1alpha1.StateEnabled}, {Name: "debug"},
		{Name: "access", Protection: tuxv1alpha1.StateEnabled},
	}
	holds := &retention.Commitment{Classes: []retention.Promised{{Name: "access", Protected: true}, {Name: "audit", Protected: true}, {Name: "error"}}}
	if diff := cmp.Diff([]string{"access", "audit", "payments"}, plan.SparedClasses(tux, holds)); diff != "" {
		t.Error(diff)
	}
}

// TestFractionsOfSecondsAreNotAskedFor: Loki is sent whole seconds, and a request with a fraction would never be known again.
func TestFractionsOfSecondsAreNotAskedFor(t *testing.T) {
	e := logErasure(func(e *tuxv1alpha1.TuxLogErasure) {
		e.Spec.Window.From.Time = e.Spec.Window.From.Add(time.Second / 2)
		e.Spec.Window.To.Time = e.Spec.Window.To.Add(time.Millisecond)
	})
	r := plan.ErasureOf(&e)
	query, err := r.LogQL(false)
	if err != nil {
		t.Fatal(err)
	}
	sent := erasure.LokiRequest{Query: query, From: time.Unix(r.From.Unix(), 0), To: time.Unix(r.To.Unix(), 0)}
	if !r.Sends(&sent) || !r.To.Equal(erasedTo) {
		t.Errorf("from %s to %s", r.From, r.To)
	}
}

// TestWhatWasCancelledExplainsNothing that is missing.
func TestWhatWasCancelledExplainsNothing(t *testing.T) {
	for outcome, want := range map[string]bool{
		tuxv1alpha1.ReasonErased: true, tuxv1alpha1.ReasonErasureLeft: true, tuxv1alpha1.ReasonErasureCancelled: false,
	} {
		e := logErasure(nil)
		text, err := plan.NewErasureRecord(&e, outcome)
		if err != nil {
			t.Fatal(err)
		}
		record, err := plan.ReadErasureRecord(text)
		if err != nil {
			t.Fatal(err)
		}
		got := plan.MayHaveErased(nil, []plan.ErasureRecord{record}, "tux", "error", erasedTo.Add(-2*time.Hour), erasedTo.Add(-time.Hour))
		if got != want {
			t.Errorf("%s: %t", outcome, got)
		}
	}
}
