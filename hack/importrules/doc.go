// Command importrules checks who may import whom in this repository, and exits 1 with a list of
// violations. The architecture is in that table: rules.go, read it first.
//
//	go list -deps -json ./... -> imports of every file, graph of packages -> rules -> violations
//
// Why not depguard alone? The linter sees direct imports, so that a pure package could reach a
// Kubernetes client through two others; here the graph is followed. Price: a second tool. It must
// not change anything and must not need the tree to compile, only to be listed.
package main
