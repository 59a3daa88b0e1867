package dashboards

import (
	"context"
	"fmt"
	"math"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/prometheus/prometheus/promql"
)

func (p *prometheus) ask(t *testing.T, expr string) promql.Vector {
	t.Helper()
	q, err := p.engine.NewInstantQuery(context.Background(), p.storage, nil, p.says.Replace(expr), p.end)
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

func (p *prometheus) askRange(t *testing.T, expr string, span time.Duration) promql.Matrix {
	t.Helper()
	q, err := p.engine.NewRangeQuery(context.Background(), p.storage, nil, p.says.Replace(expr), p.end.Add(-span), p.end, span/60)
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

// TestEveryQueryReturnsDataAndTheLabelsOfItsLegend asks over what two pods of each backend exported, in one
// process and in several, and what the rules of the same environment recorded from it.
func TestEveryQueryReturnsDataAndTheLabelsOfItsLegend(t *testing.T) {
	for shape, e := range environments {
		if len(e.Backends) == 0 {
			continue
		}
		t.Run(shape, func(t *testing.T) {
			t.Parallel()
			p := watching(t, e)
			for _, q := range Queries(e) {
				t.Run(q.Dashboard+": "+q.Panel+": "+q.Legend, func(t *testing.T) {
					if strings.Contains(q.EmptyUntil, "a week") {
						return // the rest is there from the first day, or happened in what was loaded
					}
					p.mustSay(t, q)
				})
			}
		})
	}
}

func (p *prometheus) mustSay(t *testing.T, q Query) {
	t.Helper()
	if len(p.askRange(t, q.Expr, time.Hour)) == 0 {
		t.Fatalf("no data over an hour: %s", q.Expr)
	}
	vector := p.ask(t, q.Expr)
	if len(vector) == 0 {
		t.Fatalf("no data now: %s", q.Expr)
	}
	for _, sample := range vector {
		if math.IsNaN(sample.F) || math.IsInf(sample.F, 0) {
			t.Errorf("%s is %v", sample.Metric, sample.F)
		}
		for _, m := range legendLabel.FindAllStringSubmatch(q.Legend, -1) {
			if sample.Metric.Get(m[1]) == "" && q.Panel != "Firing alerts" {
				t.Errorf("%s has no label %s", sample.Metric, m[1])
			}
		}
	}
}

// TestPanelsShowTheRightNumbers compares with numbers taken by hand from the exposition.
func TestPanelsShowTheRightNumbers(t *testing.T) {
	const podsTogether = 1 + 2
	perSecond := podsTogether / scrapeInterval.Seconds() * perScrape(1)
	want := map[string]float64{
		"overview: Alerts now: critical":                  1,
		"overview: Alerts now: warning":                   1, // one of the user without backend or severity
		"overview: Pods scraped: scraped":                 1,
		"overview: Health answers: healthy":               9.0 / 10, // five questions, two pods, one database ill
		"overview: Requests: {{job}}":                     507 * perSecond,
		"overview: Busiest workspaces: {{workspace_id}}":  98.0 / 153, // acme: 68 of 103 strings, 30 of 50 jobs
		"database-cache: Cache hits: dimension catalogue": 211.0 / 226,
		"database-cache: Cache hits: Django, {{backend}}": 214.0 / 229,
		"business: Time of a job: p95":                    10, // 8% are beyond the last bucket
		"business: Time of a job: mean":                   101.8124156 / 50,
		"business: Jobs longer than 10 s: beyond 10 s":    4.0 / 50,
		"business: Slowest jobs: {{workspace_id}}":        76.0668361 / 30, // acme comes first
		"monitoring: Samples of a scrape: {{pod}}":        530,
		"saturation: Age of the processes: {{pod}}":       end.Sub(time.Unix(600, 0)).Seconds(),
		"health: Certificates valid for: {{url}}":         5000000 - end.Sub(time.Unix(0, 0)).Seconds(),
	}
	p := watching(t, production())
	for _, q := range Queries(production()) {
		name := q.Dashboard + ": " + q.Panel + ": " + q.Legend
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
  django_db_new_connections_total{namespace="shop",job="web",alias="default"} 1+1x400
  job_status:tux_propagation_jobs:rate10m{namespace="shop",job="web",status="success"} 0.1x400
  job_status:tux_string_generations:rate10m{namespace="shop",job="web",status="success"} 0.1x400
`)
	want := map[string]int{
		"dimension catalogue": 1, "strings {{job}}": 1, "jobs {{job}}": 1, "critical": 1, "warning": 1, "{{alias}}": 1,
		"Django, {{backend}}": 0, "p95": 0, "beyond 10 s": 0, "scraped": 0, "healthy": 0,
	}
	for _, q := range Queries(production()) {
		series, ok := want[q.Legend]
		if !ok || q.Panel == "Cache lookups" || q.Panel == "New connections" {
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

// TestTopTenAreTen: 30 workspaces work one after the other, each more than the one before, so that plain topk
// draws all of them. Records and counters must name the same ten.
func TestTopTenAreTen(t *testing.T) {
	var load strings.Builder
	load.WriteString("load 30s\n  up{namespace=\"shop\",job=\"web\",pod=\"web-0\"} 1x400\n")
	for i := range 30 {
		before, busy, after := 40+10*i, 10, 310-10*i
		fmt.Fprintf(&load, "  tux_string_generations_total{namespace=\"shop\",job=\"web\",pod=\"web-0\",status=\"success\",workspace_id=\"w%d\"} 0x%d 0+%dx%d %dx%d\n",
			i, before, 10+i, busy, busy*(10+i), after)
	}
	p := newPrometheus(t, load.String())
	p.record(t, production())
	plain := `topk(10, sum by (workspace_id) (rate(tux_string_generations_total{namespace="shop",job=~"$backend"}[$__rate_interval])) > 0)`
	if got := len(p.askRange(t, plain, 3*time.Hour)); got <= topSeries {
		t.Fatalf("plain topk draws %d lines: the case proves nothing", got)
	}
	var want []string
	for i := range topSeries {
		want = append(want, fmt.Sprintf("w%d", 20+i))
	}
	looked := 0
	for _, q := range Queries(production()) {
		if q.Panel != "Strings by workspace" {
			continue
		}
		looked++
		var got []string
		for _, series := range p.askRange(t, q.Expr, 3*time.Hour) {
			got = append(got, series.Metric.Get("workspace_id"))
		}
		slices.Sort(got)
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%s: %s", q.Dashboard, diff)
		}
	}
	if looked != 2 {
		t.Errorf("looked at %d panels", looked)
	}
}
