package rules

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/prometheus/prometheus/promql"

	"github.com/tux-io/tux-monitoring-operator/internal/plan/env"
)

const (
	fewTenants, manyTenants = 300, 5000
	tenantPods              = 4
	// maxSamples is what Prometheus holds at once for a query unless told otherwise; above it the rule fails.
	maxSamples = 50_000_000
)

// cost of one evaluation of a rule.
type cost struct {
	rule string
	// read are the samples it looked at, peak those it held at once, series those it returned.
	read, peak, series int
}

// costs evaluates the rules of the concerns that look at workspaces, in their order, beside n of them.
func costs(t *testing.T, n int) []cost {
	t.Helper()
	engine := promql.NewEngine(promql.EngineOpts{MaxSamples: maxSamples, Timeout: 10 * time.Minute})
	t.Cleanup(func() { _ = engine.Close() })
	storage := newTenants(n, tenantPods)
	var out []cost
	limited := func(e *env.Environment) { e.Workspaces.Limit = manyTenants }
	for _, g := range groupsOf(t, production(limited), "propagation", "business", "workspaces") {
		for _, r := range g.Rules {
			q, err := engine.NewInstantQuery(t.Context(), storage, nil, r.Expr.String(), time.UnixMilli(storage.now))
			if err != nil {
				t.Fatal(err)
			}
			vector, err := q.Exec(t.Context()).Vector()
			if err != nil {
				t.Fatalf("%s%s of %d workspaces: %v", r.Record, r.Alert, n, err)
			}
			if r.Record != "" {
				storage.record(r.Record, vector)
			}
			stats := q.Stats().Samples
			out = append(out, cost{r.Record + r.Alert, int(stats.TotalSamples), stats.PeakSamples, len(vector)})
			q.Close()
		}
	}
	return out
}

// TestCostOfWorkspaces: what is recorded does not grow with the number of workspaces, and what is read grows no
// faster than it. The figures are in docs/performance.md, which -update writes.
func TestCostOfWorkspaces(t *testing.T) {
	few, many := costs(t, fewTenants), costs(t, manyTenants)
	top := production().Workspaces.Top
	for i, f := range few {
		m := many[i]
		if m.series != f.series || m.series > (top+1)*2 {
			t.Errorf("%s returns %d series of %d workspaces and %d of %d", m.rule, f.series, fewTenants, m.series, manyTenants)
		}
		if strings.HasPrefix(m.rule, "job_workspace") && m.series < top {
			t.Errorf("%s returns only %d series", m.rule, m.series)
		}
		if most := f.read * manyTenants / fewTenants; m.read > most {
			t.Errorf("%s reads %d samples of %d workspaces, more than the %d that would be in proportion", m.rule, m.read, manyTenants, most)
		}
		if m.peak > maxSamples/20 {
			t.Errorf("%s holds %d samples at once", m.rule, m.peak)
		}
	}
	checkPerformancePage(t, few, many)
}

const performanceHeading = "## Rules beside many workspaces\n"

func checkPerformancePage(t *testing.T, few, many []cost) {
	t.Helper()
	path := filepath.Join(docs, "performance.md")
	content, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	above, rest, found := strings.Cut(string(content), performanceHeading)
	if !found {
		t.Fatalf("%s has no section %q", path, performanceHeading)
	}
	below := ""
	if at := strings.Index(rest, "\n## "); at >= 0 {
		below = rest[at:]
	}
	want := above + performanceHeading + performance(few, many) + below
	if string(content) == want {
		return
	}
	if !*update {
		t.Fatal("the figures of docs/performance.md are not those of this run: run go test ./internal/plan/rules -run CostOfWorkspaces -update")
	}
	if err := os.WriteFile(path, []byte(want), 0o600); err != nil {
		t.Fatal(err)
	}
}

func performance(few, many []cost) string {
	e := production()
	interval := env.Duration(e.Backends[0].Metrics.Interval)
	var out strings.Builder
	fmt.Fprintf(&out, `
Samples each rule reads at one evaluation on Prometheus' own engine, beside %[1]d and %[2]d workspaces on %[3]d pods that are
scraped every %[4]v; and how many it holds at once and series it returns beside %[2]d. Both numbers of workspaces in the same
run; written by `+"`go test ./internal/plan/rules -run CostOfWorkspaces -update`"+`, which also holds that no rule
returns more series for more workspaces, that none reads more than in proportion, and that none comes near the %[5]d million
samples at which Prometheus refuses a query.

| rule | reads, %[1]d | reads, %[2]d | holds at once | returns |
|---|---|---|---|---|
`, fewTenants, manyTenants, tenantPods, interval, maxSamples/1_000_000)
	for i, m := range many {
		fmt.Fprintf(&out, "| %s | %d | %d | %d | %d |\n", m.rule, few[i].read, m.read, m.peak, m.series)
	}
	out.WriteString(costNotes)
	return out.String()
}

const costNotes = `
- With 5000 workspaces, ` + "`spec.workspaces.limit`" + ` must be 5000 too, or the default sample limit of a scrape is far too low.
- What looks back over 10 minutes reads all 20 samples of a series, because a process that has ended still counts. What looks
  back over 30 minutes or an hour reads the two ends only, and not 60 or 120 samples. The 95th percentile of
  TuxPropagationSlow is a share of jobs beyond a bucket for the same reason: that takes 2 of 15 buckets.
- The rules of workspaces are evaluated every minute, the others at the interval of the Prometheus.
- While TuxPropagationFailuresForWorkspace is pending or fires, the query in its description is evaluated as well; it is not
  in the table.
`
