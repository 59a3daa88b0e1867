package logql

import (
	"errors"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"
)

// HasValue matches any value but none.
func HasValue(name string) Matcher { return Matcher{name, Matches, ".+"} }

// extracted is the label that the id of a JSON line gets while a query runs. No line has it.
const extracted = "tux_subject"

// Erasure is the lines of a subject: those whose structured metadata, or whose JSON, has exactly this value under this
// name. It always has a filter on the value, so that it can be handed to Loki's deletion: there is no way to write one
// without.
type Erasure struct {
	Streams Selector
	// Filters see labels and structured metadata; they are asked before the subject.
	Filters []Matcher
	// Name is that of the id, Value the id.
	Name, Value string
}

// errSubject tells nothing of the value.
var errSubject = errors.New("the id of a subject must be printable text, and not empty")

// LogQL is the text of the query. A line that is no JSON is an error of the parser, which filters of texts do not mind.
func (e Erasure) LogQL() (string, error) {
	lines, err := Lines{Streams: e.Streams, Filters: e.Filters}.LogQL()
	if err != nil {
		return "", err
	}
	if err := checkName(e.Name); err != nil {
		return "", err
	}
	if e.Value == "" || !utf8.ValidString(e.Value) || strings.ContainsFunc(e.Value, func(r rune) bool { return !unicode.IsGraphic(r) }) {
		return "", errSubject
	}
	value := strconv.Quote(e.Value)
	return lines + " | json " + extracted + "=" + strconv.Quote(e.Name) +
		" | " + e.Name + "=" + value + " or " + extracted + "=" + value, nil
}

// CountLogQL is the text of a query for the number of lines in a window. The errors of lines that are no JSON are
// dropped: with one of them Loki would not answer at all.
func (e Erasure) CountLogQL(window Window) (string, error) {
	if err := window.check(); err != nil {
		return "", err
	}
	lines, err := e.LogQL()
	if err != nil {
		return "", err
	}
	return "sum(count_over_time(" + lines + " | drop __error__, __error_details__ [" + string(window) + "]))", nil
}
