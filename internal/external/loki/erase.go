package loki

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	"github.com/tux-io/tux-monitoring-operator/internal/external"
	"github.com/tux-io/tux-monitoring-operator/internal/fault"
	"github.com/tux-io/tux-monitoring-operator/internal/plan/retention/erasure"
	"github.com/tux-io/tux-monitoring-operator/internal/plan/retention/logql"
	plan "github.com/tux-io/tux-monitoring-operator/internal/plan/retention/loki"
)

// Reasons of what erases. They are condition reasons.
const (
	// ReasonDeletionDisabled means Loki takes no requests to delete for the tenant.
	ReasonDeletionDisabled = "DeletionDisabled"
	// ReasonCompactorOff means retention is off, and with it all requests to delete.
	ReasonCompactorOff = "CompactorOff"
)

const deletePath = "/loki/api/v1/delete"

// Eraser sends requests to delete to one Loki, and looks what is left. Its errors never have what Loki says of a request:
// that may quote the query.
type Eraser struct{ *Client }

// Find looks for a request in Loki's list.
func (e Eraser) Find(ctx context.Context, r *erasure.Request, id string) (*erasure.Found, error) {
	const name = "list the requests to delete"
	body, _, err := e.delete(ctx, name, http.MethodGet, r.Tenant, nil)
	if err != nil {
		return nil, err
	}
	var list []struct {
		ID      string      `json:"request_id"`
		Query   string      `json:"query"`
		Status  string      `json:"status"`
		From    json.Number `json:"start_time"`
		To      json.Number `json:"end_time"`
		Created json.Number `json:"created_at"`
	}
	if err := json.Unmarshal(body, &list); err != nil {
		return nil, errors.New("cannot " + name + ": the answer is not that of Loki")
	}
	var all []erasure.LokiRequest
	for _, one := range list {
		all = append(all, erasure.LokiRequest{
			ID: one.ID, Query: one.Query, Status: one.Status, From: seconds(one.From), To: seconds(one.To), Created: seconds(one.Created),
		})
	}
	return r.FindLoki(id, all), nil
}

// seconds reads a time as Loki writes it: seconds since 1970, with up to three digits behind the point.
func seconds(n json.Number) time.Time {
	s, err := n.Float64()
	if err != nil {
		return time.Time{}
	}
	return time.UnixMilli(int64(math.Round(s * 1000))).UTC()
}

// Post sends a request. Loki reads its parameters from the URL only.
func (e Eraser) Post(ctx context.Context, r *erasure.Request) (string, error) {
	query, err := r.LogQL(false)
	if err != nil {
		return "", err
	}
	_, header, err := e.delete(ctx, "send the request to delete", http.MethodPost, r.Tenant, url.Values{
		"query": {query}, "start": {strconv.FormatInt(r.From.Unix(), 10)}, "end": {strconv.FormatInt(r.To.Unix(), 10)},
	})
	if err != nil {
		return "", err
	}
	return erasure.SafeID(header.Get("X-Delete-Request-Id")), nil
}

// Cancel takes a request back, which Loki allows for a while after it came.
func (e Eraser) Cancel(ctx context.Context, r *erasure.Request, id string) error {
	_, _, err := e.delete(ctx, "take back the request to delete", http.MethodDelete, r.Tenant, url.Values{"request_id": {id}})
	return err
}

func (e Eraser) delete(ctx context.Context, name, method, tenant string, query url.Values) ([]byte, http.Header, error) {
	request, err := http.NewRequestWithContext(ctx, method, e.root+deletePath+"?"+query.Encode(), nil)
	if err != nil {
		return nil, nil, errors.New("cannot " + name + ": no request can be made for this URL")
	}
	request.Header.Set("User-Agent", e.userAgent)
	request.Header.Set("X-Scope-OrgID", tenant)
	answer, err := e.http.Do(request)
	if err != nil {
		return nil, nil, fmt.Errorf("cannot %s: %w", name, external.Unreached(err))
	}
	defer func() { _ = answer.Body.Close() }()
	body, err := io.ReadAll(io.LimitReader(answer.Body, maxBody+1))
	switch {
	case answer.StatusCode != http.StatusOK && answer.StatusCode != http.StatusNoContent:
		return nil, nil, refusedDeletion(name, method, answer, string(body))
	case err != nil:
		return nil, nil, fmt.Errorf("cannot %s: the answer broke off: %w", name, external.Unreached(err))
	case len(body) > maxBody:
		return nil, nil, fmt.Errorf("cannot %s: the answer has more than %d bytes", name, maxBody)
	}
	return body, answer.Header, nil
}

// refusedDeletion tells a tenant that is closed, and a Loki without retention, from other refusals. Of the body it reads the
// words that Loki is known to use, and tells none.
func refusedDeletion(name, method string, answer *http.Response, body string) error {
	refused := &external.Answer{Call: name, Status: answer.StatusCode, RetryAfter: retryAfter(answer)}
	switch {
	case answer.StatusCode == http.StatusForbidden && strings.Contains(body, "deletion is not available"):
		return fault.Terminal(ReasonDeletionDisabled, refused)
	case answer.StatusCode == http.StatusBadRequest && strings.Contains(body, "etention is not enabled"),
		answer.StatusCode == http.StatusNotFound && method == http.MethodGet:
		return fault.Terminal(ReasonCompactorOff, fmt.Errorf("cannot %s: Loki has no requests to delete while retention_enabled is false, "+
			"or the gateway keeps %s for itself", name, deletePath))
	}
	return refused.Fault()
}

// Left looks for lines of a subject, a day at a time: Loki looks through each line of a tenant for it.
func (e Eraser) Left(ctx context.Context, r *erasure.Request, now time.Time, exact bool) (erasure.Left, error) {
	body, err := e.get(ctx, "read the limits of the tenant", r.Tenant, "/config/tenant/v1/limits", nil)
	if err != nil {
		return erasure.Left{}, quiet(err)
	}
	readable, err := plan.ReadReadable(body)
	if err != nil {
		return erasure.Left{}, err
	}
	var left erasure.Left
	from, slice := r.From, day
	if oldest := readable.From(now); oldest.After(from) {
		from = oldest.Truncate(time.Second).Add(time.Second)
		left.From = from
	}
	if readable.Length > 0 {
		slice = min(slice, readable.Length)
	}
	for start := from; !start.After(r.To); start = start.Add(slice) {
		end := start.Add(slice)
		if end.After(r.To) {
			end = r.To.Add(time.Nanosecond) // queries do not include their end, deletions do
		}
		if err := e.slice(ctx, r, start, end, exact, &left); err != nil {
			return erasure.Left{}, err
		}
		if left.Lines > 0 && !exact {
			return left, nil
		}
	}
	return left, nil
}

// slice adds what is left in a part of the window.
func (e Eraser) slice(ctx context.Context, r *erasure.Request, start, end time.Time, exact bool, left *erasure.Left) error {
	if exact {
		n, err := e.count(ctx, r, false, start, end)
		left.Lines += n
		if err != nil {
			return err
		}
	} else if found, err := e.has(ctx, r, start, end); err != nil {
		return err
	} else if found {
		left.Lines++
		return nil
	}
	if len(r.Spared) == 0 {
		return nil
	}
	n, err := e.count(ctx, r, true, start, end)
	left.Spared += n
	return err
}

// has asks for one line.
func (e Eraser) has(ctx context.Context, r *erasure.Request, start, end time.Time) (bool, error) {
	query, err := r.LogQL(false)
	if err != nil {
		return false, err
	}
	found, err := e.hasLine(ctx, "look for lines of the subject", r.Tenant, query, between(start, end))
	return found, quiet(err)
}

// count asks how many there are. A range of LogQL does not include its begin: it is asked for at the last nanosecond.
func (e Eraser) count(ctx context.Context, r *erasure.Request, spared bool, start, end time.Time) (int64, error) {
	length := max(end.Sub(start).Truncate(time.Second), time.Second)
	query, err := r.CountLogQL(spared, logql.Window(strconv.Itoa(int(length/time.Second))+"s"))
	if err != nil {
		return 0, err
	}
	var data struct {
		Result []struct {
			Value []any `json:"value"`
		} `json:"result"`
	}
	const name = "count lines of the subject"
	at := url.Values{"query": {query}, "time": {nanoseconds(end.Add(-time.Nanosecond))}}
	if err := e.query(ctx, name, r.Tenant, "/loki/api/v1/query", at, &data); err != nil {
		return 0, quiet(err)
	}
	if len(data.Result) == 0 {
		return 0, nil
	}
	if value := data.Result[0].Value; len(value) == 2 {
		if text, ok := value[1].(string); ok {
			if n, err := strconv.ParseFloat(text, 64); err == nil {
				return int64(n), nil
			}
		}
	}
	return 0, errors.New("cannot " + name + ": the answer is not that of Loki")
}

// quiet takes what Loki says out of a refusal: it may quote the query.
func quiet(err error) error {
	var refused *external.Answer
	if errors.As(err, &refused) {
		refused.Detail = ""
	}
	return err
}
