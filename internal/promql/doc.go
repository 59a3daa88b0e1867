// Package promql parses PromQL and checks rule groups the way Prometheus does when it loads them, by
// calling Prometheus' own parser and rulefmt. It is the only package of the product that imports
// github.com/prometheus/prometheus, so that its version is decided in one place.
//
//	Group --CheckGroup--> []error, each with the field path inside the group:
//	                      rules[2].expr: 1:14: parse error: ...
//
// Pure: no I/O, no clock. It knows nothing of Kubernetes or of our API. Start with group.go.
package promql
