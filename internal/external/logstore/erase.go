package logstore

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/tux-io/tux-monitoring-operator/internal/external"
	"github.com/tux-io/tux-monitoring-operator/internal/fault"
	"github.com/tux-io/tux-monitoring-operator/internal/plan/retention/erasure"
	"github.com/tux-io/tux-monitoring-operator/internal/plan/retention/store"
)

// ReasonFieldNotKeyword means the field with the id cannot be asked for as a whole; map it as keyword.
const ReasonFieldNotKeyword = "FieldNotKeyword"

// Eraser deletes by query in one log store, by tasks that go on by themselves, and looks what is left. Elasticsearch and
// OpenSearch take the same requests. Its errors never have what the log store says of one: that may quote the query.
type Eraser struct {
	Conn *Conn
	// Send adds to whom and as whom, and sends.
	Send func(*http.Request) (*http.Response, error)
	// Recognise fails unless the product answers; optional, where Conn knows by every answer.
	Recognise func(context.Context) error
	// Streams are all data streams that may be of the tenant.
	Streams func(ctx context.Context, tenant string) ([]store.DataStream, error)
}

// call is one request.
type call struct {
	method, path string
	query        url.Values
	body         any
	mark         string
}

func (c call) request(ctx context.Context) (*http.Request, error) {
	var body io.Reader
	if c.body != nil {
		content, err := json.Marshal(c.body)
		if err != nil {
			return nil, errors.New("the request cannot be written")
		}
		body = bytes.NewReader(content)
	}
	request, err := http.NewRequestWithContext(ctx, c.method, c.path+"?"+c.query.Encode(), body)
	if err != nil {
		return nil, errors.New("no request can be made for this path")
	}
	request.Header.Set("Accept", MediaType)
	if body != nil {
		request.Header.Set("Content-Type", MediaType)
	}
	if c.mark != "" {
		request.Header.Set("X-Opaque-Id", c.mark)
	}
	return request, nil
}

// ask sends a request, and keeps quiet about what the other side says of it.
func (e Eraser) ask(ctx context.Context, name string, c call, out any) error {
	err := e.Conn.Ask(ctx, name, func(ctx context.Context) (*http.Response, error) {
		request, err := c.request(ctx)
		if err != nil {
			return nil, err
		}
		return e.Send(request)
	}, out)
	var refused *external.Answer
	if errors.As(err, &refused) {
		refused.Detail = ""
	}
	return err
}

// recognise is called before anything else: an erasure that is posted to something else, or counted there, is none.
func (e Eraser) recognise(ctx context.Context) error {
	if e.Recognise == nil {
		return nil
	}
	return e.Recognise(ctx)
}

// task is one that the log store tells of.
type task struct {
	Status struct {
		Total     int64 `json:"total"`
		Deleted   int64 `json:"deleted"`
		Conflicts int64 `json:"version_conflicts"`
	} `json:"status"`
	Headers map[string]string `json:"headers"`
}

// Find looks for the task of a request: by its id, or, with an empty one, among those that run.
func (e Eraser) Find(ctx context.Context, r *erasure.Request, id string) (*erasure.Found, error) {
	if err := e.recognise(ctx); err != nil {
		return nil, err
	}
	if id != "" {
		return e.byID(ctx, id)
	}
	var running struct {
		Tasks map[string]task `json:"tasks"`
	}
	err := e.ask(ctx, "list the tasks that delete", call{method: http.MethodGet, path: "/_tasks", query: url.Values{
		"actions": {"*/delete/byquery"}, "detailed": {"true"}, "group_by": {"parents"},
	}}, &running)
	if err != nil {
		return nil, err
	}
	for id, one := range running.Tasks {
		if one.Headers["X-Opaque-Id"] == r.Mark() {
			return &erasure.Found{ID: erasure.SafeID(id), Progress: one.progress(), Begun: true}, nil
		}
	}
	return nil, nil
}

func (t *task) progress() string { return fmt.Sprintf("%d of %d", t.Status.Deleted, t.Status.Total) }

func (e Eraser) byID(ctx context.Context, id string) (*erasure.Found, error) {
	var found struct {
		Completed bool            `json:"completed"`
		Task      task            `json:"task"`
		Error     json.RawMessage `json:"error"`
		Response  struct {
			Deleted  int64             `json:"deleted"`
			Failures []json.RawMessage `json:"failures"`
		} `json:"response"`
	}
	err := e.ask(ctx, "ask for the task that deletes", call{method: http.MethodGet, path: "/_tasks/" + url.PathEscape(id)}, &found)
	if errors.Is(err, ErrAbsent) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	f := &erasure.Found{ID: id, Progress: found.Task.progress(), Begun: true, Done: found.Completed}
	switch failures := len(found.Response.Failures); {
	case len(found.Error) > 0 && string(found.Error) != "null":
		f.Progress = "failed"
	case failures > 0:
		f.Progress = fmt.Sprintf("%d deleted, %d failures", found.Response.Deleted, failures)
	case found.Completed:
		f.Progress = "processed"
	}
	return f, nil
}

// Post begins a task. Documents that change meanwhile are left for the next one.
func (e Eraser) Post(ctx context.Context, r *erasure.Request) (string, error) {
	s, err := e.survey(ctx, r)
	if err != nil || len(s.going) == 0 {
		return "", err
	}
	var begun struct {
		Task string `json:"task"`
	}
	err = e.ask(ctx, "begin to delete", call{
		method: http.MethodPost, path: "/" + strings.Join(s.going, ",") + "/_delete_by_query", mark: r.Mark(),
		query: url.Values{
			"conflicts": {"proceed"}, "wait_for_completion": {"false"}, "slices": {"auto"}, "refresh": {"true"},
		},
		body: r.Query(s.field, s.blocked, false),
	}, &begun)
	return erasure.SafeID(begun.Task), err
}

// Cancel ends a task; what it has deleted is gone.
func (e Eraser) Cancel(ctx context.Context, r *erasure.Request, id string) error {
	if err := e.recognise(ctx); err != nil {
		return err
	}
	return Absent(e.ask(ctx, "end the task that deletes", call{
		method: http.MethodPost, path: "/_tasks/" + url.PathEscape(id) + "/_cancel", mark: r.Mark(),
	}, nil))
}

// survey is where lines of a request may be, and by which field.
type survey struct {
	going, spared []string
	field         string
	// blocked are indices of those that go in which nothing can be deleted.
	blocked []string
}

func (e Eraser) survey(ctx context.Context, r *erasure.Request) (survey, error) {
	var s survey
	if err := e.recognise(ctx); err != nil {
		return s, err
	}
	streams, err := e.Streams(ctx, r.Tenant)
	if err != nil {
		return s, err
	}
	if s.going, s.spared = r.Streams(streams); len(s.going)+len(s.spared) == 0 {
		return s, nil
	}
	types, unmapped, err := e.types(ctx, r, slices.Concat(s.going, s.spared))
	if err != nil {
		return s, err
	}
	field, ok := r.Field(types, unmapped)
	if !ok {
		return s, fault.Terminal(ReasonFieldNotKeyword, fmt.Errorf("cannot ask for %s: the data streams of tenant %q have no such field "+
			"of type keyword in all their indices, and an id among other words would match lines of others", r.Key, r.Tenant))
	}
	s.field = field
	if len(s.going) > 0 {
		s.blocked, err = e.blocked(ctx, s.going)
	}
	return s, err
}

// types are those of the fields that may have the id, and the indices without them.
func (e Eraser) types(ctx context.Context, r *erasure.Request, streams []string) (types, unmapped map[string][]string, err error) {
	var found struct {
		Fields map[string]map[string]struct {
			Searchable bool     `json:"searchable"`
			Indices    []string `json:"indices"`
		} `json:"fields"`
	}
	err = e.ask(ctx, "ask for the types of the id", call{
		method: http.MethodGet, path: "/" + strings.Join(streams, ",") + "/_field_caps",
		query: url.Values{"fields": {strings.Join(r.Fields(), ",")}, "include_unmapped": {"true"}},
	}, &found)
	if err != nil {
		return nil, nil, unseen("ask for the types of the id", err)
	}
	types, unmapped = map[string][]string{}, map[string][]string{}
	for name, of := range found.Fields {
		for kind, capability := range of {
			if kind == "unmapped" {
				unmapped[name] = capability.Indices
				continue
			}
			if !capability.Searchable {
				kind = "not searchable"
			}
			types[name] = append(types[name], kind)
		}
	}
	return types, unmapped, nil
}

// blocked are indices in which nothing can be deleted, such as those in the warm tier. A task would end at the first.
func (e Eraser) blocked(ctx context.Context, streams []string) ([]string, error) {
	var found map[string]struct {
		Settings map[string]any `json:"settings"`
	}
	err := e.ask(ctx, "ask which indices are read-only", call{
		method: http.MethodGet, path: "/" + strings.Join(streams, ",") + "/_settings/index.blocks.*",
		query: url.Values{"flat_settings": {"true"}},
	}, &found)
	if err != nil {
		return nil, unseen("ask which indices are read-only", err)
	}
	var all []string
	for name, index := range found {
		for _, block := range []string{"index.blocks.write", "index.blocks.read_only", "index.blocks.read_only_allow_delete"} {
			if fmt.Sprint(index.Settings[block]) == "true" {
				all = append(all, name)
				break
			}
		}
	}
	slices.Sort(all)
	return all, nil
}

// Left counts the lines of a subject; it is always exact.
func (e Eraser) Left(ctx context.Context, r *erasure.Request, _ time.Time, _ bool) (erasure.Left, error) {
	var left erasure.Left
	s, err := e.survey(ctx, r)
	if err != nil {
		return left, err
	}
	// A pattern of names answers without those that who asks may not see.
	left.Unseen = len(s.going)+len(s.spared) == 0
	for _, one := range []struct {
		to      *int64
		streams []string
		indices []string
		only    bool
	}{
		{&left.Lines, s.going, s.blocked, false}, {&left.Spared, s.spared, nil, false},
	} {
		if *one.to, err = e.count(ctx, one.streams, r.Query(s.field, one.indices, one.only)); err != nil {
			return left, err
		}
	}
	// One by one, so that only those are told that have lines.
	for _, index := range s.blocked {
		n, err := e.count(ctx, s.going, r.Query(s.field, []string{index}, true))
		if err != nil {
			return left, err
		}
		if n > 0 {
			left.Blocked += n
			left.BlockedIn = append(left.BlockedIn, index)
		}
	}
	return left, nil
}

func (e Eraser) count(ctx context.Context, streams []string, query map[string]any) (int64, error) {
	if len(streams) == 0 {
		return 0, nil
	}
	const name = "count lines of the subject"
	var found struct {
		Count  *int64 `json:"count"`
		Shards struct {
			Total      int `json:"total"`
			Successful int `json:"successful"`
		} `json:"_shards"`
	}
	err := e.ask(ctx, name, call{
		method: http.MethodPost, path: "/" + strings.Join(streams, ",") + "/_count", body: query,
	}, &found)
	switch {
	case err != nil:
		return 0, unseen(name, err)
	case found.Count == nil:
		return 0, fmt.Errorf("cannot %s: the answer does not say", name)
	// One without any copy alive has not failed, and has not answered either.
	case found.Shards.Total == 0 || found.Shards.Successful != found.Shards.Total:
		return 0, fmt.Errorf("cannot %s: %d of %d shards answered", name, found.Shards.Successful, found.Shards.Total)
	}
	return *found.Count, nil
}

// unseen: where a data stream that was listed is not there, nobody may conclude that its lines are gone.
func unseen(name string, err error) error {
	if errors.Is(err, ErrAbsent) {
		return fmt.Errorf("cannot %s: a data stream is not there any more, or cannot be seen", name)
	}
	return err
}
