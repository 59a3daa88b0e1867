// Package cmd is the command line of tuxmon: the operator (manager) and what works offline (render, test,
// preview).
//
//	root.go     commands, exit codes      manager.go  the operator process
//	plans.go    what the offline ones share
//	render.go   plan and print            printer.go  YAML, JSON or a directory
//	test.go     plan and test the alerts  testreport.go  what came out
//	preview.go  dashboards with data      preview_input.go, preview_source.go  which, and from where
//
// Exit codes: 0 all well, 1 the plan has findings or a test fails, 2 the command could not be carried out. Nothing is
// decided here: the commands call the same plan as the operator.
package cmd
