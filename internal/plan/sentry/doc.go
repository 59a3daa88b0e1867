// Package sentry decides what a Sentry project shall be like. It is pure: settings go in and come out as
// plain structs, and who talks to Sentry is internal/external/sentry.
//
//	Settings   what is wanted, or what was observed; nil is none of our business
//	Drift      in which of them the two differ, after what Sentry changes by itself is set aside
//	PIIRules   the rules by which Sentry removes what must not be stored
//	Effective  what holds in the end, with the policies of the organization
//	Claim      whether a project or a key is ours
//	Plant      a made-up secret in an event, and Judge what became of it
//	Proof      how far it has come to prove what is removed, and what is next
package sentry
