// Package errorreport tells Sentry about the operator's own terminal errors: what a person must change,
// seen by whoever looks at Sentry and not at conditions.
//
//	Terminal(object, reason, err) -> said before? -> Scrub -> queue of 64 -> POST, in the background
//
// It is off without a DSN. It never blocks, never retries and never fails its caller: a Sentry that is
// gone costs events and nothing else. What leaves the process is an allow-list (keep in event.go), and
// every text in it is scrubbed; what the SDK would collect on its own, such as the host name, modules
// and the environment, is not on the list.
//
// Start reading at Reporter.
package errorreport
