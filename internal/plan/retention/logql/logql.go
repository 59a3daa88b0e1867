// Package logql writes LogQL from typed parts. There is no way to put a text of somebody else into an
// expression but as a quoted value, so that no tenant, class or user can change what an expression means.
//
// Loki's parser is AGPL and not linked here; the tests give it everything this package can write.
package logql

import (
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"
)

// Op is how a label is compared.
type Op string

// The comparisons of texts.
const (
	Equal       Op = "="
	NotEqual    Op = "!="
	Matches     Op = "=~"
	NotMatching Op = "!~"
)

// Matcher compares one label. For Matches and NotMatching use OneOf and NoneOf, which quote what would
// mean something in an expression.
type Matcher struct {
	Name  string
	Op    Op
	Value string
}

// Is matches one value.
func Is(name, value string) Matcher { return Matcher{name, Equal, value} }

// IsNot matches all values but one.
func IsNot(name, value string) Matcher { return Matcher{name, NotEqual, value} }

// OneOf matches any of the values.
func OneOf(name string, values ...string) Matcher {
	return Matcher{name, Matches, alternatives(values)}
}

// NoneOf matches all values but these.
func NoneOf(name string, values ...string) Matcher {
	return Matcher{name, NotMatching, alternatives(values)}
}

func alternatives(values []string) string {
	quoted := make([]string, 0, len(values))
	for _, value := range values {
		quoted = append(quoted, regexp.QuoteMeta(value))
	}
	return strings.Join(quoted, "|")
}

// labelName is what Loki takes as the name of a label without quotes.
var labelName = regexp.MustCompile(`^[a-zA-Z_][a-zA-Z0-9_]*$`)

// keywords are names of labels that Loki's parser takes for a part of the language, in any case of
// letters. A label may have such a name, but LogQL cannot ask for it.
var keywords = strings.Fields(`and bool by decolorize drop group_left group_right ignoring json keep label_format
	line_format logfmt of offset on or pattern regexp unless unpack unwrap variants without`)

func checkName(name string) error {
	if !labelName.MatchString(name) || slices.Contains(keywords, strings.ToLower(name)) {
		return fmt.Errorf("%q is no name of a label that LogQL can ask for", name)
	}
	return nil
}

func (m Matcher) write(to *strings.Builder) error {
	if err := checkName(m.Name); err != nil {
		return err
	}
	if !utf8.ValidString(m.Value) {
		return fmt.Errorf("the value of label %q is no UTF-8", m.Name)
	}
	to.WriteString(m.Name + string(m.Op) + strconv.Quote(m.Value))
	return nil
}

// Selector chooses streams by their index labels.
type Selector []Matcher

// errUnbounded: Loki refuses a selector that could match streams without any of its labels, and for one
// that deletes it would be fatal.
var errUnbounded = errors.New("a selector needs a matcher that demands a value")

// LogQL is the text of the selector.
func (s Selector) LogQL() (string, error) {
	var text strings.Builder
	bounded := false
	text.WriteByte('{')
	for i, matcher := range s {
		if i > 0 {
			text.WriteByte(',')
		}
		if err := matcher.write(&text); err != nil {
			return "", err
		}
		bounded = bounded || (matcher.Op == Equal || matcher.Op == Matches) && demandsValue(matcher.Value)
	}
	if !bounded {
		return "", errUnbounded
	}
	text.WriteByte('}')
	return text.String(), nil
}

// demandsValue is false for the empty text, and for alternatives one of which is empty.
func demandsValue(value string) bool {
	return value != "" && value[0] != '|' && !strings.HasSuffix(value, "|") && !strings.Contains(value, "||")
}

// Lines are those of the streams that pass all filters. Filters see structured metadata and labels, not
// what a line says.
type Lines struct {
	Streams Selector
	Filters []Matcher
}

// LogQL is the text of the query.
func (l Lines) LogQL() (string, error) {
	selector, err := l.Streams.LogQL()
	if err != nil {
		return "", err
	}
	var text strings.Builder
	text.WriteString(selector)
	for _, filter := range l.Filters {
		text.WriteString(" | ")
		if err := filter.write(&text); err != nil {
			return "", err
		}
	}
	return text.String(), nil
}

// ErrUnfiltered is returned for a deletion without a filter: it would delete whole streams.
var ErrUnfiltered = errors.New("a deletion needs a filter that demands a value")

// Deletion is the text of a query that may be handed to Loki's deletion. Whether there is a filter is
// decided here and not by the caller, since Loki deletes whole streams for a query without one.
func (l Lines) Deletion() (string, error) {
	for _, filter := range l.Filters {
		if filter.Op == Equal && filter.Value != "" {
			return l.LogQL()
		}
	}
	return "", ErrUnfiltered
}
