package sentry

import (
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"net/url"
	"slices"
	"strconv"
	"strings"
)

// PlantResult is what became of a plant.
type PlantResult string

// The results.
const (
	// PlantFiltered is nowhere in the stored event.
	PlantFiltered PlantResult = "Filtered"
	// PlantLeaked is stored, though a setting asks for its removal.
	PlantLeaked PlantResult = "Leaked"
	// PlantKept is stored, and no declared setting asks for anything else.
	PlantKept PlantResult = "Kept"
)

// Finding is what became of one plant.
type Finding struct {
	Plant  Plant
	Result PlantResult
	// AskedBy is the path of the setting that asks for its removal; "" if none does.
	AskedBy string
	// At is where the stored event has it; "" if nowhere.
	At string
}

// maxAt bounds how much of the other side's nesting is told.
const maxAt = 160

// errNotTheEvent: an answer that is none, or of something else, must not pass for an event without secrets.
var errNotTheEvent = errors.New("the answer is not the event that was asked for")

// Judge says what became of each plant, given what is declared and the event as Sentry gives it back. A
// secret counts as stored wherever it is, not only where it was planted: a copy of it is as bad.
func Judge(want Privacy, id string, stored []byte) ([]Finding, error) {
	var event map[string]any
	if err := json.Unmarshal(stored, &event); err != nil {
		return nil, errNotTheEvent
	}
	if found, _ := event["eventID"].(string); !strings.EqualFold(found, id) {
		return nil, errNotTheEvent
	}
	// What Sentry says about the removal is not what it has stored.
	delete(event, "_meta")
	findings := make([]Finding, 0, len(plants))
	for i := range plants {
		p := &plants[i]
		finding := Finding{Plant: p.name, Result: PlantFiltered, AskedBy: p.asker(want)}
		finding.At = find(event, "", p.secret(id))
		finding.At = strings.ToValidUTF8(finding.At[:min(len(finding.At), maxAt)], "")
		switch {
		case finding.At != "" && finding.AskedBy != "":
			finding.Result = PlantLeaked
		case finding.At != "":
			finding.Result = PlantKept
		}
		findings = append(findings, finding)
	}
	return findings, nil
}

// find is the first place that has a secret, in a fixed order; "" if there is none.
func find(node any, at, secret string) string {
	switch node := node.(type) {
	case string:
		if holds(node, secret) {
			return at
		}
	case []any:
		for i, one := range node {
			if found := find(one, at+"["+strconv.Itoa(i)+"]", secret); found != "" {
				return found
			}
		}
	case map[string]any:
		return findIn(node, at, secret)
	}
	return ""
}

func findIn(node map[string]any, at, secret string) string {
	for _, name := range slices.Sorted(maps.Keys(node)) {
		if holds(name, secret) {
			return join(at, "*")
		}
		// No part of a path is text of the other side that could be long.
		part := name
		if len(name) > 40 {
			part = "*"
		}
		if found := find(node[name], join(at, part), secret); found != "" {
			return found
		}
	}
	return ""
}

func join(at, name string) string {
	if at == "" {
		return name
	}
	return at + "." + name
}

// holds looks for a secret as it is, without its spaces, and in what was escaped for a URL.
func holds(text, secret string) bool {
	texts := []string{text, strings.ReplaceAll(text, " ", "")}
	if plain, err := url.QueryUnescape(text); err == nil {
		texts = append(texts, plain)
	}
	return slices.ContainsFunc(texts, func(one string) bool {
		return strings.Contains(one, secret) || strings.Contains(one, strings.ReplaceAll(secret, " ", ""))
	})
}

// Leaks are the findings that somebody must know of.
func Leaks(findings []Finding) []Finding {
	return slices.DeleteFunc(slices.Clone(findings), func(f Finding) bool { return f.Result != PlantLeaked })
}

// String is a finding for people, on one line.
func (f Finding) String() string {
	switch {
	case f.Result == PlantLeaked:
		return fmt.Sprintf("%s is stored at %s, though %s asks for its removal", f.Plant, f.At, f.AskedBy)
	case f.Result == PlantKept:
		return fmt.Sprintf("%s is stored at %s, and nothing that is declared asks for its removal", f.Plant, f.At)
	case f.AskedBy == "":
		return fmt.Sprintf("%s is removed, though nothing that is declared asks for it", f.Plant)
	}
	return fmt.Sprintf("%s is removed, as %s asks", f.Plant, f.AskedBy)
}
