package erasure

import (
	"regexp"
	"time"

	"github.com/tux-io/tux-monitoring-operator/internal/plan/retention"
	"github.com/tux-io/tux-monitoring-operator/internal/plan/retention/logql"
)

// serviceLabel is on every stream of a Loki 3, which gives it to those that come without.
const serviceLabel = "service_name"

// LogQL is the query for the lines that go, or for those of the subject that are spared. Spared classes are excluded by
// name, so that lines without a class go as well. The class is asked of each line: where it is no index label, or was none
// yet, a line has it in its structured metadata, and its stream says nothing.
func (r *Request) LogQL(spared bool) (string, error) {
	query := r.query(spared)
	return query.LogQL()
}

// CountLogQL counts the same in a window.
func (r *Request) CountLogQL(spared bool, window logql.Window) (string, error) {
	query := r.query(spared)
	return query.CountLogQL(window)
}

func (r *Request) query(spared bool) logql.Erasure {
	query := logql.Erasure{Streams: logql.Selector{logql.HasValue(serviceLabel)}, Name: r.Key, Value: r.Value}
	switch {
	case spared:
		query.Filters = []logql.Matcher{logql.OneOf(retention.ClassLabel, r.Spared...)}
	case len(r.Spared) > 0:
		// The streams as well, so that Loki need not look through them.
		none := logql.NoneOf(retention.ClassLabel, r.Spared...)
		query.Streams, query.Filters = append(query.Streams, none), []logql.Matcher{none}
	}
	return query
}

// LokiRequest is one of Loki's list of requests to delete.
type LokiRequest struct {
	ID, Query string
	From, To  time.Time
	Created   time.Time
	// Status is received, NN% Complete or processed.
	Status string
}

// received and processed are what Loki says of a request that it has not begun, and of one that is done.
const (
	received  = "received"
	processed = "processed"
)

// sameAttempt is how much older than the resource a request may be that is done, and still count as its own: the clocks
// of Loki and of the API server differ. An older one is another erasure of the same lines, after which more have come.
const sameAttempt = 10 * time.Minute

// Sends says whether this is what the request is to Loki: query and times are the same.
func (r *Request) Sends(found *LokiRequest) bool {
	query, err := r.LogQL(false)
	return err == nil && found.Query == query && found.From.Equal(r.From) && found.To.Equal(r.To)
}

var (
	partly = regexp.MustCompile(`^[0-9]{1,3}(\.[0-9]{1,3})?% Complete$`)
	anyID  = regexp.MustCompile(`^[A-Za-z0-9][-A-Za-z0-9_:]{0,79}$`)
)

const unknown = "something else"

// progress is what Loki is known to say of a request, and nothing that it repeats: it ends up in the status and in the record.
func progress(status string) string {
	if status == received || status == processed || partly.MatchString(status) {
		return status
	}
	return unknown
}

// SafeID is an id that a log store has made, or empty: one that looks otherwise may tell whose lines go.
func SafeID(id string) string {
	if anyID.MatchString(id) {
		return id
	}
	return ""
}

// FindLoki finds the request in Loki's list: by its id, or, where nobody knows it, by what it says. One that waits counts
// whoever sent it, since it does the same.
func (r *Request) FindLoki(id string, list []LokiRequest) *Found {
	for i := range list {
		one := &list[i]
		fresh := one.Status != processed || !one.Created.Before(r.Created.Add(-sameAttempt))
		if id != "" && one.ID == id || id == "" && r.Sends(one) && fresh {
			return &Found{ID: SafeID(one.ID), Progress: progress(one.Status), Begun: one.Status != received, Done: one.Status == processed}
		}
	}
	return nil
}
