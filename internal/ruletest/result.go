package ruletest

import (
	"context"
	"strings"
	"time"

	"golang.org/x/sync/errgroup"
)

// Result of one test.
type Result struct {
	// Suite is the resource, as namespace/name, or the file of the user's test.
	Suite string `json:"suite"`
	// Test is its name.
	Test string `json:"test"`
	// Alert, Backend, About and Situation of a generated test; see rules.Case.
	Alert     string `json:"alert,omitempty"`
	Backend   string `json:"backend,omitempty"`
	About     string `json:"about,omitempty"`
	Situation string `json:"situation,omitempty"`
	Passed    bool   `json:"passed"`
	// Message says what was expected and what came, empty for a test that passed.
	Message string `json:"message,omitempty"`
	// Evaluations of rule groups.
	Evaluations int `json:"evaluations"`
	// Duration is the only part that is not the same each time.
	Duration time.Duration `json:"-"`
}

// Run runs the jobs, several at a time, and returns their results in the same order. now is the clock. When
// ctx ends the tests that are left fail.
func Run(ctx context.Context, jobs []Job, workers int, now func() time.Time) []Result {
	out := make([]Result, len(jobs))
	var g errgroup.Group
	g.SetLimit(max(workers, 1))
	for i := range jobs {
		g.Go(func() error {
			begin := now()
			out[i] = jobs[i].run(ctx)
			out[i].Duration = now().Sub(begin)
			return nil
		})
	}
	_ = g.Wait()
	return out
}

func (j *Job) run(ctx context.Context) Result {
	outcome := j.suite.Run(ctx, j.test)
	r := j.Result
	r.Evaluations, r.Passed = outcome.Evaluations, len(outcome.Failures) == 0
	r.Message = strings.Join(outcome.Failures, "\n")
	return r
}
