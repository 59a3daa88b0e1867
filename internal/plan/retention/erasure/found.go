package erasure

import "time"

// Found is a request as the log store has it.
type Found struct {
	ID string
	// Progress is what the log store says; it is shown to people.
	Progress string
	// Begun: it can no longer be taken back without leaving something done. Done: nothing more will happen.
	Begun, Done bool
}

// Left are the lines of the subject.
type Left struct {
	// Lines may go and are there; at least so many, if nobody wanted it exact.
	Lines int64
	// Spared are in classes that are spared.
	Spared int64
	// Blocked may go, and are in places that take no deletion: BlockedIn.
	Blocked   int64
	BlockedIn []string
	// Unseen: there is no place where lines could be, or none that whoever asks may see.
	Unseen bool
	// From is since when lines could be read; zero if all of the window could be.
	From time.Time
}
