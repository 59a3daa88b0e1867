// Package fault sorts errors by what has to happen next. The producer decides:
//
//	plain error       retry with backoff
//	fault.Waiting     nothing is wrong yet, look again later
//	fault.Terminal    a person must change something
//
// Only the report step of a reconciliation turns the sorts into conditions and results. The package
// imports nothing but the standard library, so that every other package may import it.
package fault
