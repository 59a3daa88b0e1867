// Package retention decides how long which log lines live. It is pure, and knows no log backend:
//
//	Policy      what is wanted: classes by logger and level, their days, what is dropped and redacted
//	Validate    what is wrong with it, with field paths
//	Classify    which class a line gets: the one place that decides it
//	Commitment  what is promised for lines that are stored already; what a policy comes down to
//	Decreases   what a new commitment would take away from an old one
//
// A line gets its class once, when it is collected, and carries it as the label retention_class.
// Renderers of backends (loki beside this file) select by that label and never look at loggers or levels
// again, so that all of them agree. DESIGN.md says what is missing.
package retention
