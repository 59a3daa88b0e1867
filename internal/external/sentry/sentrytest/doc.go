// Package sentrytest is a Sentry over real HTTP, for tests: stateful, with the scopes, limits, plan
// gates and oddities of the real one, and with switches for what goes wrong.
//
// What the published schema says is checked against it by a test, see contract_test.go. What it does
// not say is written down from the sources of Sentry: silent dropping of fields, the forms of error
// bodies, paging, rate limits in HTML, soft deletion, redirects after a rename.
//
// It holds one organization. Start reading at Server, then routes.go.
package sentrytest
