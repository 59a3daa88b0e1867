// Command pictures makes the pictures of docs/dashboards.md: the dashboards of a sample resource, with
// the data of a made-up day, drawn by the preview and photographed by a headless Chromium.
//
//	resource.yaml -> plan -> dashboards, rules      moment.go  the day: traffic, an incident yesterday, a fault now
//	backend.go, business.go, runtime.go, cluster.go what pods, probes and the cluster export at a moment
//	history.go    a time series database that scrapes all this and evaluates the rules on Prometheus' own engine
//	main.go       states x dashboards -> docs/pictures/*.png
//
// Why made up and not recorded? Dashboards change, and a recording only has the answers to the questions
// of its time; here any query has its answer. Price: numbers nobody measured. Run it by make pictures.
package main
