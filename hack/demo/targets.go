package main

import (
	"fmt"
	"maps"
	"slices"

	"github.com/tux-io/tux-monitoring-operator/hack/e2e/live"
)

// questions are asked of every pod; the reference backend has these components.
var questions = []string{"live", "ready", "full", "cache", "database", "string_propagation", "workspace_isolation"}

// job is what Prometheus does under one name.
type job struct {
	name string
	// pods that are told apart; 0 for the way users take.
	pods, up, targets int
	// down is the error of a target that is down.
	down string
	// answers to the question of the job: 1 is healthy. None for a job that is no question.
	answers []float64
}

// byJob sums up targets, sorted by job.
func byJob(targets []live.Target, answers map[string][]float64) []job {
	jobs := map[string]*job{}
	pods := map[string]map[string]bool{}
	for _, t := range targets {
		j := jobs[t.Job]
		if j == nil {
			j = &job{name: t.Job, answers: answers[t.Job]}
			jobs[t.Job], pods[t.Job] = j, map[string]bool{}
		}
		j.targets++
		if t.Up {
			j.up++
		} else {
			j.down = t.LastError
		}
		if t.Pod != "" {
			pods[t.Job][t.Pod] = true
		}
	}
	var all []job
	for _, name := range slices.Sorted(maps.Keys(jobs)) {
		jobs[name].pods = len(pods[name])
		all = append(all, *jobs[name])
	}
	return all
}

// jobsMissing returns what it takes until every pod is scraped and every question of every pod and of
// the way of users is answered well.
func jobsMissing(jobs []job, pods int) string {
	wanted := map[string]int{backendName: pods, backendName + "-entry": 0}
	for _, question := range questions {
		wanted[backendName+"-"+question] = pods
	}
	up, targets, problem := 0, 0, ""
	for i := range jobs {
		j := &jobs[i]
		up, targets = up+j.up, targets+j.targets
		if want, ok := wanted[j.name]; ok && j.pods == want {
			delete(wanted, j.name)
		}
		if problem == "" && !j.isFine() {
			problem = fmt.Sprintf(", %s is not: %s", j.name, j.problem())
		}
	}
	if len(wanted) > 0 {
		return fmt.Sprintf("%d targets, none or too few of %s", targets, slices.Min(slices.Collect(maps.Keys(wanted))))
	}
	if problem == "" {
		return ""
	}
	return fmt.Sprintf("%d of %d targets are up%s", up, targets, problem)
}

func (j *job) isFine() bool {
	asked := j.name != backendName
	return j.up == j.targets && j.healthy() == len(j.answers) && (!asked || len(j.answers) == j.targets)
}

func (j *job) problem() string {
	switch {
	case j.up < j.targets && j.down != "":
		return shorten(j.down, 60)
	case j.up < j.targets:
		return "not scraped yet"
	default:
		return fmt.Sprintf("%d of %d answers are good", j.healthy(), j.targets)
	}
}

func (j *job) healthy() int {
	healthy := 0
	for _, answer := range j.answers {
		if answer == 1 {
			healthy++
		}
	}
	return healthy
}

// jobRows are the table of jobs.
func jobRows(jobs []job) [][]string {
	rows := [][]string{{"JOB", "PODS", "UP", "HEALTHY"}}
	for i := range jobs {
		j := &jobs[i]
		pods, healthy := fmt.Sprint(j.pods), ""
		if j.pods == 0 {
			pods = "-"
		}
		if len(j.answers) > 0 {
			healthy = fmt.Sprintf("%d/%d", j.healthy(), len(j.answers))
		}
		rows = append(rows, []string{j.name, pods, fmt.Sprintf("%d/%d", j.up, j.targets), healthy})
	}
	return rows
}
