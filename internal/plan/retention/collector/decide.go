package collector

import (
	"cmp"
	"slices"

	"github.com/tux-io/tux-monitoring-operator/internal/plan/retention"
)

const (
	// droppedMark is on lines below the threshold of their logger, between two processors.
	droppedMark = "tux.dropped"
	isDropped   = `log.attributes["` + droppedMark + `"] == true`

	keyLogger = "logger"
	keyLevel  = "level"
	// keyStream is stdout or stderr; the one thing of what the receiver says of a line that is kept.
	keyStream = "log.iostream"
)

// indexed become index labels in Loki.
var indexed = []string{retention.ClassLabel, keyLogger, keyLevel}

// known are the keys of a line that become structured metadata: those an erasure or an alert asks for. The others
// stay in the line.
var known = []string{"duration_ms", "request_id", "trace_id", "user_id", "workspace_id"}

// The cache of a line.
var (
	line    = cache.at("line")
	logger  = cache.at(keyLogger)
	level   = cache.at(keyLevel)
	class   = cache.at("class")
	minimum = cache.at("minimum")
)

// choice is one answer to a question, for lines whose logger and level match. An empty pattern matches all.
type choice struct {
	answer        string
	logger, level string
}

// first writes statements by which the first choice that matches a line is written to a path.
func first(to path, choices []choice) []string {
	var all []string
	for _, c := range choices {
		where := []string{isUnset(to)}
		if c.logger != "" {
			where = append(where, isMatch(logger, c.logger))
		}
		if c.level != "" {
			where = append(where, isMatch(level, c.level))
		}
		all = append(all, set(to, quote(c.answer), where...))
	}
	return all
}

// classes are the choices by which Policy.Classify decides.
func classes(p *retention.Policy) []choice {
	var all []choice
	for i := range p.Classes {
		c := choice{answer: p.Classes[i].Name}
		if loggers := p.Classes[i].Loggers; len(loggers) > 0 {
			c.logger = ofLoggers(loggers...)
		}
		if levels := p.Classes[i].Levels; len(levels) > 0 {
			c.level = ofLevels(levels)
		}
		all = append(all, c)
	}
	return append(all, choice{answer: retention.DefaultClass})
}

// thresholds are the choices of a lowest level: the longest name that is above a logger is the nearest.
func thresholds(p *retention.Policy) []choice {
	sorted := slices.SortedFunc(slices.Values(p.Thresholds), func(a, b retention.Threshold) int {
		return cmp.Or(cmp.Compare(len(b.Logger), len(a.Logger)), cmp.Compare(a.Logger, b.Logger))
	})
	var all []choice
	for _, t := range sorted {
		all = append(all, choice{answer: string(t.Minimum), logger: ofLoggers(t.Logger)})
	}
	return all
}

// decide is Policy.Classify. Everything is decided in the cache, so that no attribute that was there before has a say.
func decide(p *retention.Policy) []string {
	all := read()
	all = append(all, set(class, quote(retention.UnparsedClass), "not IsMap("+string(line)+")"))
	all = append(all, first(class, classes(p))...)
	all = append(all, first(minimum, thresholds(p))...)
	// What the receiver knows of a line besides is in the resource, or of no use.
	all = append(all, "keep_keys("+string(attributes)+", ["+quote(keyStream)+"])")
	all = append(all, drop(p)...)
	return append(all, label()...)
}

// read finds logger and level. The first statement fails for what is no JSON; then there is no line in the cache.
func read() []string {
	all := []string{
		set(line, "ParseJSON("+string(body)+")"),
		set(logger, quote("")),
		set(logger, line.at(keyLogger), isString(line.at(keyLogger))),
		set(level, quote("")),
	}
	for _, l := range retention.Levels() {
		all = append(all, set(level, quote(string(l)), isString(line.at(keyLevel)), isMatch(line.at(keyLevel), naming(l))))
	}
	return all
}

// drop marks lines below their minimum. A level that is not known is below nothing.
func drop(p *retention.Policy) []string {
	var all []string
	for i, l := range retention.Levels() {
		used := slices.ContainsFunc(p.Thresholds, func(t retention.Threshold) bool { return t.Minimum == l })
		if !used || i == 0 {
			continue
		}
		all = append(all, set(attributes.at(droppedMark), "true",
			string(minimum)+" == "+quote(string(l)), isMatch(level, ofLevels(retention.Levels()[:i]))))
	}
	return all
}

// loggerShape is what becomes a label. A logger of another shape still decides the class: only that whoever writes
// nonsense there does not make a stream of every line.
const loggerShape = `^[A-Za-z_][A-Za-z0-9_.-]{0,127}$`

// label writes what was decided and read to the attributes.
func label() []string {
	all := []string{
		set(attributes.at(retention.ClassLabel), class),
		set(attributes.at(keyLogger), logger, isMatch(logger, loggerShape)),
		set(attributes.at(keyLevel), level, string(level)+" != "+quote("")),
	}
	for _, key := range known {
		value := line.at(key)
		all = append(all, set(attributes.at(key), value,
			string(value)+" != nil", "not IsMap("+string(value)+")", "not IsList("+string(value)+")"))
	}
	return all
}
