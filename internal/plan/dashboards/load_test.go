package dashboards

import (
	"math"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/tux-io/tux-monitoring-operator/internal/plan/env"
)

// busiest returns the queries of the panel: the shares of now, and those of a week ago.
func busiest(t *testing.T, e *env.Environment) (share, weekAgo string) {
	t.Helper()
	var found []string
	for _, q := range Queries(e) {
		if q.Panel == "Busiest workspaces" {
			found = append(found, q.Expr)
		}
	}
	if len(found) != 2 {
		t.Fatalf("the panel has %d queries", len(found))
	}
	return found[0], found[1]
}

func (p *prometheus) shares(t *testing.T, expr string) map[string]float64 {
	t.Helper()
	out := map[string]float64{}
	for _, sample := range p.ask(t, expr) {
		out[sample.Metric.Get("workspace_id")] = math.Round(sample.F*1000) / 1000
	}
	return out
}

// TestBusiestWorkspaceHasItsShareOfAllWork: of two backends together, with those that are recorded as others in
// the whole, but not among the busiest.
func TestBusiestWorkspaceHasItsShareOfAllWork(t *testing.T) {
	p := newPrometheus(t, `load 5m
  job_workspace_status:tux_string_generations:rate10m{namespace="shop",job="web",workspace_id="hooli",status="success"} 40x3000
  job_workspace_status:tux_string_generations:rate10m{namespace="shop",job="web",workspace_id="hooli",status="error"} 5x3000
  job_workspace_status:tux_string_generations:rate10m{namespace="shop",job="api",workspace_id="hooli",status="success"} 10x3000
  job_workspace_status:tux_propagation_jobs:rate10m{namespace="shop",job="web",workspace_id="hooli",status="success"} 5x3000
  job_workspace_status:tux_string_generations:rate10m{namespace="shop",job="web",workspace_id="acme",status="success"} 10x3000
  job_workspace_status:tux_string_generations:rate10m{namespace="shop",job="web",workspace_id="other",status="success"} 30x3000
  job_workspace_status:tux_string_generations:rate10m{namespace="blog",job="web",workspace_id="hooli",status="success"} 900x3000
  job_workspace_status:tux_string_generations:rate10m{namespace="shop",job="neighbour",workspace_id="acme",status="success"} 900x3000
`)
	share, _ := busiest(t, production())
	if diff := cmp.Diff(map[string]float64{"hooli": 0.6, "acme": 0.1}, p.shares(t, share)); diff != "" {
		t.Error(diff)
	}
}

// TestBusiestWorkspacesAreComparedWithAWeekAgo: only those that are shown, with the whole of that time.
func TestBusiestWorkspacesAreComparedWithAWeekAgo(t *testing.T) {
	const week = "2016" // steps of 5 minutes
	p := newPrometheus(t, strings.ReplaceAll(`load 5m
  job_workspace_status:tux_string_generations:rate10m{namespace="shop",job="web",workspace_id="hooli",status="success"} 1xWEEK 90x100
  job_workspace_status:tux_string_generations:rate10m{namespace="shop",job="web",workspace_id="acme",status="success"} 9xWEEK 10x100
  job_workspace_status:tux_string_generations:rate10m{namespace="shop",job="web",workspace_id="gone",status="success"} 10xWEEK _x100
`, "WEEK", week))
	p.end = time.Unix(0, 0).Add((2016 + 50) * 5 * time.Minute)
	share, weekAgo := busiest(t, production())
	if diff := cmp.Diff(map[string]float64{"hooli": 0.9, "acme": 0.1}, p.shares(t, share)); diff != "" {
		t.Errorf("now: %s", diff)
	}
	if diff := cmp.Diff(map[string]float64{"hooli": 0.05, "acme": 0.45}, p.shares(t, weekAgo)); diff != "" {
		t.Errorf("a week ago: %s", diff)
	}
}

// TestNoWorkIsNoShare: 0/0 is not drawn.
func TestNoWorkIsNoShare(t *testing.T) {
	p := newPrometheus(t, `load 30s
  job_workspace_status:tux_string_generations:rate10m{namespace="shop",job="web",workspace_id="acme",status="success"} 0x400
`)
	share, _ := busiest(t, production())
	if got := p.ask(t, share); len(got) != 0 {
		t.Errorf("got %v", got)
	}
}

// TestAWorkspaceThatIsAloneIsNotCompared, since it takes nothing from others.
func TestAWorkspaceThatIsAloneIsNotCompared(t *testing.T) {
	alone := boards(t, environments["a single workspace"])["overview"].pictures()
	if slices.ContainsFunc(alone, func(p *panel) bool { return p.Title == "Busiest workspaces" }) {
		t.Error("the panel is there")
	}
}

// TestLegendsOfWorkspacesBeginWithTheBusiest, because only the first lines of a legend are seen.
func TestLegendsOfWorkspacesBeginWithTheBusiest(t *testing.T) {
	looked := 0
	for _, b := range boards(t, production()) {
		for _, p := range b.pictures() {
			if p.Title != "Strings by workspace" {
				continue
			}
			looked++
			if l := p.Options.Legend; l.SortBy != "Max" || !l.SortDesc || !slices.Contains(l.Calcs, "max") {
				t.Errorf("%s: the legend is %+v", b.Title, l)
			}
		}
	}
	if looked != 2 {
		t.Errorf("looked at %d panels", looked)
	}
}
