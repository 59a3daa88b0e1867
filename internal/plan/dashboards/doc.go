// Package dashboards renders what the person on call looks at: Grafana dashboards in ConfigMaps that
// the Grafana sidecar loads.
//
//	overview.go     the dashboard and its rows     glance.go, http.go, work.go   one function per panel
//	queries.go      PromQL used more than once     thresholds.go                 numbers of the alerts
//
// A panel that shows what an alert watches uses the recording rule and the threshold of the alert; all
// others use raw counters over $__rate_interval. Nothing is read here and no data source is named.
// Start reading at all in dashboards.go.
package dashboards
