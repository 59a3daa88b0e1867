package erasure

import (
	"fmt"
	"slices"
	"time"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	tuxv1alpha1 "github.com/tux-io/tux-monitoring-operator/api/v1alpha1"
	"github.com/tux-io/tux-monitoring-operator/internal/plan/retention"
	"github.com/tux-io/tux-monitoring-operator/internal/plan/retention/erasure"
)

// Times are how long something may take before it is told as wrong.
type Times struct {
	// Propagation is how long Loki may take to hear that the tenant is open for deletion.
	Propagation time.Duration
	// Settle is how long a request that was sent without an answer may still arrive.
	Settle time.Duration
	// Verify is how long lines may still be found after the log store says that it is done: caches of chunks and of
	// results, and the index that queriers have.
	Verify time.Duration
	// Hidden is how long queries may hide lines that are there: those of Loki do so with lines of requests that they believe not
	// to be done, which they ask for every few minutes; lines of Elasticsearch and OpenSearch are found when they are refreshed.
	Hidden time.Duration
	// Stall is how long a request may wait. Loki begins after delete_request_cancel_period, a day by default.
	Stall time.Duration
	// Poll is the time between two questions, Recheck that where only a person or a long time helps.
	Poll, Recheck time.Duration
}

// maxRounds is how often lines are erased again that were changed while Elasticsearch erased.
const maxRounds = 10

// Verdict is what is said, and when to look again; After 0: never.
type Verdict struct {
	Status          metav1.ConditionStatus
	Reason, Message string
	// Stalled: a person must act.
	Stalled bool
	After   time.Duration
}

// Begin fixes what the erasure is about. place is by what the log store is known again.
func Begin(st *tuxv1alpha1.TuxLogErasureStatus, backend retention.Backend, place string, r *erasure.Request, now time.Time) {
	started := metav1.NewTime(now)
	st.Step, st.StartedAt = tuxv1alpha1.LogErasurePlanned, &started
	st.Backend, st.Tenant, st.SparedClasses, st.Place = string(backend), r.Tenant, r.Spared, place
}

// Changed says whether an erasure that has begun is one of another log store or tenant: one that never had the lines would show
// none.
func Changed(st *tuxv1alpha1.TuxLogErasureStatus, backend retention.Backend, place, tenant string) bool {
	return st.Step != "" && (st.Backend != string(backend) || st.Place != place || st.Tenant != tenant)
}

// Spare takes over the classes that are spared now: what is protected while an erasure waits stays as well. Of a request that
// was sent nothing can be taken back; of one that is sent again no class is.
func Spare(st *tuxv1alpha1.TuxLogErasureStatus, classes []string) {
	switch sent := st.Request != nil && st.Request.Attempts > 0; {
	case !sent:
		st.SparedClasses = classes
	case Repeats(st):
		all := slices.Concat(st.SparedClasses, classes)
		slices.Sort(all)
		st.SparedClasses = slices.Compact(all)
	}
}

// Repeats says whether a log store is sent a request more than once, because sending it twice does no harm and once may not be
// enough. Loki gets one.
func Repeats(st *tuxv1alpha1.TuxLogErasureStatus) bool { return st.Backend != string(retention.Loki) }

// Sent takes over a request of the log store: its own, or one of before a crash.
func Sent(st *tuxv1alpha1.TuxLogErasureStatus, id, progress string) {
	st.Step = tuxv1alpha1.LogErasurePosted
	request(st).ID, request(st).Progress = id, progress
}

// Attempt is noted before anything is sent.
func Attempt(st *tuxv1alpha1.TuxLogErasureStatus, now time.Time) {
	at := metav1.NewTime(now)
	st.Step = tuxv1alpha1.LogErasurePosting
	request(st).AttemptedAt = &at
	request(st).Attempts++
	request(st).ID, request(st).Progress, request(st).ProcessedAt, request(st).MissingSince = "", "", nil, nil
}

func request(st *tuxv1alpha1.TuxLogErasureStatus) *tuxv1alpha1.LogErasureRequest {
	if st.Request == nil {
		st.Request = &tuxv1alpha1.LogErasureRequest{}
	}
	return st.Request
}

// Before takes over what was counted before anything was sent.
func Before(st *tuxv1alpha1.TuxLogErasureStatus, left erasure.Left) {
	if st.LinesBefore == nil {
		lines := left.Lines + left.Blocked
		st.LinesBefore = &lines
	}
}

// MayPost says whether the request is to be sent now, where the log store was asked and does not have it; else when to ask
// again.
func MayPost(st *tuxv1alpha1.TuxLogErasureStatus, now time.Time, t Times) (bool, Verdict) {
	if st.Step != tuxv1alpha1.LogErasurePosting || st.Request == nil || st.Request.AttemptedAt == nil {
		return true, Verdict{}
	}
	if wait := st.Request.AttemptedAt.Add(t.Settle).Sub(now); wait > 0 {
		return false, pending("A request was sent without an answer, it may still arrive", wait)
	}
	return true, Verdict{}
}

// Progress is the verdict while the log store has the request, found or not. done: it says that nothing more will happen.
func Progress(st *tuxv1alpha1.TuxLogErasureStatus, found *erasure.Found, now time.Time, t Times) (v Verdict, done bool) {
	if found == nil {
		return missing(st, now, t)
	}
	request(st).MissingSince = nil
	request(st).ID, request(st).Progress = found.ID, found.Progress
	since := st.StartedAt.Time
	if at := request(st).AttemptedAt; at != nil {
		since = at.Time
	}
	switch {
	case found.Done:
		return Verdict{}, true
	case now.Sub(since) > t.Stall && !found.Begun:
		return Verdict{
			Status: metav1.ConditionFalse, Reason: tuxv1alpha1.ReasonDeletionStalled, Stalled: true, After: t.Recheck,
			Message: fmt.Sprintf("%s has had the request for more than %s and has not begun; is its compactor alive, "+
				"deletion_mode filter-and-delete, and delete_request_cancel_period shorter than that?", st.Backend, short(t.Stall)),
		}, false
	case found.Begun:
		return Verdict{
			Status: metav1.ConditionUnknown, Reason: tuxv1alpha1.ReasonErasing, After: t.Poll,
			Message: fmt.Sprintf("%s is erasing, %s", st.Backend, found.Progress),
		}, false
	}
	return Verdict{
		Status: metav1.ConditionUnknown, Reason: tuxv1alpha1.ReasonReceived, After: t.Poll,
		Message: st.Backend + " has the request, and begins after its delete_request_cancel_period, a day by default",
	}, false
}

// missing is the verdict on a request that the log store does not have any more. One list without it is no proof: each instance
// of Loki has its own view of the store of requests.
func missing(st *tuxv1alpha1.TuxLogErasureStatus, now time.Time, t Times) (v Verdict, done bool) {
	if !Repeats(st) {
		if request(st).MissingSince == nil {
			request(st).MissingSince = new(metav1.NewTime(now))
		}
		if rest := request(st).MissingSince.Add(t.Settle).Sub(now); rest > 0 {
			return Waits(tuxv1alpha1.ReasonReceived, st.Backend+" does not list the request any more, and is asked again", rest), false
		}
	}
	// Forgotten: whether it was carried out is for the queries to say.
	request(st).Progress = "unknown"
	return Verdict{}, true
}

// NeverRan says whether a request that the log store does not have was never carried out, where MayPost says that it cannot
// arrive any more. What it once had may have been done and forgotten, and so may a task, of which only those that run are found.
func NeverRan(st *tuxv1alpha1.TuxLogErasureStatus) bool {
	return request(st).Progress == takenBack || st.Step == tuxv1alpha1.LogErasurePosting && !Repeats(st)
}

const takenBack = "taken back"

// TakenBack notes that the log store let go of a request before it began, and so does not have it any more.
func TakenBack(st *tuxv1alpha1.TuxLogErasureStatus) { request(st).Progress = takenBack }

// Done notes that the log store is.
func Done(st *tuxv1alpha1.TuxLogErasureStatus, now time.Time) {
	at := metav1.NewTime(now)
	st.Step = tuxv1alpha1.LogErasureProcessed
	request(st).ProcessedAt = &at
}

// TooEarly is the verdict while nothing that Loki finds says anything; nil otherwise. open: the tenant takes requests to delete,
// and so queries hide lines of those that wait.
func TooEarly(st *tuxv1alpha1.TuxLogErasureStatus, open bool, now time.Time, t Times) *Verdict {
	switch rest := request(st).ProcessedAt.Add(t.Hidden).Sub(now); {
	case Repeats(st):
		return nil
	case rest > 0:
		return new(hidden(st, rest, t))
	case open:
		return new(Waits(tuxv1alpha1.ReasonVerifying, st.Backend+" says that it is done; until the tenant takes no requests to delete any more, "+
			"queries hide what others wait for", t.Poll))
	}
	return nil
}

// hidden is the verdict where nothing is found, and may be there.
func hidden(st *tuxv1alpha1.TuxLogErasureStatus, rest time.Duration, t Times) Verdict {
	return Waits(tuxv1alpha1.ReasonVerifying, fmt.Sprintf("%s says that it is done; for %s queries may hide lines that are there",
		st.Backend, short(t.Hidden)), rest)
}

// Verify judges what is left after the log store was done. Planned again: the same request is to be sent once more.
func Verify(st *tuxv1alpha1.TuxLogErasureStatus, r *erasure.Request, left erasure.Left, now time.Time, t Times) Verdict {
	spared := left.Spared
	st.LinesSpared = nil
	if len(r.Spared) > 0 {
		st.LinesSpared = &spared
	}
	st.SparedIndices = slices.Clone(left.BlockedIn[:min(len(left.BlockedIn), maxIndices)])
	switch {
	case left.Lines > 0 && Repeats(st) && request(st).Attempts < maxRounds:
		st.Step, request(st).ProcessedAt = tuxv1alpha1.LogErasurePlanned, nil
		return Verdict{
			Status: metav1.ConditionUnknown, Reason: tuxv1alpha1.ReasonErasing, After: t.Poll,
			Message: fmt.Sprintf("%d lines are left, which were changed meanwhile or failed, and are erased once more", left.Lines),
		}
	case left.Lines > 0:
		return lines(st, now, t)
	}
	if rest := request(st).ProcessedAt.Add(t.Hidden).Sub(now); rest > 0 {
		return hidden(st, rest, t)
	}
	at := metav1.NewTime(now)
	st.Step, st.CompletedAt = tuxv1alpha1.LogErasureCompleted, &at
	if !left.From.IsZero() {
		// Only now: it moves on with each look.
		from := metav1.NewTime(left.From)
		st.VerifiedFrom = &from
	}
	return completed(st, r, left)
}

// maxIndices is how many are told.
const maxIndices = 20

// lines is the verdict where some are left.
func lines(st *tuxv1alpha1.TuxLogErasureStatus, now time.Time, t Times) Verdict {
	age := now.Sub(request(st).ProcessedAt.Time)
	// All of the window is read for it: less and less often, at last once a day.
	later := min(max(t.Recheck, age), 24*t.Recheck)
	switch {
	case age < t.Verify:
		return Verdict{
			Status: metav1.ConditionUnknown, Reason: tuxv1alpha1.ReasonVerifying, After: t.Poll,
			Message: fmt.Sprintf("%s says that it is done, queries still find lines, as they may for %s", st.Backend, short(t.Verify)),
		}
	case request(st).Progress == "unknown":
		return Verdict{
			Status: metav1.ConditionFalse, Reason: tuxv1alpha1.ReasonRequestLost, Stalled: true, After: later,
			Message: st.Backend + " does not know the request any more, and lines are left; create another TuxLogErasure",
		}
	}
	return Verdict{
		Status: metav1.ConditionFalse, Reason: tuxv1alpha1.ReasonLinesLeft, Stalled: true, After: later,
		Message: fmt.Sprintf("%s says that it is done, and lines are left: they came after it was done, or it could not erase them; "+
			"create another TuxLogErasure of the same window", st.Backend),
	}
}

// completed is what is said in the end.
func completed(st *tuxv1alpha1.TuxLogErasureStatus, r *erasure.Request, left erasure.Left) Verdict {
	v := Verdict{Status: metav1.ConditionTrue, Reason: tuxv1alpha1.ReasonErased, Message: summary(st, r)}
	if !left.From.IsZero() {
		v.Status, v.Reason = metav1.ConditionUnknown, tuxv1alpha1.ReasonNotVerifiable
		v.Message = fmt.Sprintf("%s says that it is done; only lines since %s can be read, and of those none is left",
			st.Backend, left.From.UTC().Format(time.RFC3339))
	}
	if left.Unseen {
		v.Status, v.Reason = metav1.ConditionUnknown, tuxv1alpha1.ReasonNotVerifiable
		v.Message = fmt.Sprintf("No data stream of tenant %q can be seen in %s: there is none, or who logs in may not see it",
			st.Tenant, st.Backend)
	}
	if left.Spared > 0 || left.Blocked > 0 {
		v.Status, v.Reason = metav1.ConditionFalse, tuxv1alpha1.ReasonPartlyErased
		v.Message += stays(left, r)
	}
	return v
}

func summary(st *tuxv1alpha1.TuxLogErasureStatus, r *erasure.Request) string {
	text := fmt.Sprintf("No line is left that may go, of tenant %q from %s to %s",
		st.Tenant, r.From.UTC().Format(time.RFC3339), r.To.UTC().Format(time.RFC3339))
	if st.LinesBefore != nil {
		text += fmt.Sprintf("; there were %d", *st.LinesBefore)
	}
	return text
}

// stays tells what had to stay, and where.
func stays(left erasure.Left, r *erasure.Request) string {
	text := ""
	if left.Spared > 0 {
		text += fmt.Sprintf("; %d stay in classes that are spared: %s", left.Spared, list(r.Spared))
	}
	if left.Blocked > 0 {
		text += fmt.Sprintf("; %d stay in read-only indices: %s", left.Blocked, list(left.BlockedIn))
	}
	return text
}
