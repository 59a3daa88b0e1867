package preview

import (
	"context"
	"errors"
	"math"
	"os"
	"strings"
	"sync"
	"testing"
	"time"
)

// fakeSource answers by the text of the query and remembers what it was asked.
type fakeSource struct {
	answers map[string][]Series
	mutex   sync.Mutex
	asked   []Query
}

var errBoom = errors.New("bad_data: parse error")

func (f *fakeSource) Query(_ context.Context, q Query) ([]Series, error) {
	f.mutex.Lock()
	f.asked = append(f.asked, q)
	f.mutex.Unlock()
	if strings.HasPrefix(q.Expr, "broken") {
		return nil, errBoom
	}
	series, known := f.answers[q.Expr]
	if !known {
		return nil, nil
	}
	out := make([]Series, 0, len(series))
	for _, s := range series {
		values := make(Values, q.points())
		for i := range values {
			values[i] = s.Values[i%len(s.Values)]
		}
		out = append(out, Series{Metric: s.Metric, Values: values})
	}
	return out, nil
}

func series(value float64, pairs ...string) Series {
	s := Series{Metric: map[string]string{}, Values: Values{value}}
	for i := 0; i < len(pairs); i += 2 {
		s.Metric[pairs[i]] = pairs[i+1]
	}
	return s
}

func (s Series) then(values ...float64) Series {
	s.Values = append(s.Values, values...)
	return s
}

var nan = math.NaN()

// noon is what now means in the tests.
var noon = time.Date(2026, 11, 18, 12, 0, 0, 0, time.UTC)

func parse(t *testing.T, text string) *Dashboard {
	t.Helper()
	d, err := Parse([]byte(text))
	if err != nil {
		t.Fatal(err)
	}
	return d
}

func read(t *testing.T, name string) string {
	t.Helper()
	text, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

// build draws one dashboard with the answers.
func build(t *testing.T, text string, answers map[string][]Series, edit ...func(*Options)) (*Board, *fakeSource) {
	t.Helper()
	o := Options{Now: noon}
	for _, f := range edit {
		f(&o)
	}
	source := &fakeSource{answers: answers}
	page, err := Build(t.Context(), []*Dashboard{parse(t, text)}, source, o)
	if err != nil {
		t.Fatal(err)
	}
	return &page.Dashboards[0], source
}

// single is a dashboard with one panel.
func single(panel string) string {
	return `{"title": "one", "uid": "one", "time": {"from": "now-1h", "to": "now"}, "panels": [` + panel + `]}`
}

func contextThatEnds(t *testing.T) (context.Context, context.CancelFunc) {
	t.Helper()
	return context.WithCancel(t.Context())
}
