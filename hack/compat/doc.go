// Package compat shows that every Prometheus our users run loads our rules: promtool of the oldest and of
// the newest version checks each rule group of the golden plans, and a server of each version loads and
// evaluates all of them together.
//
//	internal/plan/testdata/*/want, config/prometheus --> rule files --> promtool, prometheus (2.42 and 3.x)
//
// It consists of tests; start with load_test.go.
package compat
