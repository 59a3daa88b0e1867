package seal

import (
	"fmt"
	"strings"
	"time"
)

// MaxObject is how many bytes of seals are kept in one ConfigMap, of the 1,048,576 it may have. What does not fit begins
// the next part of the day.
const MaxObject = 900_000

// keptLonger is how many days seals are kept after the lines of their day are gone.
const keptLonger = 30

// ObjectName is that of the ConfigMap with the seals of a class and a day; parts count from 1.
func ObjectName(owner, class string, hour time.Time, part int) string {
	name := owner + "-seals-" + class + "-" + hour.UTC().Format("20060102")
	if part > 1 {
		name += fmt.Sprintf("-%d", part)
	}
	return name
}

// Day is that of an object by its name, which ends as ObjectName says; false for any other.
func Day(name, owner, class string) (time.Time, bool) {
	rest, ours := strings.CutPrefix(name, owner+"-seals-"+class+"-")
	if !ours || len(rest) < 8 || len(rest) > 8 && rest[8] != '-' {
		return time.Time{}, false
	}
	day, err := time.Parse("20060102", rest[:8])
	return day, err == nil
}

// Expired says whether the seals of a day are of no use any more: their lines have been gone for a month.
func Expired(day time.Time, t Times) bool {
	return day.Add(time.Duration(t.Days+1+keptLonger) * 24 * time.Hour).Before(t.Now)
}
