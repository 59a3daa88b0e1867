package rules

import (
	"context"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	monitoringv1 "github.com/prometheus-operator/prometheus-operator/pkg/apis/monitoring/v1"
	"github.com/prometheus/common/promslog"
	"github.com/prometheus/prometheus/model/labels"
	"github.com/prometheus/prometheus/promql/promqltest"
	promrules "github.com/prometheus/prometheus/rules"
	"sigs.k8s.io/yaml"

	"github.com/tux-io/tux-monitoring-operator/internal/promql"
)

// clock is the timeline of a scenario: healthy until the fault begins, healthy again after it ends.
type clock struct {
	// step is the resolution; scrape and eval are multiples of it.
	step, scrape, eval time.Duration
	// begins and ends are those of the fault, over is the end of everything.
	begins, ends, over time.Duration
	// from is when evaluation begins; what days look back at need not be evaluated.
	from time.Duration
	// phase is how long after a full interval a target is scraped or a group is evaluated.
	phase func(name string, interval time.Duration) time.Duration
}

// usual is Prometheus as most run it, all at the same moment.
var usual = clock{
	step: 30 * time.Second, scrape: 30 * time.Second, eval: time.Minute,
	begins: 14 * time.Minute, ends: 50 * time.Minute, over: 72 * time.Minute,
	phase: func(string, time.Duration) time.Duration { return 0 },
}

// sample is what a series returns. A gauge returns value; a counter starts at value and grows by rate
// a second, and returns behind less. What stays never goes back: a restart is not undone when the fault ends.
type sample struct {
	value, rate, behind float64
	stays               bool
}

// world is every series of one scrape, by its notation name{label="value"}.
type world map[string]sample

// fault changes a healthy world; elapsed is the time since the fault began.
type fault func(w world, elapsed time.Duration)

// firing is one alert that fired.
type firing struct {
	labels, annotations map[string]string
	// first and last evaluation at which it fired, since the begin of the timeline.
	first, last time.Duration
}

// play evaluates the groups on Prometheus' own engine and rule manager over the timeline of a fault
// and returns what fired, sorted by labels.
func play(t *testing.T, c *clock, groups []monitoringv1.RuleGroup, healthy func() world, f fault) []firing {
	t.Helper()
	_, fired := playAndKeep(t, c, groups, healthy, f)
	return fired
}

// playAndKeep is play that also returns everything that was recorded.
func playAndKeep(t *testing.T, c *clock, groups []monitoringv1.RuleGroup, healthy func() world, f fault) (*promqltest.LazyLoader, []firing) {
	t.Helper()
	loader, err := promqltest.NewLazyLoader(c.timeline(healthy, f), promqltest.LazyLoaderOpts{Parser: expressions, EnableAtModifier: true, EnableNegativeOffset: true})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := loader.Close(); err != nil {
			t.Error(err)
		}
	})
	manager := promrules.NewManager(&promrules.ManagerOptions{
		QueryFunc:    promrules.EngineQueryFunc(loader.QueryEngine(), loader.Storage()),
		AppendableV2: loader.Storage(),
		Context:      context.Background(),
		NotifyFunc:   func(context.Context, string, ...*promrules.Alert) {},
		Logger:       promslog.NewNopLogger(),
		Parser:       expressions,
	})
	return loader, c.evaluate(t, loader, c.loadGroups(t, manager, groups))
}

// expressions are those of all scenarios, most of which have the same rules.
var expressions = promql.NewMemo()

// ask returns the value of a query that has one; false if it has none.
func ask(t *testing.T, loader *promqltest.LazyLoader, at time.Duration, query string) (float64, bool) {
	t.Helper()
	q, err := loader.QueryEngine().NewInstantQuery(t.Context(), loader.Storage(), nil, query, time.Unix(0, 0).UTC().Add(at))
	if err != nil {
		t.Fatal(err)
	}
	defer q.Close()
	vector, err := q.Exec(t.Context()).Vector()
	if err != nil || len(vector) > 1 {
		t.Fatalf("%s has %d answers: %v", query, len(vector), err)
	}
	if len(vector) == 0 {
		return 0, false
	}
	return vector[0].F, true
}

// loadGroups hands the groups to Prometheus as prometheus-operator does, as a file. Alerts are
// evaluated before the records they read, which is the unlucky order.
func (c *clock) loadGroups(t *testing.T, manager *promrules.Manager, groups []monitoringv1.RuleGroup) []*promrules.Group {
	t.Helper()
	content, err := yaml.Marshal(monitoringv1.PrometheusRuleSpec{Groups: groups})
	if err != nil {
		t.Fatal(err)
	}
	file := filepath.Join(t.TempDir(), "rules.yaml")
	if err := os.WriteFile(file, content, 0o600); err != nil {
		t.Fatal(err)
	}
	loaded, errs := manager.LoadGroups(c.eval, labels.EmptyLabels(), "", nil, false, file)
	for _, err := range errs {
		t.Fatal(err)
	}
	out := make([]*promrules.Group, 0, len(loaded))
	for _, key := range slices.Sorted(maps.Keys(loaded)) {
		out = append(out, loaded[key])
		for _, rule := range loaded[key].AlertingRules() {
			rule.SetRestored(true)
		}
	}
	return out
}

func (c *clock) evaluate(t *testing.T, loader *promqltest.LazyLoader, groups []*promrules.Group) []firing {
	t.Helper()
	fired := map[string]*firing{}
	for at := c.from; at <= c.over; at += c.step {
		now := time.Unix(0, 0).UTC().Add(at)
		loader.WithSamplesTill(now, func(err error) {
			if err != nil {
				t.Fatal(err)
			}
			for _, g := range groups {
				if interval := c.intervalOf(g.Name()); (at-c.phase(g.Name(), interval))%interval == 0 {
					g.Eval(loader.Context(), now)
					collect(t, g, at, fired)
				}
			}
		})
	}
	out := make([]firing, 0, len(fired))
	for _, key := range slices.Sorted(maps.Keys(fired)) {
		out = append(out, *fired[key])
	}
	return out
}

// intervalOf is how often a group is evaluated. What looks back over days costs more than all else here and
// changes slowly; its series must not grow stale in between, which they do after 5 minutes.
func (c *clock) intervalOf(group string) time.Duration {
	if strings.HasSuffix(group, "-days") {
		return min(4*c.eval, 4*time.Minute)
	}
	return c.eval
}

func collect(t *testing.T, g *promrules.Group, at time.Duration, fired map[string]*firing) {
	t.Helper()
	for _, rule := range g.Rules() {
		if err := rule.LastError(); err != nil {
			t.Fatalf("%s at %v: %v", rule.Name(), at, err)
		}
	}
	for _, rule := range g.AlertingRules() {
		for _, active := range rule.ActiveAlerts() {
			if active.State != promrules.StateFiring {
				continue
			}
			key := active.Labels.String()
			if fired[key] == nil {
				fired[key] = &firing{labels: active.Labels.Map(), annotations: active.Annotations.Map(), first: at}
			}
			fired[key].last = at
		}
	}
}

// timeline writes the samples of a fault in the notation of Prometheus' own tests.
func (c *clock) timeline(healthy func() world, f fault) string {
	lines := map[string]*strings.Builder{}
	phases := map[string]time.Duration{}
	values := map[string]float64{}
	steps := int(c.over/c.step) + 1
	for step := range steps {
		at := time.Duration(step) * c.step
		w := healthy()
		if at >= c.begins && at < c.ends {
			f(w, at-c.begins)
		}
		for series := range w {
			if lines[series] == nil {
				lines[series] = &strings.Builder{}
				phases[series] = c.phase(targetOf(series), c.scrape)
				fmt.Fprintf(lines[series], "_x%d ", step)
			}
		}
		for series, line := range lines {
			if (at-phases[series])%c.scrape != 0 {
				line.WriteString("_ ")
				continue
			}
			line.WriteString(c.next(series, w, values))
		}
	}
	var out strings.Builder
	fmt.Fprintf(&out, "load %v\n", c.step)
	for _, series := range slices.Sorted(maps.Keys(lines)) {
		fmt.Fprintf(&out, "  %s %s\n", series, strings.TrimPrefix(lines[series].String(), "_x0 "))
	}
	return out.String()
}

// next returns the next sample of a series and keeps its value; what ends, ends as stale, as it does
// when a target answers no more.
func (c *clock) next(series string, w world, values map[string]float64) string {
	s, there := w[series]
	previous, was := values[series]
	switch {
	case !there && was:
		delete(values, series)
		return "stale "
	case !there:
		return "_ "
	case s.stays:
		values[series] = max(previous, s.value)
	case !isCounter(series) || !was:
		values[series] = s.value
	default:
		values[series] = previous + s.rate*c.scrape.Seconds()
	}
	return strconv.FormatFloat(values[series]-s.behind, 'f', -1, 64) + " "
}

var targetLabels = regexp.MustCompile(`(job|instance)="[^"]*"`)

// targetOf names the target whose scrape brings a series.
func targetOf(series string) string {
	return strings.Join(targetLabels.FindAllString(series, -1), ",")
}

func isCounter(series string) bool {
	name, _, _ := strings.Cut(series, "{")
	isGauge := strings.HasPrefix(name, "django_migrations_") // a gauge that is called _total
	return !isGauge && slices.ContainsFunc([]string{"_total", "_bucket", "_sum", "_count"}, func(suffix string) bool { return strings.HasSuffix(name, suffix) })
}
