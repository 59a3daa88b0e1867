// Package cmd is the command line of tuxmon: the operator (manager) and what works offline (render,
// preview).
//
//	root.go     commands, exit codes      manager.go  the operator process
//	render.go   plan and print            printer.go  YAML, JSON or a directory
//	preview.go  dashboards with data      preview_input.go, preview_source.go  which, and from where
//
// Exit codes: 0 all well, 1 the plan has findings, 2 the command could not be carried out. Nothing is
// decided here: the commands call the same plan as the operator.
package cmd
