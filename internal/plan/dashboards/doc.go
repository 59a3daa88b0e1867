// Package dashboards renders what the person on call, the developer and the product owner look at: Grafana
// dashboards, in ConfigMaps that the Grafana sidecar loads or in resources of grafana-operator.
//
//	pages.go          the dashboards: names, purpose, when there is one     dashboards.go   how each is put together
//	overview.go ...   one file per dashboard, one function per row          links.go        from one to the next
//	queries.go        PromQL used more than once                            thresholds.go   numbers of the alerts
//	delivery.go       objects
//
// A panel that shows what an alert watches uses the recording rule and the threshold of the alert; all
// others use raw counters over $__rate_interval. Nothing is read here and no data source is named.
// Start reading at pages.go.
package dashboards
