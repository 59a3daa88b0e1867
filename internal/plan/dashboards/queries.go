package dashboards

import (
	"cmp"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/tux-io/tux-monitoring-operator/internal/plan/env"
)

const (
	// perStep is the window of a rate that Grafana fits to the zoom.
	perStep = "[$__rate_interval]"
	// wholeRange is the time range of the dashboard, the same for every step.
	wholeRange = "[$__range] @ end()"

	// topSeries is how many lines a picture bears.
	topSeries = 10

	// jobStep is the step of panels about propagation jobs. Jobs are rare: over the usual minute most
	// rates are 0 or nothing. Grafana makes $__rate_interval four times that, 20 minutes.
	jobStep = "5m"
)

// target selects the series the chosen backends export, and more conditions.
func target(e *env.Environment, more ...string) string {
	return strings.Join(append([]string{equal("namespace", e.Namespace), `job=~"$backend"`}, more...), ",")
}

func equal(label, value string) string { return label + "=" + strconv.Quote(value) }

// users is the rate of a metric of requests without the views that are no user traffic. Those are a
// setting of each backend, so backends that differ in it are selected apart.
func users(e *env.Environment, metric, window string) string {
	var rates []string
	groups := byExcludedViews(e)
	for _, g := range groups {
		conditions := []string{"view!~" + strconv.Quote(g.views)}
		if len(groups) > 1 {
			conditions = append(conditions, "job=~"+strconv.Quote(strings.Join(g.jobs, "|")))
		}
		rates = append(rates, fmt.Sprintf("rate(%s{%s}%s)", metric, target(e, conditions...), window))
	}
	if len(rates) == 0 {
		return fmt.Sprintf("rate(%s{%s}%s)", metric, target(e), window)
	}
	return strings.Join(rates, " or ")
}

type viewGroup struct {
	views string
	jobs  []string
}

func byExcludedViews(e *env.Environment) []viewGroup {
	var groups []viewGroup
	for i := range e.Backends {
		b := &e.Backends[i]
		at, found := slices.BinarySearchFunc(groups, b.Metrics.ExcludedViews, func(g viewGroup, views string) int {
			return cmp.Compare(g.views, views)
		})
		if !found {
			groups = slices.Insert(groups, at, viewGroup{views: b.Metrics.ExcludedViews})
		}
		groups[at].jobs = append(groups[at].jobs, b.Deployment)
	}
	return groups
}

// top sums by a label and keeps the series that are largest over the whole time range. topk alone
// picks anew at every step and draws far more lines than it says.
func top(label string, rate func(window string) string) string {
	return fmt.Sprintf("sum by (%[1]s) (%[2]s)\nand on (%[1]s) topk(%[3]d, sum by (%[1]s) (%[4]s))",
		label, rate(perStep), topSeries, rate(wholeRange))
}

// share of part in whole, two sums by the same labels. A part that never happened has no series and
// is 0; a whole that is 0 gives nothing and not NaN.
func share(part, whole string) string {
	return fmt.Sprintf("(%[1]s or 0 * %[2]s)\n/ (%[2]s > 0)", part, whole)
}

// scrapeStep is the longest scrape interval of the backends. Without it Grafana believes the setting
// of the data source, 15s by default, and its windows hold too few scrapes for a rate.
func scrapeStep(e *env.Environment) string {
	longest := ""
	for i := range e.Backends {
		if interval := e.Backends[i].Metrics.Interval; env.Duration(interval) > env.Duration(longest) {
			longest = interval
		}
	}
	return longest
}

// probeJobs matches the jobs of the questions asked of each pod of the chosen backends.
func probeJobs(e *env.Environment) string {
	var questions []string
	for i := range e.Backends {
		for _, q := range e.Backends[i].Questions() {
			if !slices.Contains(questions, q) {
				questions = append(questions, q)
			}
		}
	}
	return `job=~"($backend)-(` + strings.Join(questions, "|") + `)"`
}
