package logcheck

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"

	"github.com/tux-io/tux-monitoring-operator/internal/plan/retention"
)

// Report is what lines were like.
type Report struct {
	contract Contract
	// Lines are all but empty ones.
	Lines int `json:"lines"`
	// Unparsed are no JSON objects.
	Unparsed Occurrence `json:"unparsed"`
	// TooLong are longer than MaxLine; nothing else is known of them.
	TooLong Occurrence `json:"tooLong"`
	// Missing has, for each required key, the parsed lines without a text there.
	Missing       map[string]Occurrence `json:"missing"`
	BadTimestamps Occurrence            `json:"badTimestamps"`
	UnknownLevels Occurrence            `json:"unknownLevels"`
	Workspaces    Workspaces            `json:"workspaces"`
	// Secrets counts the lines with something that a preset would take out.
	Secrets map[retention.Preset]Occurrence `json:"secrets"`
	// Classes says how much of the stored lines each class gets.
	Classes map[string]Volume `json:"classes"`
}

// Occurrence counts lines, and remembers where to look.
type Occurrence struct {
	Lines int `json:"lines"`
	// First is the number of the first of them, from 1.
	First int `json:"first"`
}

func (o *Occurrence) at(line int) {
	o.Lines++
	if o.First == 0 {
		o.First = line
	}
}

// Workspaces counts parsed lines by what they say about a workspace.
type Workspaces struct {
	Named int `json:"named"`
	// Null have the key without a value, Absent lack the key.
	Null   int `json:"null"`
	Absent int `json:"absent"`
}

func (w *Workspaces) add(fields map[string]json.RawMessage) {
	switch value, found := fields[keyWorkspace]; {
	case !found:
		w.Absent++
	case string(value) == "null" || string(value) == `""`:
		w.Null++
	default:
		w.Named++
	}
}

// NullShare is that of the parsed lines whose workspace is null, from 0 to 1.
func (w Workspaces) NullShare() float64 { return share(w.Null, w.Named+w.Null+w.Absent) }

// AbsentShare is that of the parsed lines without the key.
func (w Workspaces) AbsentShare() float64 { return share(w.Absent, w.Named+w.Null+w.Absent) }

// Volume is how much a class gets.
type Volume struct {
	Days  int `json:"days"`
	Lines int `json:"lines"`
	Bytes int `json:"bytes"`
	// Dropped lines are below the threshold of their logger.
	Dropped int `json:"dropped"`
}

// Parsed is the number of lines that are JSON objects.
func (r Report) Parsed() int { return r.Lines - r.Unparsed.Lines - r.TooLong.Lines }

// ParsedShare is that of all lines, from 0 to 1; no lines are all parsed.
func (r Report) ParsedShare() float64 { return 1 - share(r.Lines-r.Parsed(), r.Lines) }

func share(part, whole int) float64 {
	if whole == 0 {
		return 0
	}
	return float64(part) / float64(whole)
}

// Problems says for people what breaks the contract, in a fixed order; none is a contract kept. No lines
// at all are a problem: there is nothing that was checked.
func (r Report) Problems() []string {
	if r.Lines == 0 {
		return []string{"There are no lines"}
	}
	var all []string
	say := func(format string, args ...any) { all = append(all, fmt.Sprintf(format, args...)) }
	if share(r.Unparsed.Lines, r.Lines) > r.contract.MaxUnparsed {
		say("%s are no JSON object; %.4g %% may be", r.Unparsed.of(r.Lines), 100*r.contract.MaxUnparsed)
	}
	if r.TooLong.Lines > 0 {
		say("%s are longer than %d KiB, and Loki refuses them", r.TooLong.of(r.Lines), MaxLine>>10)
	}
	for _, key := range slices.Sorted(maps.Keys(r.Missing)) {
		say("%s have no text in %q", r.Missing[key].of(r.Parsed()), key)
	}
	if r.BadTimestamps.Lines > 0 {
		say("%s have a timestamp that is not of RFC 3339", r.BadTimestamps.of(r.Parsed()))
	}
	if r.UnknownLevels.Lines > 0 {
		say("%s have a level that Python does not know", r.UnknownLevels.of(r.Parsed()))
	}
	if without := r.Workspaces.Null + r.Workspaces.Absent; share(without, r.Parsed()) > r.contract.MaxWithoutWorkspace {
		say("%d of %d lines name no workspace; %.4g %% may", without, r.Parsed(), 100*r.contract.MaxWithoutWorkspace)
	}
	for _, preset := range slices.Sorted(maps.Keys(r.Secrets)) {
		say("%s hold what the preset %s takes out", r.Secrets[preset].of(r.Lines), preset)
	}
	return all
}

// of reads "2 of 5 lines (the first is line 3)".
func (o Occurrence) of(all int) string {
	return fmt.Sprintf("%d of %d lines (the first is line %d)", o.Lines, all, o.First)
}
