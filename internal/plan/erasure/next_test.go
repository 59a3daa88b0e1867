package erasure_test

import (
	"encoding/json"
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"k8s.io/apimachinery/pkg/api/meta"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	tuxv1alpha1 "github.com/tux-io/tux-monitoring-operator/api/v1alpha1"
	"github.com/tux-io/tux-monitoring-operator/internal/fault"
	judge "github.com/tux-io/tux-monitoring-operator/internal/plan/erasure"
	"github.com/tux-io/tux-monitoring-operator/internal/plan/retention"
	"github.com/tux-io/tux-monitoring-operator/internal/plan/retention/erasure"
)

var (
	began = time.Date(2026, 11, 20, 12, 0, 0, 0, time.UTC)
	times = judge.Times{
		Propagation: 5 * time.Minute, Settle: time.Minute, Hidden: 10 * time.Minute, Verify: 30 * time.Minute, Stall: 48 * time.Hour,
		Poll: 2 * time.Minute, Recheck: time.Hour,
	}
)

func request() *erasure.Request {
	return &erasure.Request{
		UID: "uid-7", Key: erasure.UserKey, Value: "jane", Tenant: "tux", Spared: []string{"audit"},
		From: began.Add(-48 * time.Hour), To: began, Created: began,
	}
}

// at is a status that has come to a step.
func at(backend retention.Backend, step tuxv1alpha1.LogErasureStep) *tuxv1alpha1.TuxLogErasureStatus {
	st := &tuxv1alpha1.TuxLogErasureStatus{}
	judge.Begin(st, backend, "place", request(), began)
	for _, next := range []struct {
		step tuxv1alpha1.LogErasureStep
		do   func()
	}{
		{tuxv1alpha1.LogErasurePosting, func() { judge.Attempt(st, began) }},
		{tuxv1alpha1.LogErasurePosted, func() { judge.Sent(st, "ab12", "received") }},
		{tuxv1alpha1.LogErasureProcessed, func() { judge.Done(st, began) }},
	} {
		if st.Step == step {
			break
		}
		next.do()
	}
	return st
}

func TestARequestIsSentAgainOnlyWhenItCannotArriveAnyMore(t *testing.T) {
	for name, tc := range map[string]struct {
		step tuxv1alpha1.LogErasureStep
		age  time.Duration
		want bool
	}{
		"never sent":            {tuxv1alpha1.LogErasurePlanned, 0, true},
		"sent a moment ago":     {tuxv1alpha1.LogErasurePosting, 59 * time.Second, false},
		"sent long enough ago":  {tuxv1alpha1.LogErasurePosting, time.Minute, true},
		"sent, clock went back": {tuxv1alpha1.LogErasurePosting, -time.Hour, false},
	} {
		got, verdict := judge.MayPost(at(retention.Loki, tc.step), began.Add(tc.age), times)
		if got != tc.want || !got && (verdict.Status != metav1.ConditionUnknown || verdict.After <= 0) {
			t.Errorf("%s: %t %+v", name, got, verdict)
		}
	}
}

func TestWhatALogStoreSaysOfItsProgress(t *testing.T) {
	for name, tc := range map[string]struct {
		found  *erasure.Found
		age    time.Duration
		reason string
		done   bool
	}{
		"received":            {&erasure.Found{ID: "ab12", Progress: "received"}, time.Hour, tuxv1alpha1.ReasonReceived, false},
		"received for days":   {&erasure.Found{ID: "ab12", Progress: "received"}, 49 * time.Hour, tuxv1alpha1.ReasonDeletionStalled, false},
		"at it":               {&erasure.Found{ID: "ab12", Progress: "40% Complete", Begun: true}, 49 * time.Hour, tuxv1alpha1.ReasonErasing, false},
		"done":                {&erasure.Found{ID: "ab12", Progress: "processed", Begun: true, Done: true}, time.Hour, "", true},
		"one list without it": {nil, time.Hour, tuxv1alpha1.ReasonReceived, false},
	} {
		st := at(retention.Loki, tuxv1alpha1.LogErasurePosted)
		verdict, done := judge.Progress(st, tc.found, began.Add(tc.age), times)
		if verdict.Reason != tc.reason || done != tc.done || !done && verdict.After <= 0 {
			t.Errorf("%s: %t %+v", name, done, verdict)
		}
	}
}

func TestWhatIsLeftDecides(t *testing.T) {
	since := began.Add(-time.Hour)
	tests := map[string]struct {
		backend retention.Backend
		left    erasure.Left
		age     time.Duration
		lost    bool
		rounds  int32
		status  metav1.ConditionStatus
		reason  string
		repeat  bool
	}{
		"nothing":                       {retention.Loki, erasure.Left{}, time.Hour, false, 0, metav1.ConditionTrue, tuxv1alpha1.ReasonErased, false},
		"nothing, and it was forgotten": {retention.Loki, erasure.Left{}, time.Hour, true, 0, metav1.ConditionTrue, tuxv1alpha1.ReasonErased, false},
		"lines, as caches may have":     {retention.Loki, erasure.Left{Lines: 1}, 29 * time.Minute, false, 0, metav1.ConditionUnknown, tuxv1alpha1.ReasonVerifying, false},
		"lines":                         {retention.Loki, erasure.Left{Lines: 1}, 30 * time.Minute, false, 0, metav1.ConditionFalse, tuxv1alpha1.ReasonLinesLeft, false},
		"lines, and it was forgotten":   {retention.Loki, erasure.Left{Lines: 1}, time.Hour, true, 0, metav1.ConditionFalse, tuxv1alpha1.ReasonRequestLost, false},
		"what is spared":                {retention.Loki, erasure.Left{Spared: 3}, time.Hour, false, 0, metav1.ConditionFalse, tuxv1alpha1.ReasonPartlyErased, false},
		"what cannot be read":           {retention.Loki, erasure.Left{From: since}, time.Hour, false, 0, metav1.ConditionUnknown, tuxv1alpha1.ReasonNotVerifiable, false},
		"what cannot be seen":           {retention.Elasticsearch, erasure.Left{Unseen: true}, time.Hour, false, 0, metav1.ConditionUnknown, tuxv1alpha1.ReasonNotVerifiable, false},
		"both of these":                 {retention.Loki, erasure.Left{From: since, Spared: 1}, time.Hour, false, 0, metav1.ConditionFalse, tuxv1alpha1.ReasonPartlyErased, false},
		"lines that were changed":       {retention.Elasticsearch, erasure.Left{Lines: 1}, time.Hour, false, 1, metav1.ConditionUnknown, tuxv1alpha1.ReasonErasing, true},
		"lines after ten rounds":        {retention.Elasticsearch, erasure.Left{Lines: 1}, time.Hour, false, 10, metav1.ConditionFalse, tuxv1alpha1.ReasonLinesLeft, false},
		"read-only indices":             {retention.Elasticsearch, erasure.Left{Blocked: 2, BlockedIn: []string{"warm"}}, time.Hour, false, 1, metav1.ConditionFalse, tuxv1alpha1.ReasonPartlyErased, false},
	}
	for name, tc := range tests {
		t.Run(name, func(t *testing.T) {
			st := at(tc.backend, tuxv1alpha1.LogErasureProcessed)
			if tc.lost {
				st.Request.Progress = "unknown"
			}
			if tc.rounds > 0 {
				st.Request.Attempts = tc.rounds
			}
			verdict := judge.Verify(st, request(), tc.left, began.Add(tc.age), times)
			repeat := st.Step == tuxv1alpha1.LogErasurePlanned
			if verdict.Status != tc.status || verdict.Reason != tc.reason || repeat != tc.repeat {
				t.Errorf("%t %+v", repeat, verdict)
			}
			completed := st.Step == tuxv1alpha1.LogErasureCompleted
			if completed != (tc.left.Lines == 0) || completed && (verdict.After != 0 || st.CompletedAt == nil) || !completed && verdict.After <= 0 {
				t.Errorf("%s %+v", st.Step, verdict)
			}
			if strings.Contains(verdict.Message, "jane") {
				t.Error(verdict.Message)
			}
		})
	}
}

func TestErrorsOfALogStoreAreSorted(t *testing.T) {
	for name, tc := range map[string]struct {
		err    error
		age    time.Duration
		status metav1.ConditionStatus
		reason string
	}{
		"no answer":        {errors.New("no answer"), 0, metav1.ConditionUnknown, tuxv1alpha1.ReasonLokiUnreachable},
		"too many":         {fault.Waiting(time.Minute, "RateLimited", errors.New("x")), 0, metav1.ConditionUnknown, tuxv1alpha1.ReasonLokiUnreachable},
		"a login":          {fault.Terminal("Denied", errors.New("x")), 0, metav1.ConditionFalse, "Denied"},
		"closed, just now": {fault.Terminal(tuxv1alpha1.ReasonDeletionDisabled, errors.New("x")), time.Minute, metav1.ConditionUnknown, tuxv1alpha1.ReasonPending},
		"closed for good":  {fault.Terminal(tuxv1alpha1.ReasonDeletionDisabled, errors.New("x")), time.Hour, metav1.ConditionFalse, tuxv1alpha1.ReasonDeletionDisabled},
	} {
		verdict := judge.Failed(at(retention.Loki, tuxv1alpha1.LogErasurePlanned), tc.err, began.Add(tc.age), times)
		if verdict.Status != tc.status || verdict.Reason != tc.reason || verdict.After <= 0 {
			t.Errorf("%s: %+v", name, verdict)
		}
		if tc.reason == tuxv1alpha1.ReasonDeletionDisabled && !strings.Contains(verdict.Message, "overrides: {tux: {deletion_mode: filter-and-delete}}") {
			t.Error(verdict.Message)
		}
	}
	st := at(retention.Elasticsearch, tuxv1alpha1.LogErasurePlanned)
	if verdict := judge.Failed(st, errors.New("x"), began, times); verdict.Reason != tuxv1alpha1.ReasonLogStoreUnreachable {
		t.Errorf("%+v", verdict)
	}
}

// TestNothingFoundIsNoProofYet: Loki hides lines of requests that it believes not to be done, and Elasticsearch those that are
// not refreshed.
func TestNothingFoundIsNoProofYet(t *testing.T) {
	for name, tc := range map[string]struct {
		backend retention.Backend
		age     time.Duration
		want    tuxv1alpha1.LogErasureStep
	}{
		"Loki, too early":  {retention.Loki, 9 * time.Minute, tuxv1alpha1.LogErasureProcessed},
		"Loki":             {retention.Loki, 10 * time.Minute, tuxv1alpha1.LogErasureCompleted},
		"Elastic, at once": {retention.Elasticsearch, 0, tuxv1alpha1.LogErasureProcessed},
		"Elastic":          {retention.Elasticsearch, 10 * time.Minute, tuxv1alpha1.LogErasureCompleted},
	} {
		st := at(tc.backend, tuxv1alpha1.LogErasureProcessed)
		verdict := judge.Verify(st, request(), erasure.Left{}, began.Add(tc.age), times)
		if st.Step != tc.want || st.Step == tuxv1alpha1.LogErasureProcessed && (verdict.Reason != tuxv1alpha1.ReasonVerifying || verdict.After <= 0) {
			t.Errorf("%s: %s %+v", name, st.Step, verdict)
		}
	}
	for name, tc := range map[string]struct {
		backend retention.Backend
		open    bool
		age     time.Duration
		early   bool
	}{
		"Loki, too early":     {retention.Loki, false, time.Minute, true},
		"Loki, and it hides":  {retention.Loki, true, time.Hour, true},
		"Loki, closed":        {retention.Loki, false, time.Hour, false},
		"Elastic has rounds":  {retention.Elasticsearch, false, 0, false},
		"Elastic is not open": {retention.Elasticsearch, true, 0, false},
	} {
		st := at(tc.backend, tuxv1alpha1.LogErasureProcessed)
		if early := judge.TooEarly(st, tc.open, began.Add(tc.age), times); tc.early != (early != nil) || tc.early && early.After <= 0 {
			t.Errorf("%s: %+v", name, early)
		}
	}
}

// TestALookAtLeftLinesChangesNothing: nothing is written for it, and it is done less and less often.
func TestALookAtLeftLinesChangesNothing(t *testing.T) {
	var before []byte
	for age, after := range map[time.Duration]time.Duration{
		40 * time.Minute: time.Hour, 5 * time.Hour: 5 * time.Hour, 1000 * time.Hour: 24 * time.Hour,
	} {
		st := at(retention.Loki, tuxv1alpha1.LogErasureProcessed)
		now := began.Add(age)
		verdict := judge.Verify(st, request(), erasure.Left{Lines: 1, From: now.Add(-time.Hour)}, now, times)
		text, err := json.Marshal(st)
		if err != nil || before != nil && string(before) != string(text) {
			t.Errorf("%s %v, not %s", text, err, before)
		}
		if before = text; verdict.After != after {
			t.Errorf("after %s the next look is in %s", age, verdict.After)
		}
	}
}

// TestARequestIsLostWhenItIsMissingForLong: one list without it may be that of another instance.
func TestARequestIsLostWhenItIsMissingForLong(t *testing.T) {
	st := at(retention.Loki, tuxv1alpha1.LogErasurePosted)
	look := func(found *erasure.Found, age time.Duration) bool {
		_, done := judge.Progress(st, found, began.Add(age), times)
		return done
	}
	there := &erasure.Found{ID: "ab12", Progress: "received"}
	if look(nil, 0) || look(nil, 59*time.Second) || look(there, time.Minute) || look(nil, 2*time.Minute) || look(nil, 179*time.Second) {
		t.Errorf("it is lost too early: %+v", st.Request)
	}
	if !look(nil, 3*time.Minute) || st.Request.Progress != "unknown" {
		t.Errorf("it is not lost: %+v", st.Request)
	}
	st = at(retention.Elasticsearch, tuxv1alpha1.LogErasurePosted)
	if !look(nil, 0) {
		t.Error("a task that is over is waited for")
	}
}

// TestWhatIsProtectedMeanwhileIsSpared until the request is sent, and in each round that is sent anew.
func TestWhatIsProtectedMeanwhileIsSpared(t *testing.T) {
	for name, tc := range map[string]struct {
		backend retention.Backend
		step    tuxv1alpha1.LogErasureStep
		want    []string
	}{
		"Loki, not sent":      {retention.Loki, tuxv1alpha1.LogErasurePlanned, []string{"payments"}},
		"Loki, sent":          {retention.Loki, tuxv1alpha1.LogErasurePosting, []string{"audit"}},
		"Elastic, another go": {retention.Elasticsearch, tuxv1alpha1.LogErasurePosted, []string{"audit", "payments"}},
	} {
		st := at(tc.backend, tc.step)
		judge.Spare(st, []string{"payments"})
		if diff := cmp.Diff(tc.want, st.SparedClasses); diff != "" {
			t.Errorf("%s: %s", name, diff)
		}
	}
}

// TestAnErasureDoesNotMoveToAnotherLogStore: one that never had the lines shows none.
func TestAnErasureDoesNotMoveToAnotherLogStore(t *testing.T) {
	st := at(retention.Loki, tuxv1alpha1.LogErasurePosted)
	if judge.Changed(st, retention.Loki, "place", "tux") || judge.Changed(&tuxv1alpha1.TuxLogErasureStatus{}, retention.Loki, "place", "tux") {
		t.Error("nothing has changed")
	}
	if !judge.Changed(st, retention.Loki, "other", "tux") || !judge.Changed(st, retention.Loki, "place", "other") ||
		!judge.Changed(st, retention.OpenSearch, "place", "tux") {
		t.Error("it has moved")
	}
}

// TestOnlyWhatNeverRanIsCancelled: what a log store had and has no more may have run.
func TestOnlyWhatNeverRanIsCancelled(t *testing.T) {
	again := at(retention.Elasticsearch, tuxv1alpha1.LogErasureProcessed)
	judge.Verify(again, request(), erasure.Left{Lines: 1}, began, times)
	if again.Step != tuxv1alpha1.LogErasurePlanned || again.Request.ProcessedAt != nil {
		t.Errorf("a round that begins is done: %+v", again.Request)
	}
	judge.Done(again, began)
	judge.Attempt(again, began)
	if again.Request.ProcessedAt != nil {
		t.Error("what was sent again counts as done")
	}
	back := at(retention.Loki, tuxv1alpha1.LogErasurePosted)
	judge.TakenBack(back)
	for name, tc := range map[string]struct {
		st   *tuxv1alpha1.TuxLogErasureStatus
		want bool
	}{
		"Loki has given it back":     {back, true},
		"Loki never had it":          {at(retention.Loki, tuxv1alpha1.LogErasurePosting), true},
		"Loki had it":                {at(retention.Loki, tuxv1alpha1.LogErasurePosted), false},
		"a task that does not run":   {at(retention.Elasticsearch, tuxv1alpha1.LogErasurePosting), false},
		"a task that is over":        {at(retention.Elasticsearch, tuxv1alpha1.LogErasurePosted), false},
		"a task for what was left":   {again, false},
		"Loki, of which it was done": {at(retention.Loki, tuxv1alpha1.LogErasureProcessed), false},
	} {
		if judge.NeverRan(tc.st) != tc.want {
			t.Errorf("%s: %t", name, !tc.want)
		}
	}
}

// TestALokiThatServesOtherLimitsIsSentNothing: the tenant may be that of somebody else.
func TestALokiThatServesOtherLimitsIsSentNothing(t *testing.T) {
	other := []string{"31d for the default, not 30d"}
	for name, tc := range map[string]struct {
		differences []string
		age         time.Duration
		reason      string
	}{
		"ours":                  {nil, time.Hour, ""},
		"another one, just now": {other, time.Minute, tuxv1alpha1.ReasonPending},
		"another one":           {other, time.Hour, tuxv1alpha1.ReasonNotEffective},
	} {
		verdict := judge.Serves(at(retention.Loki, tuxv1alpha1.LogErasurePlanned), tc.differences, began.Add(tc.age), times)
		if tc.reason == "" != (verdict == nil) || verdict != nil && (verdict.Reason != tc.reason || verdict.After <= 0) {
			t.Errorf("%s: %+v", name, verdict)
		}
	}
}

// TestToolsThatWaitReadIt: something is awaited, or a person must act, or it is completed; never two of them.
func TestToolsThatWaitReadIt(t *testing.T) {
	for name, tc := range map[string]struct {
		step    tuxv1alpha1.LogErasureStep
		stalled bool
		want    []string
	}{
		"under way": {tuxv1alpha1.LogErasurePosted, false, []string{"Erased", "Reconciling"}},
		"stuck":     {tuxv1alpha1.LogErasurePosted, true, []string{"Erased", "Stalled"}},
		"completed": {tuxv1alpha1.LogErasureCompleted, false, []string{"Erased"}},
	} {
		st := at(retention.Loki, tuxv1alpha1.LogErasurePosted)
		judge.Conditions(st, judge.Verdict{Status: metav1.ConditionFalse, Reason: "Before", Stalled: !tc.stalled})
		st.Step = tc.step
		judge.Conditions(st, judge.Verdict{Status: metav1.ConditionFalse, Reason: "Now", Stalled: tc.stalled})
		var kinds []string
		for _, c := range st.Conditions {
			kinds = append(kinds, c.Type)
		}
		slices.Sort(kinds)
		if diff := cmp.Diff(tc.want, kinds); diff != "" || meta.FindStatusCondition(st.Conditions, "Erased").Reason != "Now" {
			t.Errorf("%s: %s", name, diff)
		}
	}
}

// TestATenantIsOpenOnlyWhileItIsNeeded.
func TestATenantIsOpenOnlyWhileItIsNeeded(t *testing.T) {
	for step, want := range map[tuxv1alpha1.LogErasureStep]bool{
		"": false, tuxv1alpha1.LogErasurePlanned: true, tuxv1alpha1.LogErasurePosting: true, tuxv1alpha1.LogErasurePosted: true,
		tuxv1alpha1.LogErasureProcessed: false, tuxv1alpha1.LogErasureCompleted: false,
	} {
		if got := judge.NeedsDeletion(&tuxv1alpha1.TuxLogErasureStatus{Step: step}); got != want {
			t.Errorf("%q: %t", step, got)
		}
	}
}

// TestATenantIsNotHeldOpenByWhatCannotGoOn: by a mode, or of another tenant than the one that the TuxMonitoring has now.
func TestATenantIsNotHeldOpenByWhatCannotGoOn(t *testing.T) {
	for name, tc := range map[string]struct {
		step    tuxv1alpha1.LogErasureStep
		reason  string
		backend retention.Backend
		tenant  string
		want    bool
	}{
		"under way":                  {tuxv1alpha1.LogErasurePlanned, tuxv1alpha1.ReasonPending, retention.Loki, "tux", true},
		"closed":                     {tuxv1alpha1.LogErasurePlanned, tuxv1alpha1.ReasonDeletionDisabled, retention.Loki, "tux", true},
		"in mode Plan":               {tuxv1alpha1.LogErasurePlanned, tuxv1alpha1.ReasonPlanned, retention.Loki, "tux", false},
		"suspended":                  {tuxv1alpha1.LogErasurePlanned, tuxv1alpha1.ReasonSuspended, retention.Loki, "tux", false},
		"of another tenant":          {tuxv1alpha1.LogErasurePlanned, tuxv1alpha1.ReasonPending, retention.Loki, "other", false},
		"of another kind":            {tuxv1alpha1.LogErasurePosted, tuxv1alpha1.ReasonReceived, retention.LokiStack, "tux", false},
		"suspended when it was sent": {tuxv1alpha1.LogErasurePosted, tuxv1alpha1.ReasonSuspended, retention.Loki, "tux", true},
	} {
		st := at(retention.Loki, tc.step)
		judge.Conditions(st, judge.Verdict{Status: metav1.ConditionFalse, Reason: tc.reason})
		if got := judge.Opens(st, tc.backend, tc.tenant); got != tc.want {
			t.Errorf("%s: %t", name, got)
		}
	}
}

func TestARequestThatCannotBeIsRefusedWithoutSayingWho(t *testing.T) {
	for name, change := range map[string]func(*erasure.Request){
		"in the future": func(r *erasure.Request) { r.To = r.Created.Add(3 * time.Minute) },
		"backwards":     func(r *erasure.Request) { r.From = r.To },
		"of nobody":     func(r *erasure.Request) { r.Value = "" },
		"of a thing":    func(r *erasure.Request) { r.Key = "request_id" },
		"nowhere":       func(r *erasure.Request) { r.Tenant = "" },
		"with a break":  func(r *erasure.Request) { r.Value = "jane\n" },
	} {
		r := request()
		change(r)
		if err := r.Validate(); err == nil || strings.Contains(err.Error(), "jane") {
			t.Errorf("%s: %v", name, err)
		}
	}
	if err := request().Validate(); err != nil {
		t.Error(err)
	}
}
