package preview

import (
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"sync"
	"time"
)

// Recording is what a Prometheus has answered, and the options it was asked with: everything a page
// needs beside its dashboards.
type Recording struct {
	// Version of the format.
	Version int              `json:"version"`
	Options RecordedOptions  `json:"options"`
	Answers []RecordedAnswer `json:"answers"`
	index   map[Query]*RecordedAnswer
}

// RecordedOptions are those of Options that change what is asked.
type RecordedOptions struct {
	Now            time.Time           `json:"now"`
	From           string              `json:"from,omitempty"`
	To             string              `json:"to,omitempty"`
	Points         int                 `json:"points"`
	ScrapeInterval string              `json:"scrapeInterval"`
	Variables      map[string][]string `json:"variables,omitempty"`
	SourceName     string              `json:"sourceName,omitempty"`
}

// RecordedAnswer is one query and what came back.
type RecordedAnswer struct {
	Query
	Error  string   `json:"error,omitempty"`
	Series []Series `json:"series,omitempty"`
}

const recordingVersion = 1

// Recorder passes queries on and keeps what is answered.
type Recorder struct {
	source Source
	mutex  sync.Mutex
	kept   map[Query]RecordedAnswer
}

// NewRecorder returns a recorder of a source.
func NewRecorder(source Source) *Recorder {
	return &Recorder{source: source, kept: map[Query]RecordedAnswer{}}
}

// Query asks the source. Failures are kept too: a page from the recording shows them again.
func (r *Recorder) Query(ctx context.Context, q Query) ([]Series, error) {
	series, err := r.source.Query(ctx, q)
	if ctx.Err() != nil {
		return series, err
	}
	kept := RecordedAnswer{Query: q, Series: slices.Clone(series)}
	if err != nil {
		kept.Error = err.Error()
	}
	if q.Step > 0 || !ordered.MatchString(q.Expr) {
		slices.SortFunc(kept.Series, func(x, y Series) int { return cmp.Compare(notation(x.Metric), notation(y.Metric)) })
	}
	r.mutex.Lock()
	defer r.mutex.Unlock()
	r.kept[q] = kept
	return series, err
}

// Recording returns what was answered so far, in an order of its own.
func (r *Recorder) Recording(o Options) (*Recording, error) {
	o, err := o.withDefaults()
	if err != nil {
		return nil, err
	}
	r.mutex.Lock()
	defer r.mutex.Unlock()
	out := &Recording{Version: recordingVersion, Options: RecordedOptions{
		Now: o.Now.UTC().Truncate(time.Second), From: o.From, To: o.To, Points: o.Points, ScrapeInterval: o.ScrapeInterval.String(),
		Variables: o.Variables, SourceName: o.SourceName,
	}}
	for _, kept := range r.kept {
		out.Answers = append(out.Answers, kept)
	}
	slices.SortFunc(out.Answers, func(x, y RecordedAnswer) int {
		return cmp.Or(cmp.Compare(x.Expr, y.Expr), cmp.Compare(x.Start, y.Start), cmp.Compare(x.End, y.End), cmp.Compare(x.Step, y.Step))
	})
	return out, nil
}

// JSON writes the recording, a line per series so that versions can be compared.
func (r *Recording) JSON() ([]byte, error) {
	var out bytes.Buffer
	options, err := json.Marshal(r.Options)
	if err != nil {
		return nil, fmt.Errorf("cannot write the recording: %w", err)
	}
	fmt.Fprintf(&out, "{\"version\":%d,\n\"options\":%s,\n\"answers\":[", r.Version, options)
	for i := range r.Answers {
		a := &r.Answers[i]
		head, err := json.Marshal(RecordedAnswer{Query: a.Query, Error: a.Error})
		if err != nil {
			return nil, fmt.Errorf("cannot write the recording: %w", err)
		}
		fmt.Fprintf(&out, "%s\n%s,\"series\":[", comma(i), head[:len(head)-1])
		for j := range a.Series {
			line, err := json.Marshal(a.Series[j])
			if err != nil {
				return nil, fmt.Errorf("cannot write the recording: %w", err)
			}
			fmt.Fprintf(&out, "%s\n  %s", comma(j), line)
		}
		out.WriteString("]}")
	}
	out.WriteString("\n]}\n")
	return out.Bytes(), nil
}

func comma(i int) string {
	if i == 0 {
		return ""
	}
	return ","
}

// ReadRecording reads what JSON wrote.
func ReadRecording(text []byte) (*Recording, error) {
	r := &Recording{}
	if err := json.Unmarshal(text, r); err != nil {
		return nil, fmt.Errorf("cannot read the recording: %w", err)
	}
	if r.Version != recordingVersion {
		return nil, fmt.Errorf("cannot read the recording: its version is %d, this program reads %d", r.Version, recordingVersion)
	}
	r.index = make(map[Query]*RecordedAnswer, len(r.Answers))
	for i := range r.Answers {
		a := &r.Answers[i]
		for j := range a.Series {
			if got, want := len(a.Series[j].Values), a.points(); got != want {
				return nil, fmt.Errorf("cannot read the recording: query %q has a series of %d values, not %d", a.Expr, got, want)
			}
		}
		r.index[a.Query] = a
	}
	return r, nil
}

// Query returns what was answered then.
func (r *Recording) Query(_ context.Context, q Query) ([]Series, error) {
	a, ok := r.index[q]
	switch {
	case !ok:
		return nil, errors.New("the recording has no answer to this query: record again")
	case a.Error != "":
		return nil, errors.New(a.Error)
	}
	return a.Series, nil
}

// Apply returns options that ask again what was recorded.
func (r *Recording) Apply(o Options) (Options, error) {
	scrape, err := time.ParseDuration(r.Options.ScrapeInterval)
	if err != nil {
		return o, fmt.Errorf("cannot read the recording: %w", err)
	}
	o.Now, o.From, o.To, o.Points, o.ScrapeInterval = r.Options.Now, r.Options.From, r.Options.To, r.Options.Points, scrape
	o.Variables, o.SourceName = r.Options.Variables, r.Options.SourceName
	return o, nil
}
