package main

import (
	"fmt"
	"time"
)

// quiet is the least time between two lines about the same wait where nothing can be drawn again.
const quiet = 10 * time.Second

// status says how long a wait has taken and what it waits for: on a terminal one line that is drawn
// again and again, in a pipe a line when there is something new, now and then.
type status struct {
	printer *printer
	what    string
	began   time.Time
	// last is what was shown in a pipe, at shown.
	last  string
	shown time.Time
}

func (p *printer) status(what string) *status {
	now := time.Now()
	return &status{printer: p, what: what, began: now, shown: now}
}

func (s *status) elapsed() time.Duration { return time.Since(s.began) }

// show shows the state; "" is none.
func (s *status) show(state string) {
	if state != "" {
		state = ": " + state
	}
	if s.printer.redraws {
		s.printer.draw(fmt.Sprintf("%.0f s  %s%s", s.elapsed().Seconds(), s.what, state))
		return
	}
	if state == s.last || time.Since(s.shown) < quiet {
		return
	}
	s.last, s.shown = state, time.Now()
	s.printer.line("%.0f s  %s%s", s.elapsed().Seconds(), s.what, state)
}

// clear ends the wait; what it came to is for others to say.
func (s *status) clear() { s.printer.draw("") }
