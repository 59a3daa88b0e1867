package rules

import (
	"fmt"
	"slices"
	"strconv"

	"github.com/tux-io/tux-monitoring-operator/internal/promql"
)

// unit is what a threshold counts. It decides which numbers make sense and how they are written.
type unit string

const (
	// unitRatio is a share: above 0 and below 1.
	unitRatio unit = "ratio"
	// unitLeast is a share that must not be fallen short of: above 0 and below 1.
	unitLeast unit = "ratio at least"
	// unitLatency is seconds of the latency histogram: a bucket bound.
	unitLatency unit = "seconds"
	// unitStatement is seconds of the histogram of database statements: a bound it has in every version.
	unitStatement unit = "seconds of a statement"
	// unitJobTime is seconds of the histogram of propagation jobs: a bucket bound.
	unitJobTime unit = "seconds per job"
	// unitJobs is a number of propagation jobs.
	unitJobs unit = "jobs"
	// unitMemory is MiB.
	unitMemory unit = "MiB"
	// unitRequests is a number of requests.
	unitRequests unit = "requests"
	// unitChanges is how often an answer turned from good to bad or back.
	unitChanges unit = "changes"
	// unitRestarts is how often a process or a container began anew.
	unitRestarts unit = "restarts"
	// unitCorrections is how often the operator put an object right that somebody else had changed.
	unitCorrections unit = "corrections"
	// unitProbeTime is seconds of a probe or a queue; any number, since it is no histogram of a backend.
	unitProbeTime unit = "s"
	// unitDays is days.
	unitDays unit = "days"
)

// kind of number a unit takes: which are refused, and how one is written for people.
type kind struct {
	check  func(text string, number float64) error
	format func(number float64) string
}

var units = map[unit]kind{
	unitRatio:       {checkRatio, percent},
	unitLeast:       {checkLeast, percent},
	unitLatency:     {checkLatency, func(n float64) string { return decimal(n) + "s" }},
	unitStatement:   {checkStatement, func(n float64) string { return decimal(n) + "s" }},
	unitJobTime:     {checkJobTime, func(n float64) string { return decimal(n) + "s" }},
	unitJobs:        {checkPositive, inUnits(unitJobs)},
	unitMemory:      {checkPositive, inUnits(unitMemory)},
	unitRequests:    {checkPositive, inUnits(unitRequests)},
	unitChanges:     {checkChanges, inUnits(unitChanges)},
	unitRestarts:    {checkPositive, inUnits(unitRestarts)},
	unitCorrections: {checkPositive, inUnits(unitCorrections)},
	unitProbeTime:   {checkPositive, func(n float64) string { return decimal(n) + "s" }},
	unitDays:        {checkPositive, inUnits(unitDays)},
}

// statementBuckets are the bounds in seconds that the histogram of statements has in every version of
// django-prometheus: up to 2.2 those of the client, 0.005 to 10, from 2.3 on PROMETHEUS_LATENCY_BUCKETS.
var statementBuckets = promql.LatencyBuckets[:slices.Index(promql.LatencyBuckets, 10)+1]

func percent(number float64) string { return strconv.FormatFloat(number*100, 'g', 6, 64) + "%" }

func inUnits(u unit) func(float64) string {
	return func(number float64) string { return decimal(number) + " " + string(u) }
}

// check returns why text cannot be a threshold of this unit.
func (u unit) check(text string) error {
	number, err := strconv.ParseFloat(text, 64)
	if err != nil {
		return fmt.Errorf("%q is no decimal number", text)
	}
	known, ok := units[u]
	if !ok {
		return fmt.Errorf("unknown unit %q", u)
	}
	return known.check(text, number)
}

func checkPositive(text string, number float64) error {
	if number <= 0 {
		return fmt.Errorf("%q is not above 0, the alert would always fire", text)
	}
	return nil
}

func checkRatio(text string, number float64) error {
	if number >= 1 {
		return fmt.Errorf("%q is a ratio and must be below 1, which is 100%%: the alert could never fire", text)
	}
	return checkPositive(text, number)
}

// checkLeast is checkRatio for an alert that fires below its threshold.
func checkLeast(text string, number float64) error {
	switch {
	case number <= 0:
		return fmt.Errorf("%q is not above 0, the alert could never fire", text)
	case number >= 1:
		return fmt.Errorf("%q is a ratio and must be below 1, which is 100%%: the alert would always fire", text)
	}
	return nil
}

// checkChanges refuses what one outage exceeds: it goes down and comes up again.
func checkChanges(text string, number float64) error {
	if number < 2 {
		return fmt.Errorf("%q is below 2: every single outage would fire the alert, it is two changes", text)
	}
	return nil
}

// checkLatency accepts bucket bounds only: between two of them histogram_quantile interpolates, and
// the alert would compare with a guess. The largest bound is out too, because a quantile above it is
// given as that bound and never exceeds it.
func checkLatency(text string, number float64) error {
	return checkBucket("latency histogram", promql.LatencyBuckets, text, number)
}

// checkStatement does the same for statements.
func checkStatement(text string, number float64) error {
	return checkBucket("histogram of statements", statementBuckets, text, number)
}

// checkJobTime does the same for propagation jobs.
func checkJobTime(text string, number float64) error {
	return checkBucket("histogram of propagation jobs", promql.JobBuckets, text, number)
}

func checkBucket(histogram string, buckets []float64, text string, number float64) error {
	usable := buckets[:len(buckets)-1]
	i, found := slices.BinarySearch(usable, number)
	switch {
	case found:
		return nil
	case i == 0:
		return fmt.Errorf("%q is no bucket of the %s; the nearest is %q", text, histogram, decimal(usable[0]))
	case i == len(usable):
		return fmt.Errorf("%q can never be exceeded: the largest usable bucket of the %s is %q", text, histogram, decimal(usable[i-1]))
	default:
		return fmt.Errorf("%q is no bucket of the %s; the nearest are %q and %q", text, histogram, decimal(usable[i-1]), decimal(usable[i]))
	}
}

// format writes a checked threshold for people.
func (u unit) format(text string) string {
	number, err := strconv.ParseFloat(text, 64)
	if err != nil {
		return text
	}
	return units[u].format(number)
}

func decimal(number float64) string { return strconv.FormatFloat(number, 'f', -1, 64) }
