package main

import (
	"math"
	"time"
)

// state is what is wrong at the end of the day.
type state string

// The states the documentation shows.
const (
	healthy        state = "healthy"
	databaseDown   state = "database-down"
	slowResponses  state = "slow-responses"
	noisyWorkspace state = "noisy-workspace"
)

// states in the order of the documentation.
var states = []state{healthy, databaseDown, slowResponses, noisyWorkspace}

// begins is how long before now the fault of a state began.
var begins = map[state]time.Duration{
	databaseDown:   24 * time.Minute,
	slowResponses:  70 * time.Minute,
	noisyWorkspace: 80 * time.Minute,
}

// now is the end of all pictures: a Wednesday afternoon.
var now = time.Date(2026, 11, 18, 14, 0, 0, 0, time.UTC)

// moment is one scrape.
type moment struct {
	at time.Time
	// load is the traffic as a share of that of the busiest hour.
	load float64
	// evening is 1 while the incident of yesterday evening lasts: some requests failed for 12 minutes.
	evening float64
	// database, slow and noisy are how far each fault has developed: 0 not at all, 1 fully.
	database, slow, noisy float64
	// since is the time since the last deployment.
	since time.Duration
}

// incident is yesterday evening.
var incident = now.Add(-17*time.Hour - 20*time.Minute)

func momentOf(s state, at time.Time) moment {
	m := moment{at: at, load: loadAt(at)}
	if since := at.Sub(incident); since >= 0 && since < 12*time.Minute {
		m.evening = 1
	}
	if begin, faulty := begins[s]; faulty {
		grown := func(length time.Duration) float64 {
			return math.Min(math.Max(float64(at.Sub(now.Add(-begin)))/float64(length), 0), 1)
		}
		switch s {
		case databaseDown:
			m.database = math.Ceil(grown(time.Minute))
		case slowResponses:
			m.slow = grown(8 * time.Minute)
		case noisyWorkspace:
			m.noisy = grown(10 * time.Minute)
		}
	}
	deployed := now.Add(-26 * time.Hour)
	if s == slowResponses && at.After(now.Add(-begins[s]-2*time.Minute)) {
		deployed = now.Add(-begins[s] - 2*time.Minute)
	}
	m.since = at.Sub(deployed)
	return m
}

// loadAt is a day of an application people work with: busiest in the early afternoon, quiet at night.
func loadAt(at time.Time) float64 {
	hour := float64(at.Hour()) + float64(at.Minute())/60
	fromBusiest := (hour - 13.5) / 4.6
	day := math.Exp(-fromBusiest * fromBusiest)
	return 0.12 + 0.88*day
}

// wobble is noise around 1: the same for the same moment and seed, and similar in neighbouring moments.
func (m *moment) wobble(seed int, strength float64) float64 {
	t, s := float64(m.at.Unix()), float64(seed)
	slow := math.Sin(t/1700+s*1.7) + math.Sin(t/610+s*2.9)
	fast := math.Sin(t/97+s*5.1) + grain(m.at.Unix()/30, seed)
	return 1 + strength*(0.25*slow+0.25*fast)
}

// grain is between -1 and 1 and looks random.
func grain(t int64, seed int) float64 {
	x := math.Sin(float64(t)*12.9898+float64(seed)*78.233) * 43758.5453
	return 2*(x-math.Floor(x)) - 1
}

// within is the share of a log-normal distribution below a bound.
func within(bound, median, sigma float64) float64 {
	if math.IsInf(bound, 1) {
		return 1
	}
	share := 0.5 * math.Erfc(-(math.Log(bound)-math.Log(median))/(sigma*math.Sqrt2))
	// Nobody serves a tenth of a request: what is rarer than one in a thousand does not happen.
	if share < 0.001 {
		return 0
	}
	return math.Min(share/0.998, 1)
}
