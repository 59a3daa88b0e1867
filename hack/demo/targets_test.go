package main

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/tux-io/tux-monitoring-operator/hack/e2e/live"
)

// allTargets are those of a backend with the pods, all up, with the answers to them.
func allTargets(pods ...string) ([]live.Target, map[string][]float64) {
	targets := []live.Target{{Job: backendName + "-entry", Up: true}}
	answers := map[string][]float64{backendName + "-entry": {1}}
	for _, pod := range pods {
		targets = append(targets, live.Target{Job: backendName, Pod: pod, Up: true})
		for _, question := range questions {
			name := backendName + "-" + question
			targets = append(targets, live.Target{Job: name, Pod: pod, Up: true})
			answers[name] = append(answers[name], 1)
		}
	}
	return targets, answers
}

func TestJobsMissing(t *testing.T) {
	tests := map[string]struct {
		change func(targets []live.Target, answers map[string][]float64) []live.Target
		pods   int
		want   string
	}{
		"everything is up and healthy": {pods: 2},
		"a pod that nobody scrapes": {
			pods: 3, want: "17 targets, none or too few of tux-backend",
		},
		"no target at all": {
			change: func([]live.Target, map[string][]float64) []live.Target { return nil },
			pods:   2, want: "0 targets, none or too few of tux-backend",
		},
		"a target that was not scraped yet": {
			change: func(targets []live.Target, _ map[string][]float64) []live.Target {
				targets[1].Up = false
				return targets
			},
			pods: 2, want: "16 of 17 targets are up, tux-backend is not: not scraped yet",
		},
		"a target that refuses": {
			change: func(targets []live.Target, _ map[string][]float64) []live.Target {
				targets[0].Up, targets[0].LastError = false, "connection refused"
				return targets
			},
			pods: 2, want: "16 of 17 targets are up, tux-backend-entry is not: connection refused",
		},
		"a question that is answered badly": {
			change: func(targets []live.Target, answers map[string][]float64) []live.Target {
				answers[backendName+"-ready"][0] = 0
				return targets
			},
			pods: 2, want: "17 of 17 targets are up, tux-backend-ready is not: 1 of 2 answers are good",
		},
		"a question of which nothing is recorded": {
			change: func(targets []live.Target, answers map[string][]float64) []live.Target {
				delete(answers, backendName+"-live")
				return targets
			},
			pods: 2, want: "17 of 17 targets are up, tux-backend-live is not: 0 of 2 answers are good",
		},
	}
	for name, tc := range tests {
		t.Run(name, func(t *testing.T) {
			targets, answers := allTargets("a", "b")
			if tc.change != nil {
				targets = tc.change(targets, answers)
			}
			if got := jobsMissing(byJob(targets, answers), tc.pods); got != tc.want {
				t.Errorf("got %q, want %q", got, tc.want)
			}
		})
	}
}

func TestJobRows(t *testing.T) {
	targets, answers := allTargets("a", "b")
	answers[backendName+"-ready"][1] = 0
	want := `JOB                               PODS   UP    HEALTHY
tux-backend                       2      2/2
tux-backend-cache                 2      2/2   2/2
tux-backend-database              2      2/2   2/2
tux-backend-entry                 -      1/1   1/1
tux-backend-full                  2      2/2   2/2
tux-backend-live                  2      2/2   2/2
tux-backend-ready                 2      2/2   1/2
tux-backend-string_propagation    2      2/2   2/2
tux-backend-workspace_isolation   2      2/2   2/2`
	if diff := cmp.Diff(strings.Split(want, "\n"), strings.Split(table(jobRows(byJob(targets, answers))), "\n")); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
}

func TestRulesMissing(t *testing.T) {
	good := live.Rule{Name: "job:x:rate5m", Health: "ok"}
	tests := map[string]struct {
		loaded []live.Rule
		wanted int
		want   string
	}{
		"all are loaded and healthy":     {loaded: []live.Rule{good, good}, wanted: 2},
		"one is not loaded":              {loaded: []live.Rule{good}, wanted: 2, want: "1 of 2 rules are loaded"},
		"nobody has written rules":       {want: "0 of 0 rules are loaded"},
		"one was not evaluated":          {loaded: []live.Rule{good, {Name: "b", Health: "unknown"}}, wanted: 2, want: `rule "b" is unknown`},
		"one has an error that is shown": {loaded: []live.Rule{{Name: "b", Health: "err", LastError: "parse"}}, wanted: 1, want: `rule "b" is err: parse`},
	}
	for name, tc := range tests {
		t.Run(name, func(t *testing.T) {
			if got := rulesMissing(tc.loaded, tc.wanted); got != tc.want {
				t.Errorf("got %q, want %q", got, tc.want)
			}
		})
	}
}
