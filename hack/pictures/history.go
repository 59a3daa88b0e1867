package main

import (
	"context"
	"errors"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/prometheus/common/model"
	"github.com/prometheus/common/promslog"
	"github.com/prometheus/prometheus/model/labels"
	"github.com/prometheus/prometheus/promql"
	"github.com/prometheus/prometheus/promql/parser"
	promrules "github.com/prometheus/prometheus/rules"
	"github.com/prometheus/prometheus/storage"
	"github.com/prometheus/prometheus/tsdb"

	"github.com/tux-io/tux-monitoring-operator/internal/preview"
)

const (
	hour = time.Hour
	// scrapeEvery is the interval of the sample resource.
	scrapeEvery = 30 * time.Second
	// scraped is how far back everything is scraped; before it only recorded series are there.
	scraped = 26 * hour
	// recorded is how many days of recorded series there are.
	recorded = 30
	// The rules are evaluated often where pictures are looked at closely, and before it just often enough
	// that series do not go stale, which takes 5 minutes.
	evalOften, evalSeldom = time.Minute, 4 * time.Minute
	closely               = 8 * hour
)

// history is a Prometheus with the past of one state in it. It is a preview.Source.
type history struct {
	// length is how far back everything is scraped.
	length time.Duration
	dir    string
	db     *tsdb.DB
	engine *promql.Engine
}

// past is a series and its samples, oldest first.
type past struct {
	labels labels.Labels
	times  []int64
	values []float64
}

func newHistory(length time.Duration) (*history, error) {
	dir, err := os.MkdirTemp("", "history")
	if err != nil {
		return nil, fmt.Errorf("cannot make a directory for the series: %w", err)
	}
	options := tsdb.DefaultOptions()
	// Everything stays in memory: no block is ever cut.
	options.MinBlockDuration = (100 * 24 * hour).Milliseconds()
	options.MaxBlockDuration = options.MinBlockDuration
	options.RetentionDuration, options.WALSegmentSize = 0, -1
	db, err := tsdb.Open(dir, promslog.NewNopLogger(), nil, options, tsdb.NewDBStats())
	if err != nil {
		return nil, fmt.Errorf("cannot open the series: %w", err)
	}
	engine := promql.NewEngine(promql.EngineOpts{
		Logger: promslog.NewNopLogger(), MaxSamples: 50_000_000, Timeout: time.Minute, LookbackDelta: 5 * time.Minute,
		EnableAtModifier: true, EnableNegativeOffset: true, Parser: parser.NewParser(parser.Options{}),
		NoStepSubqueryIntervalFn: func(int64) int64 { return time.Minute.Milliseconds() },
	})
	return &history{length: length, dir: dir, db: db, engine: engine}, nil
}

func (h *history) close() error { return errors.Join(h.db.Close(), os.RemoveAll(h.dir)) }

// live scrapes the meters and evaluates the rules from the first scrape until now.
func (h *history) live(ctx context.Context, momentAt func(time.Time) moment, meters []*meter, rules string) error {
	groups, err := h.load(ctx, rules)
	if err != nil {
		return err
	}
	for at := now.Add(-h.length); !at.After(now); at = at.Add(scrapeEvery) {
		m := momentAt(at)
		if err := h.scrape(ctx, &m, meters); err != nil {
			return fmt.Errorf("cannot scrape at %s: %w", at, err)
		}
		every := evalSeldom
		if now.Sub(at) <= closely {
			every = evalOften
		}
		if at.Sub(now)%every != 0 {
			continue
		}
		for _, g := range groups {
			if !strings.HasSuffix(g.Name(), "-days") || at.Sub(now)%evalSeldom == 0 {
				g.Eval(ctx, at)
			}
		}
	}
	for _, g := range groups {
		for _, rule := range g.Rules() {
			if err := rule.LastError(); err != nil {
				return fmt.Errorf("cannot evaluate rule %s: %w", rule.Name(), err)
			}
		}
	}
	return nil
}

func (h *history) scrape(ctx context.Context, m *moment, meters []*meter) error {
	appender := h.db.AppenderV2(ctx)
	for _, meter := range meters {
		value := meter.read(m)
		if meter.counter {
			meter.total += math.Max(value, 0) * scrapeEvery.Seconds()
			value = meter.total
		}
		if _, err := appender.Append(0, meter.labels, 0, m.at.UnixMilli(), value, nil, nil, storage.AOptions{}); err != nil {
			return errors.Join(fmt.Errorf("%s: %w", meter.labels, err), appender.Rollback())
		}
	}
	return appender.Commit()
}

// load hands the rules to Prometheus' own rule manager, as prometheus-operator does, in a file.
func (h *history) load(ctx context.Context, rules string) ([]*promrules.Group, error) {
	manager := promrules.NewManager(&promrules.ManagerOptions{
		QueryFunc:    promrules.EngineQueryFunc(h.engine, h.db),
		AppendableV2: h.db, Queryable: h.db, Context: ctx, Logger: promslog.NewNopLogger(),
		NotifyFunc: func(context.Context, string, ...*promrules.Alert) {},
		Parser:     parser.NewParser(parser.Options{}),
	})
	file := filepath.Join(h.dir, "rules.yaml")
	if err := os.WriteFile(file, []byte(rules), 0o600); err != nil {
		return nil, fmt.Errorf("cannot write the rules: %w", err)
	}
	loaded, errs := manager.LoadGroups(evalOften, labels.EmptyLabels(), "", nil, false, file)
	if len(errs) > 0 {
		return nil, fmt.Errorf("cannot load the rules: %w", errors.Join(errs...))
	}
	var groups []*promrules.Group
	for _, group := range loaded {
		for _, rule := range group.AlertingRules() {
			rule.SetRestored(true)
		}
		groups = append(groups, group)
	}
	return groups, nil
}

// lastDay returns what the rules recorded in the last day.
func (h *history) lastDay(ctx context.Context) ([]past, error) {
	matrix, err := h.matrix(ctx, `{__name__=~"job.*:.*",__name__!~".*_bucket:.*"}`, now.Add(-24*hour), now.Add(-evalSeldom), evalSeldom)
	if err != nil {
		return nil, err
	}
	out := make([]past, 0, len(matrix))
	for _, s := range matrix {
		p := past{labels: s.Metric}
		for _, point := range s.Floats {
			p.times, p.values = append(p.times, point.T), append(p.values, point.F)
		}
		out = append(out, p)
	}
	return out, nil
}

// repeat writes the same day into each of the days before the first scrape.
func (h *history) repeat(ctx context.Context, day []past) error {
	first := now.Add(-h.length).UnixMilli()
	for ago := recorded; ago >= 0; ago-- {
		appender := h.db.AppenderV2(ctx)
		for i := range day {
			for j, t := range day[i].times {
				at := t - int64(ago)*(24*hour).Milliseconds()
				if at >= first {
					break
				}
				value := unlike(day[i].labels, day[i].values[j], 1+0.06*grain(int64(ago), 7))
				if _, err := appender.Append(0, day[i].labels, 0, at, value, nil, nil, storage.AOptions{}); err != nil {
					return errors.Join(fmt.Errorf("cannot repeat %s: %w", day[i].labels, err), appender.Rollback())
				}
			}
		}
		if err := appender.Commit(); err != nil {
			return fmt.Errorf("cannot repeat a day: %w", err)
		}
	}
	return nil
}

// unlike makes a value of another day, for no day is like the other. Of a budget it is what was spent that differs:
// more than all of it cannot be left.
func unlike(series labels.Labels, value, factor float64) float64 {
	if strings.HasSuffix(series.Get(model.MetricNameLabel), ":remaining") {
		return 1 - (1-value)*factor
	}
	return value * factor
}

func (h *history) matrix(ctx context.Context, expr string, from, to time.Time, step time.Duration) (promql.Matrix, error) {
	q, err := h.engine.NewRangeQuery(ctx, h.db, nil, expr, from, to, step)
	if err != nil {
		return nil, err
	}
	defer q.Close()
	matrix, err := q.Exec(ctx).Matrix()
	if err != nil {
		return nil, err
	}
	// The engine reuses the points once the query is closed.
	out := make(promql.Matrix, 0, len(matrix))
	for _, s := range matrix {
		out = append(out, promql.Series{Metric: s.Metric.Copy(), Floats: append([]promql.FPoint(nil), s.Floats...)})
	}
	return out, nil
}

// Query asks the engine what the preview would ask a Prometheus.
func (h *history) Query(ctx context.Context, q preview.Query) ([]preview.Series, error) {
	if q.Step == 0 {
		return h.instant(ctx, q.Expr, time.Unix(q.End, 0))
	}
	matrix, err := h.matrix(ctx, q.Expr, time.Unix(q.Start, 0), time.Unix(q.End, 0), time.Duration(q.Step)*time.Second)
	if err != nil {
		return nil, err
	}
	var out []preview.Series
	for _, s := range matrix {
		values := make(preview.Values, (q.End-q.Start)/q.Step+1)
		for i := range values {
			values[i] = math.NaN()
		}
		for _, point := range s.Floats {
			values[(point.T/1000-q.Start)/q.Step] = point.F
		}
		out = append(out, preview.Series{Metric: s.Metric.Map(), Values: values})
	}
	return out, nil
}

func (h *history) instant(ctx context.Context, expr string, at time.Time) ([]preview.Series, error) {
	q, err := h.engine.NewInstantQuery(ctx, h.db, nil, expr, at)
	if err != nil {
		return nil, err
	}
	defer q.Close()
	result := q.Exec(ctx)
	if scalar, err := result.Scalar(); err == nil {
		return []preview.Series{{Metric: map[string]string{}, Values: preview.Values{scalar.V}}}, nil
	}
	vector, err := result.Vector()
	if err != nil {
		return nil, err
	}
	var out []preview.Series
	for _, s := range vector {
		out = append(out, preview.Series{Metric: s.Metric.Map(), Values: preview.Values{s.F}})
	}
	return out, nil
}
