package rules

import (
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/prometheus/common/model"
)

// Behaviour is what a series does from some moment on: phases, one after the other.
//
//	1                          a gauge that stays at 1
//	4/s                        a counter that grows by 4 a second; a new one begins at 1
//	1000 + 4/s                 the same, a new one begins at 1000
//	gone                       the series ends
//	healthy                    what it does when all is well
//	0 for 1m, healthy          for a minute 0, then what it does when all is well
//	0 for 1m, 1 for 2m, repeat again and again
type Behaviour struct {
	Phases []Phase
	// Repeat begins with the first phase again after the last. Otherwise the last one stays.
	Repeat bool
}

// Phase is a part of a behaviour.
type Phase struct {
	Kind Kind
	// Value of a gauge, and the first one of a counter.
	Value float64
	// Rate of a counter, a second.
	Rate float64
	// For is how long the phase lasts; 0: until the end.
	For time.Duration
}

// Kind of a phase.
type Kind int

// The kinds of phases.
const (
	Gauge Kind = iota
	Counter
	Gone
	Healthy
)

// At returns the phase elapsed after the behaviour began.
func (b Behaviour) At(elapsed time.Duration) Phase {
	if b.Repeat {
		elapsed %= b.length()
	}
	for _, p := range b.Phases {
		if p.For == 0 || elapsed < p.For {
			return p
		}
		elapsed -= p.For
	}
	return Phase{Kind: Healthy}
}

// length of all phases once.
func (b Behaviour) length() time.Duration {
	var sum time.Duration
	for _, p := range b.Phases {
		sum += p.For
	}
	return sum
}

func parseBehaviour(text string) (Behaviour, error) {
	var b Behaviour
	for part := range strings.SplitSeq(text, ",") {
		part = strings.TrimSpace(part)
		if b.Repeat || (len(b.Phases) > 0 && b.Phases[len(b.Phases)-1].For == 0) {
			return b, fmt.Errorf("%q: %q is never reached", text, part)
		}
		if part == "repeat" {
			b.Repeat = true
			continue
		}
		p, err := parsePhase(part)
		if err != nil {
			return b, fmt.Errorf("%q: %w", text, err)
		}
		b.Phases = append(b.Phases, p)
	}
	if b.Repeat && b.length() == 0 {
		return b, fmt.Errorf("%q: nothing can be repeated", text)
	}
	return b, nil
}

func parsePhase(text string) (Phase, error) {
	what, span, limited := strings.Cut(text, " for ")
	p, err := parseKind(strings.TrimSpace(what))
	if err != nil || !limited {
		return p, err
	}
	d, err := model.ParseDuration(strings.TrimSpace(span))
	if err != nil || d == 0 {
		return p, fmt.Errorf("%q is no duration", span)
	}
	p.For = time.Duration(d)
	return p, nil
}

func parseKind(text string) (Phase, error) {
	switch text {
	case "gone":
		return Phase{Kind: Gone}, nil
	case "healthy":
		return Phase{Kind: Healthy}, nil
	}
	rate, counter := strings.CutSuffix(text, "/s")
	if !counter {
		value, err := parseNumber(text)
		return Phase{Kind: Gauge, Value: value}, err
	}
	first, rest, has := strings.Cut(rate, "+")
	if !has {
		first, rest = "1", rate
	}
	p := Phase{Kind: Counter}
	var wrong error
	p.Value, wrong = parseNumber(first)
	var err error
	p.Rate, err = parseNumber(rest)
	if p.Rate < 0 {
		err = errors.Join(err, fmt.Errorf("%q: a counter never falls", text))
	}
	return p, errors.Join(wrong, err)
}

func parseNumber(text string) (float64, error) {
	value, err := strconv.ParseFloat(strings.TrimSpace(text), 64)
	if err != nil {
		return 0, fmt.Errorf("%q is no number", text)
	}
	return value, nil
}
