package retention

import (
	"slices"
	"strings"
)

// Line is what of a log line decides its class.
type Line struct {
	// Parsed is false for a line that is no JSON object; then nothing else is known.
	Parsed        bool
	Logger, Level string
}

// Decision is what becomes of a line.
type Decision struct {
	Class string
	Days  int
	// Dropped lines are below the threshold of their logger and are not stored.
	Dropped bool
}

// Classify decides what becomes of a line.
func (p *Policy) Classify(line Line) Decision {
	if !line.Parsed {
		return Decision{Class: UnparsedClass, Days: p.DefaultDays}
	}
	level, known := ParseLevel(line.Level)
	decision := Decision{Class: DefaultClass, Days: p.DefaultDays, Dropped: known && p.drops(line.Logger, level)}
	for i := range p.Classes {
		if class := &p.Classes[i]; class.takes(line.Logger, level) {
			decision.Class, decision.Days = class.Name, class.Days
			break
		}
	}
	return decision
}

func (c *Class) takes(logger string, level Level) bool {
	ofLogger := len(c.Loggers) == 0 || slices.ContainsFunc(c.Loggers, func(above string) bool { return covers(above, logger) })
	return ofLogger && (len(c.Levels) == 0 || slices.Contains(c.Levels, level))
}

// drops says whether a line is below the threshold of its logger. A line whose level is not known is
// never dropped.
func (p *Policy) drops(logger string, level Level) bool {
	var nearest *Threshold
	for i := range p.Thresholds {
		if t := &p.Thresholds[i]; covers(t.Logger, logger) && (nearest == nil || len(t.Logger) > len(nearest.Logger)) {
			nearest = t
		}
	}
	return nearest != nil && level.below(nearest.Minimum)
}

// covers says whether above is the logger or one above it in the hierarchy.
func covers(above, logger string) bool {
	rest, found := strings.CutPrefix(logger, above)
	return found && (rest == "" || rest[0] == '.')
}

// levels are all, in the order of their severity.
var levels = []Level{Debug, Info, Warning, Error, Critical}

// Levels are all, in the order of their severity.
func Levels() []Level { return slices.Clone(levels) }

// LevelNames are the names that ParseLevel takes for the level, sorted, in upper case.
func LevelNames(level Level) []string {
	names := []string{string(level)}
	for alias, of := range aliases {
		if of == level {
			names = append(names, alias)
		}
	}
	slices.Sort(names)
	return names
}

func (l Level) below(other Level) bool { return slices.Index(levels, l) < slices.Index(levels, other) }

// aliases are other names that Python's logging accepts for its levels.
var aliases = map[string]Level{"WARN": Warning, "FATAL": Critical}

// ParseLevel finds the level a line names, in upper or lower case; false for one that is not known.
func ParseLevel(name string) (Level, bool) {
	name = strings.ToUpper(strings.TrimSpace(name))
	if level, ok := aliases[name]; ok {
		return level, true
	}
	return Level(name), slices.Contains(levels, Level(name))
}
