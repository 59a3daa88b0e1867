package collector

import (
	"regexp"
	"strconv"
	"strings"

	"github.com/tux-io/tux-monitoring-operator/internal/plan/retention"
)

// path is something of a line that statements read or write.
type path string

const (
	// body is the line.
	body path = "log.body"
	// attributes are what becomes structured metadata, or with groupbyattrs index labels.
	attributes path = "log.attributes"
	// cache lives as long as the statements of one processor work on one line.
	cache path = "log.cache"
)

// at is the value of a key.
func (p path) at(key string) path { return p + path("["+quote(key)+"]") }

// quote writes a text of OTTL, which reads them like Go.
func quote(text string) string { return strconv.Quote(text) }

// set writes a statement. A value is a path, or a text that quote has written.
func set[V path | string](to path, value V, where ...string) string {
	statement := "set(" + string(to) + ", " + string(value) + ")"
	if len(where) > 0 {
		statement += " where " + strings.Join(where, " and ")
	}
	return statement
}

func isMatch(of path, pattern string) string {
	return "IsMatch(" + string(of) + ", " + quote(pattern) + ")"
}

func isString(what path) string { return "IsString(" + string(what) + ")" }

func isUnset(what path) string { return string(what) + " == nil" }

// anyOf is a pattern of exactly these texts, and what may stand behind them.
func anyOf[T ~string](texts []T, behind string) string {
	quoted := make([]string, 0, len(texts))
	for _, text := range texts {
		quoted = append(quoted, regexp.QuoteMeta(string(text)))
	}
	return "^(?:" + strings.Join(quoted, "|") + ")" + behind
}

// ofLoggers matches the loggers and those below them.
func ofLoggers(loggers ...string) string { return anyOf(loggers, `(?:\.|$)`) }

// ofLevels matches levels as they are after normalising.
func ofLevels(levels []retention.Level) string { return anyOf(levels, "$") }

// blank is white space as Unicode has it; \s has that of ASCII only, and without the vertical tab.
const blank = `[\s\v\x{85}\x{A0}\x{1680}\x{2000}-\x{200A}\x{2028}\x{2029}\x{202F}\x{205F}\x{3000}]*`

// naming matches every way of writing a level. A dotless i is an I in upper case, though an expression that ignores
// case does not think so.
func naming(level retention.Level) string {
	names := strings.ReplaceAll(strings.Join(retention.LevelNames(level), "|"), "I", "[Iı]")
	return "^" + blank + "(?i:" + names + ")" + blank + "$"
}
