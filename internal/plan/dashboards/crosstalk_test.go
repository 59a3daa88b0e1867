package dashboards

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/tux-io/tux-monitoring-operator/internal/plan/env"
)

// inTrouble makes what was exported well into the opposite, and sizes and times into others: who sees any of it
// gets another number.
var inTrouble = strings.NewReplacer(" 1+0x", " 0+0x", " 200+0x", " 503+0x", " 0.01+0x", " 7+0x", " 0.02+0x", " 7+0x",
	" 80000000+0x", " 90000000+0x", " 530+0x", " 99999+0x", " 600+0x", " 60+0x")

// seeing is a Prometheus that scrapes e and, if it is not nil, neighbours in trouble.
func seeing(t *testing.T, e, neighbours *env.Environment) *prometheus {
	t.Helper()
	var load, trouble strings.Builder
	load.WriteString("load 30s\n")
	for i := range e.Backends {
		exported(t, &load, e, &e.Backends[i])
	}
	for _, series := range beside(e) {
		fmt.Fprintf(&load, "  %sx%d\n", series, scrapes)
	}
	if neighbours != nil {
		for i := range neighbours.Backends {
			exported(t, &trouble, neighbours, &neighbours.Backends[i])
			of := fmt.Sprintf("{namespace=%q,environment=%q,backend=%q,severity=\"critical\",alertname=\"TuxNotLive\"",
				neighbours.Namespace, neighbours.Title, neighbours.Backends[i].Deployment)
			fmt.Fprintf(&load, "  ALERTS%s,alertstate=\"firing\"} 1x%d\n  ALERTS_FOR_STATE%s} 6000x%d\n", of, scrapes, of, scrapes)
		}
		load.WriteString(inTrouble.Replace(trouble.String()))
	}
	p := newPrometheus(t, load.String())
	p.record(t, e)
	if neighbours != nil {
		p.record(t, neighbours)
	}
	return p
}

// answers are those of all queries of e, as text.
func (p *prometheus) answers(t *testing.T, e *env.Environment) map[string][]string {
	t.Helper()
	out := map[string][]string{}
	for i, q := range Queries(e) {
		var answer []string
		for _, sample := range p.ask(t, q.Expr) {
			text := fmt.Sprintf("%s %.6g", sample.Metric, sample.F)
			if q.Panel == "Largest metrics" {
				text = fmt.Sprint(sample.F) // of those that are equal, Prometheus keeps any
			}
			answer = append(answer, text)
		}
		slices.Sort(answer)
		out[fmt.Sprintf("%s: %s: %s: %d", q.Dashboard, q.Panel, q.Legend, i)] = answer
	}
	return out
}

// TestNothingOfANeighbourIsSeen: the same Prometheus scrapes two environments with Deployments, views, workspaces
// and pods of the same names, or two backends of which one is chosen. Every query must say what it says where
// there is no neighbour.
func TestNothingOfANeighbourIsSeen(t *testing.T) {
	one, two := production(), production(func(e *env.Environment) { e.Backends = append(e.Backends, backend("api")) })
	several := environments["several processes"]
	elsewhere := func(e *env.Environment) { e.Namespace = "elsewhere" }
	only := func(deployment string) *env.Environment {
		return production(func(e *env.Environment) { e.Backends = []env.Backend{backend(deployment)} })
	}
	for name, tc := range map[string]struct {
		asked, here, neighbours *env.Environment
		chosen                  string
	}{
		"another environment": {one, one, production(elsewhere), "(web)"},
		"another environment of several processes": {several, several, production(elsewhere, func(e *env.Environment) {
			e.Backends[0].Multiprocess = true
		}), "(web)"},
		"another backend": {two, only("web"), only("api"), "(web)"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			alone, together := seeing(t, tc.here, nil), seeing(t, tc.here, tc.neighbours)
			alone.says, together.says = choosing(tc.chosen), choosing(tc.chosen)
			want := alone.answers(t, tc.asked)
			empty := 0
			for _, answer := range want {
				if len(answer) == 0 {
					empty++
				}
			}
			// Those of a week ago.
			if empty > 2 {
				t.Errorf("%d of %d queries have no data: the case proves little", empty, len(want))
			}
			if diff := cmp.Diff(want, together.answers(t, tc.asked)); diff != "" {
				t.Error(diff)
			}
		})
	}
}

// TestEverythingChosenIsSeen is the other half: with both backends chosen the answers differ from those of one.
func TestEverythingChosenIsSeen(t *testing.T) {
	two := production(func(e *env.Environment) { e.Backends = append(e.Backends, backend("api")) })
	p := seeing(t, two, nil)
	both := p.answers(t, two)
	p.says = choosing("(web)")
	same := 0
	for name, answer := range p.answers(t, two) {
		if cmp.Equal(answer, both[name]) {
			same++
			t.Logf("says the same for one and for both: %s", name)
		}
	}
	if same*2 > len(both) {
		t.Errorf("%d of %d queries do not depend on the backends that are chosen", same, len(both))
	}
}
