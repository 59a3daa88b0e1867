// Package collector writes the configuration of an OpenTelemetry Collector that does, on every node, what a policy
// says about lines before they are stored. It is pure.
//
//	filelog            reads the files of the pods of each backend, and remembers how far it got
//	memory_limiter     refuses lines rather than dying; filelog waits then
//	transform, class   reads a line as JSON, and decides once what becomes of it: Policy.Classify in OTTL
//	filter             drops what is below the threshold of its logger
//	transform, redact  takes the presets out of the line and out of what was read from it
//	groupbyattrs       makes class, logger and level attributes of the resource, of which Loki makes index labels
//	otlphttp           batches and sends; its queue is on disk, and whoever sends waits while it is full
//
// Start at New. Three languages are nested in the result, each with its own quoting: expressions (regexp) in
// statements (OTTL) in strings that the Collector searches for ${variables}. ottl.go has the first two, yaml.go the
// third, and nothing else quotes.
package collector
