// Package preview draws Grafana dashboards without a Grafana: classic dashboard JSON and the answers of
// a Prometheus become one HTML file that needs nothing else.
//
//	dashboard.go  the JSON, as far as it is read     variables.go, expand.go  $namespace, $__rate_interval
//	build.go      dashboards + Source -> Page        panel.go, series.go, table.go, heatmap.go  one panel
//	html.go       Page -> HTML                       assets/     what the browser runs: uPlot and page/*.js
//
// Build decides what is shown: which numbers, under which names, with which settings; the scripts only
// format and draw. Prometheus is behind Source: the client is in the package prometheus, Recorder and
// Recording keep its answers in a file. Same dashboards and same answers give the same bytes; the clock
// comes in through Options. Start reading at Build.
package preview
