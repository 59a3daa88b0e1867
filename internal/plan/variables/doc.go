// Package variables renders what the backends read when they start: a Secret and a ConfigMap for envFrom.
//
// Both are there before Sentry was ever asked: a pod whose Secret is missing does not start, while an empty
// DSN only means that nothing is reported.
package variables
