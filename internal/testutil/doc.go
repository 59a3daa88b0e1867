// Package testutil holds what the tests of several packages share: a round-tripper that counts the
// requests sent to an API server.
//
// It is imported by tests only and asserts nothing itself.
package testutil
