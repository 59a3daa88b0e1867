package retention

import (
	"fmt"

	"github.com/tux-io/tux-monitoring-operator/internal/fault"
)

// State is what became of what a resource wants.
type State string

// The states.
const (
	// Included: the log store is told what the resource wants.
	Included State = "Included"
	// Held: it is, but for decreases that are protected or nobody has acknowledged.
	Held State = "Held"
	// Invalid: the policy has findings, and what the log store was told last stays.
	Invalid State = "Invalid"
	// Conflict: the tenant belongs to another resource, and nothing is done for this one.
	Conflict State = "Conflict"
	// Removed: the log store is told nothing of the tenant any more, and its own default holds.
	Removed State = "Removed"
	// Waiting: nothing is done until the log store has told what holds now.
	Waiting State = "Waiting"
	// Paused: nothing may be changed for the resource.
	Paused State = "Paused"
	// Refused: what it was told stays though the resource leaves, because there are protected classes.
	Refused State = "Refused"
)

// Result is what became of what one resource wants.
type Result struct {
	Owner, Tenant string
	State         State
	// Findings are those of an invalid policy.
	Findings []fault.Finding
	// Held are the decreases that were not made, and Acknowledgement what accepts those that can be.
	Held            []Decrease
	Acknowledgement string
	// Winner is the resource that has the tenant in a conflict.
	Winner string
	// Holds is what the log store is told to keep for the resource; nil if nothing.
	Holds *Commitment `json:",omitempty"`
}

// String is for logs and tests.
func (r Result) String() string { return fmt.Sprintf("%s %s %s", r.Owner, r.Tenant, r.State) }
