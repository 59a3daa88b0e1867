// Package ruletest tests rules of Prometheus: it makes unit tests from the cases of the catalogue, and
// runs them and those of users on Prometheus' own engine and rule manager.
//
//	rules.Case --Generate--> Test --Suite.Run--> Result
//	a user's file --Read--> File --Suite.Run--> Result
//
// Noise (noise.go) is random data of what one rule reads, for comparing two rules: hack/mutate asks it whether a mistake
// shows.
//
// File and Test are the unit-test files of promtool, with its meaning, so that whatever is run here can be
// written to disk and run there. Samples live in memory (storage.go): what promtool uses for it is made for
// tests and is not shipped. Nothing here reads or writes files. Start with model.go and suite.go.
package ruletest
