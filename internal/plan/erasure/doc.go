// Package erasure decides what a TuxLogErasure needs next, and how its status reads. It looks at the resource, at what
// was asked of the log store and at the time, and at nothing else; whoever carries it out writes the status before
// anything is sent.
//
//	Planned -> Posting -> Posted -> Processed -> Completed
//
// Posting is written before a request is sent: who finds it knows that a request may be there, and looks first. Start
// with next.go.
package erasure
