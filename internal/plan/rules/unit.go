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
	// unitLatency is seconds of the latency histogram: a bucket bound.
	unitLatency unit = "seconds"
	// unitMemory is MiB.
	unitMemory unit = "MiB"
	// unitRequests is a number of requests.
	unitRequests unit = "requests"
	// unitChanges is how often an answer turned from good to bad or back.
	unitChanges unit = "changes"
	// unitRestarts is how often a process or a container began anew.
	unitRestarts unit = "restarts"
	// unitProbeTime is seconds a probe takes; any number, since it is no histogram.
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
	unitRatio:     {checkRatio, percent},
	unitLatency:   {checkLatency, func(n float64) string { return decimal(n) + "s" }},
	unitMemory:    {checkPositive, inUnits(unitMemory)},
	unitRequests:  {checkPositive, inUnits(unitRequests)},
	unitChanges:   {checkChanges, inUnits(unitChanges)},
	unitRestarts:  {checkPositive, inUnits(unitRestarts)},
	unitProbeTime: {checkPositive, func(n float64) string { return decimal(n) + "s" }},
	unitDays:      {checkPositive, inUnits(unitDays)},
}

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
	usable := promql.LatencyBuckets[:len(promql.LatencyBuckets)-1]
	i, found := slices.BinarySearch(usable, number)
	switch {
	case found:
		return nil
	case i == 0:
		return fmt.Errorf("%q is no bucket of the latency histogram; the nearest is %q", text, decimal(usable[0]))
	case i == len(usable):
		return fmt.Errorf("%q can never be exceeded: the largest usable bucket of the latency histogram is %q", text, decimal(usable[i-1]))
	default:
		return fmt.Errorf("%q is no bucket of the latency histogram; the nearest are %q and %q", text, decimal(usable[i-1]), decimal(usable[i]))
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
