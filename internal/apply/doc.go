// Package apply brings the children of one owner to the state a plan asks for, and sends nothing when
// they are there already. It knows no kind and no monitoring: objects come in, requests go out.
//
//	Apply    Normalise -> decide -> POST | server-side apply | nothing
//	Prune    cached list by labels, minus keep -> look at the owner -> DELETE with preconditions
//	Preview  the same decisions, without a write
//
// It must not seize what belongs to somebody else, delete what lacks our labels, or write for an owner
// that is being deleted. Call Prune only for outputs which rendered and applied completely: a partial
// plan must never delete.
//
// Start reading at decide.go, the choice made per object. Why it is so: DESIGN.md.
package apply
