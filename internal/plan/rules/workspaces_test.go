package rules

import (
	"fmt"
	"math"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/tux-io/tux-monitoring-operator/internal/plan/env"
)

// topOf bounds what is recorded to n workspaces.
func topOf(n int) func(*env.Environment) {
	return func(e *env.Environment) { e.Workspaces.Top = n }
}

// tenants are n workspaces on two pods, the higher the number the busier, one that has the name of the others,
// and series without a workspace. Every tenth workspace fails.
func tenants(n int) func() world {
	return func() world {
		w := world{}
		for _, pod := range []string{"a", "b"} {
			w.addPod(pod)
			for i := range n {
				name, status := fmt.Sprintf("w-%03d", i), "success"
				if i%10 == 0 {
					status = "error"
				}
				w.generations(pod, name, status, float64(i)/100)
				w.jobs(pod, name, status, float64(i)/1000)
				w.jobTimes(pod, name, float64(i)/1000, float64(i%7))
			}
			w.generations(pod, "other", "success", 9)
			w.jobs(pod, "other", "success", 0.9)
			w.count(target(pod, "tux_propagation_jobs_total", `status="success"`), 0.7)
		}
		return w
	}
}

// TestWorkspacesAddUpToTheWhole: whoever sums the recorded workspaces gets what all did.
func TestWorkspacesAddUpToTheWhole(t *testing.T) {
	const end = 30 * time.Minute
	c := usual
	c.begins, c.ends, c.over = end, end, end
	e := production(topOf(5))
	loader, _ := playAndKeep(t, &c, groupsOf(t, e, "propagation", "business", "workspaces"), tenants(40), func(world, time.Duration) {})
	loader.WithSamplesTill(time.Unix(0, 0).UTC().Add(end), func(err error) {
		if err != nil {
			t.Fatal(err)
		}
	})
	for parts, whole := range map[string]string{
		`sum by (status) (job_workspace_status:tux_propagation_jobs:rate10m)`:   `job_status:tux_propagation_jobs:rate10m`,
		`sum by (status) (job_workspace_status:tux_string_generations:rate10m)`: `job_status:tux_string_generations:rate10m`,
		`sum(job_workspace:tux_propagation_duration_seconds_sum:rate30m)`:       `sum(tux_propagation_duration_seconds_sum - tux_propagation_duration_seconds_sum offset 30m) / 1800`,
		`sum(job_workspace:tux_propagation_duration_seconds_count:rate30m)`:     `sum(tux_propagation_duration_seconds_count - tux_propagation_duration_seconds_count offset 30m) / 1800`,
	} {
		for _, status := range []string{"success", "error"} {
			a, there := ask(t, loader, end, selectStatus(parts, status))
			b, also := ask(t, loader, end, selectStatus(whole, status))
			if !there || !also || b == 0 || math.Abs(a-b) > 1e-9*b {
				t.Errorf("%s is %v, %s is %v", selectStatus(parts, status), a, selectStatus(whole, status), b)
			}
		}
	}
	for query, want := range map[string]float64{
		`count(job_workspace:tux_workspace_events:top1h)`:                                               5,
		`count(job_workspace:tux_workspace_events:top1h{workspace_id=~"w-039|w-038|w-037|w-036|acme"})`: 5,
		`count(job_workspace_status:tux_propagation_jobs:rate10m)`:                                      5 + 2, // none of the top fails
		`count(job_workspace:tux_propagation_duration_seconds:mean30m)`:                                 6,
		`round(job_workspace:tux_propagation_duration_seconds:mean30m{workspace_id="w-039"}, 0.001)`:    39 % 7,
	} {
		if got, _ := ask(t, loader, end, query); got != want {
			t.Errorf("%s is %v, want %v", query, got, want)
		}
	}
}

// selectStatus asks for one status of what has one.
func selectStatus(query, status string) string {
	if !strings.Contains(query, "_status:") && !strings.HasPrefix(query, "job_status:") {
		return query
	}
	return strings.Replace(query, ":rate10m", fmt.Sprintf(":rate10m{status=%q}", status), 1)
}

// TestTheWorstWorkspacesAreNamed in one alert, though 9 of them fail.
func TestTheWorstWorkspacesAreNamed(t *testing.T) {
	fired := play(t, &usual, groupsOf(t, production(), "propagation"), healthyWorld, func(w world, elapsed time.Duration) {
		w.jobs("a", "acme", "success", 2)
		for i := range 9 {
			w.set(target("b", "tux_propagation_jobs_total", fmt.Sprintf(`workspace_id="w-%d",status="error"`, i)), float64(3+i))
		}
	})
	if len(fired) != 1 {
		t.Fatalf("%d alerts fire: %v", len(fired), alertNames(fired))
	}
	want := "In the last 30 minutes more than 50% of the propagation jobs failed for 9 of the workspaces of tux-backend in production, " +
		"while those of the others work. The worst: w-8 with 11 failed jobs, w-7 with 10 failed jobs, w-6 with 9 failed jobs, " +
		"w-5 with 8 failed jobs, w-4 with 7 failed jobs, see the log of their jobs for the cause. " +
		"It is mostly their data: a rule that cannot be applied, a dimension without values."
	if diff := cmp.Diff(want, fired[0].annotations["description"]); diff != "" {
		t.Errorf("description (-want +got):\n%s", diff)
	}
	checkLabels(t, fired[0])
}

// TestNeighboursDoNotSwapPlaces: two workspaces in turn do all the work of ten minutes, and neither leaves the
// top for that.
func TestNeighboursDoNotSwapPlaces(t *testing.T) {
	c := usual
	c.begins, c.ends, c.over = 0, 3*time.Hour, 3*time.Hour
	e := production(topOf(2))
	left := 0.0
	loader, _ := playAndKeep(t, &c, groupsOf(t, e, "workspaces"), func() world { return world{} }, func(w world, elapsed time.Duration) {
		w.set(target("a", "up", ""), 1)
		busy := map[bool]float64{true: 2}
		first := flipped(elapsed, 10*time.Minute)
		w.generations("a", "ann", "success", busy[first])
		w.generations("a", "bob", "success", busy[!first])
		w.generations("a", "cid", "success", 0.5)
	})
	for at := 70 * time.Minute; at < c.over; at += 10 * time.Minute {
		n, _ := ask(t, loader, at, `count(job_workspace:tux_workspace_events:top1h{workspace_id=~"ann|bob"})`)
		left += 2 - n
	}
	if left > 0 {
		t.Errorf("one of the two busiest is missing %v times", left)
	}
}

// TestTheFuseIsNeverMet: even with all statuses the fuse leaves room for, no rule returns more than it.
func TestTheFuseIsNeverMet(t *testing.T) {
	for _, top := range []int{1, 20, 200} {
		e := production(topOf(top))
		group := groupsOf(t, e, "workspaces")[0]
		if group.Limit == nil || *group.Limit != (top+1)*statusesKept || group.Interval == nil {
			t.Errorf("top %d has limit %v", top, group.Limit)
		}
		for _, r := range group.Rules {
			if r.Alert != "" {
				t.Errorf("%s would be cleared by the fuse", r.Alert)
			}
		}
	}
}
