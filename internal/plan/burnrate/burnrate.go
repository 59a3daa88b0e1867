package burnrate

import (
	"fmt"
	"math"
	"strconv"
	"time"
)

const day = 24 * time.Hour

// Pair is two windows that must both burn faster than Factor.
type Pair struct {
	// Share of the budget that is gone when the long window alone reaches Factor.
	Share float64
	// Long and Short are the windows, Wait is how long both must burn before the alert fires.
	Long, Short, Wait time.Duration
	// Page says that somebody is woken up; otherwise it is a ticket.
	Page bool
	// Factor is the burn rate: how many times faster than the budget allows.
	Factor float64
}

// workbook is the table of the SRE workbook without its factors, which depend on the window of the
// objective. The waits are ours: with few requests a short window crosses its limit for a moment.
var workbook = []Pair{
	{Share: 0.02, Long: time.Hour, Short: 5 * time.Minute, Wait: 2 * time.Minute, Page: true},
	{Share: 0.05, Long: 6 * time.Hour, Short: 30 * time.Minute, Wait: 15 * time.Minute, Page: true},
	{Share: 0.10, Long: day, Short: 2 * time.Hour, Wait: time.Hour},
	{Share: 0.10, Long: 3 * day, Short: 6 * time.Hour, Wait: 3 * time.Hour},
}

// Pairs returns the pairs of an objective over window, fastest first. The factor is
//
//	share of budget * window / long window
//
// which gives the 14.4, 6, 3 and 1 of the workbook for 30d, and 13.44, 5.6 and 2.8 for 28d. It is never
// below 1: a slower burn leaves budget over, and a ticket about it would be about nothing.
func Pairs(window time.Duration) []Pair {
	pairs := make([]Pair, 0, len(workbook))
	for _, p := range workbook {
		p.Factor = max(1, round(p.Share*float64(window)/float64(p.Long)))
		pairs = append(pairs, p)
	}
	return pairs
}

// Check returns why the burn of p can never be seen with allowed, the share of bad events (0.005 for a
// target of 99.5 percent); nil if it can. The share of bad events is never above 1.
func (p Pair) Check(allowed float64) error {
	if p.Factor*allowed < 1 {
		return nil
	}
	return fmt.Errorf("a burn of %s times the %s%% that are allowed would be %s%% of all events, which can never be exceeded",
		Decimal(p.Factor), Decimal(round(allowed*100)), Decimal(round(p.Factor*allowed*100)))
}

// LowestTarget is the target in percent below which p can never fire, rounded up.
func (p Pair) LowestTarget() float64 { return math.Ceil((1-1/p.Factor)*100*100+0.001) / 100 }

// MinEvents is how many events the long window must hold for p to be believed: at least least, and so
// many that it takes more than two bad ones to burn at Factor. One failed request of three at night is
// a third of them and means nothing.
func (p Pair) MinEvents(allowed float64, least int) int {
	const few = 2
	return max(least, int(math.Ceil(few/(p.Factor*allowed)-1e-9)))
}

// Allowed is the share of bad events that a target in percent leaves: 0.005 for "99.5". The text was
// checked by the API; one that is no number allows nothing.
func Allowed(target string) float64 {
	percent, err := strconv.ParseFloat(target, 64)
	if err != nil {
		return 0
	}
	return round(1 - percent/100)
}

// round takes away what binary fractions add: 1 - 0.995 is not 0.005.
func round(x float64) float64 { return math.Round(x*1e8) / 1e8 }

// Decimal writes a number as PromQL reads it and without an exponent.
func Decimal(x float64) string { return strconv.FormatFloat(x, 'f', -1, 64) }
