// Package logalerts renders the file with alerts on log lines: a ConfigMap that the sidecar of Loki brings to its ruler.
// What is in it is decided in retention/loki.
package logalerts
