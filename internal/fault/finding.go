package fault

import (
	"cmp"
	"slices"
)

// Finding is something a plan noticed about the spec or the cluster. Unlike an error it does not end
// the plan: everything it does not concern is planned all the same.
type Finding struct {
	// Area is the condition type the finding belongs to.
	Area string
	// Reason is a condition reason.
	Reason string
	// Path is the field of the spec it concerns, such as spec.backends[web].port.
	Path string
	// Message says what was looked for, what was found and what to write. No capital letter is
	// forced on it and no full stop ends it.
	Message string
	// Waiting is true when something that may still come is missing, false when a person must
	// change something.
	Waiting bool
}

// String returns "path: message".
func (f Finding) String() string {
	if f.Path == "" {
		return f.Message
	}
	return f.Path + ": " + f.Message
}

// SortFindings orders findings so that the same set always reads the same: what a person must change
// first, then by path and message.
func SortFindings(findings []Finding) {
	slices.SortFunc(findings, func(a, b Finding) int {
		if a.Waiting != b.Waiting {
			if b.Waiting {
				return -1
			}
			return 1
		}
		return cmp.Or(cmp.Compare(a.Path, b.Path), cmp.Compare(a.Message, b.Message))
	})
}
