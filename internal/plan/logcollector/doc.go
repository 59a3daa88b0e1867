// Package logcollector renders the configuration of the OpenTelemetry Collector that reads the lines of the backends:
// a ConfigMap for whoever runs one on every node. What is in it is decided in retention/collector.
package logcollector
