package sentry

import (
	"strings"
	"time"
	"unicode/utf8"
)

// PathRotation is the path of what says when a client key is replaced.
const PathRotation = "dsn.rotation"

// Rotation says when the client key of an environment is replaced by a new one, and how long the replaced one takes
// events. The zero value replaces none.
type Rotation struct {
	// NotBefore: a key that was made before is replaced; the zero time: none is.
	NotBefore time.Time
	// Interval: a key that is older is replaced; 0: none is.
	Interval time.Duration
	// Overlap is how long a replaced key takes events.
	Overlap time.Duration
}

// skew is how far the clocks of Sentry and of us may be apart: a time that has just come may not have come in Sentry, and
// the new key would be too old at once.
const skew = 5 * time.Minute

// due says whether a key has to be replaced. One whose time cannot be read is left alone.
func (r Rotation) due(key KeyFound, now time.Time) bool {
	created, err := time.Parse(time.RFC3339Nano, key.Created)
	if err != nil {
		return false
	}
	asked := !r.NotBefore.IsZero() && !now.Before(r.NotBefore.Add(skew)) && created.Before(r.NotBefore)
	return asked || r.Interval > 0 && now.Sub(created) > r.Interval
}

// Keys is what has to be done about the client keys of an environment.
type Keys struct {
	// Use is the key of the environment, unless Create says that it has to be made.
	Use    KeyFound
	Create bool
	// Replaced is the key that another one comes for, if its ID is set: it gets the name ReplacedName, and takes events until
	// Until.
	Replaced     KeyFound
	ReplacedName string
	Until        time.Time
	// Expired are replaced keys that still take events, and shall not any more.
	Expired []KeyFound
}

// PlanKeys says what to do with the keys of a project. All it needs to know between two steps is in the keys themselves, so
// that it can be cut short anywhere: a key that is made and not used yet has the name of the environment's and is younger than
// the one in use; one that is replaced has the end of its time in its name.
func PlanKeys(keys []KeyFound, recordedID, name string, r Rotation, now time.Time) Keys {
	plan := Keys{Expired: expired(keys, name, now)}
	current, ok := ChooseKey(keys, recordedID, name)
	if !ok {
		plan.Create = true
		return plan
	}
	plan.Use = current
	// One that has its end in its name was replaced, whatever is declared today.
	_, replaced := endOf(current.Name, name)
	if !replaced && !r.due(current, now) {
		return plan
	}
	successor, ok := newest(keys, current, name)
	plan.Use, plan.Create = successor, !ok
	if !replaced {
		plan.Until = now.Add(r.Overlap).UTC().Truncate(time.Minute)
		plan.Replaced, plan.ReplacedName = current, replacedName(name, plan.Until)
	}
	return plan
}

// newest is the youngest key of a name, of those that are younger than another.
func newest(keys []KeyFound, than KeyFound, name string) (KeyFound, bool) {
	found, ok := than, false
	for _, key := range keys {
		if key.Name == name && key.ID != than.ID && key.Created > found.Created {
			found, ok = key, true
		}
	}
	return found, ok
}

// expired are the keys of a name that were replaced, whose time is over.
func expired(keys []KeyFound, name string, now time.Time) []KeyFound {
	var all []KeyFound
	for _, key := range keys {
		if until, replaced := endOf(key.Name, name); replaced && key.Active && now.After(until) {
			all = append(all, key)
		}
	}
	return all
}

const (
	untilLayout = "2006-01-02T15:04Z"
	// maxKeyName is the longest name of a key.
	maxKeyName = 64
	beforeEnd  = " (until "
	afterEnd   = ")"
)

// replacedName is the name of a key that was replaced.
func replacedName(name string, until time.Time) string {
	return replacedPrefix(name) + until.UTC().Format(untilLayout) + afterEnd
}

func replacedPrefix(name string) string {
	room := maxKeyName - len(beforeEnd) - len(untilLayout) - len(afterEnd)
	for len(name) > room {
		_, last := utf8.DecodeLastRuneInString(name)
		name = name[:len(name)-last]
	}
	return name + beforeEnd
}

// endOf is the time in a name of replacedName; false for every other name.
func endOf(keyName, name string) (time.Time, bool) {
	rest, found := strings.CutPrefix(keyName, replacedPrefix(name))
	rest, closed := strings.CutSuffix(rest, afterEnd)
	until, err := time.Parse(untilLayout, rest)
	return until, found && closed && err == nil
}
