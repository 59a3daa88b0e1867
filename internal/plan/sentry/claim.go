package sentry

import (
	"crypto/sha256"
	"encoding/hex"
	"regexp"
	"strings"
	"unicode/utf8"
)

// Adoption says what to do with a project that somebody else made.
type Adoption string

// The policies of adoption.
const (
	// AdoptNever leaves it alone.
	AdoptNever Adoption = "Never"
	// AdoptIfUnowned takes it over if no other resource owns it.
	AdoptIfUnowned Adoption = "IfUnowned"
)

// Claim is what is known about who a project belongs to.
type Claim struct {
	// UID is that of the resource.
	UID string
	// RecordedID is the number of the project in the status of the resource; "" before it has one.
	RecordedID string
	// RecordedMade says that the recorded project was made by us, and not adopted.
	RecordedMade bool
	Adoption     Adoption
	// Owned is true if another resource is known to own the project.
	Owned bool
}

// Verdict is what a claim leads to.
type Verdict int

// The verdicts.
const (
	// Foreign: the project is somebody else's, and stays as it is.
	Foreign Verdict = iota
	// Known: its number is written down as that of our project.
	Known
	// Made: we created it, and were stopped before its number was written down.
	Made
	// Adopted: somebody else made it, and now it is ours.
	Adopted
	// Shared: it is another's and stays so, but we have a key in it.
	Shared
)

// Judge says whether a project that was found is ours.
func (c Claim) Judge(id, name string) Verdict {
	switch {
	case c.RecordedID == id && id != "":
		return Known
	case c.Marked(name):
		return Made
	case c.Adoption == AdoptIfUnowned && !c.Owned && !anyMark.MatchString(name):
		return Adopted
	default:
		return Foreign
	}
}

// Made says whether the project of a verdict was made by us, now or before: only such a project may be
// deleted.
func (c Claim) Made(v Verdict) bool { return v == Made || v == Known && c.RecordedMade }

// Marked says whether a project still has the name it was created with. Then it has to get its own,
// whatever that is.
func (c Claim) Marked(name string) bool { return strings.HasSuffix(name, c.mark()) }

// maxName is how long the name of a project may be when it is created; later it may be longer.
const maxName = 50

// FirstName is the name a project is created with. Its end tells whose it is: when the answer to the
// creation is lost, or the operator is killed before it has written down the number, the project is
// found by its slug and known by this mark. Once the number is written down the name becomes what it
// shall be.
//
// The mark comes from the UID, so that nobody can make a project that we take for ours without
// knowing it, and so that nothing has to be stored before the creation.
func (c Claim) FirstName(name string) string {
	room := maxName - len(c.mark())
	for len(name) > room {
		_, last := utf8.DecodeLastRuneInString(name)
		name = name[:len(name)-last]
	}
	return strings.TrimSpace(name) + c.mark()
}

// anyMark is the end of the name of a project that some resource, perhaps of another cluster, is just
// making.
var anyMark = regexp.MustCompile(` \([0-9a-f]{12}\)$`)

func (c Claim) mark() string {
	sum := sha256.Sum256([]byte(c.UID))
	return " (" + hex.EncodeToString(sum[:])[:12] + ")"
}

// KeyFound is a client key that a project has.
type KeyFound struct {
	ID, Name string
	// Created is its time in the form of RFC 3339, in which those of Sentry sort.
	Created string
	// Active is false for one that takes no events.
	Active bool
}

// ChooseKey returns the key of an environment: the recorded one, or else the oldest of that very name.
// It is never just the first one: another key belongs to somebody.
func ChooseKey(keys []KeyFound, recordedID, name string) (KeyFound, bool) {
	var chosen KeyFound
	found := false
	for _, key := range keys {
		if key.ID == recordedID && recordedID != "" {
			return key, true
		}
		older := key.Created < chosen.Created || key.Created == chosen.Created && key.ID < chosen.ID
		if key.Name == name && (!found || older) {
			chosen, found = key, true
		}
	}
	return chosen, found
}
