// Package grafana is a small typed model of Grafana's classic dashboard JSON.
//
//	Dashboard -> Rows -> Panels -> Targets        JSON()
//	          -> Variables, Links
//
// It knows the views, options and variables our dashboards use and no others: a dashboard reads as a
// list of panels, and what is the same for all of them (data source, layout, letters of queries, null
// handling) is written once, in wire.go. Same input, same bytes: no map is ranged over.
//
// It knows nothing about backends, metrics or Kubernetes. Start reading at Dashboard.
package grafana
