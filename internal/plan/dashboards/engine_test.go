package dashboards

import (
	"context"
	"fmt"
	"math"
	"regexp"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/prometheus/prometheus/promql"
	"github.com/prometheus/prometheus/promql/promqltest"
	"github.com/prometheus/prometheus/util/teststorage"
)

const (
	scrapes        = 400
	scrapeInterval = 30 * time.Second
	// maxSamples is Prometheus' default for --query.max-samples.
	maxSamples = 50_000_000
)

// now is the end of the loaded series.
var now = time.Unix(0, 0).Add(scrapes * scrapeInterval)

// prometheus is Prometheus' own engine over what two pods have exported for 200 minutes.
type prometheus struct {
	engine  *promql.Engine
	storage *teststorage.TestStorage
}

func newPrometheus(t *testing.T, load string) *prometheus {
	t.Helper()
	return &prometheus{
		engine:  promqltest.NewTestEngine(t, false, 5*time.Minute, maxSamples),
		storage: promqltest.LoadedStorage(t, load),
	}
}

// twoPods lets every counter of the measured exposition grow, that of the second pod twice as fast,
// and adds what Prometheus, the exporter and our recording rules write.
func twoPods(t *testing.T) string {
	t.Helper()
	var out strings.Builder
	out.WriteString("load 30s\n")
	for _, line := range strings.Split(strings.TrimSpace(readFile(t, "testdata/exposition.txt")), "\n") {
		labelled, number, found := strings.Cut(line, "} ")
		value, err := strconv.ParseFloat(number, 64)
		if !found || err != nil {
			t.Fatalf("cannot read sample %q: %v", line, err)
		}
		for pod := range 2 {
			fmt.Fprintf(&out, "  %s,namespace=\"shop\",job=\"web\",pod=\"web-%d\"} %g+%gx%d\n",
				labelled, pod, value, perScrape(value)*float64(pod+1), scrapes)
		}
	}
	for _, series := range constant {
		fmt.Fprintf(&out, "  %sx%d\n", series, scrapes)
	}
	return out.String()
}

// perScrape is what a counter of the exposition grows by at each scrape of the first pod.
func perScrape(value float64) float64 { return value / 240 }

var constant = []string{
	`up{namespace="shop",job="web",pod="web-0"} 1`,
	`up{namespace="shop",job="web",pod="web-1"} 0`,
	`probe_success{namespace="shop",job="web-live",pod="web-0"} 1`,
	`probe_success{namespace="shop",job="web-database",pod="web-0"} 0`,
	`probe_success{namespace="shop",job="web-cache",pod="web-0"} 1`,
	`probe_success{namespace="shop",job="web-full",pod="web-0"} 1`,
	`ALERTS{namespace="shop",environment="production",backend="web",alertstate="firing",severity="critical",alertname="TuxDatabaseUnavailable"} 1`,
	`ALERTS{namespace="shop",environment="production",alertstate="firing",alertname="OfTheUser"} 1`,
	`job:tux_http_errors:ratio_rate5m{namespace="shop",job="web"} 0.014`,
	`job:tux_http_latency_seconds:p95_5m{namespace="shop",job="web"} 0.75`,
	`job_status:tux_propagation_jobs:rate10m{namespace="shop",job="web",status="success"} 0.09`,
	`job_status:tux_propagation_jobs:rate10m{namespace="shop",job="web",status="error"} 0.01`,

	// What must not be counted: neighbours, other environments, other states.
	`up{namespace="shop",job="neighbour"} 0`,
	`up{namespace="blog",job="web"} 0`,
	`probe_success{namespace="shop",job="neighbour-live"} 0`,
	`probe_success{namespace="shop",job="web-entry"} 0`,
	`ALERTS{namespace="shop",environment="production",backend="web",alertstate="pending",severity="critical",alertname="TuxNotLive"} 1`,
	`ALERTS{namespace="shop",environment="production",backend="web",alertstate="firing",severity="info",alertname="TuxUnhandledExceptions"} 1`,
	`ALERTS{namespace="shop",environment="production",backend="neighbour",alertstate="firing",severity="critical",alertname="TuxNotLive"} 1`,
	`ALERTS{namespace="shop",environment="staging",backend="web",alertstate="firing",severity="critical",alertname="TuxNotLive"} 1`,
	`job:tux_http_errors:ratio_rate5m{namespace="blog",job="web"} 0.9`,
}

func (p *prometheus) ask(t *testing.T, expr string) promql.Vector {
	t.Helper()
	q, err := p.engine.NewInstantQuery(context.Background(), p.storage, nil, grafanaSays.Replace(expr), now)
	if err != nil {
		t.Fatal(err)
	}
	defer q.Close()
	vector, err := q.Exec(context.Background()).Vector()
	if err != nil {
		t.Fatal(err)
	}
	return append(promql.Vector(nil), vector...)
}

func (p *prometheus) askRange(t *testing.T, expr string) promql.Matrix {
	t.Helper()
	q, err := p.engine.NewRangeQuery(context.Background(), p.storage, nil, grafanaSays.Replace(expr), now.Add(-3*time.Hour), now, time.Minute)
	if err != nil {
		t.Fatal(err)
	}
	defer q.Close()
	matrix, err := q.Exec(context.Background()).Matrix()
	if err != nil {
		t.Fatal(err)
	}
	return append(promql.Matrix(nil), matrix...)
}

var legendLabel = regexp.MustCompile(`\{\{(\w+)\}\}`)

func TestEveryQueryReturnsDataAndTheLabelsOfItsLegend(t *testing.T) {
	p := newPrometheus(t, twoPods(t))
	for shape, e := range environments {
		if len(e.Backends) == 0 {
			continue
		}
		for _, q := range Queries(e) {
			t.Run(shape+": "+q.Panel+": "+q.Legend, func(t *testing.T) {
				if len(p.askRange(t, q.Expr)) == 0 {
					t.Fatal("no data over 3 hours")
				}
				vector := p.ask(t, q.Expr)
				if len(vector) == 0 {
					t.Fatal("no data now")
				}
				for _, sample := range vector {
					if math.IsNaN(sample.F) || math.IsInf(sample.F, 0) {
						t.Errorf("%s is %v", sample.Metric, sample.F)
					}
					for _, m := range legendLabel.FindAllStringSubmatch(q.Legend, -1) {
						if sample.Metric.Get(m[1]) == "" {
							t.Errorf("%s has no label %s", sample.Metric, m[1])
						}
					}
				}
			})
		}
	}
}

// TestPanelsShowTheRightNumbers compares with numbers taken by hand from the exposition.
func TestPanelsShowTheRightNumbers(t *testing.T) {
	const podsTogether = 1 + 2
	perSecond := podsTogether / scrapeInterval.Seconds() * perScrape(1)
	want := map[string]float64{
		"Firing alerts: firing":                                       2, // one of ours, one of the user without a backend
		"Pods scraped: scraped":                                       0.5,
		"Health answers: healthy":                                     0.75,
		"5xx ratio, worst backend: 5xx":                               0.014,
		"p95, slowest backend: p95":                                   0.75,
		"Request rate: all views":                                     507 * perSecond, // 513 answers, 6 to health and metrics views
		"String generation rate by workspace: failed, all workspaces": 4 * perSecond,
		"Cache performance: dimension catalogue":                      211.0 / 226,
		"Cache performance: Django, {{backend}}":                      214.0 / 229,
		"Propagation job duration: p95":                               10, // 8% are beyond the last bucket
		"Propagation job duration: mean":                              101.8124156 / 50,
		"Propagation jobs failed or beyond 10 s: failed {{job}}":      0.1,
		"Propagation jobs failed or beyond 10 s: beyond 10 s":         4.0 / 50,
		"Slowest workspaces: {{workspace_id}}":                        76.0668361 / 30, // acme comes first
	}
	p := newPrometheus(t, twoPods(t))
	for _, q := range Queries(production()) {
		name := q.Panel + ": " + q.Legend
		number, ok := want[name]
		if !ok {
			continue
		}
		delete(want, name)
		t.Run(name, func(t *testing.T) {
			got := p.ask(t, q.Expr)[0].F
			if math.Abs(got-number) > 1e-6*number {
				t.Errorf("got %v, want %v", got, number)
			}
		})
	}
	for name := range want {
		t.Errorf("no query %q", name)
	}
}

// TestQuietBackendIsZeroAndNotAbsent: before the first failure and the first hit those series do not
// exist, and without traffic 0/0 must not be drawn.
func TestQuietBackendIsZeroAndNotAbsent(t *testing.T) {
	p := newPrometheus(t, `load 30s
  tux_string_generations_total{namespace="shop",job="web",status="success",workspace_id="acme"} 1+1x400
  tux_dimension_catalog_queries_total{namespace="shop",job="web",cache_hit="miss",workspace_id="acme"} 1+1x400
  django_cache_get_total{namespace="shop",job="web",backend="locmem"} 1+0x400
  job_status:tux_propagation_jobs:rate10m{namespace="shop",job="web",status="success"} 0.1x400
`)
	want := map[string]int{
		"failed, all workspaces": 1, "dimension catalogue": 1, "failed {{job}}": 1, "firing": 1,
		"Django, {{backend}}": 0, "p95": 0, "beyond 10 s": 0, "scraped": 0, "healthy": 0,
	}
	for _, q := range Queries(production()) {
		series, ok := want[q.Legend]
		if !ok {
			continue
		}
		t.Run(q.Panel+": "+q.Legend, func(t *testing.T) {
			got := p.ask(t, q.Expr)
			if len(got) != series {
				t.Fatalf("got %v, want %d series", got, series)
			}
			if series == 1 && got[0].F != 0 {
				t.Errorf("got %v, want 0", got[0].F)
			}
		})
	}
}

// TestTopTenAreTen: 30 workspaces work one after the other, so that plain topk draws all of them.
func TestTopTenAreTen(t *testing.T) {
	var load strings.Builder
	load.WriteString("load 30s\n")
	for i := range 30 {
		before, busy, after := 40+10*i, 10, 310-10*i
		fmt.Fprintf(&load, "  tux_string_generations_total{namespace=\"shop\",job=\"web\",status=\"success\",workspace_id=\"w%d\"} 0x%d 0+%dx%d %dx%d\n",
			i, before, 10+i, busy, busy*(10+i), after)
	}
	p := newPrometheus(t, load.String())
	plain := `topk(10, sum by (workspace_id) (rate(tux_string_generations_total{namespace="shop",job=~"$backend"}[$__rate_interval])) > 0)`
	if got := len(p.askRange(t, plain)); got <= topSeries {
		t.Fatalf("plain topk draws %d lines: the case proves nothing", got)
	}
	for _, q := range Queries(production()) {
		if q.Legend == "{{workspace_id}}" && strings.HasPrefix(q.Panel, "String") {
			if got := len(p.askRange(t, q.Expr)); got != topSeries {
				t.Errorf("got %d lines, want %d", got, topSeries)
			}
		}
	}
}
