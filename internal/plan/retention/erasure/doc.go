// Package erasure says how the lines of a workspace or of a user are erased from a log store, once.
//
//	Request  what shall go: who, in which tenant and classes, from when to when; loki.go, elastic.go: what is sent
//	Found    what a log store says of what it was sent
//	Left     which lines of the subject it still has
//
// When to do what is decided by internal/plan/erasure.
//
// The identity is in Request alone, which does not print it. No error and no text of this package has it.
package erasure
