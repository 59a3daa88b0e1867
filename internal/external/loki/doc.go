// Package loki asks a Grafana Loki what it is like: the limits of a tenant, whether its compactor deletes, which
// labels lines have, and whether lines are stored that should be gone. It only reads: Loki is told what to keep by
// a document that it mounts.
//
//	Client    one Loki
//	Observe   the facts about a tenant, for Judge of internal/plan/retention/loki
//	Before    what was promised to a tenant that we never wrote
package loki
