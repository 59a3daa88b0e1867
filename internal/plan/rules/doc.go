// Package rules renders PrometheusRule objects: for each backend one object per concern, and one for
// each rule group of the user, so that a refused file never takes another concern with it.
//
//	catalogue/<concern>.yaml --conditions, overrides--> expand [[ ]] --> PrometheusRule
//
// The catalogue is the part to review: one YAML entry per alert, with [[ ]] for our values and {{ }}
// left to Prometheus. An entry says under which conditions it works (`when`); two entries of one
// alert with different conditions are variants of it.
//
// No alert blames a symptom whose cause another alert names: expressions end in `unless` clauses,
// and faults_test.go lists for each fault exactly which alerts fire. Pure. Start with render.go;
// scope.go and lookback.go hold what a catalogue entry can use between [[ and ]].
package rules
